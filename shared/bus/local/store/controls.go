package store

import (
	"bytes"
	"context"
)

// Control returns the value of a control row; nil for none.
func (s *Store) Control(ctx context.Context, key string) (value []byte, err error) {
	err = s.query(ctx, "SELECT value FROM controls WHERE key = ?", []any{key}, func(scan func(...any) error) error { return scan(&value) })
	return value, err
}

// UpdateControl replaces the value of a control row by what change makes of it, in
// one step, and returns it as it stands then. Change returns false to leave it, and
// no value to remove the row; it may be called several times.
func (s *Store) UpdateControl(ctx context.Context, key string, change func([]byte) ([]byte, bool)) ([]byte, error) {
	// Most are only read, or left: that needs no commit.
	value, err := s.Control(ctx, key)
	if err != nil {
		return nil, err
	}
	if _, replace := change(bytes.Clone(value)); !replace {
		return value, nil
	}
	var stands []byte
	err = s.Write(ctx, func(tx *Tx) error {
		stands = nil // the transaction may be run again
		tx.row("SELECT value FROM controls WHERE key = ?", []any{key}, &stands)
		next, replace := change(bytes.Clone(stands))
		switch {
		case !replace:
		case len(next) == 0:
			stands = nil
			tx.exec("DELETE FROM controls WHERE key = ?", key)
		default:
			stands = bytes.Clone(next)
			tx.exec("INSERT INTO controls (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, stands)
		}
		return nil
	})
	if err != nil {
		return nil, err // it may still be written
	}
	return stands, nil
}
