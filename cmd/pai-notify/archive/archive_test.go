package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/target"
)

const onBus = "pai-system-lab"

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// kept is a ledger of a bus with a rule "died" for dingtalk/oncall.
type kept struct {
	*Archive
	t      *testing.T
	now    time.Time
	memory *bustest.Memory
	store  ledger.Store
}

func newKept(t *testing.T) *kept {
	k := &kept{t: t, now: noon, memory: bustest.NewMemory(), store: memory.New()}
	k.put(true, "oncall")
	clock := func() time.Time { return k.now }
	k.Archive = New(ledger.New(k.store).With(clock, 0), provision.Cloud{Name: provision.AWS, Bus: k.memory}, onBus, clock)
	return k
}

// put puts the rule with a receiver onto the bus.
func (k *kept) put(enabled bool, receiver string) {
	k.memory.Buses[onBus] = bus.EventBus{Name: onBus}
	k.memory.Rules[onBus+"/died"] = bus.Rule{Name: "died", Pattern: "{}", Enabled: enabled}
	k.memory.Targets[onBus+"/died"] = map[string]bus.Target{"one": {
		ID: "one", Function: "pai-notify-dingtalk", Rule: event.Rule{Name: "died", ID: "r1", Owner: "lab"},
		Receiver: target.Receiver{Type: "dingtalk", Name: receiver, Parameters: json.RawMessage(`{"webhook":"env:A"}`)},
	}}
}

// add adds a row that has come to a state, a minute after the one before.
func (k *kept) add(id string, r ledger.Result, change ...func(*ledger.Entry)) ledger.Entry {
	k.t.Helper()
	k.now = k.now.Add(time.Minute)
	e := ledger.Entry{
		ID: id, Bus: onBus, Owner: "lab", Rule: "r1", RuleName: "died", Type: "dingtalk", Receiver: "oncall",
		EventID: "e" + id, EventType: "dlc.job-failed", Job: "dlc1", JobName: "train",
		Event: fmt.Appendf(nil, `{"id":"e%s","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","time":"2026-11-28T11:59:00Z"}`, id),
	}
	for _, c := range change {
		c(&e)
	}
	_, claim, err := k.ledger.Claim(k.t.Context(), e, time.Minute)
	require.NoError(k.t, err)
	if r.State == ledger.Claimed {
		return claim
	}
	k.now = k.now.Add(time.Second)
	claim, err = k.ledger.Settle(k.t.Context(), claim, r)
	require.NoError(k.t, err)
	return claim
}

func (k *kept) state(id string) ledger.State {
	e, err := k.ledger.Get(k.t.Context(), id)
	require.NoError(k.t, err)
	return e.State
}

var dead = ledger.Result{State: ledger.Dead, Because: "HTTP 403 no such robot", Outcome: outcome.Outcome{
	Status: outcome.Failed, Class: outcome.Permanent, Reason: "HTTP 403 no such robot", HTTPStatus: 403, Code: "310000", Advice: "check the token", Target: "dingtalk/oncall", EventType: "dlc.job-failed", Milliseconds: 250,
}}

func TestARowIsShownAsTheLocalBusShowsItsOwn(t *testing.T) {
	k := newKept(t)
	e := k.add("1", dead)
	list, err := k.History(t.Context(), local.Query{})
	require.NoError(t, err)
	require.Len(t, list, 1)
	answer := list[0].Answer
	list[0].Answer = nil
	assert.Equal(t, local.Notification{
		ID: "1", State: local.Dead, Bus: onBus, Rule: "died", RuleKey: "r1", Target: "dingtalk/oncall", Owner: "lab", Receiver: "dingtalk/oncall",
		Job: "dlc1", JobName: "train", EventID: "e1", EventSource: "acs.paidlc", EventType: "paidlc:JobStateChange:JobFailed",
		Time: noon.Add(-time.Minute), Accepted: noon.Add(time.Minute), Attempts: 1, Started: e.Changed.Add(-250 * time.Millisecond), Ended: e.Changed, Outcome: dead.Outcome,
	}, list[0])
	assert.Contains(t, string(answer), `"code":"310000"`)

	n, attempts, body, err := k.Life(t.Context(), "1")
	require.NoError(t, err)
	assert.Equal(t, local.Dead, n.State)
	assert.JSONEq(t, string(e.Event), string(body))
	require.Len(t, attempts, 1)
	assert.Equal(t, []any{1, "310000"}, []any{attempts[0].Number, attempts[0].Outcome.Code})
}

func TestARowSaysWhyItIsAsItIs(t *testing.T) {
	for name, c := range map[string]struct {
		because, reason, want string
	}{
		"one of the two":            {"held until 08:00", "", "held until 08:00"},
		"the other":                 {"", "HTTP 500", "HTTP 500"},
		"the same":                  {"HTTP 500", "HTTP 500", "HTTP 500"},
		"one says more":             {"given up after 6 h: HTTP 500", "HTTP 500", "given up after 6 h: HTTP 500"},
		"the end and what was said": {reasonCancelled, "HTTP 500", "somebody cancelled it; HTTP 500"},
	} {
		assert.Equal(t, c.want, because(ledger.Entry{Because: c.because, Outcome: outcome.Outcome{Reason: c.reason}}), name)
	}
}

func TestRowsAreFoundByEveryFilter(t *testing.T) {
	k := newKept(t)
	k.add("1", dead)
	k.add("2", ledger.Result{State: ledger.Sent}, func(e *ledger.Entry) { e.Job, e.Rule, e.RuleName = "dlc2", "r2", "done" })
	k.add("3", ledger.Result{State: ledger.Waiting, Due: noon.Add(time.Hour)}, func(e *ledger.Entry) { e.Type, e.Receiver = "lark", "lark/all" })
	k.add("4", ledger.Result{State: ledger.Claimed})
	k.add("5", ledger.Result{State: ledger.Unknown}, func(e *ledger.Entry) { e.EventType = "dlc.job-timeout" })
	k.add("6", ledger.Result{State: ledger.Sent}, func(e *ledger.Entry) { e.Bus = "pai-system-other" })
	for name, c := range map[string]struct {
		query local.Query
		want  []string
	}{
		"nothing":            {local.Query{}, []string{"5", "4", "3", "2", "1"}},
		"a limit":            {local.Query{Limit: 2}, []string{"5", "4"}},
		"a page after":       {local.Query{After: "4", Limit: 2}, []string{"3", "2"}},
		"the last page":      {local.Query{After: "2", Limit: 2}, []string{"1"}},
		"the end":            {local.Query{After: "1"}, nil},
		"the job":            {local.Query{Job: "dlc2"}, []string{"2"}},
		"the rule's name":    {local.Query{Rule: "done"}, []string{"2"}},
		"the rule's key":     {local.Query{Rule: "r2"}, []string{"2"}},
		"the type of target": {local.Query{Target: "lark"}, []string{"3"}},
		"the receiver":       {local.Query{Target: "lark/all"}, []string{"3"}},
		"the receiver's own": {local.Query{Target: "all", Limit: 1}, []string{"3"}},
		"dead":               {local.Query{States: []local.State{local.Dead}}, []string{"1"}},
		"waiting":            {local.Query{States: []local.State{local.Waiting, local.Started}}, []string{"4", "3"}},
		"unknown and dead":   {local.Query{States: []local.State{local.Unknown, local.Dead}}, []string{"5", "1"}},
		"moved":              {local.Query{States: []local.State{local.Moved}}, nil},
		"the event":          {local.Query{EventID: "e2"}, []string{"2"}},
		"since":              {local.Query{Since: noon.Add(4 * time.Minute)}, []string{"5", "4"}},
		"until":              {local.Query{Until: noon.Add(2 * time.Minute)}, []string{"1"}},
		"until, a page":      {local.Query{Until: noon.Add(4 * time.Minute), After: "3"}, []string{"2", "1"}},
		"the bus":            {local.Query{Bus: onBus, Limit: 1}, []string{"5"}},
		"another bus":        {local.Query{Bus: "pai-system-other"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := k.History(t.Context(), c.query)
			require.NoError(t, err)
			var got []string
			for _, n := range list {
				got = append(got, n.ID)
			}
			assert.Equal(t, c.want, got)
		})
	}
	for _, id := range []string{"6", "none"} {
		_, _, _, err := k.Life(t.Context(), id)
		assert.ErrorContains(t, err, "there is no notification "+id+" of the bus pai-system-lab", "another bus's are none of its business")
	}
	counts, err := k.WaitingFor(t.Context(), onBus)
	require.NoError(t, err)
	assert.ElementsMatch(t, []local.WaitingCount{{Owner: "lab", Rule: "r1", RuleName: "died", Receiver: "lark/all", Count: 1}}, counts)
}

func TestRowsAreCountedByRuleAndByTime(t *testing.T) {
	k := newKept(t)
	k.add("1", dead)
	k.add("2", ledger.Result{State: ledger.Sent})
	k.add("3", ledger.Result{State: ledger.Sent}, func(e *ledger.Entry) { e.Rule, e.RuleName = "another", "" })
	k.add("4", ledger.Result{State: ledger.Unknown})
	k.add("5", ledger.Result{State: ledger.Sent}, func(e *ledger.Entry) { e.Bus = "pai-system-other" })
	counts, err := k.Counts(t.Context(), noon.Add(2*time.Minute))
	require.NoError(t, err)
	require.Len(t, counts, 2)
	assert.Equal(t, []string{onBus, "another", "died"}, []string{counts[0].Bus, counts[0].Rule, counts[1].Rule})
	assert.Equal(t, map[local.State]int{local.Sent: 1}, counts[0].States)
	assert.Equal(t, map[local.State]int{local.Sent: 1, local.Unknown: 1}, counts[1].States)
	assert.True(t, counts[1].Failing(), "what is unknown came after what was sent")
	buckets, err := k.Buckets(t.Context(), noon, noon.Add(4*time.Minute), 2*time.Minute)
	require.NoError(t, err)
	assert.Equal(t, []local.Bucket{
		{From: noon, States: map[local.State]int{local.Dead: 1}},
		{From: noon.Add(2 * time.Minute), States: map[local.State]int{local.Sent: 2}},
	}, buckets)
}

func TestTheRulesAreReadOnceForManyLetters(t *testing.T) {
	k := newKept(t)
	for _, id := range []string{"1", "2", "3"} {
		k.add(id, dead)
	}
	k.now = noon.Add(time.Hour)
	for _, id := range []string{"1", "2"} {
		_, err := k.Redrive(t.Context(), local.Redrive{ID: id})
		require.NoError(t, err)
	}
	assert.Equal(t, 1, k.memory.Calls["ListRules"])
	k.put(false, "oncall")
	k.now = k.now.Add(time.Minute)
	_, err := k.Redrive(t.Context(), local.Redrive{ID: "3"})
	assert.ErrorContains(t, err, "is disabled", "what is on the bus is not taken for granted long")
}

func TestPagesOfALedgerJoin(t *testing.T) {
	k := newKept(t)
	var want []string
	for n := range 25 {
		k.add(fmt.Sprintf("%02d", n), ledger.Result{State: ledger.Sent})
		if n%2 == 1 { // several at one time
			k.now = k.now.Add(-time.Minute - time.Second)
		}
		want = append(want, fmt.Sprintf("%02d", n))
	}
	var got []string
	q := local.Query{Limit: 4}
	for {
		page, err := k.History(t.Context(), q)
		require.NoError(t, err)
		for _, n := range page {
			got = append(got, n.ID)
		}
		if len(page) < q.Limit {
			break
		}
		q.After = page[len(page)-1].ID
	}
	assert.ElementsMatch(t, want, got)
	assert.Len(t, slices.Compact(slices.Sorted(slices.Values(got))), 25)
}

func TestADeadLetterOfALedgerIsSentAgain(t *testing.T) {
	for name, c := range map[string]struct {
		end    ledger.Result
		ask    local.Redrive
		change func(k *kept)
		row    func(e *ledger.Entry)
		says   string // "" for it is sent
	}{
		"a dead letter":           {end: dead},
		"only tried":              {end: dead, ask: local.Redrive{Try: true}},
		"cancelled, asked for":    {end: ledger.Result{State: ledger.Cancelled}, ask: local.Redrive{Cancelled: true}},
		"cancelled":               {end: ledger.Result{State: ledger.Cancelled}, says: "was cancelled"},
		"sent":                    {end: ledger.Result{State: ledger.Sent}, says: "is not a dead letter: it is sent"},
		"it may have been taken":  {end: ledger.Result{State: ledger.Unknown}, says: "is not a dead letter: it is unknown"},
		"it may, asked for":       {end: ledger.Result{State: ledger.Unknown}, ask: local.Redrive{Cancelled: true}, says: "it is unknown"},
		"being sent":              {end: ledger.Result{State: ledger.Claimed}, says: "it is started"},
		"by its own name":         {end: dead, ask: local.Redrive{To: "died/oncall"}},
		"its receiver is gone":    {end: dead, change: func(k *kept) { k.put(true, "night") }, says: "no rule sends to dingtalk/oncall of the rule died any more"},
		"the bus is gone":         {end: dead, change: func(k *kept) { delete(k.memory.Buses, onBus) }, says: "no rule sends to dingtalk/oncall"},
		"the rule is disabled":    {end: dead, change: func(k *kept) { k.put(false, "oncall") }, says: "the rule died is disabled"},
		"of another owner":        {end: dead, row: func(e *ledger.Entry) { e.Owner = "other" }, says: "no rule sends to"},
		"without its event":       {end: dead, row: func(e *ledger.Entry) { e.Event = nil }, says: "has not kept the event"},
		"the bus cannot be asked": {end: dead, change: func(k *kept) { k.memory.Before = denied }, says: "pai-notify policy"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t)
			var rows []func(*ledger.Entry)
			if c.row != nil {
				rows = append(rows, c.row)
			}
			k.add("1", c.end, rows...)
			if c.change != nil {
				c.change(k)
			}
			k.now = k.now.Add(time.Hour)
			c.ask.ID = "1"
			done, err := k.Redrive(t.Context(), c.ask)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				assert.Equal(t, c.end.State, k.state("1"), "it stays what it was")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, []string{"died", "dingtalk/oncall"}, []string{done.ToRule, done.ToTarget})
			due, err := k.ledger.Due(t.Context(), onBus, k.now.Add(time.Nanosecond), 10)
			require.NoError(t, err)
			if c.ask.Try {
				assert.Empty(t, due)
				return
			}
			require.Len(t, due, 1, "who sends what waits finds it")
			assert.Equal(t, []any{1, c.end.Outcome}, []any{due[0].Redrives, due[0].Outcome}, "what was said before is kept")
			_, err = k.Redrive(t.Context(), c.ask)
			assert.ErrorContains(t, err, "it is waiting", "once, however often somebody asks")
		})
	}
	k := newKept(t)
	_, err := k.Redrive(t.Context(), local.Redrive{ID: "none"})
	assert.ErrorContains(t, err, "there is no notification none")
}

func denied(_ int, action string) error {
	return &bus.Error{Kind: bus.Denied, Action: "events:" + action}
}

func TestWhatWaitsInALedgerIsCancelled(t *testing.T) {
	for state, says := range map[ledger.State]string{
		ledger.Waiting: "", ledger.Dead: "", ledger.Claimed: "is being sent", ledger.Sent: "it is sent", ledger.Skipped: "it is skipped",
		ledger.Unknown: "it is unknown", ledger.Cancelled: "it is cancelled",
	} {
		k := newKept(t)
		k.add("1", ledger.Result{State: state, Due: noon.Add(time.Hour)})
		n, err := k.Cancel(t.Context(), "1")
		if says != "" {
			require.ErrorContains(t, err, says)
			assert.Equal(t, state, k.state("1"))
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, states[state], n.State)
		due, err := k.ledger.Due(t.Context(), onBus, noon.Add(time.Hour*2), 10)
		require.NoError(t, err)
		assert.Empty(t, due, "nobody sends it")
		n, _, _, err = k.Life(t.Context(), "1")
		require.NoError(t, err)
		assert.Equal(t, []any{local.Cancelled, reasonCancelled}, []any{n.State, n.Outcome.Reason})
	}
}

func TestWhatChangesMeanwhileIsNotMoved(t *testing.T) {
	k := newKept(t)
	e := k.add("1", dead)
	_, err := k.ledger.Move(t.Context(), e, ledger.Result{State: ledger.Cancelled})
	require.NoError(t, err)
	assert.ErrorContains(t, k.move(t.Context(), e, ledger.Result{State: ledger.Waiting}), "has changed meanwhile")
	assert.Equal(t, ledger.Cancelled, k.state("1"))
}

// closed is a store that the caller may not read.
type closed struct{ ledger.Store }

func (closed) List(context.Context, ledger.Query) (ledger.Page, error) {
	return ledger.Page{}, &bus.Error{Kind: bus.Denied, Action: "dynamodb:Query", Resource: "t"}
}

func (closed) Get(context.Context, string) (ledger.Entry, error) {
	return ledger.Entry{}, &bus.Error{Kind: bus.Throttled, Action: "dynamodb:GetItem", Resource: "t"}
}

func TestALedgerThatCannotBeReadSaysWhatToDo(t *testing.T) {
	a := New(ledger.New(closed{memory.New()}), provision.Cloud{Name: provision.AWS}, onBus, time.Now)
	_, err := a.History(t.Context(), local.Query{})
	assert.ErrorContains(t, err, "pai-notify policy -w FILE --bus aws --ledger REF")
	_, err = a.Counts(t.Context(), noon)
	assert.ErrorContains(t, err, "--ledger REF")
	_, _, _, err = a.Life(t.Context(), "1")
	assert.ErrorContains(t, err, "in a minute")
}
