package secrets

// Value returns the value that the file has for a name; "" for none.
func (f *File) Value(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.values[name]
}
