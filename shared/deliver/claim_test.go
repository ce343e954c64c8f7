package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// table is a ledger's store that several instances share, and that can be away.
type table struct {
	ledger.Store
	mu sync.Mutex
	// away says which calls fail before they do anything, and lost of which only
	// the answer is lost.
	away, lost func(call string, e ledger.Entry) bool
	// says is what a call fails with that does nothing.
	says error
	// slow is how long each call takes.
	slow time.Duration
	// busy makes others change a control row each time before.
	busy  bool
	calls []string
}

func newTable() *table { return &table{Store: memory.New(), says: errAway} }

// A ledger that is away says errAway, and errDenied one that the function may not use.
var (
	errAway   = &bus.Error{Kind: bus.Unavailable, Action: "dynamodb:PutItem", Text: "nobody answers"}
	errDenied = &bus.Error{Kind: bus.Denied, Action: "dynamodb:PutItem", Code: "AccessDeniedException"}
)

func (t *table) fails(call string, e ledger.Entry, do func() error) error {
	t.mu.Lock()
	t.calls = append(t.calls, call)
	away, lost := t.away != nil && t.away(call, e), t.lost != nil && t.lost(call, e)
	t.mu.Unlock()
	time.Sleep(t.slow)
	if away {
		return t.says
	}
	if err := do(); err != nil || !lost {
		return err
	}
	return context.DeadlineExceeded
}

func (t *table) Get(ctx context.Context, id string) (e ledger.Entry, err error) {
	err = t.fails("get", ledger.Entry{ID: id}, func() error {
		e, err = t.Store.Get(ctx, id)
		return err
	})
	return e, err
}

func (t *table) Put(ctx context.Context, e ledger.Entry) error {
	return t.fails("put", e, func() error { return t.Store.Put(ctx, e) })
}

func (t *table) Control(ctx context.Context, key string) (c ledger.Control, err error) {
	err = t.fails("control", ledger.Entry{ID: key}, func() error {
		c, err = t.Store.Control(ctx, key)
		return err
	})
	return c, err
}

func (t *table) PutControl(ctx context.Context, c ledger.Control) error {
	return t.fails("put control", ledger.Entry{ID: c.Key}, func() error {
		if t.busy {
			return ledger.ErrConflict
		}
		return t.Store.PutControl(ctx, c)
	})
}

// set changes how the table fails.
func (t *table) set(away, lost func(string, ledger.Entry) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.away, t.lost = away, lost
}

func always(string, ledger.Entry) bool { return true }

// onBus is the bus that functions serve.
const onBus = "pai-system-llm_lab"

// on returns a function over a table, another instance each time.
func on(t *table, phone bool, answer func(context.Context, int, target.Notification) error) (*Function, *log) {
	f, l := newFunction(answer)
	spec := f.spec
	if phone {
		spec = spec.To(target.ContactPhone)
	}
	f = New(spec, t)
	f.bus = onBus
	f.random = func() float64 { return 0 }
	return f, l
}

// happened is event n, which happened a while ago, in a wrapper of its own.
func happened(n int, ago time.Duration, severity string) string {
	e := strings.Replace(numbered(n), `"data"`, `"time":"`+time.Now().Add(-ago).Format(time.RFC3339)+`","data"`, 1)
	if severity != "critical" {
		e = strings.NewReplacer("JobFailed", "JobQueued", "Failed", "Queuing").Replace(e)
	}
	return wrapped(e)
}

// invoke hands a payload over with the time that functions have.
func invoke(t *testing.T, f *Function, payload string) ([]outcome.Outcome, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	answer, err := f.Handle(ctx, []byte(payload))
	text := []byte(answer)
	if err != nil {
		text = []byte(err.Error())
	}
	var list []outcome.Outcome
	if !bytes.HasPrefix(text, []byte("[")) {
		text = fmt.Appendf(nil, "[%s]", text)
	}
	require.NoError(t, json.Unmarshal(text, &list), "%s", text)
	return list, err
}

// rows are those of a table, by the ids of their events.
func rows(t *testing.T, of *table) map[string]ledger.Entry {
	t.Helper()
	byEvent := map[string]ledger.Entry{}
	for _, bus := range []string{onBus, ""} {
		page, err := of.List(t.Context(), ledger.Query{Bus: bus})
		require.NoError(t, err)
		for _, e := range page.Entries {
			byEvent[e.EventID] = e
		}
	}
	return byEvent
}

// logged returns the messages and the lines that are logged while a test runs.
func logged(t *testing.T) func() []map[string]any {
	var mu sync.Mutex
	var text bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(writer(func(p []byte) {
		mu.Lock()
		defer mu.Unlock()
		text.Write(p)
	}), nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return func() (lines []map[string]any) {
		mu.Lock()
		defer mu.Unlock()
		for line := range bytes.Lines(text.Bytes()) {
			var read map[string]any
			require.NoError(t, json.Unmarshal(line, &read))
			lines = append(lines, read)
		}
		return lines
	}
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}

// withMessage returns the lines that have a message.
func withMessage(lines []map[string]any, message string) (found []map[string]any) {
	for _, line := range lines {
		if line["msg"] == message {
			found = append(found, line)
		}
	}
	return found
}

func TestTheSameEventPutTwiceIsOneMessage(t *testing.T) {
	for name, second := range map[string]func(*table, *Function) *Function{
		"on the same instance": func(_ *table, f *Function) *Function { return f },
		"on another instance": func(of *table, f *Function) *Function {
			g := New(f.spec, of)
			return g
		},
	} {
		for _, phone := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				of := newTable()
				f, l := on(of, phone, nil)
				payload := happened(1, 0, "critical")
				_, err := invoke(t, f, payload)
				require.NoError(t, err)
				list, err := invoke(t, second(of, f), payload)
				require.NoError(t, err)
				assert.Equal(t, outcome.Skipped, list[0].Status)
				assert.Contains(t, list[0].Reason, "it was sent at ")
				assert.Len(t, l.notifications, 1)
			})
		}
	}
}

func TestWhoeverComesAfterASenderThatDiedFindsOut(t *testing.T) {
	for _, phone := range []bool{false, true} {
		t.Run(map[bool]string{false: "chat is sent by the next", true: "a text is sent by nobody"}[phone], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lines := logged(t)
				of := newTable()
				payload := happened(1, 0, "critical")
				f, l := on(of, phone, nil)
				planned := f.plan(decoded(t, payload))
				_, _, err := f.claimIn(t.Context(), &run{}, planned[0])
				require.NoError(t, err)

				list, err := invoke(t, f, payload)
				require.Error(t, err, "the platform comes back")
				assert.Equal(t, []any{outcome.Failed, outcome.Transient, int((usualLease + ledger.Margin).Seconds())}, []any{list[0].Status, list[0].Class, list[0].RetryAfter})
				assert.Empty(t, l.notifications)

				time.Sleep(usualLease + ledger.Margin)
				list, err = invoke(t, f, payload)
				require.NoError(t, err)
				if phone {
					assert.Equal(t, []any{outcome.Failed, outcome.Unknown}, []any{list[0].Status, list[0].Class})
					assert.Equal(t, ledger.Unknown, rows(t, of)["e1"].State)
					assert.Empty(t, l.notifications)
					assert.Len(t, withMessage(lines(), ended), 2)
				} else {
					assert.Equal(t, outcome.Sent, list[0].Status)
					assert.Equal(t, 2, rows(t, of)["e1"].Claims)
					assert.Len(t, l.notifications, 1)
				}
			})
		})
	}
}

func decoded(t *testing.T, payload string) event.Item {
	t.Helper()
	p, err := event.Decode([]byte(payload))
	require.NoError(t, err)
	return p.Items[0]
}

func TestARowHasWhatHistoryIsSearchedBy(t *testing.T) {
	for name, c := range map[string]struct{ variable, attribute, bus string }{
		"the bus that the function serves": {"pai-system-llm_lab", "another", "pai-system-llm_lab"},
		"the bus that the event names":     {"", "pai-system-7", "pai-system-7"},
		"no bus":                           {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(BusVariable, c.variable)
			of := newTable()
			var kept []byte
			f, _ := on(of, true, func(ctx context.Context, _ int, n target.Notification) error {
				row, err := of.Get(ctx, n.ID)
				kept = row.Event
				return err
			})
			f.bus = c.variable
			e := jobFailed
			if c.attribute != "" {
				e = strings.Replace(e, `"data"`, `"aliyuneventbusname":"`+c.attribute+`","data"`, 1)
			}
			payload := strings.Replace(wrapped(e), `"rule":"gpu-died"`, `"rule":{"name":"night","id":"gpu-died","owner":"lab"}`, 1)
			list, err := invoke(t, f, payload)
			require.NoError(t, err)
			row, err := of.Get(t.Context(), list[0].Notification)
			require.NoError(t, err)
			assert.Equal(t, list[0].Receipt, row.Outcome.Receipt)
			assert.Equal(t, outcome.Sent, row.Outcome.Status)
			assert.JSONEq(t, e, string(kept))
			assert.NotContains(t, fmt.Sprint(row), `"line"`, "parameters may hold secrets")
			row.Event, row.Outcome, row.Created, row.Changed, row.Token, row.Step = nil, outcome.Outcome{}, time.Time{}, time.Time{}, "", 0
			assert.Equal(t, ledger.Entry{
				ID: list[0].Notification, Bus: c.bus, Owner: "lab", Rule: "gpu-died", RuleName: "night", Type: "station", Receiver: "oncall",
				EventID: "e1", EventType: "dlc.job-failed", Job: "dlc1", JobName: "bert",
				Severity: message.Urgency(event.Critical), AtMostOnce: true, State: ledger.Sent, Claims: 1,
			}, row)
		})
	}
}

func TestWhatIsNotTheFunctionsToKeepIsInNoLedger(t *testing.T) {
	t.Setenv(workspace.Variable, document)
	for name, payload := range map[string]string{
		"a connectivity test":                       `{"test":true,"target":{"type":"station","parameters":{"line":"x"}}}`,
		"an event for the function's own document":  jobFailed,
		"an event that no rule wants":               strings.Replace(jobFailed, "JobFailed", "JobRunning", 1),
		"one that the rule of a list does not want": listing(listedRule("a", successes, "x")),
	} {
		t.Run(name, func(t *testing.T) {
			of := newTable()
			f, _ := on(of, false, nil)
			_, err := invoke(t, f, payload)
			require.NoError(t, err)
			assert.Empty(t, of.calls)
		})
	}
}

func TestOfADigestOnlyThoseAreSentThatNobodyHasSent(t *testing.T) {
	of := newTable()
	f, l := on(of, false, nil)
	f.spec.Apart = false
	_, err := invoke(t, f, wrapped(numbered(1)))
	require.NoError(t, err)
	other, m := on(of, false, nil)
	other.spec.Apart = false
	list, err := invoke(t, other, string(batch(wrapped(numbered(1)), wrapped(numbered(2)), wrapped(numbered(3)))))
	require.NoError(t, err)
	assert.Equal(t, []outcome.Status{outcome.Skipped, outcome.Sent, outcome.Sent}, []outcome.Status{list[0].Status, list[1].Status, list[2].Status})
	assert.Empty(t, list[0].Digest)
	assert.Len(t, l.notifications, 1)
	require.Len(t, m.notifications, 1)
	assert.Contains(t, m.notifications[0].Message.Title, "2 个事件")
	for id, row := range rows(t, of) {
		assert.Equal(t, ledger.Sent, row.State, id)
	}
}

func TestSixteenInstancesSendOneEventOnce(t *testing.T) {
	of := newTable()
	var all sync.WaitGroup
	var mu sync.Mutex
	sent := 0
	for range 16 {
		all.Go(func() {
			f, _ := on(of, false, func(context.Context, int, target.Notification) error {
				mu.Lock()
				defer mu.Unlock()
				sent++
				return nil
			})
			_, _ = f.Handle(t.Context(), []byte(wrapped(jobFailed)))
		})
	}
	all.Wait()
	assert.Equal(t, 1, sent)
}

func TestALostAnswerIsNotAlreadySent(t *testing.T) {
	for _, phone := range []bool{false, true} {
		of := newTable()
		f, l := on(of, phone, nil)
		of.set(nil, func(call string, _ ledger.Entry) bool { return call == "put" })
		list, err := invoke(t, f, wrapped(jobFailed))
		require.NoError(t, err)
		assert.Equal(t, outcome.Sent, list[0].Status)
		assert.False(t, list[0].Unguarded)
		assert.Len(t, l.notifications, 1)
		assert.Equal(t, ledger.Sent, rows(t, of)["e1"].State)
	}
}

func TestWhatHasEndedSaysHow(t *testing.T) {
	at := time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)
	told := outcome.Outcome{Status: outcome.Failed, Class: outcome.Unknown}
	for says, row := range map[string]ledger.Entry{
		"it was sent at 2026-11-28T03:00:00Z":                                                                {State: ledger.Sent},
		"it waits until 2026-11-28T03:01:00Z: busy":                                                          {State: ledger.Waiting, Due: at.Add(time.Minute), Because: "busy"},
		"it was given up at 2026-11-28T03:00:00Z: no such number":                                            {State: ledger.Dead, Because: "no such number"},
		"it was cancelled at 2026-11-28T03:00:00Z: the rule was disabled":                                    {State: ledger.Cancelled, Because: "the rule was disabled"},
		"it was skipped at 2026-11-28T03:00:00Z":                                                             {State: ledger.Skipped},
		"nobody knows whether it was sent at 2026-11-28T03:00:00Z, and it must not be sent twice: timed out": {State: ledger.Unknown, Because: "timed out", Outcome: told},
	} {
		row.Changed = at
		assert.Equal(t, outcome.Outcome{Event: "e", Status: outcome.Skipped, Reason: says}, ofRow(outcome.Outcome{Event: "e"}, row))
	}
}
