package local_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

func redriven(t *testing.T, b *local.Bus, r local.Redrive) local.Redriven {
	t.Helper()
	done, err := b.Redrive(t.Context(), r)
	require.NoError(t, err)
	return done
}

func refused(t *testing.T, b *local.Bus, r local.Redrive) error {
	t.Helper()
	_, err := b.Redrive(t.Context(), r)
	require.Error(t, err)
	return err
}

// withLetter is a bus with a dead letter of the receiver oncall of the rule r1,
// which is called train.
func withLetter(t *testing.T, o local.Options) (*local.Bus, *functions, local.Notification) {
	f := &functions{answers: map[string][]string{"f": {`!{"status":"failed","class":"permanent","reason":"bad key"}`, `{"status":"sent"}`}}}
	o.Invoke = f.invoke
	b := withBus(t, o)
	ruleOf(t, b, "train", to("one", "f", "r1/train/oncall/a"), to("two", "g", "r1/train/boss/b"))
	published(t, b, numbered(t, 1))
	letter := waited(t, b, numbered(t, 1))[1]
	require.Equal(t, local.Dead, letter.State)
	return b, f, letter
}

func TestARedriveSaysWhatIsMissing(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, b *local.Bus)
		to     string
		says   string
	}{
		"the receiver is gone": {func(t *testing.T, b *local.Bus) { put(t, b, "train", to("one", "f", "r1/train/night/c")) }, "", "no rule sends to chat/oncall of the rule train any more"},
		"the rule is gone":     {func(t *testing.T, b *local.Bus) { require.NoError(t, b.DeleteRule(t.Context(), "b", "train")) }, "", "no rule sends to chat/oncall of the rule train any more"},
		"the rule is disabled": {func(t *testing.T, b *local.Bus) {
			require.NoError(t, b.SetRuleEnabled(t.Context(), "b", "train", false))
		}, "", "the rule train is disabled"},
		"its target is no function": {func(t *testing.T, b *local.Bus) {
			put(t, b, "train", local.Target{ID: "one", Type: "acs.mns.queue", Params: to("one", "f", "r1/train/oncall/a").Params[1:]})
		}, "", "delivers to functions only, not to acs.mns.queue"},
		"another rule that is not there": {nil, "night", "no rule night is on the bus b"},
		"a receiver that is not there":   {nil, "train/night", "the rule train has no receiver night: name one of chat/boss, chat/oncall"},
		"a rule without such a receiver": {func(t *testing.T, b *local.Bus) { ruleOf(t, b, "night", to("one", "f", "r2/night/all/a")) }, "night", "the rule night has no receiver chat/oncall: name one of chat/all"},
		"a receiver that has been told":  {nil, "train/boss", "chat/boss has been told of this event already: see 1-2, which is sent"},
		"a rule that is disabled": {func(t *testing.T, b *local.Bus) {
			ruleOf(t, b, "night", to("one", "f", "r2/night/all/a"))
			require.NoError(t, b.SetRuleEnabled(t.Context(), "b", "night", false))
		}, "night/all", "the rule night is disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			b, f, letter := withLetter(t, local.Options{})
			if c.change != nil {
				c.change(t, b)
			}
			calls := len(f.got())
			for _, try := range []bool{true, false} {
				err := refused(t, b, local.Redrive{ID: letter.ID, To: c.to, Try: try})
				assert.Equal(t, "RequestParameterInvalid", code(t, err))
				assert.ErrorContains(t, err, c.says)
			}
			n, _, _, err := b.Life(t.Context(), letter.ID)
			require.NoError(t, err)
			assert.Equal(t, local.Dead, n.State, "it stays what it was")
			assert.Len(t, f.got(), calls)
		})
	}
}

func TestARedriveToAnotherReceiverIsANewNotification(t *testing.T) {
	var log bytes.Buffer
	b, f, letter := withLetter(t, local.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	ruleOf(t, b, "night", to("one", "g", "r2/night/oncall/c"), to("two", "g", "r2/night/all/d"))
	published(t, b, numbered(t, 2))
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	for _, to := range []string{"night", "r2/oncall", "night/chat/oncall"} {
		tried := redriven(t, b, local.Redrive{ID: letter.ID, To: to, Try: true})
		assert.Equal(t, []string{"night", "chat/oncall", ""}, []string{tried.ToRule, tried.ToTarget, tried.As}, to)
	}
	done := redriven(t, b, local.Redrive{ID: letter.ID, To: "night/oncall"})
	require.NotEqual(t, letter.ID, done.As)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)

	was, attempts, _, err := b.Life(t.Context(), letter.ID)
	require.NoError(t, err)
	assert.Equal(t, []any{local.Moved, done.As, "bad key", 1}, []any{was.State, was.MovedTo, was.Outcome.Reason, len(attempts)})
	is, attempts, _, err := b.Life(t.Context(), done.As)
	require.NoError(t, err)
	assert.Equal(t, []any{local.Sent, letter.ID, "night", "chat/oncall", 1}, []any{is.State, is.MovedFrom, is.Rule, is.Target, len(attempts)})
	dead, err := b.History(t.Context(), local.Query{States: []local.State{local.Dead}})
	require.NoError(t, err)
	assert.Empty(t, dead)
	calls := len(f.got())
	for _, to := range []string{"night/oncall", "night/all", ""} {
		assert.ErrorContains(t, refused(t, b, local.Redrive{ID: letter.ID, To: to}), "was sent to another receiver as "+done.As)
	}
	assert.Len(t, f.got(), calls, "nothing is sent twice, however often it is asked for")
	require.NoError(t, b.Close(t.Context())) // by then all is told
	require.Len(t, lines(&log), 1)
	assert.Contains(t, lines(&log)[0], "status=moved")
}

func TestWhatWasCancelledIsSentWhenThatIsAskedFor(t *testing.T) {
	f := functions{answers: map[string][]string{"f": {transient, `{"status":"sent"}`}}}
	b := withBus(t, local.Options{Invoke: f.invoke})
	ruleOf(t, b, "train", to("one", "f", "r1/train/oncall/a"))
	published(t, b, numbered(t, 1))
	waited(t, b, numbered(t, 1))
	require.NoError(t, b.SetRuleEnabled(t.Context(), "b", "train", false))
	n := waited(t, b, numbered(t, 1))[0]
	require.Equal(t, local.Cancelled, n.State)
	assert.ErrorContains(t, refused(t, b, local.Redrive{ID: n.ID, Cancelled: true}), "the rule train is disabled")
	require.NoError(t, b.SetRuleEnabled(t.Context(), "b", "train", true))
	assert.ErrorContains(t, refused(t, b, local.Redrive{ID: n.ID}), "was cancelled (the rule was disabled before this was sent")
	redriven(t, b, local.Redrive{ID: n.ID, Cancelled: true})
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, local.Sent, waited(t, b, numbered(t, 1))[0].State)
}

func TestARedriveOfAStoppedBusIsSentByTheNextOne(t *testing.T) {
	o := local.Options{Dir: t.TempDir()}
	b, _, letter := withLetter(t, o)
	ruleOf(t, b, "night", to("one", "g", "r2/night/all/d"))
	require.NoError(t, b.Close(context.Background()))
	o.Identify, o.Paused = byBody, true
	b, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	done := redriven(t, b, local.Redrive{ID: letter.ID, To: "night/all"})
	require.NoError(t, b.Close(context.Background()))

	var f functions
	o.Invoke, o.Paused = f.invoke, false
	b = opened(t, o)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, []string{"g r2/night/all/d"}, f.got())
	n, _, _, err := b.Life(t.Context(), done.As)
	require.NoError(t, err)
	assert.Equal(t, local.Sent, n.State)
}
