package provision_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/health"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// recording is a check-up of functions that name a ledger, and what the ledger has.
type recording struct {
	t     *testing.T
	store ledger.Store
	// set are the variables of each function; one without is not there.
	set   map[string]map[string]string
	now   time.Time
	ended int
}

func newRecording(t *testing.T) *recording {
	named := map[string]string{ledger.Variable: "dynamodb:t", "PAI_NOTIFY_SERVED_BUS": busName}
	r := &recording{t: t, store: memory.New(), now: time.Now(), set: map[string]map[string]string{"pai-notify-dingtalk": named, "pai-notify-redeliver": named}}
	r.beat(r.now)
	return r
}

func (r *recording) beat(at time.Time) {
	text, err := at.MarshalJSON()
	require.NoError(r.t, err)
	_, err = ledger.New(r.store).Update(r.t.Context(), health.HeartbeatKey(busName), func([]byte) ([]byte, bool) {
		return fmt.Appendf(nil, `{"at":%s,"due":1}`, text), true
	})
	require.NoError(r.t, err)
}

// end adds a notification that came to a state some time ago.
func (r *recording) end(ago time.Duration, receiver string, result ledger.Result) {
	r.ended++
	at := r.now.Add(-ago)
	l := ledger.New(r.store).With(func() time.Time { return at }, 0)
	_, claim, err := l.Claim(r.t.Context(), ledger.Entry{ID: fmt.Sprint(r.ended), Bus: busName, Rule: "r1", RuleName: "died", Type: "dingtalk", Receiver: receiver}, time.Minute)
	require.NoError(r.t, err)
	_, err = l.Settle(r.t.Context(), claim, result)
	require.NoError(r.t, err)
}

func (r *recording) found() (provision.CheckUp, map[string]provision.Finding) {
	d := provisioner(r.t, bustest.NewMemory())
	d.Cloud.Name = provision.AWS
	d.Cloud.Function = func(_ context.Context, name string, _ ...string) (map[string]string, error) {
		if set := r.set[name]; set != nil {
			return set, nil
		}
		return nil, &bus.Error{Kind: bus.NotFound, Action: "lambda:GetFunctionConfiguration", Resource: name}
	}
	d.Cloud.Ledger = func(_ context.Context, reference string) (ledger.Store, error) {
		assert.Equal(r.t, "dynamodb:t", reference)
		return r.store, nil
	}
	return found(r.t, d)
}

var refusal = ledger.Result{State: ledger.Dead, Outcome: outcome.Outcome{Status: outcome.Failed, Class: outcome.Permanent, Code: "310000", Reason: "HTTP 403 no such robot", Advice: "check the token"}}

func TestACheckUpReadsTheLedgerOfTheFunctions(t *testing.T) {
	sent := ledger.Result{State: ledger.Sent}
	for name, c := range map[string]struct {
		change  func(r *recording)
		check   string
		verdict provision.Verdict
		says    string
		remedy  string
	}{
		"all well": {func(r *recording) { r.end(time.Hour, "oncall", sent) }, "ledger dynamodb:t", provision.OK, "waiting: 0, failed: 0", ""},
		"its counts": {func(r *recording) {
			r.end(time.Hour, "oncall", refusal)
			r.end(time.Hour, "oncall", ledger.Result{State: ledger.Waiting, Due: r.now.Add(time.Hour)})
		}, "ledger dynamodb:t", provision.OK, "waiting: 1, failed: 1", ""},
		"what was given up": {func(r *recording) { r.end(time.Hour, "oncall", refusal) }, "failed notifications", provision.OK, "1, the last one ", "pai-notify dead list --bus aws -w FILE lists them"},
		"what waits": {func(r *recording) {
			r.end(time.Hour, "oncall", ledger.Result{State: ledger.Waiting, Due: r.now.Add(time.Hour)})
		}, "waiting notifications", provision.OK, "1, the oldest since ", "pai-notify history --outcome waiting --bus aws -w FILE says why they wait"},
		"no ledger":             {func(r *recording) { r.set = map[string]map[string]string{"pai-notify-dingtalk": {}} }, "ledger", provision.OK, "can be sent twice", ""},
		"redeliver without one": {func(r *recording) { r.set["pai-notify-redeliver"] = map[string]string{} }, "ledger", provision.Missing, "pai-notify-redeliver has no ledger, so what waits is never sent: pai-notify-dingtalk", "PAI_NOTIFY_LEDGER=dynamodb:t"},
		"none anywhere": {func(r *recording) {
			r.set["pai-notify-dingtalk"], r.set["pai-notify-redeliver"] = map[string]string{}, map[string]string{}
		}, "ledger", provision.OK, "no history is kept", ""},
		"nobody sends what waits": {func(r *recording) { delete(r.set, "pai-notify-redeliver") }, "ledger", provision.Missing, "there is no function pai-notify-redeliver, so what waits is never sent: pai-notify-dingtalk", "deploy it"},
		"a function without":      {func(r *recording) { r.set["pai-notify-dingtalk"] = map[string]string{} }, "ledger dynamodb:t", provision.Missing, "do not use it", "PAI_NOTIFY_LEDGER=dynamodb:t"},
		"a function with another": {func(r *recording) {
			r.set["pai-notify-dingtalk"] = map[string]string{ledger.Variable: "dynamodb:u"}
		}, "ledger dynamodb:t", provision.Missing, "pai-notify-dingtalk", "deploy them again"},
		"a function of another bus": {func(r *recording) {
			r.set["pai-notify-dingtalk"] = map[string]string{ledger.Variable: "dynamodb:t", "PAI_NOTIFY_SERVED_BUS": "pai-system-x"}
		}, "ledger dynamodb:t", provision.Missing, "pai-notify-redeliver does not find what waits: pai-notify-dingtalk", "PAI_NOTIFY_SERVED_BUS=" + busName},
		"a function that knows no bus": {func(r *recording) {
			r.set["pai-notify-dingtalk"] = map[string]string{ledger.Variable: "dynamodb:t"}
		}, "ledger dynamodb:t", provision.Missing, "pai-notify-redeliver does not find what waits: pai-notify-dingtalk", "deploy them again with PAI_NOTIFY_SERVED_BUS"},
		"of another bus": {func(r *recording) {
			r.set["pai-notify-redeliver"] = map[string]string{ledger.Variable: "dynamodb:t", "PAI_NOTIFY_SERVED_BUS": "pai-system-x"}
		}, "ledger dynamodb:t", provision.Missing, "serves the bus pai-system-x only", "PAI_NOTIFY_SERVED_BUS=" + busName},
		"no table":              {fails(bus.NotFound), "ledger dynamodb:t", provision.Missing, "its table does not exist", "deploy it again"},
		"denied":                {fails(bus.Denied), "ledger dynamodb:t", provision.Unknown, "dynamodb:Query", "pai-notify policy -w FILE --bus aws --ledger REF"},
		"throttled":             {fails(bus.Throttled), "ledger dynamodb:t", provision.Unknown, "dynamodb:Query", "in a minute"},
		"unavailable":           {fails(bus.Unavailable), "ledger dynamodb:t", provision.Unknown, "dynamodb:Query", "did not answer"},
		"of a later version":    {fails(bus.Invalid), "ledger dynamodb:t", provision.Unknown, "dynamodb:Query", "update this one"},
		"the heart beats":       {func(*recording) {}, "function pai-notify-redeliver", provision.OK, "last ran", ""},
		"the heart has stopped": {func(r *recording) { r.beat(r.now.Add(-time.Hour)) }, "function pai-notify-redeliver", provision.Missing, "last ran", "must run each minute"},
		"the heart never beat":  {func(r *recording) { r.store = memory.New() }, "function pai-notify-redeliver", provision.Missing, "has never run for this bus", "must run each minute"},
		"nothing is overdue": {func(r *recording) {
			r.end(time.Hour, "oncall", ledger.Result{State: ledger.Waiting, Due: r.now.Add(-time.Minute)})
		}, "overdue notifications", provision.OK, "none", ""},
		"something is overdue": {func(r *recording) {
			r.end(time.Hour, "oncall", ledger.Result{State: ledger.Waiting, Due: r.now.Add(-3 * time.Minute)})
		}, "overdue notifications", provision.Missing, "1, the oldest since", "the log of pai-notify-redeliver"},
		"receivers without failures": {func(r *recording) { r.end(time.Hour, "a", sent); r.end(time.Hour, "b", sent) }, "targets", provision.OK, "2 without failures in 7 days", ""},
		"a receiver that refuses":    {func(r *recording) { r.end(2*time.Hour, "a", sent); r.end(time.Hour, "a", refusal) }, "target dingtalk/a of rule died", provision.Missing, ", code 310000: HTTP 403 no such robot; last sent: ", "check the token"},
		"a receiver that never took": {func(r *recording) { r.end(time.Hour, "a", refusal) }, "target dingtalk/a of rule died", provision.Missing, "last sent: not in 7 days; waiting: 0, failed: 1", "check the token"},
		"a receiver that came back":  {func(r *recording) { r.end(2*time.Hour, "a", refusal); r.end(time.Hour, "a", sent) }, "target dingtalk/a of rule died", provision.OK, "waiting: 0, failed: 1", ""},
		"a receiver that is waited for": {func(r *recording) {
			r.end(time.Hour, "a", ledger.Result{State: ledger.Waiting, Due: r.now.Add(time.Hour), Outcome: outcome.Outcome{Status: outcome.Waiting, Class: outcome.Transient, Reason: "HTTP 500"}})
		}, "target dingtalk/a of rule died", provision.Missing, "HTTP 500; last sent: not in 7 days; waiting: 1", "dead redrive"},
		"one that was cancelled": {func(r *recording) { r.end(time.Hour, "a", ledger.Result{State: ledger.Cancelled}) }, "targets", provision.OK, "1 without failures", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecording(t)
			c.change(r)
			_, by := r.found()
			require.Contains(t, by, c.check)
			f := by[c.check]
			assert.Equal(t, c.verdict, f.Verdict, f.Text)
			assert.Contains(t, f.Text.String(), c.says)
			assert.Contains(t, f.Remedy.String(), c.remedy)
		})
	}
}

// fails makes the ledger answer nothing but errors of a kind.
func fails(kind bus.Kind) func(*recording) {
	return func(r *recording) { r.store = unreadable{r.store, &bus.Error{Kind: kind, Action: "dynamodb:Query"}} }
}

// unreadable is a store that cannot be read.
type unreadable struct {
	ledger.Store
	err error
}

// Control fails.
func (f unreadable) Control(context.Context, string) (ledger.Control, error) {
	return ledger.Control{}, f.err
}

// laterVersion is a store with a row that is due and that a later version wrote.
type laterVersion struct{ ledger.Store }

var errLater = &bus.Error{Kind: bus.Invalid, Action: "dynamodb:GetItem", Resource: "row-9", Text: "it is of a later version"}

func (laterVersion) Due(_ context.Context, on string, _ time.Time, _ int) ([]ledger.Entry, error) {
	return []ledger.Entry{ledger.CannotRead("row-9", on, errLater), {ID: "n1", Bus: on, State: ledger.Waiting}}, nil
}

func (laterVersion) List(context.Context, ledger.Query) (ledger.Page, error) {
	return ledger.Page{}, errLater
}

func TestACheckUpNamesARowThatCannotBeRead(t *testing.T) {
	r := newRecording(t)
	r.store = laterVersion{r.store}
	_, list := r.found()
	f := list["overdue notifications"]
	assert.Equal(t, provision.Missing, f.Verdict)
	assert.Contains(t, f.Text.String(), "2, of which 1 cannot be read: row-9")
	assert.Contains(t, f.Remedy.String(), "later version")
	assert.Equal(t, provision.OK, list["function pai-notify-redeliver"].Verdict, "%v", list)
}

func TestACheckUpOfManyReceiversIsShort(t *testing.T) {
	r := newRecording(t)
	for n := range 30 {
		r.end(time.Hour, fmt.Sprintf("r%d", n), refusal)
	}
	r.end(time.Hour, "late", ledger.Result{State: ledger.Waiting, Due: r.now.Add(time.Hour)})
	_, by := r.found()
	receivers := 0
	for check, f := range by {
		if f.Check.Code == "receiver" {
			receivers++
			assert.Equal(t, provision.Missing, f.Verdict, "those that fail come first: %s", check)
		}
	}
	assert.Equal(t, 10, receivers)
	assert.Equal(t, "21 more", by["other targets"].Text.String())
}

func TestACloudWithoutAFunctionHasNoLedgerToReadFrom(t *testing.T) {
	_, _, err := provision.Cloud{}.Recorded(t.Context(), "")
	assert.Equal(t, bus.NotFound, bus.KindOf(err))
	_, err = provision.Cloud{}.OpenLedger(t.Context(), "dynamodb:t")
	assert.Equal(t, bus.NotServed, bus.KindOf(err))
}

func TestSomebodyShouldLookAtWhatWaitsForLongAndAtWhatWasGivenUp(t *testing.T) {
	waits := ledger.Result{State: ledger.Waiting, Due: time.Now().Add(time.Hour)}
	for name, c := range map[string]struct {
		check string
		add   func(r *recording)
		told  bool // whether it is told at all
		look  bool
		ago   time.Duration
	}{
		"nothing waits":             {"waiting notifications", func(*recording) {}, false, false, 0},
		"it has just begun to wait": {"waiting notifications", func(r *recording) { r.end(time.Minute, "x", waits) }, true, false, time.Minute},
		"the oldest waits for long": {"waiting notifications", func(r *recording) { r.end(time.Hour, "x", waits); r.end(time.Minute, "x", waits) }, true, true, time.Hour},
		"it is held on purpose": {"waiting notifications", func(r *recording) {
			r.end(time.Hour, "x", ledger.Result{State: ledger.Waiting, Due: r.now.Add(time.Hour), Held: true})
		}, false, false, 0},
		"nothing was given up":  {"failed notifications", func(r *recording) { r.end(time.Hour, "x", ledger.Result{State: ledger.Sent}) }, false, false, 0},
		"the last was given up": {"failed notifications", func(r *recording) { r.end(time.Hour, "x", refusal); r.end(2*time.Hour, "x", refusal) }, true, true, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecording(t)
			c.add(r)
			_, by := r.found()
			f, told := by[c.check]
			require.Equal(t, c.told, told)
			assert.Equal(t, c.look, f.Attention)
			if told {
				assert.WithinDuration(t, r.now.Add(-c.ago), f.Since, time.Millisecond)
			}
		})
	}
}

func TestABusThatKeepsItsNotificationsIsAskedForThem(t *testing.T) {
	r := newRecording(t)
	r.end(time.Hour, "oncall", refusal)
	d := provisioner(t, bustest.NewMemory())
	d.Cloud.Name, d.Cloud.Rows = provision.Local, ledger.New(r.store)
	_, by := found(t, d)
	assert.Equal(t, "pai-notify dead list lists them, and pai-notify dead redrive sends them again", by["failed notifications"].Remedy.String())
	failing := by["target dingtalk/oncall of rule died"]
	assert.Equal(t, provision.Missing, failing.Verdict)
	assert.WithinDuration(t, r.now.Add(-time.Hour), failing.Since, time.Millisecond)
	d.Cloud.Rows = ledger.New(broken{r.store})
	_, by = found(t, d)
	assert.Equal(t, provision.Unknown, by["targets"].Verdict, "what cannot be read is not called well")
}

// broken is a store that lists nothing.
type broken struct{ ledger.Store }

func (broken) List(context.Context, ledger.Query) (ledger.Page, error) {
	return ledger.Page{}, &bus.Error{Kind: bus.Denied, Action: "list"}
}
