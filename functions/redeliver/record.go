package redeliver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// Kept is what became of records of failed invocations.
type Kept struct {
	// Waiting counts the notifications that wait since, and GivenUp those that
	// nobody can send.
	Waiting int `json:"waiting"`
	GivenUp int `json:"given_up"`
}

// keep makes what records of failed invocations hold wait in the ledger. A record
// stays with the platform until all of it does.
func (f *Function) keep(ctx context.Context, payload []byte) (json.RawMessage, error) {
	k := f.take(ctx, payload)
	switch {
	case !k.queue && k.failed == nil:
		return json.Marshal(k.Kept)
	case !k.queue, slices.Contains(k.stay, ""):
		return nil, k.failed
	}
	type item struct {
		ID string `json:"itemIdentifier"`
	}
	answer := struct {
		Failures []item `json:"batchItemFailures"`
	}{[]item{}}
	slices.Sort(k.stay)
	for _, id := range slices.Compact(k.stay) {
		answer.Failures = append(answer.Failures, item{id})
	}
	return json.Marshal(answer)
}

// take takes up what it can of a payload of records.
func (f *Function) take(ctx context.Context, payload []byte) *keeping {
	k := &keeping{Function: f}
	p, err := event.Decode(payload)
	if err != nil {
		p = event.Payload{Items: []event.Item{{Err: err}}}
	}
	nth := map[string]int{}
	for _, it := range p.Items {
		from := source{text: payload, nth: nth[it.MessageID]}
		nth[it.MessageID]++
		if it.MessageID != "" {
			from.text = []byte(it.MessageID) // that of one record of several
		}
		if err := k.item(ctx, it, from); err != nil {
			slog.ErrorContext(ctx, "failure record", "message_id", it.MessageID, "error", err.Error())
			k.failed = errors.Join(k.failed, err)
			k.stay = append(k.stay, it.MessageID)
		}
	}
	k.queue = p.Queue
	slog.InfoContext(ctx, "failure records", "events", len(p.Items), "waiting", k.Waiting, "given_up", k.GivenUp, "left", len(k.stay))
	return k
}

type keeping struct {
	*Function
	Kept
	queue  bool     // they came in messages
	stay   []string // the messages to bring again
	failed error
}

// source identifies an item that has no receiver: it is the nth of a record, which
// its text identifies.
type source struct {
	text []byte
	nth  int
}

func (s source) id() string {
	h := sha256.New()
	h.Write(s.text)
	fmt.Fprintf(h, "#%d", s.nth)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// item keeps one item of a record. It fails when the platform must bring the record
// again.
func (k *keeping) item(ctx context.Context, it event.Item, from source) error {
	rows, err := deliver.Rows(it, k.Bus, atMostOnce)
	if it.Test || it.Err == nil && len(rows) == 0 && err == nil {
		return nil // nothing waits for a test, and what is handled is
	}
	if err != nil {
		rows = []ledger.Entry{unaddressed(it, from.id(), k.Bus, err)}
	}
	for _, e := range rows {
		if err := k.row(ctx, e); err != nil {
			return err
		}
	}
	if it.Err != nil {
		// Nothing else has what it holds, and the ledger may not: it may name
		// secrets.
		return fmt.Errorf("redeliver: the record cannot be read, and is left where it is for a person: %w", it.Err)
	}
	return nil
}

// unaddressed is the row of an item of a record of which nobody knows whom it is
// for, so that people see it.
func unaddressed(it event.Item, id, bus string, why error) ledger.Entry {
	e := ledger.Entry{
		ID: id, Bus: bus, RuleName: it.Rule.Name,
		Outcome: outcome.Outcome{Status: outcome.Failed, Class: outcome.Permanent, Reason: why.Error()},
	}
	if it.Err == nil {
		e.Event, e.EventID, e.EventType = it.Event.JSON(), it.Event.ID(), it.Event.Type()
	}
	return e
}

// row makes one notification wait, unless somebody has dealt with it.
func (k *keeping) row(ctx context.Context, e ledger.Entry) error {
	result := ledger.Result{State: ledger.Waiting, Due: k.Now(), Because: "the platform gave its invocation up"}
	if e.Outcome.Status != "" {
		result = ledger.Result{State: ledger.Dead, Because: e.Outcome.Reason, Outcome: e.Outcome}
	}
	// A new row is written at once as it is to be: a claim that could not be settled
	// would look like a sender that had died. It counts as the claim of the platform,
	// which does not repeat the next one.
	e.Created, e.Claims = k.Now().UTC().Truncate(time.Millisecond), 1
	row, err := k.Ledger.Move(ctx, e, result)
	verdict := ledger.Done
	switch {
	case err == nil:
		k.count(ctx, row, result)
		return nil
	case errors.Is(err, ledger.ErrLost) && row.State == ledger.Claimed:
		verdict, row, err = k.Ledger.Claim(ctx, e, claimTime)
	case errors.Is(err, ledger.ErrLost):
		err = nil
	}
	switch {
	case err != nil:
		return fmt.Errorf("redeliver: the ledger did not take it: %w", err)
	case verdict == ledger.Taken:
		return errors.New("redeliver: an invocation may still be sending it: the record is taken up when its time has ended")
	case verdict == ledger.Done:
		if row.State == ledger.Unknown && row.Outcome.Status == "" { // nobody has told that
			k.GivenUp++
			logGivenUp(ctx, row, ledger.Result{State: row.State, Because: row.Because})
		}
		return nil
	}
	if _, err := k.Ledger.Settle(ctx, row, result); errors.Is(err, ledger.ErrLost) {
		return nil
	} else if err != nil {
		return fmt.Errorf("redeliver: the ledger did not take it: %w", err)
	}
	k.count(ctx, row, result)
	return nil
}

func (k *keeping) count(ctx context.Context, row ledger.Entry, result ledger.Result) {
	if result.State == ledger.Waiting {
		k.Waiting++
		return
	}
	k.GivenUp++
	logGivenUp(ctx, row, result)
}

// claimTime is how long a row is claimed that is made to wait.
const claimTime = 10 * time.Second

// sentAgain are the target types of which a message that is sent twice does little
// harm. Any other type's is never sent again when its sender may have died.
var sentAgain = []string{"dingtalk", "email", "http", "lark", "wecom"}

func atMostOnce(typ string) bool { return !slices.Contains(sentAgain, typ) }
