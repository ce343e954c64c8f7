package local_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// lines are the log lines about notifications.
func lines(log *bytes.Buffer) []string {
	var list []string
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "msg=notification") {
			list = append(list, line)
		}
	}
	return list
}

func TestWhatWaitsEndsWithItsReceiver(t *testing.T) {
	one := to("one", "f", "r1/train/oncall/a")
	remove := func(t *testing.T, b *local.Bus) {
		_, err := b.DeleteTargets(t.Context(), "b", "train", []string{"one"})
		require.NoError(t, err)
	}
	for name, c := range map[string]struct {
		change func(t *testing.T, b *local.Bus)
		// settled tells that somebody says that this is all.
		settled bool
		after   time.Duration
		want    local.State
		reason  string
	}{
		"a target is removed":          {remove, true, 0, local.Dead, "the receiver was removed"},
		"nobody says that this is all": {remove, false, 3 * time.Second, local.Dead, "the receiver was removed"},
		"and more may come":            {remove, false, time.Second, local.Waiting, ""},
		"a rule is deleted":            {func(t *testing.T, b *local.Bus) { require.NoError(t, b.DeleteRule(t.Context(), "b", "train")) }, true, 0, local.Dead, "the receiver was removed"},
		"a rule is disabled": {func(t *testing.T, b *local.Bus) {
			require.NoError(t, b.SetRuleEnabled(t.Context(), "b", "train", false))
		}, false, 0, local.Cancelled, "the rule was disabled"},
		"a rule is replaced by a disabled": {func(t *testing.T, b *local.Bus) {
			require.NoError(t, b.UpdateRule(t.Context(), local.Rule{Bus: "b", Name: "train", FilterPattern: "{}"}))
		}, false, 0, local.Cancelled, "the rule was disabled"},
		"another receiver gets its place": {func(t *testing.T, b *local.Bus) { put(t, b, "train", to("one", "g", "r1/train/night/b")) }, true, 0, local.Dead, "the receiver was removed"},
		"a sibling is left that is disabled": {func(t *testing.T, b *local.Bus) {
			require.NoError(t, b.CreateRule(t.Context(), local.Rule{Bus: "b", Name: "train--2", FilterPattern: "{}", Targets: []local.Target{one}}))
			remove(t, b)
		}, true, 0, local.Cancelled, "the rule was disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var log bytes.Buffer
				b, f := failing(t, local.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
				ruleOf(t, b, "train", one, to("two", "g", "r1/train/boss/b"))
				published(t, b, numbered(t, 1))
				waited(t, b, numbered(t, 1))
				c.change(t, b)
				if c.settled {
					require.NoError(t, b.Settle(t.Context()))
				}
				time.Sleep(c.after)
				n := waited(t, b, numbered(t, 1))[1]
				assert.Equal(t, []any{"chat/oncall", c.want}, []any{n.Target, n.State})
				if c.reason == "" {
					return
				}
				assert.Contains(t, n.Outcome.Reason, c.reason)
				time.Sleep(time.Hour)
				synctest.Wait()
				assert.Len(t, f.got(), 2, "nothing more is sent")
				require.Len(t, lines(&log), 1)
				for _, word := range []string{"status=" + n.State.String(), "rule=train", "target=chat/oncall", "event=1", c.reason} {
					assert.Contains(t, lines(&log)[0], word)
				}
			})
		})
	}
}

func put(t *testing.T, b *local.Bus, rule string, targets ...local.Target) {
	faults, err := b.PutTargets(t.Context(), "b", rule, targets)
	require.NoError(t, err)
	require.Empty(t, faults)
}

func TestWhatWaitsOutlivesAnOrderOfChangesThatBringsItsReceiverBack(t *testing.T) {
	one := to("one", "f", "r1/train/oncall/a")
	for name, change := range map[string]func(t *testing.T, b *local.Bus){
		"taken away, then put elsewhere": func(t *testing.T, b *local.Bus) {
			_, err := b.DeleteTargets(t.Context(), "b", "train", []string{"one"})
			require.NoError(t, err)
			time.Sleep(time.Second)
			put(t, b, "train--2", one)
		},
		"put elsewhere, then taken away": func(t *testing.T, b *local.Bus) {
			put(t, b, "train--2", one)
			_, err := b.DeleteTargets(t.Context(), "b", "train", []string{"one"})
			require.NoError(t, err)
		},
		"in a rule that is made anew and enabled at the end": func(t *testing.T, b *local.Bus) {
			require.NoError(t, b.DeleteRule(t.Context(), "b", "train"))
			require.NoError(t, b.CreateRule(t.Context(), local.Rule{Bus: "b", Name: "train", FilterPattern: "{}"}))
			put(t, b, "train", one)
			time.Sleep(time.Second)
			require.NoError(t, b.SetRuleEnabled(t.Context(), "b", "train", true))
		},
		"while other changes go on": func(t *testing.T, b *local.Bus) {
			_, err := b.DeleteTargets(t.Context(), "b", "train", []string{"one"})
			require.NoError(t, err)
			for range 10 {
				time.Sleep(time.Second)
				put(t, b, "train", to("other", "g", "r1/train/other/b"))
			}
			put(t, b, "train", one)
		},
		"with one of two siblings disabled": func(t *testing.T, b *local.Bus) {
			put(t, b, "train--2", one)
			require.NoError(t, b.SetRuleEnabled(t.Context(), "b", "train", false))
		},
		"with two targets exchanged": func(t *testing.T, b *local.Bus) {
			put(t, b, "train", to("two", "g", "r1/train/boss/b"))
			put(t, b, "train", to("one", "g", "r1/train/boss/b"))
			put(t, b, "train", to("two", "f", "r1/train/oncall/a"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b, f := failing(t, local.Options{})
				ruleOf(t, b, "train", one)
				require.NoError(t, b.CreateRule(t.Context(), local.Rule{Bus: "b", Name: "train--2", FilterPattern: `{"type":["u"]}`, Enabled: true}))
				published(t, b, numbered(t, 1))
				waited(t, b, numbered(t, 1))
				change(t, b)
				require.NoError(t, b.Settle(t.Context()))
				time.Sleep(time.Hour)
				synctest.Wait()
				list := waited(t, b, numbered(t, 1))
				require.Len(t, list, 1)
				assert.Equal(t, local.Sent, list[0].State, list[0].Outcome.Reason)
				assert.Equal(t, []string{"f r1/train/oncall/a", "f r1/train/oncall/a"}, f.got())
			})
		})
	}
}

func TestAnAttemptThatIsUnderWayWhenItsRuleIsDisabledEndsAsItEnds(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   local.State
	}{
		"taken":   {`{"status":"sent"}`, local.Sent},
		"refused": {transient, local.Cancelled},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				release, calls := make(chan struct{}), 0
				b := withBus(t, local.Options{Invoke: func(context.Context, string, []byte) (json.RawMessage, error) {
					calls++
					<-release
					if c.answer[0] == '!' {
						return nil, failedOutcome(c.answer[1:])
					}
					return json.RawMessage(c.answer), nil
				}})
				ruleOf(t, b, "train", to("one", "f", "r1/train/oncall/a"))
				published(t, b, numbered(t, 1))
				synctest.Wait()
				published(t, b, numbered(t, 2))
				require.NoError(t, b.SetRuleEnabled(t.Context(), "b", "train", false))
				assert.Equal(t, local.Cancelled, waited(t, b, numbered(t, 2))[0].State)
				close(release)
				time.Sleep(time.Second)
				assert.Equal(t, c.want, waited(t, b, numbered(t, 1))[0].State)
				require.NoError(t, b.SetRuleEnabled(t.Context(), "b", "train", true))
				time.Sleep(time.Hour)
				assert.Equal(t, 1, calls, "what was cancelled stays so")
				assert.Zero(t, b.Waiting())
			})
		})
	}
}

func TestWhatIsLeftOfAChangeThatWasCutOffEndsAfterARestart(t *testing.T) {
	f := functions{answers: map[string][]string{"f": {transient, transient, `{"status":"sent"}`}}}
	o := local.Options{Dir: t.TempDir(), Invoke: f.invoke, Identify: byBody}
	b, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
	ruleOf(t, b, "train", to("one", "f", "r1/train/oncall/a"))
	ruleOf(t, b, "night", to("one", "f", "r2/night/oncall/a"))
	published(t, b, numbered(t, 1))
	waited(t, b, numbered(t, 1))
	require.NoError(t, b.DeleteRule(t.Context(), "b", "train"))
	require.NoError(t, b.DeleteRule(t.Context(), "b", "night"))
	require.NoError(t, b.Close(t.Context()))

	o.Paused = true
	b = opened(t, o)
	ruleOf(t, b, "night", to("one", "f", "r2/night/oncall/a"))
	assert.Equal(t, 2, b.Waiting(), "while it is paused the rules may come back")
	require.NoError(t, b.Settle(t.Context()))
	dead, err := b.History(t.Context(), local.Query{States: []local.State{local.Dead}})
	require.NoError(t, err)
	require.Len(t, dead, 1)
	assert.Equal(t, "r1", dead[0].RuleKey)
	assert.Equal(t, 1, b.Waiting())
}
