package deliver

import (
	"context"
	"time"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

// unopened is a ledger's store that could not be opened, and the error of each call
// to it, which says why.
type unopened struct{ error }

func (unopened) Lasting() bool { return true }

func (u unopened) Get(context.Context, string) (ledger.Entry, error) { return ledger.Entry{}, u }
func (u unopened) Put(context.Context, ledger.Entry) error           { return u }

func (u unopened) Due(context.Context, string, time.Time, int) ([]ledger.Entry, error) {
	return nil, u
}

func (u unopened) List(context.Context, ledger.Query) (ledger.Page, error) {
	return ledger.Page{}, u
}

func (u unopened) Control(context.Context, string) (ledger.Control, error) {
	return ledger.Control{}, u
}

func (u unopened) PutControl(context.Context, ledger.Control) error { return u }

var _ ledger.Store = unopened{}
