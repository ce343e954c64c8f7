package ledgertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

const (
	onBus = "pai-system-llm_lab"
	// odd is text that storage likes to spoil.
	odd = " 夜间训练 \"<&>'`\\ \U0001F6A8 e\u0301\u00e9 \u2028\t\n%s ${x} #/| "
)

// noon is now for most checks. Stores remove old rows by their own clock, so it is
// today's, and every time that a store is given has milliseconds.
var noon = time.Now().UTC().Truncate(24 * time.Hour).Add(12*time.Hour + 34*time.Millisecond)

func idOf(i int) string { return fmt.Sprintf("%032x", i+1) }

// first is the first step of a row.
func first(id string) ledger.Entry {
	return ledger.Entry{
		ID: id, Bus: onBus, Owner: "lab", Rule: "training", RuleName: "Training", Type: "dingtalk", Receiver: "dingtalk-ops",
		EventID: "e-" + id, EventType: "dlc:Job:Failed", Job: "dlc1abc", JobName: "pretrain-7b",
		State: ledger.Claimed, Due: noon.Add(time.Minute), Claims: 1, Created: noon, Changed: noon, Token: "TOKEN" + id, Step: 1,
	}
}

// with is a row in a state that is due at a time.
func with(id string, state ledger.State, due time.Time) ledger.Entry {
	e := first(id)
	e.State, e.Due = state, due
	return e
}

// next is the next step of a row in a state.
func next(e ledger.Entry, state ledger.State, due time.Time) ledger.Entry {
	e.State, e.Due, e.Step, e.Token, e.Changed = state, due, e.Step+1, e.Token+"+", e.Changed.Add(time.Second)
	return e
}

// full is a row with something odd in every member.
func full(id string) ledger.Entry {
	e := first(id)
	e.Owner, e.Rule, e.RuleName, e.Receiver = "owner"+odd, "rule"+odd, "name"+odd, "receiver"+odd
	e.Event = []byte(`{"id":"e-1","data":{"jobName":"夜 \u0000 😱 ` + strings.Repeat("x", 300) + `","n":1e400}}`)
	e.EventID, e.EventType, e.Job, e.JobName = "event"+odd, "type"+odd, "job"+odd, "job name"+odd
	e.Severity, e.AtMostOnce, e.State, e.Due = 4, true, ledger.Waiting, noon.Add(5*time.Millisecond)
	e.Because, e.Claims, e.Redrives = "because"+odd, 3, 2
	e.Outcome = outcome.Outcome{
		Status: outcome.Failed, Notification: id, MessageID: "m" + odd, Event: "event" + odd, EventType: "type" + odd, Rule: "rule" + odd,
		Target: "dingtalk/ops" + odd, Reason: "reason" + odd, Class: outcome.RateLimited, HTTPStatus: 429, Code: "isv.BUSINESS_LIMIT_CONTROL" + odd,
		Receipt: "receipt" + odd, Advice: "advice" + odd, Digest: "digest", RetryAfter: 600, Attempts: 3, Milliseconds: 1234567890123,
	}
	e.Created, e.Changed = noon.Add(-49*time.Hour+time.Millisecond), noon.Add(time.Hour+999*time.Millisecond)
	e.Redriven = noon.Add(-7 * time.Millisecond)
	e.Held = noon.Add(-3 * time.Millisecond)
	e.MovedTo, e.MovedFrom = "to"+odd, "from"+odd
	e.Token = "token" + odd
	return e
}

// put stores rows, each of which must be taken.
func put(t T, s ledger.Store, rows ...ledger.Entry) {
	t.Helper()
	for _, e := range rows {
		require.NoError(t, s.Put(ctx, e), "row %s, step %d", e.ID, e.Step)
	}
}

// stands checks what a row reads back as.
func stands(t T, s ledger.Store, want ledger.Entry, msg ...any) {
	t.Helper()
	got, err := s.Get(ctx, want.ID)
	require.NoError(t, err, msg...)
	same(t, want, got, msg...)
}

// same compares rows: an empty event is none, and times are the same instant.
func same(t T, want, got ledger.Entry, msg ...any) {
	t.Helper()
	assert.Equal(t, comparable(want), comparable(got), msg...)
}

func comparable(e ledger.Entry) ledger.Entry {
	if len(e.Event) == 0 {
		e.Event = nil
	}
	for _, at := range []*time.Time{&e.Due, &e.Created, &e.Changed, &e.Redriven, &e.Held} {
		if !at.IsZero() {
			*at = at.UTC()
		}
	}
	return e
}

func ids(list []ledger.Entry) []string {
	found := []string{}
	for _, e := range list {
		found = append(found, e.ID)
	}
	return found
}

// eventOf is the JSON of an event of so many bytes, whose text packs to about a
// third, as logs do.
func eventOf(size int) []byte {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same each time
	var text bytes.Buffer
	text.WriteString(`{"id":"e-1","data":"`)
	for text.Len() < size-2 {
		fmt.Fprintf(&text, "step %06d loss %.3f; ", random.IntN(1e6), random.Float64())
	}
	text.Truncate(size - 2)
	text.WriteString(`"}`)
	return text.Bytes()
}

// unpackable is the JSON of an event of so many bytes that no compression makes
// much smaller.
func unpackable(size int) []byte {
	random := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // the same each time
	const printable = "!#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"
	text := []byte(`{"id":"e-1","data":"`)
	for len(text) < size-2 {
		text = append(text, printable[random.IntN(len(printable))])
	}
	return append(text, `"}`...)
}
