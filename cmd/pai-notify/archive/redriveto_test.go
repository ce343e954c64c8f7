package archive

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/target"
)

// puts puts a rule of an owner with receivers onto the bus.
func (k *kept) puts(owner, rule string, enabled bool, receivers ...string) {
	k.memory.Rules[onBus+"/"+rule] = bus.Rule{Name: rule, Pattern: "{}", Enabled: enabled}
	k.memory.Targets[onBus+"/"+rule] = map[string]bus.Target{}
	for _, name := range receivers {
		k.memory.Targets[onBus+"/"+rule][name] = bus.Target{
			ID: name, Function: "pai-notify-dingtalk", Rule: event.Rule{Name: rule, ID: rule, Owner: owner},
			Receiver: target.Receiver{Type: "dingtalk", Name: name, Parameters: json.RawMessage(`{"webhook":"env:A"}`)},
		}
	}
}

func TestADeadLetterOfALedgerGoesToAnotherReceiverAsANewNotification(t *testing.T) {
	k := newKept(t)
	k.puts("lab", "night", true, "boss", "oncall")
	old := k.add("1", dead)
	k.now = k.now.Add(time.Hour)
	ask := local.Redrive{ID: "1", To: "night/boss"}
	would, err := k.Redrive(t.Context(), local.Redrive{ID: "1", To: "night/boss", Try: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"night", "dingtalk/boss", ""}, []string{would.ToRule, would.ToTarget, would.As})
	assert.Equal(t, ledger.Dead, k.state("1"), "it was only tried")

	done, err := k.Redrive(t.Context(), ask)
	require.NoError(t, err)
	due, err := k.ledger.Due(t.Context(), onBus, k.now.Add(time.Nanosecond), 10)
	require.NoError(t, err)
	require.Len(t, due, 1, "who sends what waits finds it")
	as := due[0]
	assert.Equal(t, done.As, as.ID)
	assert.Equal(t, []string{onBus, "lab", "night", "night", "dingtalk", "boss", "e1", "1"}, []string{as.Bus, as.Owner, as.Rule, as.RuleName, as.Type, as.Receiver, as.EventID, as.MovedFrom})
	assert.JSONEq(t, string(old.Event), string(as.Event))
	assert.Equal(t, k.now, as.Created)
	n, _, body, err := k.Life(t.Context(), "1")
	require.NoError(t, err)
	assert.Equal(t, []any{local.Moved, done.As}, []any{n.State, n.MovedTo})
	assert.Contains(t, n.Outcome.Reason, "somebody had it sent to dingtalk/boss of the rule night")
	assert.Empty(t, body)
	n, _, _, err = k.Life(t.Context(), done.As)
	require.NoError(t, err)
	assert.Equal(t, []any{local.Waiting, "1", 0}, []any{n.State, n.MovedFrom, n.Attempts})

	_, err = k.Redrive(t.Context(), ask)
	assert.ErrorContains(t, err, "the notification 1 was sent to another receiver as "+done.As, "once, however often somebody asks")
	k.add("2", dead, func(e *ledger.Entry) { e.Event = old.Event; e.EventID = "e1"; e.Receiver = "another" })
	_, err = k.Redrive(t.Context(), local.Redrive{ID: "2", To: "night/boss"})
	assert.ErrorContains(t, err, "dingtalk/boss has been told of this event already: see "+done.As+", which is waiting")
	done, err = k.Redrive(t.Context(), local.Redrive{ID: "2", To: "died"})
	require.ErrorContains(t, err, "the rule died has no receiver dingtalk/another: name one of dingtalk/oncall")
	assert.Empty(t, done.As)
}

func TestALedgersNotificationGoesToNobodyElse(t *testing.T) {
	for name, c := range map[string]struct {
		to, says string
		row      func(e *ledger.Entry)
		put      func(k *kept)
	}{
		"no such rule":              {to: "morning", says: "no rule morning is on the bus pai-system-lab"},
		"no such receiver":          {to: "died/boss", says: "the rule died has no receiver boss: name one of dingtalk/oncall"},
		"a disabled rule":           {to: "night/oncall", put: func(k *kept) { k.puts("lab", "night", false, "oncall") }, says: "the rule night is disabled: enable it first"},
		"another owner's":           {to: "night", put: func(k *kept) { k.puts("team", "night", true, "oncall") }, says: "the rule night belongs to team, and the notification to lab: name a rule of lab"},
		"one that nobody owns":      {to: "night", put: func(k *kept) { k.puts("", "night", true, "oncall") }, says: "belongs to nobody"},
		"of nobody, and two could":  {to: "r1/oncall", row: func(e *ledger.Entry) { e.Owner = "" }, put: func(k *kept) { k.puts("team", "r1", true, "oncall"); k.puts("lab", "x", true); k.rename("died", "r1") }, says: "has several receivers oncall"},
		"an event that is no event": {to: "night/oncall", put: func(k *kept) { k.puts("lab", "night", true, "oncall") }, row: func(e *ledger.Entry) { e.Event = []byte(`{}`) }, says: "the event of 1 cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t)
			if c.put != nil {
				c.put(k)
			}
			rows := []func(*ledger.Entry){}
			if c.row != nil {
				rows = append(rows, c.row)
			}
			k.add("1", dead, rows...)
			_, err := k.Redrive(t.Context(), local.Redrive{ID: "1", To: c.to})
			require.ErrorContains(t, err, c.says)
			assert.Equal(t, ledger.Dead, k.state("1"))
		})
	}
}

// rename gives the rule in a target another name.
func (k *kept) rename(rule, name string) {
	t := k.memory.Targets[onBus+"/"+rule]["one"]
	t.Rule.Name = name
	k.memory.Targets[onBus+"/"+rule]["one"] = t
}

// cutOff is a store that fails to write a row.
type cutOff struct {
	ledger.Store
	id string
}

func (c cutOff) Put(ctx context.Context, e ledger.Entry) error {
	if e.ID == c.id {
		return errors.New("cut off")
	}
	return c.Store.Put(ctx, e)
}

func TestARedriveThatWasCutOffGoesOnWhenSomebodyAsksAgain(t *testing.T) {
	k := newKept(t)
	k.puts("lab", "night", true, "boss")
	k.add("1", dead)
	whole := k.ledger
	k.ledger = ledger.New(cutOff{k.store, "1"}).With(func() time.Time { return k.now }, 0)
	ask := local.Redrive{ID: "1", To: "night/boss"}
	_, err := k.Redrive(t.Context(), ask)
	require.ErrorContains(t, err, "cut off")
	k.ledger = whole
	assert.Equal(t, ledger.Dead, k.state("1"), "what will be sent is never lost, and what it was is still there")
	due, err := k.ledger.Due(t.Context(), onBus, k.now.Add(time.Hour), 10)
	require.NoError(t, err)
	require.Len(t, due, 1)
	done, err := k.Redrive(t.Context(), ask)
	require.NoError(t, err)
	assert.Equal(t, due[0].ID, done.As, "it is the same one")
	assert.Equal(t, ledger.Moved, k.state("1"))
}
