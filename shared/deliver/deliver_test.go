package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// station is the target type of these tests. Its configuration names what the
// test wants to happen at each attempt.
type station struct {
	config stationConfig
	sent   *log
}

type stationConfig struct {
	Line string `json:"line"`
}

// log is what the stations of one test were asked to send.
type log struct {
	mu            sync.Mutex
	notifications []target.Notification
	times         []time.Time
	answer        func(ctx context.Context, attempt int, n target.Notification) error
	receipt       target.Receipt
}

func (s station) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	s.sent.mu.Lock()
	s.sent.notifications = append(s.sent.notifications, n)
	s.sent.times = append(s.sent.times, time.Now())
	attempt := len(s.sent.notifications)
	s.sent.mu.Unlock()
	if s.sent.answer == nil {
		return s.sent.receipt, nil
	}
	return s.sent.receipt, s.sent.answer(ctx, attempt, n)
}

func newFunction(answer func(context.Context, int, target.Notification) error, sources ...string) (*Function, *log) {
	l := &log{answer: answer}
	spec := target.Define("station", func(c stationConfig) (target.Target, error) {
		if c.Line == "" {
			return nil, errors.New("line is missing")
		}
		return station{c, l}, nil
	})
	if sources != nil {
		spec = spec.Only(sources...)
	}
	f := New(spec.OneByOne(), nil)
	f.random = func() float64 { return 0 }
	return f, l
}

const jobFailed = `{"specversion":"1.0","id":"e1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":"dlc1","DisplayName":"bert","Status":"Failed","UserId":"7"}}`

func wrapped(event string) string {
	return `{"rule":"gpu-died","target":{"type":"station","name":"oncall","language":"zh","parameters":{"line":"x"}},"event":` + event + `}`
}

func outcomeOf(t *testing.T, answer json.RawMessage, err error) outcome.Outcome {
	t.Helper()
	text := []byte(answer)
	if err != nil {
		text = []byte(err.Error())
	}
	var o outcome.Outcome
	require.NoError(t, json.Unmarshal(text, &o), "%s", text)
	o.Milliseconds = 0 // the machine's speed is not the test's business
	return o
}

func TestANotificationIsSentInTheTargetsLanguage(t *testing.T) {
	f, l := newFunction(nil)
	answer, err := f.Handle(t.Context(), []byte(wrapped(jobFailed)))
	require.NoError(t, err)
	o := outcomeOf(t, answer, err)
	require.Len(t, l.notifications, 1)
	n := l.notifications[0]
	assert.Equal(t, outcome.Outcome{Status: outcome.Sent, Notification: n.ID, Event: "e1", EventType: "dlc.job-failed", Rule: "gpu-died", Target: "station/oncall", Attempts: 1}, o)
	assert.Len(t, n.ID, 32)
	assert.Equal(t, "gpu-died", n.Rule)
	assert.Contains(t, n.Message.Title, "失败")
	assert.Equal(t, jobFailed, string(n.Event.JSON()))
}

func TestANotificationsIDIsStableAndItsOwn(t *testing.T) {
	ids := map[string]string{}
	for name, payload := range map[string]string{
		"the event":      wrapped(jobFailed),
		"another event":  wrapped(strings.Replace(jobFailed, `"e1"`, `"e2"`, 1)),
		"another source": wrapped(strings.Replace(jobFailed, `"acs.paidlc"`, `"acs.other"`, 1)),
		"another rule":   strings.Replace(wrapped(jobFailed), "gpu-died", "other", 1),
		"another target": strings.Replace(wrapped(jobFailed), "oncall", "other", 1),
	} {
		for range 2 {
			f, l := newFunction(nil)
			_, err := f.Handle(t.Context(), []byte(payload))
			require.NoError(t, err)
			if before, ok := ids[name]; ok {
				assert.Equal(t, before, l.notifications[0].ID, "%s again", name)
			}
			for other, id := range ids {
				assert.Equal(t, other == name, id == l.notifications[0].ID, "%s and %s", name, other)
			}
			ids[name] = l.notifications[0].ID
		}
	}
}

func TestWhatATargetSaysDecidesTheOutcome(t *testing.T) {
	refusal := &target.Refusal{Platform: "station", Status: 200, Code: "310000", Text: "sign not match", Advice: "check the key"}
	for name, c := range map[string]struct {
		err      error
		attempts int
		want     outcome.Outcome
		failure  string
	}{
		"a permanent refusal is not repeated":              {target.Permanent(refusal), 1, outcome.Outcome{Class: outcome.Permanent, Reason: "station: 310000 sign not match", HTTPStatus: 200, Code: "310000", Advice: "check the key"}, "Permanent"},
		"a receiver that is gone":                          {target.Gone(refusal), 1, outcome.Outcome{Class: outcome.Gone, Reason: "station: 310000 sign not match", HTTPStatus: 200, Code: "310000", Advice: "check the key"}, "Permanent"},
		"an unmarked error is repeated":                    {errors.New("connection reset"), 3, outcome.Outcome{Class: outcome.Transient, Reason: "connection reset"}, "Transient"},
		"a wait that fits is waited":                       {target.RetryAfter(2*time.Second, refusal), 3, outcome.Outcome{Class: outcome.RateLimited, RetryAfter: 2, Reason: "station: 310000 sign not match", HTTPStatus: 200, Code: "310000", Advice: "check the key"}, "Transient"},
		"what may have been taken is not repeated at once": {target.Unconfirmed(refusal), 1, outcome.Outcome{Class: outcome.Transient, Reason: "station: 310000 sign not match", HTTPStatus: 200, Code: "310000", Advice: "check the key"}, "Transient"},
		"nor is it limited, whatever its wait":             {target.RetryAfter(time.Second, target.Unconfirmed(refusal)), 1, outcome.Outcome{Class: outcome.Transient, RetryAfter: 1, Reason: "station: 310000 sign not match", HTTPStatus: 200, Code: "310000", Advice: "check the key"}, "Transient"},
		"a wait that does not fit is handed on":            {target.RetryAfter(10*time.Minute, refusal), 1, outcome.Outcome{Class: outcome.RateLimited, RetryAfter: 600, Reason: "station: 310000 sign not match", HTTPStatus: 200, Code: "310000", Advice: "check the key"}, "Transient"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, l := newFunction(func(context.Context, int, target.Notification) error { return c.err })
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				answer, err := f.Handle(ctx, []byte(wrapped(jobFailed)))
				assert.Nil(t, answer)
				o := outcomeOf(t, answer, err)
				c.want.Status, c.want.Attempts = outcome.Failed, c.attempts
				c.want.Notification, c.want.Event, c.want.EventType, c.want.Rule, c.want.Target = l.notifications[0].ID, "e1", "dlc.job-failed", "gpu-died", "station/oncall"
				assert.Equal(t, c.want, o)
				assert.Len(t, l.notifications, c.attempts)
				var f2 interface{ FailureType() string }
				require.ErrorAs(t, err, &f2)
				assert.Equal(t, c.failure, f2.FailureType())
			})
		})
	}
}

func TestWhoInvokesCanDoTheWaiting(t *testing.T) {
	for wait, attempts := range map[time.Duration]int{time.Second: 3, 2 * time.Second: 1} {
		synctest.Test(t, func(t *testing.T) {
			f, _ := newFunction(func(context.Context, int, target.Notification) error {
				return target.RetryAfter(wait, errors.New("busy"))
			})
			f.WaitAtMost(time.Second)
			answer, err := f.Handle(t.Context(), []byte(wrapped(jobFailed)))
			o := outcomeOf(t, answer, err)
			assert.Equal(t, attempts, o.Attempts, wait)
			assert.EqualValues(t, wait.Seconds(), o.RetryAfter)
		})
	}
}

func TestRetriesPauseLongerEachTimeAndStopWhenItHelps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, l := newFunction(func(_ context.Context, attempt int, _ target.Notification) error {
			if attempt < 3 {
				return errors.New("busy")
			}
			return nil
		})
		answer, err := f.Handle(t.Context(), []byte(wrapped(jobFailed)))
		require.NoError(t, err)
		assert.Equal(t, 3, outcomeOf(t, answer, err).Attempts)
		assert.Equal(t, 250*time.Millisecond, l.times[1].Sub(l.times[0]))
		assert.Equal(t, 500*time.Millisecond, l.times[2].Sub(l.times[1]))
	})
}

func TestNoAttemptIsCutOffByTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, l := newFunction(func(ctx context.Context, _ int, _ target.Notification) error {
			deadline, ok := ctx.Deadline()
			assert.True(t, ok)
			assert.GreaterOrEqual(t, time.Until(deadline), minAttempt)
			time.Sleep(2 * time.Second)
			return errors.New("busy")
		})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := f.Handle(ctx, []byte(wrapped(jobFailed)))
		require.Error(t, err)
		assert.Len(t, l.notifications, 2, "a third attempt would not have had its time")
		assert.NoError(t, ctx.Err(), "the answer comes before the deadline")
	})
}

func TestAPanicOfATargetIsAFailedOutcome(t *testing.T) {
	var logs bytes.Buffer
	defaultLogger := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&logs, nil)))
	defer slog.SetDefault(defaultLogger)

	f, l := newFunction(func(context.Context, int, target.Notification) error { panic("https://secret.example/?token=hunter2") })
	_, err := f.Handle(t.Context(), []byte(wrapped(jobFailed)))
	o := outcomeOf(t, nil, err)
	assert.Equal(t, outcome.Failed, o.Status)
	assert.Equal(t, outcome.Permanent, o.Class)
	assert.Contains(t, o.Reason, "panicked")
	assert.Len(t, l.notifications, 1)
	assert.NotContains(t, err.Error()+logs.String(), "hunter2", "what was thrown may hold a secret")
	assert.Contains(t, logs.String(), "station.Send", "the stack tells where")
}

func TestEachNotificationIsOneFlatLogLine(t *testing.T) {
	var logs bytes.Buffer
	defaultLogger := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&logs, nil)))
	defer slog.SetDefault(defaultLogger)

	f, _ := newFunction(nil)
	_, err := f.Handle(t.Context(), []byte(`[`+wrapped(jobFailed)+`,{"no":"event"}]`))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(logs.String()), "\n")
	require.Len(t, lines, 3, "and one more for what no failure destination learns of")
	for i, want := range [][]string{{"INFO", "notification"}, {"ERROR", "notification"}, {"ERROR", "notification given up"}} {
		var line map[string]any
		require.NoError(t, json.Unmarshal([]byte(lines[i]), &line))
		assert.Equal(t, want, []string{line["level"].(string), line["msg"].(string)})
		for name, value := range line {
			assert.NotContains(t, []string{"map[string]interface {}", "[]interface {}"}, fmt.Sprintf("%T", value), name)
		}
	}
}

func TestAnOutcomesJSONHasAllItsMembers(t *testing.T) {
	full := outcome.Outcome{
		Status: outcome.Failed, Notification: "n", Event: "e", EventType: "t", Rule: "r", Target: "x/y", Reason: "a \"quoted\"\nline \x00 <b> 中文", Class: outcome.RateLimited,
		HTTPStatus: 429, Code: "c", Receipt: "i", Advice: "a", Digest: "d", RetryAfter: 3, Attempts: 2, Milliseconds: 7, Due: time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC), Unguarded: true,
	}
	for name, o := range map[string]outcome.Outcome{"all set": full, "none set": {}} {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(o)
			require.NoError(t, err)
			type plain outcome.Outcome // without the method, encoding/json goes by the tags
			want, err := json.Marshal(plain(o))
			require.NoError(t, err)
			if o.Status == "" {
				want = []byte(`{}`)
			}
			assert.JSONEq(t, string(want), string(text))
			var back outcome.Outcome
			require.NoError(t, json.Unmarshal(text, &back))
			assert.Equal(t, o, back)
		})
	}
}

func TestALogLineHasWhatTheAnswerHas(t *testing.T) {
	due := time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)
	o := outcome.Outcome{Status: outcome.Waiting, Class: outcome.Transient, RetryAfter: 3, Due: due, Unguarded: true}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).LogAttrs(t.Context(), slog.LevelInfo, "x", facts(o)...)
	answer, err := json.Marshal(o)
	require.NoError(t, err)
	var line, told map[string]any
	require.NoError(t, json.Unmarshal(logged.Bytes(), &line))
	require.NoError(t, json.Unmarshal(answer, &told))
	for _, name := range []string{"time", "level", "msg"} {
		delete(line, name)
	}
	assert.Equal(t, told, line)
	assert.Equal(t, "2026-11-28T03:00:00Z", told["due"])
}

func TestWhatCannotBeDeliveredSaysWhy(t *testing.T) {
	for name, c := range map[string]struct{ payload, says string }{
		"broken JSON":                   {`{"id":`, "not JSON"},
		"a non-event":                   {`{"hello":"world"}`, "not a CloudEvent"},
		"a target of another type":      {`{"rule":"r","target":{"type":"lark","name":"x","parameters":{}},"event":` + jobFailed + `}`, `this is the function for station targets, but the rule's target is of type "lark"`},
		"a target with an unknown key":  {`{"rule":"r","target":{"type":"station","webhook":"x"},"event":` + jobFailed + `}`, `unknown member "webhook"`},
		"parameters the type refuses":   {`{"rule":"r","target":{"type":"station","parameters":{}},"event":` + jobFailed + `}`, "station: configuration: line is missing"},
		"parameters with a typo":        {`{"rule":"r","target":{"type":"station","parameters":{"lin":"x"}},"event":` + jobFailed + `}`, `unknown field "lin"`},
		"no parameters":                 {`{"rule":"r","target":{"type":"station"},"event":` + jobFailed + `}`, "no parameters"},
		"a bare event without rules":    {jobFailed, "set PAI_NOTIFY_WORKSPACE"},
		"overrides that are no pattern": {`{"rule":{"name":"r","catalogue":{"types":[{"name":"dlc.x","pattern":{"a":1}}]}},"target":{"type":"station","parameters":{"line":"x"}},"event":` + jobFailed + `}`, `event type "dlc.x"`},
	} {
		t.Run(name, func(t *testing.T) {
			f, l := newFunction(nil)
			_, err := f.Handle(t.Context(), []byte(c.payload))
			o := outcomeOf(t, nil, err)
			assert.Equal(t, outcome.Failed, o.Status)
			assert.Equal(t, outcome.Permanent, o.Class)
			assert.Contains(t, o.Reason, c.says)
			assert.Empty(t, l.notifications)
		})
	}
}

func TestATargetIsNotSentEventsItMayNotCarry(t *testing.T) {
	f, l := newFunction(nil, "model")
	answer, err := f.Handle(t.Context(), []byte(wrapped(jobFailed)))
	require.NoError(t, err)
	o := outcomeOf(t, answer, err)
	assert.Equal(t, outcome.Skipped, o.Status)
	assert.Equal(t, "station targets carry model events only", o.Reason)
	assert.Empty(t, l.notifications)
}

func TestAnUnknownEventTypeIsDelivered(t *testing.T) {
	f, l := newFunction(nil)
	answer, err := f.Handle(t.Context(), []byte(wrapped(`{"specversion":"1.0","id":"e9","source":"acs.paidlc","type":"paidlc:Something:New","data":{"JobId":"dlc1"}}`)))
	require.NoError(t, err)
	o := outcomeOf(t, answer, err)
	assert.Equal(t, outcome.Sent, o.Status)
	assert.Equal(t, "paidlc:Something:New", o.EventType)
	assert.NotEmpty(t, l.notifications[0].Message.Title)
}

func TestOverridesBesideTheEventClassifyIt(t *testing.T) {
	f, _ := newFunction(nil)
	answer, err := f.Handle(t.Context(), []byte(`{"rule":{"name":"r","catalogue":{"types":[{"name":"dlc.job-failed","pattern":{"type":["mine"]}}]}},"target":{"type":"station","name":"n","parameters":{"line":"x"}},"event":{"id":"1","source":"s","type":"mine"}}`))
	require.NoError(t, err)
	assert.Equal(t, "dlc.job-failed", outcomeOf(t, answer, err).EventType)
}

func TestARepeatedInvocationDoesNotRepeatWhatWasSent(t *testing.T) {
	fail := true
	f, l := newFunction(func(_ context.Context, _ int, n target.Notification) error {
		if n.Event.ID() == "e2" && fail {
			return target.RetryAfter(time.Hour, errors.New("later"))
		}
		return nil
	})
	payload := []byte(`[` + wrapped(jobFailed) + `,` + wrapped(strings.Replace(jobFailed, `"e1"`, `"e2"`, 1)) + `]`)
	_, err := f.Handle(t.Context(), payload)
	require.Error(t, err)
	fail = false
	answer, err := f.Handle(t.Context(), payload)
	require.NoError(t, err)
	var outcomes []outcome.Outcome
	require.NoError(t, json.Unmarshal(answer, &outcomes))
	assert.Equal(t, []outcome.Status{outcome.Skipped, outcome.Sent}, []outcome.Status{outcomes[0].Status, outcomes[1].Status})
	assert.Len(t, l.notifications, 3)
}

func TestAQueueGetsBackWhatFailed(t *testing.T) {
	f, l := newFunction(func(_ context.Context, _ int, n target.Notification) error {
		if n.Event.ID() == "bad" {
			return target.Permanent(errors.New("no"))
		}
		return nil
	})
	body := func(id string) string {
		text, err := json.Marshal(wrapped(strings.Replace(jobFailed, `"e1"`, `"`+id+`"`, 1)))
		require.NoError(t, err)
		return string(text)
	}
	answer, err := f.Handle(t.Context(), []byte(`{"Records":[
		{"messageId":"m1","body":`+body("good")+`},
		{"messageId":"m2","body":`+body("bad")+`},
		{"messageId":"m3","body":"not JSON"},
		{"messageId":"m4","body":`+body("fine")+`}]}`))
	require.NoError(t, err)
	assert.JSONEq(t, `{"batchItemFailures":[{"itemIdentifier":"m2"},{"itemIdentifier":"m3"}]}`, string(answer))
	assert.Len(t, l.notifications, 3)
}

func TestAQueueMessageWithoutAnIDFailsTheBatch(t *testing.T) {
	f, _ := newFunction(nil)
	_, err := f.Handle(t.Context(), []byte(`{"Records":[{"body":"{}"}]}`))
	assert.ErrorContains(t, err, "no messageId", "an empty list of failures would delete the message")
}

func TestEmptyBatchesAreAnswered(t *testing.T) {
	f, _ := newFunction(nil)
	for payload, want := range map[string]string{`[]`: `[]`, `{"Records":[]}`: `{"batchItemFailures":[]}`} {
		answer, err := f.Handle(t.Context(), []byte(payload))
		require.NoError(t, err)
		assert.JSONEq(t, want, string(answer))
	}
}

const document = `{"workspace": "research", "rules": [{
	"name": "gpu-died",
	"source": "dlc",
	"events": ["job-failed"],
	"targets": [{"type": "station", "name": "oncall", "line": "x"}, {"type": "lark", "webhook": "y"}]
}]}`

func TestRulesGivenByHandDecide(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules.json")
	require.NoError(t, os.WriteFile(file, []byte(document), 0o600))
	for place, setting := range map[string]string{"in the variable": document, "in a file": "file:" + file} {
		t.Run(place, func(t *testing.T) {
			t.Setenv(workspace.Variable, setting)
			f, l := newFunction(nil)

			answer, err := f.Handle(t.Context(), []byte(jobFailed))
			require.NoError(t, err)
			o := outcomeOf(t, answer, err)
			assert.Equal(t, outcome.Outcome{Status: outcome.Sent, Notification: l.notifications[0].ID, Event: "e1", EventType: "dlc.job-failed", Rule: "gpu-died", Target: "station/oncall", Attempts: 1}, o)

			answer, err = f.Handle(t.Context(), []byte(strings.Replace(jobFailed, "JobFailed", "JobRunning", 1)))
			require.NoError(t, err)
			o = outcomeOf(t, answer, err)
			assert.Equal(t, outcome.Skipped, o.Status)
			assert.Equal(t, "dlc.job-running", o.EventType)
			assert.Equal(t, `no rule matches: gpu-died: type is "paidlc:JobStateChange:JobRunning", wanted "paidlc:JobStateChange:JobFailed"`, o.Reason)
			assert.Len(t, l.notifications, 1)
		})
	}
}

func TestAScopeLooksIntoDataWhateverWayItComes(t *testing.T) {
	t.Setenv(workspace.Variable, strings.Replace(document, `"events":`, `"scope": {"created_by": ["42"]}, "events":`, 1))
	for data, status := range map[string]outcome.Status{
		`"data":{"UserId":"42"}`:                  outcome.Sent,
		`"data_base64":"eyJVc2VySWQiOiI0MiJ9"`:    outcome.Sent,
		`"data":"{\"UserId\":\"42\"}"`:            outcome.Sent,
		`"data_base64":"eyJVc2VySWQiOiI0MyJ9"`:    outcome.Skipped,
		`"data":"UserId 42"`:                      outcome.Skipped,
		`"data_base64":"!"`:                       outcome.Failed,
		`"data":{"UserId":"42"},"id":"e2"`:        outcome.Failed,
		`"data":{},"data_base64":"eyJVIjoiNDIif"`: outcome.Failed,
	} {
		t.Run(data, func(t *testing.T) {
			f, _ := newFunction(nil)
			e := `{"specversion":"1.0","id":"e1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed",` + data + `}`
			answer, err := f.Handle(t.Context(), []byte(e))
			o := outcomeOf(t, answer, err)
			assert.Equal(t, status, o.Status, o.Reason)
		})
	}
}

func TestTheBusAndAHandGivenRuleMakeTheSameNotification(t *testing.T) {
	t.Setenv(workspace.Variable, document)
	f, l := newFunction(nil)
	_, err := f.Handle(t.Context(), []byte(jobFailed))
	require.NoError(t, err)
	provisioned, m := newFunction(nil)
	onBus := strings.Replace(wrapped(jobFailed), `"rule":"gpu-died"`, `"rule":{"name":"gpu-died","owner":"research"}`, 1)
	require.Contains(t, onBus, "owner", "as every target on a bus has it")
	_, err = provisioned.Handle(t.Context(), []byte(onBus))
	require.NoError(t, err)
	assert.Equal(t, l.notifications[0].ID, m.notifications[0].ID)
}

func TestADocumentThatIsWrongOrMissingFailsTheInvocation(t *testing.T) {
	for name, c := range map[string]struct{ setting, says string }{
		"a typo":         {strings.Replace(document, `"events":`, `"event":`, 1), "event"},
		"a missing file": {"file:/nowhere/rules.json", "cannot be read"},
		"none":           {"", "run build/pai-notify json -w workspace.yaml > build/station/workspace.json (in build/lambda or build/fc where the package is from there) and invoke or deploy it again, or set PAI_NOTIFY_WORKSPACE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(workspace.Variable, c.setting)
			f, _ := newFunction(nil)
			_, err := f.Handle(t.Context(), []byte(jobFailed))
			o := outcomeOf(t, nil, err)
			assert.Equal(t, outcome.Permanent, o.Class)
			assert.Contains(t, o.Reason, c.says)
		})
	}
}

func TestInvocationsAtTheSameTimeAreServed(t *testing.T) {
	f, l := newFunction(nil)
	var served sync.WaitGroup
	for i := range 16 {
		served.Go(func() {
			_, err := f.Handle(t.Context(), []byte(wrapped(strings.Replace(jobFailed, `"e1"`, fmt.Sprintf(`"e%d"`, i), 1))))
			assert.NoError(t, err)
		})
	}
	served.Wait()
	assert.Len(t, l.notifications, 16)
}
