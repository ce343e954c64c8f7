package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

const (
	// The platform's times, most of them shorter than they are: it repeats a failed
	// invocation after these, of which the second is past a lease and its margin.
	// Lambda documents a minute before the first, by which functions know it.
	timeout       = 10 * time.Second
	firstRepeat   = 12 * time.Second
	lambdaRepeat  = time.Minute
	secondRepeat  = 45 * time.Second
	recordRepeat  = 15 * time.Second
	wakes         = 5 * time.Second
	eventsASecond = 3
	// robots are as many as stay below their limits of a minute.
	robots = 24
)

// cloudRun is a cloud that is tortured.
type cloudRun struct {
	*stood
	instances *instances
	receivers *receivers
	chance    func() float64
	targets   []bus.Target
	// stopped holds invocations back: the platform is away; asleep is redeliver.
	stopped, asleep, ended atomic.Bool
	// open counts what the platform has still to deliver.
	open, repeats, records, twice atomic.Int64
	posted                        []string
}

func tortureCloud(platform runtimeapi.Platform, build string, length time.Duration, seed uint64) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := startReceivers(rand.New(rand.NewPCG(seed, 1)))
	if err != nil {
		return err
	}
	defer func() { _ = r.server.Close() }()
	r.lateShare = 0.3
	t := &cloudRun{receivers: r, chance: chances(seed)}
	t.instances = &instances{
		platform: platform, folder: filepath.Join(build, string(platform)), idle: map[string][]*runtimeapi.Process{}, all: map[*runtimeapi.Process]bool{},
		cut: map[string]bool{}, marked: map[string]bool{}, lines: map[string][]string{},
	}
	begin := functionCompute
	if platform == runtimeapi.Lambda {
		begin = lambda
	}
	t.stood, err = begin(ctx, t.chance, t.instances.invoke)
	defer t.close()
	if err != nil {
		return err
	}
	t.instances.environment = append(t.environment, "PAI_NOTIFY_SERVED_BUS="+busName, webhook.AllowVariable+"="+r.address)
	defer t.instances.close()
	events := int(length.Seconds() * eventsASecond)
	if err := t.putRules(ctx, events); err != nil {
		return err
	}
	fmt.Printf("%s: %d events for a robot and a phone each, %v\n", platform, events, length)
	t.torture(ctx, events)
	t.behave()
	if err := t.settled(ctx); err != nil {
		return err
	}
	if err := t.sweep(ctx); err != nil {
		return err
	}
	return t.judgeCloud(ctx)
}

// putRules puts a rule on the bus for each event: a number takes few texts in an
// hour.
func (t *cloudRun) putRules(ctx context.Context, events int) error {
	if err := t.bus.CreateEventBus(ctx, bus.EventBus{Name: busName}); err != nil {
		return err
	}
	for i := range events {
		r := event.Rule{Name: fmt.Sprintf("team-%04d", i), Owner: "torture"}
		if err := t.bus.CreateRule(ctx, busName, bus.Rule{Name: r.Name, Pattern: `{"source":["acs.paidlc"]}`, Enabled: true}); err != nil {
			return err
		}
		receiver := func(typ, name, parameters string) bus.Target {
			return bus.Target{ID: typ, Function: "pai-notify-" + typ, Rule: r, Receiver: target.Receiver{Type: typ, Name: name, Language: "en", Parameters: json.RawMessage(parameters)}}
		}
		pair := []bus.Target{
			receiver("dingtalk", "robot", fmt.Sprintf(`{"webhook":"http://%s/robot/send?access_token=robot-%02d"}`, t.receivers.address, i%robots)),
			receiver("sms", "text", fmt.Sprintf(`{"contact":{"name":"person-%d","phone":"+86138%08d"},"sign_name":"sign","template_code":"SMS_100000001","access_key_id":"id","access_key_secret":"secret","endpoint":"http://%s"}`, i, i, t.receivers.address)),
		}
		if err := t.bus.UpdateTargets(ctx, busName, r.Name, pair); err != nil {
			return err
		}
		t.targets = append(t.targets, pair...)
	}
	return nil
}

// torture posts events, and lets everything misbehave.
func (t *cloudRun) torture(ctx context.Context, events int) {
	run := ctx // until everything has ended
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Each has its turn of being away, for some seconds. The ledger is away each
	// second time for longer than an invocation waits for it.
	away := func(of *atomic.Bool) func(context.Context) {
		return func(ctx context.Context) {
			of.Store(true)
			<-ctx.Done()
			of.Store(false)
		}
	}
	for i, leave := range []func(context.Context){away(&t.stopped), away(&t.bad.away), away(&t.receivers.away), away(&t.asleep)} {
		go func() {
			for n := i; ctx.Err() == nil; n++ {
				wait(ctx, time.Duration(6+10*t.chance())*time.Second)
				length := time.Duration(1000+4000*t.chance()) * time.Millisecond
				if i == 1 && n%2 == 0 {
					length += timeout
				}
				away, back := context.WithTimeout(ctx, length)
				leave(away)
				back()
			}
		}()
	}
	go func() {
		for wait(ctx, time.Duration(200+1200*t.chance())*time.Millisecond); ctx.Err() == nil; wait(ctx, time.Duration(200+1200*t.chance())*time.Millisecond) {
			t.instances.kill(t.chance())
		}
	}()
	go t.wake(run)
	go t.wake(run)
	for i := range events {
		job := fmt.Sprintf("%s%d-%d", jobPrefix, i%10, i)
		t.posted = append(t.posted, job)
		e := fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","time":%q,"aliyuneventbusname":%q,"data":{"JobId":%q,"DisplayName":%q}}`,
			job, time.Now().UTC().Format(time.RFC3339), busName, job, job)
		for _, to := range t.targets[2*i : 2*i+2] {
			payload := wrap(to, e)
			t.deliver(run, to.Function, payload)
			if t.chance() < 0.05 {
				t.twice.Add(1)
				time.AfterFunc(time.Duration(3000*t.chance())*time.Millisecond, func() { t.deliver(run, to.Function, payload) })
			}
		}
		time.Sleep(time.Second / eventsASecond)
	}
}

func wrap(to bus.Target, event string) []byte {
	text, err := to.Wrapper()
	if err != nil {
		panic(err) // it was put on the bus
	}
	return []byte(string(text[:len(text)-1]) + `,"event":` + event + `}`)
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// invoke is one invocation by the platform, when that is not away. It reports
// whether the function answered without an error.
func (t *cloudRun) invoke(ctx context.Context, function string, payload []byte) bool {
	for t.stopped.Load() {
		time.Sleep(50 * time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, failed, err := t.instances.invoke(ctx, function, payload)
	return !failed && err == nil
}

// deliver is what a platform does with an event: it invokes the function, twice
// more when that fails, and then hands a record to redeliver, until that takes it.
func (t *cloudRun) deliver(ctx context.Context, function string, payload []byte) {
	t.open.Add(1)
	go func() {
		defer t.open.Add(-1)
		first := firstRepeat
		if t.platform == runtimeapi.Lambda {
			first = lambdaRepeat
		}
		for n, repeat := range []time.Duration{first, secondRepeat, 0} {
			if t.invoke(runtimeapi.WithRepeats(ctx, n), function, payload) {
				return
			}
			t.repeats.Add(1)
			time.Sleep(repeat)
		}
		t.records.Add(1)
		record, _ := json.Marshal(map[string]any{
			"version": "1.0", "timestamp": time.Now().UTC().Format(time.RFC3339),
			"requestContext": map[string]any{"condition": "RetriesExhausted", "approximateInvokeCount": 3},
			"requestPayload": json.RawMessage(payload), "responseContext": map[string]any{"functionError": "Unhandled"},
			"responsePayload": map[string]string{"errorMessage": "it failed", "errorType": "Transient"},
		})
		for !t.invoke(ctx, "pai-notify-redeliver", record) {
			time.Sleep(recordRepeat)
		}
	}()
}

// wake is the timer of redeliver.
func (t *cloudRun) wake(run context.Context) {
	payload := `{"triggerTime":"2026-11-28T03:00:00Z","triggerName":"minute","payload":""}`
	if t.platform == runtimeapi.Lambda {
		payload = `{"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.events","account":"123456789012","time":"2026-11-28T03:00:00Z","region":"ap-southeast-1","resources":[],"detail":{}}`
	}
	for !t.ended.Load() {
		if !t.asleep.Load() {
			ctx, cancel := context.WithTimeout(run, 30*time.Second)
			_, _, _ = t.instances.invoke(ctx, "pai-notify-redeliver", []byte(payload)) // the next one comes
			cancel()
		}
		time.Sleep(wakes)
	}
}

// behave ends the torture: all that was away is back.
func (t *cloudRun) behave() {
	t.receivers.behaving.Store(true)
	t.bad.behaving.Store(true)
}

// settled waits until nothing is to be done any more.
func (t *cloudRun) settled(ctx context.Context) error {
	for begun := time.Now(); ; time.Sleep(2 * time.Second) {
		rows, err := t.rows(ctx)
		if err != nil {
			return err
		}
		waiting := 0
		for _, e := range rows {
			if e.State == ledger.Waiting || e.State == ledger.Claimed && e.Claims > 1 {
				waiting++
			}
		}
		if waiting == 0 && t.open.Load() == 0 {
			t.ended.Store(true)
			return nil
		}
		if time.Since(begun) > patience {
			return fmt.Errorf("%d notifications had not ended after %v, and the platform had %d invocations to make", waiting, patience, t.open.Load())
		}
	}
}

// sweep is what redeliver does seven hours later: it ends the first claims that
// nobody has, because their record was lost.
func (t *cloudRun) sweep(ctx context.Context) error {
	slog.SetDefault(slog.New(slog.NewTextHandler(t.instances, nil)))
	later := func() time.Time { return time.Now().Add(7 * time.Hour) }
	f := redeliver.Function{
		Ledger: ledger.New(t.sure).With(later, 0), Bus: busName, Now: later,
		Cloud: redeliver.Cloud{Bus: t.bus, Invoke: func(context.Context, string, []byte) ([]byte, bool, error) {
			return nil, false, errors.New("nothing is due any more")
		}},
	}
	_, err := f.Handle(ctx, []byte(`{}`))
	return err
}
