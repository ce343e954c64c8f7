package secret

import "errors"

// lasting is an error that asking again does not help.
type lasting struct{ error }

func (l lasting) Unwrap() error { return l.error }

// Permanent is what package target knows such an error by.
func (lasting) Permanent() bool { return true }

func permanent(err error) error { return lasting{err} }

// isPermanent tells of an error that it says of itself that it is permanent.
func isPermanent(err error) bool {
	p, ok := errors.AsType[interface {
		error
		Permanent() bool
	}](err)
	return ok && p.Permanent()
}
