package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/archive"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/target"
)

// overCloud is a console over the bus of a cloud whose functions have a ledger.
type overCloud struct {
	*machine
	ledger *ledger.Ledger
	now    time.Time
}

func startOverCloud(t *testing.T) *overCloud {
	c := &overCloud{now: time.Now().Add(-time.Hour)}
	c.ledger = ledger.New(memory.New()).With(func() time.Time { return c.now }, 0)
	rules := bustest.NewMemory()
	rules.Buses["pai-system-lab"] = bus.EventBus{Name: "pai-system-lab"}
	rules.Rules["pai-system-lab/good"] = bus.Rule{Name: "good", Pattern: "{}", Enabled: true}
	rules.Targets["pai-system-lab/good"] = map[string]bus.Target{"x": {
		ID: "x", Function: "pai-notify-dingtalk", Rule: event.Rule{Name: "good", Owner: "lab"},
		Receiver: target.Receiver{Type: "dingtalk", Name: "x", Parameters: json.RawMessage(`{"webhook":"env:A"}`)},
	}}
	c.machine = start(t, twoRules, func(o *console.Options, _ *local.Options) {
		o.Cloud.Name = provision.Aliyun
		o.History = archive.New(c.ledger, provision.Cloud{Name: provision.Aliyun, Bus: rules}, "pai-system-lab", time.Now)
		o.HistoryMost = 60
	})
	return c
}

// add records a notification of the rule good, whose event the ledger keeps unless
// it was sent.
func (c *overCloud) add(t *testing.T, id, job string, r ledger.Result) {
	t.Helper()
	c.now = c.now.Add(time.Second)
	e := ledger.Entry{
		ID: id, Bus: "pai-system-lab", Owner: "lab", Rule: "good", RuleName: "good", Type: "dingtalk", Receiver: "x",
		EventID: "e" + id, EventType: "dlc.job-failed", Job: job, JobName: "train " + job,
	}
	if r.State != ledger.Sent {
		e.Event = fmt.Appendf(nil, `{"specversion":"1.0","id":"e%s","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":%q,"DisplayName":"train"}}`, id, job)
	}
	_, claim, err := c.ledger.Claim(t.Context(), e, time.Minute)
	require.NoError(t, err)
	_, err = c.ledger.Settle(t.Context(), claim, r)
	require.NoError(t, err)
}

var refusedByRobot = ledger.Result{State: ledger.Dead, Because: "HTTP 200 sign not match", Outcome: outcome.Outcome{
	Status: outcome.Failed, Class: outcome.Permanent, HTTPStatus: 200, Code: "310000", Reason: "HTTP 200 sign not match", Advice: "check the signing key", Target: "dingtalk/x", EventType: "dlc.job-failed",
}}

func TestTheHistoryOfACloudIsShownAsThatOfThisMachine(t *testing.T) {
	c := startOverCloud(t)
	c.add(t, "n1", "dlc1", ledger.Result{State: ledger.Sent, Outcome: outcome.Outcome{Status: outcome.Sent}})
	c.add(t, "n2", "dlc2", refusedByRobot)
	c.add(t, "n3", "dlc2", ledger.Result{State: ledger.Waiting, Due: time.Now().Add(time.Hour), Because: "HTTP 500"})
	for query, want := range map[string][]string{
		"": {"n3", "n2", "n1"}, "?job=dlc2": {"n3", "n2"}, "?job=dlc9": nil, "?state=dead": {"n2"}, "?state=waiting": {"n3"},
		"?target=dingtalk/x": {"n3", "n2", "n1"}, "?target=lark": nil, "?rule=good&job=dlc1": {"n1"}, "?rule=bad": nil,
		"?q=dlc2": {"n3", "n2"}, "?q=TRAIN+dlc1": {"n1"}, "?q=train": {"n3", "n2", "n1"}, "?q=not+match": {"n2"}, "?q=dlc2&in=text": {"n3", "n2"}, "?q=nothing": nil, "?q=dlc2&state=dead": {"n2"},
		"?event=dlc.job-failed": {"n3", "n2", "n1"}, "?event=en2": {"n2"}, "?days=1": {"n3", "n2", "n1"},
	} {
		page := c.get(t, "/history"+query)
		require.Equal(t, http.StatusOK, page.status, query)
		var got []string
		for _, part := range strings.Split(page.body, `href="/history/`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			got = append(got, id)
		}
		assert.Equal(t, want, got, query)
	}
	for _, language := range []string{"en", "zh", "ja"} {
		for _, path := range []string{"/", "/history", "/history/n1", "/history/n2", "/history/n3", "/rules", "/setup"} {
			assert.Equal(t, http.StatusOK, c.get(t, path, "Accept-Language", language).status, path)
		}
	}
	home := c.get(t, "/").body
	assert.Contains(t, home, `<a class="tile" href="/history?state=sent"><strong>1</strong>`)
	assert.Contains(t, home, `<a class="tile bad" href="/history?state=dead"><strong>1</strong>`)
	assert.Contains(t, home, `href="/history/n3"`)

	life := c.get(t, "/history/n2").body
	for _, want := range []string{"310000", "sign not match", "check the signing key", `value="n2"`, `action="/redrive"`, `action="/cancel"`, "/history?job=dlc2", "train dlc2", "&#34;JobId&#34;: &#34;dlc2&#34;"} {
		assert.Contains(t, life, want)
	}
	life = c.get(t, "/history/n1").body
	assert.Contains(t, life, "The event itself is no longer kept.")
	assert.NotContains(t, life, `action="/cancel"`)
	assert.Equal(t, http.StatusNotFound, c.get(t, "/history/none").status)
}

func TestANotificationOfACloudIsSentAgainAndCancelled(t *testing.T) {
	c := startOverCloud(t)
	c.add(t, "n1", "dlc1", ledger.Result{State: ledger.Sent})
	c.add(t, "n2", "dlc2", refusedByRobot)
	c.add(t, "n3", "dlc3", refusedByRobot)
	state := func(id string) ledger.State {
		e, err := c.ledger.Get(t.Context(), id)
		require.NoError(t, err)
		return e.State
	}
	done := c.post(t, "/redrive", form("id", "n2"))
	assert.Equal(t, "/history/n2?done=redriven", done.header.Get("Location"))
	assert.Equal(t, ledger.Waiting, state("n2"))
	done = c.post(t, "/cancel", form("id", "n2"))
	assert.Equal(t, "/history/n2?done=cancelled", done.header.Get("Location"))
	assert.Equal(t, ledger.Cancelled, state("n2"))
	assert.Contains(t, c.get(t, "/history/n2?done=cancelled").body, "The notification was cancelled.")

	refused := c.post(t, "/cancel", form("id", "n1"))
	assert.Equal(t, http.StatusConflict, refused.status)
	assert.Contains(t, refused.body, "it is sent")
	done = c.post(t, "/redrive", form("days", "7", "job", "dlc9"))
	assert.Equal(t, "/history?done=redriven", done.header.Get("Location"))
	assert.Equal(t, ledger.Dead, state("n3"), "only what the page showed is sent again")
	asked := c.post(t, "/redrive", form("days", "7", "job", "dlc3"))
	assert.Contains(t, asked.body, "Send 1 notifications again?")
	assert.Equal(t, ledger.Dead, state("n3"), "nobody has agreed yet")
	c.post(t, "/redrive", form("days", "7", "job", "dlc3", "agreed", "1"))
	assert.Equal(t, ledger.Waiting, state("n3"))
}

func TestPagesOfACloudsHistoryJoinAndSayWhatTheyCount(t *testing.T) {
	c := startOverCloud(t)
	for n := range 70 {
		c.add(t, fmt.Sprintf("n%02d", n), "dlc1", ledger.Result{State: ledger.Sent})
	}
	seen := map[string]bool{}
	for at := "/history"; at != ""; {
		page := c.get(t, at).body
		for _, part := range strings.Split(page, `href="/history/`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			assert.False(t, seen[id], id)
			seen[id] = true
		}
		_, next, found := strings.Cut(page, `class="button" href="/history?`)
		at = ""
		if found {
			next, _, _ = strings.Cut(next, `"`)
			at = "/history?" + strings.ReplaceAll(next, "&amp;", "&")
		}
	}
	assert.Len(t, seen, 70)
	assert.Contains(t, c.get(t, "/history").body, "only the newest 60 are counted")
}

func TestAConsoleOverACloudWithoutALedgerSaysSo(t *testing.T) {
	m := start(t, twoRules, func(o *console.Options, _ *local.Options) { o.Cloud.Name = provision.Aliyun })
	assert.Contains(t, m.get(t, "/history").body, "Delivery results are not kept, because the functions have no ledger.")
	for _, path := range []string{"/redrive", "/cancel"} {
		assert.Equal(t, http.StatusNotFound, m.post(t, path, form("id", "n1")).status)
	}
}

func TestWhatWaitsOnThisMachineIsCancelledInTheConsole(t *testing.T) {
	t.Setenv("WRONG_KEY", "SECwrong")
	m := start(t, twoRules, nil)
	m.post(t, "/publish", form("sample", "dlc-job-failed"))
	require.Eventually(t, func() bool { return strings.Count(m.get(t, "/history?state=dead").body, `href="/history/`) == 2 }, waitFor, tick)
	_, id, _ := strings.Cut(m.get(t, "/history?state=dead").body, `href="/history/`)
	id, _, _ = strings.Cut(id, `"`)
	life := m.get(t, "/history/"+id).body
	assert.Contains(t, life, `action="/cancel"`)
	assert.Equal(t, http.StatusSeeOther, m.post(t, "/cancel", form("id", id)).status)
	assert.Contains(t, m.get(t, "/history?state=cancelled").body, `href="/history/`+id)
}
