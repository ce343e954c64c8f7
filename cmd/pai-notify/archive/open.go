package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

// Where says which history is meant.
type Where struct {
	// Ledger is a reference such as "dynamodb:TABLE", and Bus the name of a bus; ""
	// for those of the deployed functions, whose names have Prefix.
	Ledger, Bus, Prefix string
}

// ErrNone is the error of [Open] for functions that are deployed without a ledger:
// nothing keeps a history.
var ErrNone = errors.New("no ledger keeps a history")

// Open opens the history of a bus of a cloud. It fails with [ErrNone] when no
// ledger is named and the deployed functions have none.
func Open(ctx context.Context, c provision.Cloud, at Where) (*Archive, error) {
	if at.Bus == "" || at.Ledger == "" {
		var err error
		if at, err = at.deployed(ctx, c); err != nil {
			return nil, err
		}
	}
	l, err := c.OpenLedger(ctx, at.Ledger)
	if err != nil {
		return nil, err
	}
	return New(l, c, at.Bus, time.Now), nil
}

// deployed adds what the function says that sends what waits.
func (at Where) deployed(ctx context.Context, c provision.Cloud) (Where, error) {
	function := policy.FunctionName(at.Prefix, policy.Redeliver)
	reference, served, err := c.Recorded(ctx, at.Prefix)
	if bus.KindOf(err) == bus.NotFound {
		return at, fmt.Errorf("%w: there is no function %s in this account and region: deploy it, give its prefix with --functions, or name the ledger and the workspace with --ledger REF and -w FILE", ErrNone, function)
	}
	if err != nil {
		return at, err
	}
	if at.Ledger = cmp.Or(at.Ledger, reference); at.Ledger == "" {
		return at, fmt.Errorf("%w: the function %s has no %s: deploy it with a ledger, or name one with --ledger REF", ErrNone, function, ledger.Variable)
	}
	if at.Bus = cmp.Or(at.Bus, served); at.Bus == "" {
		return at, fmt.Errorf("the function %s does not say which workspace it serves: name the document with -w FILE", function)
	}
	return at, nil
}
