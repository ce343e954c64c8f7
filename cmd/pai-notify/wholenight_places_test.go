package main

import (
	"context"
	"encoding/json"
	"maps"
	"net"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/archive"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/declared"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/localfunctions"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/mutes"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/receivers"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// site is a place where the night is played.
type site interface {
	publish(t *testing.T, text string)
	mute(t *testing.T, m hold.Mute)
	history(t *testing.T) []local.Notification
	// steps are why a notification waited.
	steps(t *testing.T, id string) []string
	// wanted are the notifications that the rules want, as event, rule and receiver.
	wanted(t *testing.T) []string
	close(t *testing.T)
}

// people are the stand-ins of the receivers, outside of simulated time: they close
// each connection, because one that stays open would keep time from passing.
type people struct {
	*inbox.Inbox
	place inbox.Place
	now   atomic.Int64
}

func (p *people) tell() { p.now.Store(time.Now().UnixNano()) }

func (p *people) time() time.Time { return time.Unix(0, p.now.Load()) }

func newPeople(t *testing.T) *people {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	for _, name := range []string{"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"} {
		t.Setenv(name, "inbox")
	}
	p := &people{}
	p.Inbox = inbox.New(inbox.Options{Anyone: true, Keep: 1000, Now: p.time}, standins.All()...)
	server := httptest.NewUnstartedServer(p.Inbox)
	server.Config.SetKeepAlivesEnabled(false)
	server.Start()
	t.Cleanup(server.Close)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	mail := p.SMTPServer("", "")
	go func() { _ = mail.Serve(listener) }()
	t.Cleanup(func() { _ = mail.Close() })
	p.place = inbox.Place{URL: server.URL, SMTP: listener.Addr().String()}
	return p
}

// wish is a target of a rule on a bus.
type wish struct {
	rule    bus.Rule
	target  bus.Target
	pattern *rule.Pattern
}

// payload is what the target's function gets with an event.
func (w wish) payload(t *testing.T, event string) []byte {
	wrapper, err := w.target.Wrapper()
	require.NoError(t, err)
	return append(wrapper[:len(wrapper)-1:len(wrapper)-1], `,"event":`+event+`}`...)
}

// applied applies the document of the night to a bus of a cloud, with people in the
// place of its receivers.
func applied(t *testing.T, p *people, cloud string, patterns func([]*rule.Pattern) ([]*rule.Pattern, error)) (*bustest.Memory, wishes) {
	document, err := os.ReadFile(nightDocument)
	require.NoError(t, err)
	w, err := yaml.Parse(document, nightDocument, functions.Register()...)
	require.NoError(t, err)
	on := bustest.NewMemory()
	pr := provision.Provisioner{Cloud: provision.Cloud{Name: cloud, Bus: on, DeadLetter: "none"}, Workspace: w}
	plan, err := pr.Plan(t.Context())
	require.NoError(t, err)
	require.NoError(t, pr.Cloud.Apply(t.Context(), plan, func(provision.Progress) {}))
	var list wishes
	for _, key := range slices.Sorted(maps.Keys(on.Rules)) {
		pattern, err := rule.Compile(rule.Alibaba, []byte(on.Rules[key].Pattern))
		require.NoError(t, err)
		there, err := patterns([]*rule.Pattern{pattern})
		require.NoError(t, err)
		for _, id := range slices.Sorted(maps.Keys(on.Targets[key])) {
			to := on.Targets[key][id]
			to.Receiver.Parameters = p.led(t, to.Receiver.Type, to.Receiver.Parameters)
			on.Targets[key][id] = to
			list = append(list, wish{on.Rules[key], to, there[0]})
		}
	}
	return on, list
}

// led are the parameters of a receiver, which lead to its stand-in.
func (p *people) led(t *testing.T, typ string, text json.RawMessage) json.RawMessage {
	all := standins.All()
	platform := all[slices.IndexFunc(all, func(s inbox.Platform) bool { return s.Type == typ })]
	parameters, err := inbox.ReadParameters(text)
	require.NoError(t, err)
	to := p.place
	to.Receiver = platform.Route.Name(typ, parameters)
	if typ == "dingtalk" {
		to.Receiver = "training"
	}
	platform.Route.Lead(parameters, to)
	led, err := json.Marshal(parameters)
	require.NoError(t, err)
	return led
}

// wishes are the targets of all rules.
type wishes []wish

// of returns those that want an event.
func (all wishes) of(t *testing.T, event string) (list wishes) {
	for _, w := range all {
		wanted, err := w.pattern.Match([]byte(event))
		require.NoError(t, err)
		if wanted {
			list = append(list, w)
		}
	}
	return list
}

func (all wishes) ofTheNight(t *testing.T, handsOver func(string) string) (list []string) {
	in, err := time.LoadLocation(nightZone)
	require.NoError(t, err)
	for _, h := range aNight() {
		if h.job == "" {
			continue
		}
		for _, w := range all.of(t, handsOver(h.event(in))) {
			list = append(list, h.id()+"|"+w.target.Rule.Key()+"|"+w.target.Receiver.Type+"/"+w.target.Receiver.Name)
		}
	}
	return list
}

// machine is one machine: its bus, and its functions in the same process.
type machine struct {
	bus *local.Bus
	all wishes
}

func newMachine(t *testing.T, p *people) site {
	_, list := applied(t, p, provision.Aliyun, asTheyAre)
	all := localfunctions.InProcess(&declared.Secrets{Kept: func() []string { return nil }, Inbox: &secret.Declared{}}, nil)
	b, err := local.Open(t.Context(), local.Options{
		Dir: t.TempDir(), AtMostOnce: input.AtMostOnce, Identify: receivers.Identify, Split: receivers.Split, Job: receivers.Job, Storm: new(receivers.Storms).Of, InvokeTimeout: input.FunctionTimeout,
		Invoke: func(ctx context.Context, function string, payload []byte) (json.RawMessage, error) {
			p.tell()
			return all.Invoke(ctx, function, payload)
		},
	})
	require.NoError(t, err)
	all.HoldIn(b)
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: nightBus}))
	rules := map[string]local.Rule{}
	for _, w := range list {
		wrapper, err := w.target.Wrapper()
		require.NoError(t, err)
		r := rules[w.rule.Name]
		r.Name, r.Bus, r.FilterPattern, r.Enabled = w.rule.Name, nightBus, w.rule.Pattern, true
		r.Targets = append(r.Targets, local.Target{ID: w.target.ID, Type: local.FunctionType, PushRetryStrategy: "EXPONENTIAL_DECAY_RETRY", Params: []local.Param{
			{ResourceKey: "functionName", Form: "CONSTANT", Value: w.target.Function},
			{ResourceKey: "Body", Form: "TEMPLATE", Value: `{"data":"$"}`, Template: string(wrapper[:len(wrapper)-1]) + `,"event":${data}}`},
		}})
		rules[w.rule.Name] = r
	}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		require.NoError(t, b.CreateRule(t.Context(), rules[name]))
	}
	return &machine{b, list}
}

func (m *machine) publish(t *testing.T, text string) {
	e, err := event.Parse([]byte(text))
	require.NoError(t, err)
	_, err = m.bus.Publish(t.Context(), nightBus, e)
	require.NoError(t, err)
	synctest.Wait()
}

func (m *machine) mute(t *testing.T, wanted hold.Mute) {
	_, err := mutes.Of{Archive: m.bus, Bus: nightBus, Here: true, Now: time.Now}.Add(t.Context(), wanted)
	require.NoError(t, err)
}

func (m *machine) history(t *testing.T) []local.Notification {
	list, err := local.Query{}.Find(t.Context(), m.bus.History, 0, func(local.Notification) bool { return true })
	require.NoError(t, err)
	return list
}

func (m *machine) steps(t *testing.T, id string) (list []string) {
	_, attempts, _, err := m.bus.Life(t.Context(), id)
	require.NoError(t, err)
	for _, a := range attempts {
		if a.Outcome.Status == outcome.Waiting {
			list = append(list, a.Outcome.Reason)
		}
	}
	return list
}

func (m *machine) wanted(t *testing.T) []string {
	return m.all.ofTheNight(t, itself)
}

func (m *machine) close(t *testing.T) {
	require.NoError(t, m.bus.Close(context.WithoutCancel(t.Context())))
}

// nightCloud is what tells clouds apart: their ledger, what rules' patterns are there,
// how their bus hands over an event, and how their timer wakes.
type nightCloud struct {
	name      string
	ledger    ledger.Store
	patterns  func([]*rule.Pattern) ([]*rule.Pattern, error)
	handsOver func(event string) string
	timer     string
}

func asTheyAre(p []*rule.Pattern) ([]*rule.Pattern, error) { return p, nil }

func itself(event string) string { return event }

// nightAccount is an account of a cloud: the rules on its bus, the instances of its
// functions, each of which handles one event at a time, the ledger, and its waker.
type nightAccount struct {
	nightCloud
	people  *people
	bus     *bustest.Memory
	wishes  wishes
	archive *archive.Archive

	mu   sync.Mutex
	idle map[string][]*deliver.Function
	end  context.CancelFunc
	all  sync.WaitGroup
	lost atomic.Int64
}

const functionTimeout = 60 * time.Second

func newAccount(t *testing.T, p *people, c nightCloud) site {
	a := &nightAccount{nightCloud: c, people: p, idle: map[string][]*deliver.Function{}}
	a.bus, a.wishes = applied(t, p, c.name, c.patterns)
	a.archive = archive.New(ledger.New(c.ledger), provision.Cloud{Name: c.name, Bus: a.bus}, nightBus, time.Now)
	ctx, end := context.WithCancel(t.Context())
	a.end = end
	waker := &redeliver.Function{
		Ledger: ledger.New(c.ledger).With(time.Now, 0), Bus: nightBus, Name: "pai-notify-redeliver", Now: time.Now,
		Cloud: redeliver.Cloud{Bus: a.bus, Invoke: a.invoke},
	}
	a.all.Go(func() { // a message may leave seconds after its function was invoked
		for ; ctx.Err() == nil; sleep(ctx, time.Second) {
			a.people.tell()
		}
	})
	a.all.Go(func() {
		sleep(ctx, 13*time.Second) // the timer does not run on the minute
		for ; ctx.Err() == nil; sleep(ctx, time.Minute) {
			a.all.Go(func() {
				within, cancel := context.WithTimeout(ctx, time.Minute)
				defer cancel()
				if _, err := waker.Handle(within, []byte(a.timer)); err != nil && ctx.Err() == nil {
					assert.NoError(t, err)
				}
			})
		}
	})
	return a
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (a *nightAccount) close(t *testing.T) {
	a.end()
	a.all.Wait()
	assert.Zero(t, a.lost.Load(), "invocations that failed three times")
}

// publish has each rule that wants an event invoke the functions of its targets, again
// when one fails, as the platforms do.
func (a *nightAccount) publish(t *testing.T, text string) {
	happened := a.handsOver(text)
	for i, w := range a.wishes.of(t, happened) {
		payload := w.payload(t, happened)
		a.all.Go(func() {
			time.Sleep(time.Duration(i) * 7 * time.Millisecond) // one after the other, as it always is
			for _, wait := range []time.Duration{0, time.Minute, 2 * time.Minute} {
				time.Sleep(wait)
				if _, failed, _ := a.invoke(t.Context(), w.target.Function, payload); !failed {
					return
				}
			}
			a.lost.Add(1)
		})
	}
}

// invoke has an instance handle a payload.
func (a *nightAccount) invoke(ctx context.Context, function string, payload []byte) ([]byte, bool, error) {
	a.people.tell()
	a.mu.Lock()
	var f *deliver.Function
	if last := len(a.idle[function]) - 1; last >= 0 {
		f, a.idle[function] = a.idle[function][last], a.idle[function][:last]
	}
	a.mu.Unlock()
	if f == nil {
		spec, ok := functions.Lookup(strings.TrimPrefix(function, input.FunctionPrefix))
		if !ok {
			return nil, false, &bus.Error{Kind: bus.NotFound, Action: "InvokeFunction", Resource: function}
		}
		f = deliver.New(spec, a.ledger)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), functionTimeout)
	defer cancel()
	answer, err := f.Handle(ctx, payload)
	a.mu.Lock()
	a.idle[function] = append(a.idle[function], f)
	a.mu.Unlock()
	if err != nil {
		return []byte(err.Error()), true, nil
	}
	return answer, false, nil
}

func (a *nightAccount) mute(t *testing.T, m hold.Mute) {
	_, err := mutes.Of{Archive: a.archive, Bus: nightBus, Now: time.Now}.Add(t.Context(), m)
	require.NoError(t, err)
}

func (a *nightAccount) history(t *testing.T) []local.Notification {
	list, err := local.Query{}.Find(t.Context(), a.archive.History, 0, func(local.Notification) bool { return true })
	require.NoError(t, err)
	return list
}

// steps are none: a row has what was decided last.
func (a *nightAccount) steps(*testing.T, string) []string { return nil }

func (a *nightAccount) wanted(t *testing.T) []string { return a.wishes.ofTheNight(t, a.handsOver) }
