package ledger

import (
	"context"
	"errors"
	"time"
)

// Store keeps rows. It compares before it replaces and decides nothing: that is
// the [Ledger]'s. Its methods keep to the deadline of ctx, never repeat a write by
// themselves, and are safe for concurrent use.
//
// They fail with a [bus.Error], whose kind says what a person has to do: NotFound
// without the table, Denied without the permission, Throttled, Unavailable, and
// Invalid for a row of a later version.
type Store interface {
	// Get returns a row as last written; the zero Entry when there is none. A row
	// whose lifetime is over is there or not as [Store.Put] sees it.
	Get(ctx context.Context, id string) (Entry, error)
	// Put stores a row in place of the one whose step is e.Step-1, and for the
	// first step where there is no row. It fails with [ErrConflict], and changes
	// nothing, when that is not how it is. After any other error nobody knows.
	Put(ctx context.Context, e Entry) error
	// Due returns rows in [DueIndex] whose Due is before a time, the oldest first,
	// as last written. A row that it cannot read keeps the others from nobody: it is
	// listed as [CannotRead] says. It may stop before limit once they have [MostDue]
	// bytes of events.
	Due(ctx context.Context, bus string, before time.Time, limit int) ([]Entry, error)
	// List returns a page of the rows that a query wants, newest first. A row that
	// is there and wanted while all pages are read is in one of them, and none is
	// in two.
	List(ctx context.Context, q Query) (Page, error)
	// Control returns a control row; the zero value when there is none.
	Control(ctx context.Context, key string) (Control, error)
	// PutControl is [Store.Put] for control rows.
	PutControl(ctx context.Context, c Control) error
	// Lasting reports whether the rows outlive the instance.
	Lasting() bool
}

// Maker is a store that whoever applies a document makes, because no deployment
// does.
type Maker interface {
	// Missing returns what of it is not there, in words; nothing when all is.
	Missing(ctx context.Context) ([]string, error)
	// Create makes what is not there, and waits until it can be used.
	Create(ctx context.Context) error
}

// Control is a small row that is not about one notification. It does not expire.
type Control struct {
	Key   string
	Value []byte
	Token string
	Step  int64
}

// ErrConflict is the error of a store that has another row than the one to be
// replaced.
var ErrConflict = errors.New("ledger: the row has changed")

// Variable is the environment variable that names the ledger of a function:
// "dynamodb:TABLE" on AWS, "tablestore:ENDPOINT/TABLE" on Alibaba Cloud; unset for
// none.
const Variable = "PAI_NOTIFY_LEDGER"

const (
	// Version is the form of the rows. A store refuses rows of a later one.
	Version = 1
	// Lifetime is how long a row is kept after it was last written, and so how
	// long a dead letter can be redriven.
	Lifetime = 30 * 24 * time.Hour
	// MaxEvent is the most bytes of an event that a store keeps: functions read no
	// larger one, and it fits into a row of every store as it is, of DynamoDB's
	// 400 KB too.
	MaxEvent = 256 << 10
	// MostDue is how many bytes of events a store reads at once of what is due, and a
	// page of rows more at most: many rows fit into a small function, if they are small.
	MostDue = 16 << 20
)
