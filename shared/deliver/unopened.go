package deliver

import (
	"context"
	"time"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

// unopened is a ledger's store that could not be opened: it never answers, and
// says why.
type unopened struct{ error }

// unopenedError marks the error of such a store.
type unopenedError struct{ error }

func (u unopenedError) Unwrap() error { return u.error }

func (unopened) Lasting() bool { return true }

func (u unopened) Get(context.Context, string) (ledger.Entry, error) { return ledger.Entry{}, u.error }
func (u unopened) Put(context.Context, ledger.Entry) error           { return u.error }

func (u unopened) Due(context.Context, string, time.Time, int) ([]ledger.Entry, error) {
	return nil, u.error
}

func (u unopened) List(context.Context, ledger.Query) (ledger.Page, error) {
	return ledger.Page{}, u.error
}

func (u unopened) Control(context.Context, string) (ledger.Control, error) {
	return ledger.Control{}, u.error
}

func (u unopened) PutControl(context.Context, ledger.Control) error { return u.error }

var _ ledger.Store = unopened{}
