package redeliver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

const (
	busName = "pai-system-llm_lab"
	owner   = "llm_lab"
)

// The payloads of both clouds' timers.
const (
	byEventBridge = `{"version":"0","id":"53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa","detail-type":"Scheduled Event","source":"aws.events","account":"123456789012","time":"2026-11-28T03:00:00Z","region":"ap-southeast-1","resources":["arn:aws:events:ap-southeast-1:123456789012:rule/pai-notify-minute"],"detail":{}}`
	byFC          = `{"triggerTime":"2026-11-28T03:00:00Z","triggerName":"minute","payload":""}`
)

// peers are the platforms, outside of simulated time: they close each connection,
// because one that stays open would keep time from passing.
type peers struct {
	*inbox.Inbox
	url string
	now atomic.Int64
}

func newPeers(t *testing.T) *peers {
	t.Helper()
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	p := &peers{}
	p.Inbox = inbox.New(inbox.Options{Keep: 10_000, Now: func() time.Time { return time.Unix(0, p.now.Load()) }}, standins.All()...)
	server := httptest.NewUnstartedServer(p.Inbox)
	server.Config.SetKeepAlivesEnabled(false)
	server.Start()
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

// account is an account of a cloud with its bus, the functions that deliver, and
// the ledger that all of them use.
type account struct {
	t     *testing.T
	peers *peers
	bus   *bustest.Memory
	store ledger.Store

	mu        sync.Mutex
	functions map[string]*deliver.Function
	refuse    func(function string) error // before it runs
	payloads  []string
	phone     *phone
}

func newAccount(t *testing.T, p *peers) *account {
	t.Helper()
	a := &account{t: t, peers: p, bus: bustest.NewMemory(), store: memory.New(), functions: map[string]*deliver.Function{}, phone: &phone{}}
	a.bus.Quotas.TargetsPerRule = 100
	a.serve(busName)
	return a
}

func (a *account) serve(name string) {
	require.NoError(a.t, a.bus.CreateEventBus(a.t.Context(), bus.EventBus{Name: name}))
}

// specs are the types, with a phone in place of the ones that call a cloud.
func (a *account) spec(typ string) target.Spec {
	spec, ok := functions.Lookup(typ)
	require.True(a.t, ok, typ)
	if spec.AtMostOnce() {
		return spec.OpenedBy(a.phone.open)
	}
	return spec
}

// deploy starts a new instance of the function of a type.
func (a *account) deploy(typ string) *deliver.Function {
	f := deliver.New(a.spec(typ), a.store)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.functions["pai-notify-"+typ] = f
	return f
}

// rule puts a rule on a bus that leads to receivers.
func (a *account) rule(name string, r event.Rule, receivers ...target.Receiver) {
	a.t.Helper()
	if _, there := a.bus.Rules[name+"/"+r.Key()]; !there {
		require.NoError(a.t, a.bus.CreateRule(a.t.Context(), name, bus.Rule{Name: r.Key(), Pattern: `{}`, Enabled: true}))
	}
	var targets []bus.Target
	for _, to := range receivers {
		targets = append(targets, bus.Target{ID: to.Name, Function: "pai-notify-" + to.Type, Rule: r, Receiver: to})
		if a.functions["pai-notify-"+to.Type] == nil {
			a.deploy(to.Type)
		}
	}
	require.NoError(a.t, a.bus.UpdateTargets(a.t.Context(), name, r.Key(), targets))
}

// robot is a receiver of a chat platform's stand-in.
func (a *account) robot(platform, name string) target.Receiver {
	a.peers.Add(platform, name, inbox.Keys{})
	return to(platform, name, a.peers.url, name)
}

// to is a receiver of a chat platform whose webhook leads to a robot at an address.
func to(platform, name, url, robot string) target.Receiver {
	path := map[string]string{"dingtalk": "/robot/send?access_token=", "wecom": "/cgi-bin/webhook/send?key="}[platform]
	return target.Receiver{Type: platform, Name: name, Language: "en", Parameters: json.RawMessage(`{"webhook":"` + url + path + robot + `"}`)}
}

// put publishes an event: each target of each rule gets it, as the bus hands it
// over.
func (a *account) put(ctx context.Context, name, text string) {
	a.t.Helper()
	for key, targets := range a.bus.Targets {
		if !strings.HasPrefix(key, name+"/") {
			continue
		}
		for _, t := range targets {
			wrapper, err := t.Wrapper()
			require.NoError(a.t, err)
			payload := string(wrapper[:len(wrapper)-1]) + `,"event":` + text + `}`
			_, _, _ = a.invoke(ctx, t.Function, []byte(payload))
		}
	}
}

// invoke is the cloud's way to invoke a function.
func (a *account) invoke(ctx context.Context, function string, payload []byte) ([]byte, bool, error) {
	a.peers.now.Store(time.Now().UnixNano())
	a.mu.Lock()
	f, refuse := a.functions[function], a.refuse
	a.payloads = append(a.payloads, string(payload))
	a.mu.Unlock()
	if refuse != nil {
		if err := refuse(function); err != nil {
			return nil, false, err
		}
	}
	if f == nil {
		return nil, false, &bus.Error{Kind: bus.NotFound, Action: "lambda:InvokeFunction", Resource: function}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	answer, err := f.Handle(ctx, payload)
	if err != nil {
		return []byte(err.Error()), true, nil
	}
	return answer, false, nil
}

func (a *account) redeliver(name string) *redeliver.Function {
	return &redeliver.Function{
		Ledger: ledger.New(a.store).With(time.Now, 0), Bus: name, Name: "pai-notify-redeliver", Now: time.Now,
		Cloud: redeliver.Cloud{Bus: a.bus, Invoke: a.invoke},
	}
}

// minute passes a minute, as the platforms' clocks do.
func (a *account) minute() {
	time.Sleep(time.Minute)
	a.peers.now.Store(time.Now().UnixNano())
}

// pass passes minutes, in each of which both clouds' timers take turns.
func (a *account) pass(ctx context.Context, f *redeliver.Function, minutes int) {
	a.t.Helper()
	for i := range minutes {
		a.minute()
		_, err := f.Handle(ctx, []byte([]string{byEventBridge, byFC}[i%2]))
		require.NoError(a.t, err)
	}
}

// states counts the rows of each state.
func (a *account) states() map[ledger.State]int {
	counts := map[ledger.State]int{}
	for _, e := range a.rows() {
		counts[e.State]++
	}
	return counts
}

func (a *account) rows() []ledger.Entry {
	var all []ledger.Entry
	for _, name := range slices.Sorted(maps.Keys(a.bus.Buses)) {
		page, err := a.store.List(a.t.Context(), ledger.Query{Bus: name})
		require.NoError(a.t, err)
		all = append(all, page.Entries...)
	}
	return all
}

// told counts in how many accepted messages each job was named.
func (a *account) told(jobs []string) map[string]int {
	counts := map[string]int{}
	for _, m := range a.peers.Received() {
		for _, job := range jobs {
			if m.Accepted && strings.Contains(m.Title+m.Text, job) {
				counts[job]++
			}
		}
	}
	return counts
}

// job is an event of a training job.
func job(name, happened string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":"ev-%s-%s","source":"acs.paidlc","type":"paidlc:JobStateChange:%s","time":"%s","aliyuneventbusname":"pai-system-llm_lab","data":{"JobId":"dlc-%s","DisplayName":"%s"}}`,
		name, happened, happened, time.Now().UTC().Format(time.RFC3339), name, name)
}

// phone stands for all phones. What is sent to one is counted.
type phone struct {
	mu   sync.Mutex
	told []string // "<number> <job>"
	// answer is what the carrier says; nil for yes.
	answer func(number string) error
}

func (p *phone) open(config json.RawMessage) (target.Target, error) {
	var c struct{ Contact target.Contact }
	if err := json.Unmarshal(config, &c); err != nil {
		return nil, err
	}
	return handset{p, c.Contact.Phone}, nil
}

type handset struct {
	*phone
	number string
}

func (h handset) Send(_ context.Context, n target.Notification) (target.Receipt, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.answer != nil {
		if err := h.answer(h.number); err != nil {
			return target.Receipt{}, err
		}
	}
	h.told = append(h.told, h.number+" "+n.Message.Name)
	return target.Receipt{Status: 200}, nil
}

func contact(name, number string) target.Receiver {
	return target.Receiver{Type: "sms", Name: "sms-" + name, Language: "en", Parameters: json.RawMessage(`{"contact":{"name":"` + name + `","phone":"` + number + `"}}`)}
}

// lockedText is what a process writes.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
