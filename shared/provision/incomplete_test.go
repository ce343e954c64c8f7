package provision_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// failing lets each call of an action fail, without effect.
func failing(action string, kind bus.Kind) func(int, string) error {
	return func(_ int, called string) error {
		if called == action {
			return &bus.Error{Kind: kind, Action: "eventbridge:" + action, Code: "Code"}
		}
		return nil
	}
}

func TestOnlyWhatChangedNothingIsSaidToHaveChangedNothing(t *testing.T) {
	lost := ruleOf("lost", robots(0, 1))
	for name, c := range map[string]struct {
		before, after string
		action        string
		kind          bus.Kind
		changed       bool
	}{
		"a refused creation":          {lost, lost + "," + ruleOf("died", robots(0, 2)), "CreateRule", bus.Denied, false},
		"an unanswered creation":      {lost, lost + "," + ruleOf("died", robots(0, 2)), "CreateRule", bus.Unavailable, true},
		"a rule without its targets":  {lost, lost + "," + ruleOf("died", robots(0, 2)), "UpdateTargets", bus.Denied, true},
		"a rule that was not enabled": {lost, lost + "," + ruleOf("died", robots(0, 2)), "EnableRule", bus.NoCredentials, true},
		"targets that did not go":     {ruleOf("died", robots(0, 2)), ruleOf("died", robots(1, 3)), "DeleteTargets", bus.Denied, true},
		"a rule that went in part":    {lost + "," + ruleOf("died", robots(0, 2)), lost, "DeleteRule", bus.Denied, true},
		"a bus that is taken away":    {lost, lost + "," + ruleOf("died", robots(0, 2)), "CreateRule", bus.NotFound, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			require.NoError(t, apply(t.Context(), m, parse(t, c.before), provision.Options{}))
			m.Before = failing(c.action, c.kind)
			err := apply(t.Context(), m, parse(t, c.after), provision.Options{})
			var half *provision.Incomplete
			require.ErrorAs(t, err, &half)
			assert.Empty(t, half.Done)
			assert.Equal(t, c.changed, half.Changed)
			if c.changed {
				assert.ErrorContains(t, err, "something may have been changed")
			} else {
				assert.ErrorContains(t, err, "nothing was changed")
			}
		})
	}
}
