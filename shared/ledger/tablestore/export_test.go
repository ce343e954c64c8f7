package tablestore

// WriteVersion has rows written as another version writes them, until the returned
// function is called.
func WriteVersion(v int64) (restore func()) {
	before := version
	version = v
	return func() { version = before }
}
