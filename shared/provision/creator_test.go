package provision_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// creators is a document whose rule notifies whoever created what failed.
func creators(t *testing.T, uid, members string, more ...string) *workspace.Workspace {
	t.Helper()
	rules := append([]string{`{"name":"r0","source":"dlc","events":["job-failed","job-timeout"],` + members + `"targets":[{"type":"dingtalk","name":"robot","webhook":"env:R"},{"type":"email","contacts":["bob","creator"],"server":"smtp.example.com:465","from":"a@example.com","password":"env:P"}]}`}, more...)
	text := `{"workspace":"lab","quiet":{"nights":{"from":"22:00","to":"08:00","zone":"Asia/Shanghai"}},
		"contacts":[{"name":"alice","email":"a@example.com","uid":"` + uid + `"},{"name":"bob","email":"b@example.com","uid":"2002"},{"name":"dan","email":"d@example.com","uid":"200"}],"rules":[` + strings.Join(rules, ",") + `]}`
	w, err := workspace.Parse([]byte(text), "w.json", functions.Register()...)
	require.NoError(t, err)
	return w
}

// notified returns the receivers that a bus and its functions notify of what an account
// created.
func notified(t *testing.T, m *bustest.Memory, w *workspace.Workspace, uid string) (names []string) {
	t.Helper()
	text := []byte(`{"specversion":"1.0","id":"e","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"UserId":` + uid + `}}`)
	matches := func(pattern string) bool {
		p, err := rule.Compile(rule.Alibaba, []byte(pattern))
		require.NoError(t, err)
		ok, err := p.Match(text)
		require.NoError(t, err)
		return ok
	}
	rules, err := m.ListRules(t.Context(), w.Bus())
	require.NoError(t, err)
	for _, r := range rules {
		targets, err := m.ListTargets(t.Context(), w.Bus(), []string{r.Name})
		require.NoError(t, err)
		for _, to := range targets[r.Name] {
			for _, c := range to.Carries() {
				if matches(r.Pattern) && (c.Patterns == nil || slices.ContainsFunc(c.Patterns, matches)) {
					for _, receiver := range c.Receivers {
						names = append(names, receiver.Name)
					}
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

func TestABusNotifiesTheCreatorAlone(t *testing.T) {
	other := `{"name":"r1","source":"dlc","events":["job-queued"],"targets":[{"type":"dingtalk","name":"robot","webhook":"env:R"}]}`
	for name, c := range map[string]struct {
		m       *bustest.Memory
		members string
	}{
		"plain":                  {bustest.NewMemory(), ""},
		"with a scope":           {bustest.NewMemory(), `"scope":{"created_by":["2001","2002","200","2009"]},`},
		"with a wide scope":      {bustest.NewMemory(), `"scope":{"created_by":["2001","2002","200","2009","2010","2011","2012"]},`},
		"which watches":          {bustest.NewMemory(), `"recovered":true,`},
		"in a list":              {small(1, 10240), ""},
		"in a list that watches": {small(1, 10240), `"quiet":"nights",`},
	} {
		t.Run(name, func(t *testing.T) {
			w := creators(t, "2001", c.members, other)
			require.NoError(t, apply(t.Context(), c.m, w, provision.Options{}))
			for uid, want := range map[string][]string{
				`"2001"`: {"email-bob", "email-creator-alice-2001", "robot"},
				`2001`:   {"email-bob", "email-creator-alice-2001", "robot"},
				`"200"`:  {"email-bob", "email-creator-dan-200", "robot"},
				`"2002"`: {"email-bob", "robot"},
				`"2009"`: {"email-bob", "robot"},
			} {
				assert.Equal(t, want, notified(t, c.m, w, uid), uid)
			}
			if c.members == "" {
				assert.Equal(t, []string{"email-bob", "robot"}, notified(t, c.m, w, `null`))
			}
			settled(t, c.m, w, provision.Options{})

			w = creators(t, "2003", c.members, other)
			if strings.Contains(c.members, "scope") {
				return
			}
			require.NoError(t, apply(t.Context(), c.m, w, provision.Options{}))
			assert.Equal(t, []string{"email-bob", "robot"}, notified(t, c.m, w, `"2001"`), "the account is another's now")
			assert.Equal(t, []string{"email-bob", "email-creator-alice-2003", "robot"}, notified(t, c.m, w, `"2003"`))
			settled(t, c.m, w, provision.Options{})
		})
	}
}
