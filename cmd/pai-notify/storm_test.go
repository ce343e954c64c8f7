package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/localfunctions"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/receivers"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
)

// robot is a DingTalk robot that takes 20 messages a minute, and nothing for ten
// minutes after one more.
type robot struct {
	mu        sync.Mutex
	taken     []target.Notification
	times     []time.Time
	penalties int
	blocked   time.Time
}

type robotConfig struct {
	Webhook target.Secret   `json:"webhook"`
	Mention json.RawMessage `json:"mention"`
}

type robotTarget struct {
	robotConfig
	*robot
}

// got returns what the robot has taken, and refused how often it was sent to too fast.
func (r *robot) got() []target.Notification {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.taken)
}

func (r *robot) when() []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.times)
}

func (r *robot) refused() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.penalties
}

func (r robotTarget) Address() string { return string(r.Webhook) }
func (r robotTarget) Messages() int   { return 1 }

func (r robotTarget) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	target.Reaching(ctx)
	time.Sleep(100 * time.Millisecond)
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if now.Before(r.blocked) || len(r.times) >= 20 && now.Sub(r.times[len(r.times)-20]) < time.Minute {
		r.penalties++
		r.blocked = now.Add(10 * time.Minute)
		return target.Receipt{}, target.RetryAfter(10*time.Minute, errors.New("send too fast"))
	}
	r.taken, r.times = append(r.taken, n), append(r.times, now)
	return target.Receipt{Code: "0"}, nil
}

// toRobot is a target as it is put onto a bus.
func toRobot(rule, mention string) local.Target {
	return local.Target{ID: "oncall", Type: local.FunctionType, PushRetryStrategy: "EXPONENTIAL_DECAY_RETRY", Params: []local.Param{
		{ResourceKey: "functionName", Form: "CONSTANT", Value: input.FunctionPrefix + "dingtalk"},
		{ResourceKey: "Body", Form: "TEMPLATE", Value: `{"data":"$"}`, Template: fmt.Sprintf(
			`{"rule":{"name":%q},"target":{"type":"dingtalk","name":"oncall","language":"en","parameters":{"webhook":"env:ROBOT"%s}},"event":${data}}`, rule, mention)},
	}}
}

// onRobot is a bus "b" whose functions send to a robot and hold as rules say, in a
// directory, with the rules given to it.
func onRobot(t *testing.T, r *robot, dir string, rules ...local.Rule) *local.Bus {
	function := deliver.New(target.Define("dingtalk", func(c robotConfig) (target.Target, error) { return robotTarget{c, r}, nil }).
		Within(target.Rate{Messages: 20, Per: time.Minute}), nil)
	b, err := local.Open(t.Context(), local.Options{
		Dir: dir, Paused: true,
		Identify: receivers.Identify, Split: receivers.Split, Storm: new(receivers.Storms).Of, InvokeTimeout: input.FunctionTimeout,
		Invoke: func(ctx context.Context, _ string, payload []byte) (json.RawMessage, error) {
			return function.Handle(localfunctions.CallerIn(ctx), payload)
		},
	})
	require.NoError(t, err)
	function.HoldIn(localfunctions.Rows{Bus: b})
	b.Resume()
	t.Cleanup(func() { assert.NoError(t, b.Close(context.Background())) })
	if len(rules) > 0 {
		require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
	}
	for _, rule := range rules {
		rule.Bus, rule.Enabled = "b", true
		require.NoError(t, b.CreateRule(t.Context(), rule))
	}
	return b
}

// quietly keeps the log of functions out of a test's.
func quietly(t *testing.T) {
	logger := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(logger) })
}

func TestStormsOfAnySizeAreToldWithinThePlatformsLimit(t *testing.T) {
	t.Parallel() // the slowest run beside each other
	quietly(t)
	for _, c := range []struct {
		events, most int
		within       time.Duration
	}{
		{60, 8, 5 * time.Second},
		{1200, 65, 5 * time.Minute},
		{4_000, 225, 15 * time.Minute},
	} {
		t.Run(fmt.Sprint(c.events), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r robot
				var rules []local.Rule
				for i := range 48 {
					pattern := fmt.Sprintf(`{"data":{"JobId":[{"suffix":"-%d"}]}}`, i)
					if i < 2 {
						pattern = `{"source":["acs.paidlc"]}`
					}
					name := fmt.Sprint("team-", i)
					rules = append(rules, local.Rule{Name: name, FilterPattern: pattern, Targets: []local.Target{toRobot(name, "")}})
				}
				b := onRobot(t, &r, "", rules...)
				start := time.Now()
				var list []event.Event
				for i := range c.events {
					what := "JobRunning"
					if i%50 == 49 {
						what = "JobFailed"
					}
					if list = append(list, jobEvent(t, fmt.Sprintf("e%d-%d", i, i%48), what)); len(list) == 16 || i == c.events-1 {
						_, err := b.Publish(t.Context(), "b", list...)
						require.NoError(t, err)
						list = nil
					}
				}
				time.Sleep(10 * time.Second)
				synctest.Wait()
				fresh := time.Now()
				_, err := b.Publish(t.Context(), "b", jobEvent(t, "fresh", "JobFailed"))
				require.NoError(t, err)
				time.Sleep(2 * time.Hour)
				synctest.Wait()

				assert.Zero(t, b.Waiting())
				assert.Zero(t, r.refused())
				assert.LessOrEqual(t, len(r.got()), c.most)
				assert.Less(t, r.when()[len(r.when())-1].Sub(start), max(c.within, 11*time.Second))
				told := -1
				for i, n := range r.got() {
					if strings.Contains(n.Message.Title+lines(n), "fresh") {
						told = i
					}
				}
				require.NotEqual(t, -1, told)
				assert.Less(t, r.when()[told].Sub(fresh), 5*time.Second, "places are kept for it")
				sent, err := b.Counts(t.Context(), time.Time{})
				require.NoError(t, err)
				for _, of := range sent {
					assert.Len(t, of.States, 1, "all of %s were sent", of.Rule)
				}
				t.Logf("%d events: %d messages, the last after %s; a fresh critical one after %s", c.events, len(r.got()), r.when()[len(r.when())-1].Sub(start), r.when()[told].Sub(fresh))
			})
		})
	}
}

func TestOneEventOfTwoRulesForOneGroupIsOneMessageThatNamesBoth(t *testing.T) {
	quietly(t)
	synctest.Test(t, func(t *testing.T) {
		var r robot
		b := onRobot(t, &r, "",
			local.Rule{Name: "one", FilterPattern: `{"source":["acs.paidlc"]}`, Targets: []local.Target{toRobot("one", "")}},
			local.Rule{Name: "two", FilterPattern: `{"source":["acs.paidlc"]}`, Targets: []local.Target{toRobot("two", "")}})
		for i := range 3 {
			_, err := b.Publish(t.Context(), "b", jobEvent(t, fmt.Sprint("e", i), "JobFailed"))
			require.NoError(t, err)
			time.Sleep(time.Minute)
		}
		require.Len(t, r.got(), 3)
		for _, n := range r.got() {
			assert.Equal(t, "one, two", n.Message.Rule)
		}
		assert.Zero(t, b.Waiting())
	})
}

func jobEvent(t *testing.T, id, what string) event.Event {
	e, err := event.Parse(fmt.Appendf(nil, `{"id":%q,"source":"acs.paidlc","type":"paidlc:JobStateChange:%s","data":{"JobId":%q}}`, id, what, id))
	require.NoError(t, err)
	return e
}

func TestAStormBecomesAFewMessagesTheMostUrgentFirst(t *testing.T) {
	logger := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(logger)
	synctest.Test(t, func(t *testing.T) {
		var r robot
		function := deliver.New(target.Define("dingtalk", func(c robotConfig) (target.Target, error) { return robotTarget{c, &r}, nil }).
			Within(target.Rate{Messages: 20, Per: time.Minute}), nil)
		b, err := local.Open(t.Context(), local.Options{
			Identify: receivers.Identify, Split: receivers.Split, Storm: new(receivers.Storms).Of, InvokeTimeout: input.FunctionTimeout,
			Invoke: func(ctx context.Context, _ string, payload []byte) (json.RawMessage, error) {
				return function.Handle(ctx, payload)
			},
		})
		require.NoError(t, err)
		defer func() { assert.NoError(t, b.Close(context.WithoutCancel(t.Context()))) }()
		require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
		for i := range 48 {
			name := fmt.Sprint("team-", i)
			mention := ""
			if i == 47 {
				mention = `,"mention":{"all":true}`
			}
			pattern := `{"type":["paidlc:JobStateChange:JobFailed"]}`
			if i < 2 {
				pattern = `{"source":["acs.paidlc"]}`
			}
			require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: name, Bus: "b", FilterPattern: pattern, Enabled: true, Targets: []local.Target{toRobot(name, mention)}}))
		}
		start := time.Now()
		publish := func(id, what string) {
			_, err := b.Publish(t.Context(), "b", jobEvent(t, id, what))
			require.NoError(t, err)
		}
		for i := range 440 {
			what := "JobRunning"
			if i%10 == 0 {
				what = "JobFailed"
			}
			publish(fmt.Sprint("e", i), what)
		}
		assert.Equal(t, 44*48+396*2, b.Waiting())

		time.Sleep(30 * time.Second)
		synctest.Wait()
		taken := len(r.got())
		assert.Less(t, taken, 18, "routine messages do not take all places at once")
		publish("fresh", "JobFailed")
		time.Sleep(10 * time.Minute)
		synctest.Wait()

		assert.Zero(t, b.Waiting())
		assert.Zero(t, r.refused())
		// 441 events, 20 to a message; the rule that mentions somebody has its own,
		// the first left before the others came, and one came late.
		assert.LessOrEqual(t, len(r.got()), 23+3+1+1)
		assert.Less(t, r.when()[len(r.when())-1].Sub(start), 2*time.Minute)
		assert.Contains(t, r.got()[taken].Message.Title, "fresh", "the first message after it was published")
		for _, n := range r.got()[taken-3 : taken] {
			assert.NotContains(t, lines(n), "Critical", "all that is urgent went before")
		}
		list, err := b.History(t.Context(), local.Query{EventID: "e100"})
		require.NoError(t, err)
		require.Len(t, list, 48)
		for _, n := range list {
			assert.Equal(t, local.Sent, n.State)
			assert.NotEmpty(t, n.Outcome.Digest, "the message that told of it")
		}
	})
}

// lines are what a message tells of, one event each.
func lines(n target.Notification) string {
	var list []string
	for _, f := range n.Message.Fields {
		list = append(list, f.Label+" "+f.Value)
	}
	return strings.Join(list, "\n")
}
