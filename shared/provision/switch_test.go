package provision_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// crowded works at a bus of that size, on which a crowd's document stands.
func crowded(t *testing.T, r *rand.Rand) (d provision.Desk, m *bustest.Memory) {
	t.Helper()
	for {
		m := small(2+r.IntN(5), 1500+r.IntN(4000))
		w := crowd(t, r, 10)
		if fits(t, m, w) {
			require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
			return provision.Desk{Cloud: provision.Cloud{Name: provision.AWS, Bus: m, DeadLetter: "q"}, Workspace: w}, m
		}
	}
}

func TestARuleThatIsSwitchedChangesNoOther(t *testing.T) {
	r := rand.New(rand.NewPCG(51, 52))
	switched, refused := 0, 0
	for range 60 {
		d, m := crowded(t, r)
		one := &d.Workspace.Rules[r.IntN(len(d.Workspace.Rules))]
		if _, err := d.Switch(t.Context(), one.Name, !one.Enabled); err == nil {
			one.Enabled = !one.Enabled
			switched++
		} else {
			require.ErrorAs(t, err, new(provision.Refusal))
			refused++
		}
		holds(t, m, d.Workspace)
	}
	assert.Greater(t, switched, 30)
	assert.Positive(t, refused)
}

func TestARuleThatIsDeletedChangesNoOther(t *testing.T) {
	r := rand.New(rand.NewPCG(53, 54))
	for range 30 {
		d, m := crowded(t, r)
		i := r.IntN(len(d.Workspace.Rules))
		p, err := d.Removal(t.Context(), d.Workspace.Rules[i].Name)
		if err == nil {
			require.NoError(t, d.Cloud.Apply(t.Context(), p, nil))
		} else {
			require.False(t, d.Workspace.Rules[i].Enabled, err)
		}
		d.Workspace.Rules = slices.Delete(d.Workspace.Rules, i, i+1)
		holds(t, m, d.Workspace)
	}
}

func TestARuleIsNotEnabledInThePlaceOfAnother(t *testing.T) {
	off := strings.Replace(ruleOf("off", robots(3, 4)), `"source"`, `"enabled":false,"source"`, 1)
	w := parse(t, strings.Join([]string{ruleOf("a", robots(0, 2)), ruleOf("b", robots(0, 1)), off}, ","))
	m := small(2, 10240)
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	d := provision.Desk{Cloud: provision.Cloud{Name: provision.AWS, Bus: m, DeadLetter: "q"}, Workspace: w}
	_, err := d.Switch(t.Context(), "off", true)
	require.ErrorContains(t, err, "has no room for the rule off as long as the others stay where they are: enable it in the document")
	holds(t, m, w)
	w.Rules[2].Enabled = true
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	holds(t, m, w)
}
