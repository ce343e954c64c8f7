package redeliver

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// A first claim is the platform's to repeat. What nobody has settled after this
// time nobody repeats any more: both platforms have given it up.
const abandonedAfter = ledger.Horizon

// between is how often abandoned claims are looked for.
const between = time.Hour

// beat records in the ledger that the function lives, for who looks from outside:
// the control row "heartbeat/<bus>", a JSON object with the time "at" and the
// members of the report.
func (f *Function) beat(ctx context.Context, r Report) error {
	text, err := json.Marshal(struct {
		At time.Time `json:"at"`
		Report
	}{f.Now().UTC().Truncate(time.Second), r})
	if err != nil {
		return err
	}
	_, err = f.Ledger.Update(ctx, "heartbeat/"+f.Bus, func([]byte) ([]byte, bool) { return text, true })
	if err != nil {
		return fmt.Errorf("redeliver: the heartbeat cannot be written: %w", err)
	}
	return nil
}

// swept is what the control row "swept/<bus>" has.
type swept struct {
	// At is when abandoned claims were last looked for, and To until when those
	// were made that were looked at.
	At time.Time `json:"at"`
	To time.Time `json:"to"`
	// Until and After say where the next run goes on, up to which time and after
	// which page, when one had not the time to look at all.
	Until time.Time `json:"until,omitzero"`
	After string    `json:"after,omitempty"`
}

// sweep ends first claims that nobody has settled, once an hour. No index has them,
// so it reads the history of the hour that has become old enough.
func (r *run) sweep(ctx context.Context) error {
	key, now := "swept/"+r.bus, r.Now()
	value, err := r.Ledger.Update(ctx, key, func(value []byte) ([]byte, bool) { return value, false })
	if err != nil {
		return err
	}
	var last swept
	if len(value) > 0 && json.Unmarshal(value, &last) != nil || last.At.After(now.Add(between)) {
		last = swept{} // all of history, once
	}
	if now.Sub(last.At) < between {
		return nil
	}
	next := swept{At: now.UTC(), To: now.Add(-abandonedAfter).UTC()}
	if last.After != "" {
		next.To = last.Until
	}
	q := ledger.Query{Bus: r.bus, From: last.To, To: next.To, States: []ledger.State{ledger.Claimed}, Limit: atOnce, After: last.After}
	for {
		page, err := r.Ledger.List(ctx, q)
		if bus.KindOf(err) == bus.Invalid && q.After != "" && q.After == last.After {
			q.After = "" // of another version: it is read from the beginning
			continue
		}
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			if e.Claims > 1 || now.Before(e.Due.Add(ledger.Margin)) {
				continue // what is due finds it
			}
			if err := r.end(ctx, e, ledger.Unknown, senderSilent+", and nobody has tried it again"); err != nil {
				return err
			}
		}
		if page.Next == "" {
			break
		}
		q.After = page.Next
		if !r.timeLeft(ctx) {
			next = swept{At: last.At, To: last.To, Until: next.To, After: page.Next}
			break // the next run goes on
		}
	}
	text, err := json.Marshal(next)
	if err != nil {
		return err
	}
	_, err = r.Ledger.Update(ctx, key, func([]byte) ([]byte, bool) { return text, true })
	return err
}
