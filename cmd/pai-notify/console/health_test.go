package console_test

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/health"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// ill is a workspace over a bus with a history, some of which a test spoils.
type ill struct {
	t       *testing.T
	store   *memory.Store
	traces  *passed
	answers string // of functions that are asked for their variables
	beat    time.Time
	down    error
	ended   int
	to      string // the receiver's name; "oncall" when empty
}

const healthy = `{"missing":[]}`

func newIll(t *testing.T) *ill {
	return &ill{
		t: t, store: memory.New(), answers: healthy, beat: time.Now(),
		traces: &passed{events: []string{passes("1", "acs.paidlc", "paidlc:JobStateChange:JobFailed")}},
	}
}

// end adds a notification of the rule one that came to a state some time ago.
func (i *ill) end(ago time.Duration, r ledger.Result) {
	i.ended++
	at := time.Now().Add(-ago)
	l := ledger.New(i.store).With(func() time.Time { return at }, 0)
	_, claim, err := l.Claim(i.t.Context(), ledger.Entry{ID: fmt.Sprint(i.ended), Bus: "pai-system-lab", Rule: "one", RuleName: "one", Type: "dingtalk", Receiver: cmp.Or(i.to, "oncall")}, time.Minute)
	require.NoError(i.t, err)
	_, err = l.Settle(i.t.Context(), claim, r)
	require.NoError(i.t, err)
}

// start opens a console over it: that of this machine, or of a cloud.
func (i *ill) start(name string) *machine {
	m := start(i.t, small, func(o *console.Options, _ *local.Options) {
		o.Cloud.Name, o.Cloud.Traces = name, i.traces
		o.Cloud.Invoke = func(context.Context, string, []byte) ([]byte, bool, error) { return []byte(i.answers), false, i.down }
		if name == provision.Local {
			o.Cloud.Rows = ledger.New(i.store)
			return
		}
		o.Cloud.Function = func(context.Context, string, ...string) (map[string]string, error) {
			return map[string]string{ledger.Variable: "dynamodb:t", deliver.BusVariable: "pai-system-lab"}, nil
		}
		o.Cloud.Ledger = func(context.Context, string) (ledger.Store, error) { return i.store, nil }
	})
	if name != provision.Local {
		m.post(i.t, "/apply", nil)
		text, err := i.beat.MarshalJSON()
		require.NoError(i.t, err)
		_, err = ledger.New(i.store).Update(i.t.Context(), health.HeartbeatKey("pai-system-lab"), func([]byte) ([]byte, bool) { return fmt.Appendf(nil, `{"at":%s}`, text), true })
		require.NoError(i.t, err)
	}
	return m
}

// health is what the overview says of how it goes.
func (m *machine) health(t *testing.T, language string) string {
	page := m.get(t, "/?wait=1", "Accept-Language", language)
	require.Equal(t, http.StatusOK, page.status)
	_, part, found := strings.Cut(page.body, `<div id="health"`)
	require.True(t, found)
	part, _, _ = strings.Cut(part, `<div id="steps"`)
	return html.UnescapeString(part)
}

func TestTheOverviewBeginsWithWhatNeedsSomebody(t *testing.T) {
	everywhere := []string{provision.Local, provision.Aliyun, provision.AWS}
	clouds := everywhere[1:]
	waits := ledger.Result{State: ledger.Waiting, Due: time.Now().Add(time.Hour), Because: "HTTP 500", Outcome: outcome.Outcome{Status: outcome.Failed, Class: outcome.Transient}}
	for name, c := range map[string]struct {
		over  []string
		spoil func(i *ill)
		says  []string // in English
		path  string
	}{
		"what waits, since when": {everywhere, func(i *ill) { i.end(3*time.Hour, waits); i.end(time.Second, waits) }, []string{"waiting notifications</a>: 2", "the oldest:", ">3 h ago</time>"}, "/history?days=30&state=waiting"},
		"dead letters":           {everywhere, func(i *ill) { i.end(50*time.Hour, refusedByRobot) }, []string{"failed notifications</a>: 1", "the last one:", ">2 d ago</time>", "send them again"}, "/history?days=30&state=dead"},
		"a receiver that fails":  {everywhere, func(i *ill) { i.end(time.Hour, refusedByRobot) }, []string{"target dingtalk/oncall of rule one", "code 310000", ">1 h ago</time>", "check the signing key"}, "/history?receiver=dingtalk%2Foncall&rule=one"},
		"a variable that is not set": {everywhere, func(i *ill) {
			i.answers = `{"missing":[{"reference":"env:INBOX_SIGNING_KEY","reason":"it is not set"}]}`
		},
			[]string{"secret env:INBOX_SIGNING_KEY", "does not have it"}, "/rules/one#t0.signing_key"},
		"a variable of which nobody can tell": {everywhere, func(i *ill) { i.answers = "{}}" }, []string{"Could not be checked", "cannot tell whether the function pai-notify-dingtalk has it"}, "/rules/one#t0.signing_key"},
		"a rule that nothing matched":         {everywhere, func(i *ill) { i.traces.set(passes("1", "acs.paidlc", "paidlc:JobStateChange:JobStopped")) }, []string{"no event in 7 days matched these rules: one"}, "/rules/one"},
		"a source that nobody catalogued": {everywhere, func(i *ill) {
			i.traces.set(passes("1", "acs.paidlc", "paidlc:JobStateChange:JobFailed"), `{"specversion":"1.0","id":"2","source":"acs.other","type":"x","data":{}}`)
		}, []string{`no rule matches the source "acs.other", which the catalogue does not know`}, "/setup#source-"},
		"a quiet bus":        {everywhere, func(i *ill) { i.traces.set(); i.end(time.Minute, ledger.Result{State: ledger.Sent}) }, []string{"no event in 7 days"}, "/setup#events-"},
		"a waker that rests": {clouds, func(i *ill) { i.beat = time.Now().Add(-time.Hour) }, []string{"function pai-notify-redeliver", "last ran", ">1 h ago</time>"}, "/setup#function-"},
		"what is overdue": {clouds, func(i *ill) {
			i.end(time.Hour, ledger.Result{State: ledger.Waiting, Due: time.Now().Add(-30 * time.Minute)})
		}, []string{"overdue notifications", ">30 min ago</time>"}, "/history?days=30&state=waiting"},
		"everything is muted": {[]string{provision.Local}, func(*ill) {}, []string{"all notifications are muted"}, "/mutes"},
	} {
		for _, over := range c.over {
			t.Run(name+" over "+over, func(t *testing.T) {
				i := newIll(t)
				c.spoil(i)
				m := i.start(over)
				if name == "everything is muted" {
					m.post(t, "/mutes", form("hours", "1", "by", "bob", "drop", "true", "agreed", "true"))
				}
				if name == "a quiet bus" && over == provision.Local { // before the first message the steps say what comes next
					m.post(t, "/publish", form("sample", "dlc-job-failed"))
					require.Eventually(t, func() bool { return strings.Contains(m.get(t, "/history?state=sent").body, `href="/history/`) }, waitFor, tick)
				}
				said := m.health(t, "en")
				for _, want := range c.says {
					assert.Contains(t, said, want)
				}
				assert.Contains(t, said, `href="`+c.path)
				assert.NotContains(t, said, "Nothing needs attention")
				for _, language := range []string{"zh", "ja"} {
					assert.Contains(t, m.health(t, language), `href="`+c.path)
				}
				setup := m.get(t, "/setup").body
				if at, anchor, found := strings.Cut(c.path, "#"); found && at == "/setup" {
					assert.Contains(t, setup, `id="`+anchor, "the check-up has the place")
				}
				assert.NotContains(t, setup, "Everything is set up")
			})
		}
	}
}

func TestWhereNothingNeedsSomebodyTheOverviewSaysSoOfWhatWasChecked(t *testing.T) {
	for _, over := range []string{provision.Local, provision.Aliyun, provision.AWS} {
		t.Run(over, func(t *testing.T) {
			i := newIll(t)
			i.end(time.Minute, ledger.Result{State: ledger.Sent})
			m := i.start(over)
			if over == provision.Local { // the steps are done when a message was sent
				m.post(t, "/publish", form("sample", "dlc-job-failed"))
				require.Eventually(t, func() bool { return strings.Contains(m.get(t, "/history?state=sent").body, `href="/history/`) }, waitFor, tick)
			}
			said := m.health(t, "en")
			assert.NotContains(t, said, "Needs attention")
			assert.Contains(t, said, "Nothing needs attention.")
			assert.Contains(t, said, "Checked <time", "and when")
			assert.Contains(t, m.health(t, "zh"), "没有需要处理的事项")
			assert.Contains(t, m.health(t, "ja"), "対応が必要な項目はありません")
		})
	}
}

func TestAnAccountThatCannotBeAskedIsNotCalledWell(t *testing.T) {
	m := start(t, small, func(o *console.Options, _ *local.Options) { o.Cloud.Name = provision.Aliyun })
	require.NoError(t, m.bus.Close(t.Context()))
	said := m.health(t, "en")
	assert.Contains(t, said, "Cannot query the account.")
	assert.NotContains(t, said, "Nothing")
	assert.NotContains(t, m.get(t, "/?wait=1").body, "EventBridge is activated <", "nobody knows")
	assert.NotContains(t, m.get(t, "/setup").body, "set up")
}

func TestACloudIsAskedOnceForManyPages(t *testing.T) {
	i := newIll(t)
	asked := 0
	m := start(t, small, func(o *console.Options, _ *local.Options) {
		o.Cloud.Name, o.Cloud.Traces = provision.Aliyun, i.traces
		o.Cloud.Function = func(context.Context, string, ...string) (map[string]string, error) {
			asked++
			return nil, &bus.Error{Kind: bus.NotFound}
		}
	})
	m.health(t, "en")
	once := asked
	require.NotZero(t, once)
	for range 3 {
		m.health(t, "en")
		m.get(t, "/setup")
	}
	assert.Equal(t, once, asked)
	m.get(t, "/setup?again=1")
	assert.Greater(t, asked, once, "who asks for it is told what stands now")
	again := asked
	m.post(t, "/apply", nil)
	m.health(t, "en")
	assert.Greater(t, asked, again, "what was changed is looked at anew")
}
