package local

import "context"

// Update replaces the value of a control row by what change makes of it, in one
// step with reading it, and returns the value as it stands then; nil for none. It is
// on disk when Update returns. Change returns false to leave the row, and an empty
// value to remove it; it may be called several times, and the last call counts.
//
// Control rows are what the functions of this machine and people remember together:
// what is muted, and what the groups of a receiver have sent.
func (b *Bus) Update(ctx context.Context, key string, change func(value []byte) ([]byte, bool)) ([]byte, error) {
	value, err := b.store.UpdateControl(ctx, key, change)
	return value, failed(err)
}
