package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

const (
	busName = "torture"
	// people are those who have a robot and a phone each, so that no platform's
	// own rates end the torture early.
	people     = 40
	publishers = 16
	// loud publishers do not pause, so that there is always something on its way
	// to the disk; no rule matches their events.
	loud = 8
	// everyPerson is how many events go to the endpoint alone for each that goes
	// to a person.
	everyPerson = 12
)

// told is a line that the bus's process says: an acknowledged event, or a
// notification at the end.
type told struct {
	Acknowledged string        `json:"acknowledged,omitempty"`
	Ended        *notification `json:"ended,omitempty"`
	Waiting      *int          `json:"waiting,omitempty"`
	Kept         string        `json:"kept,omitempty"`
}

type notification struct {
	Event, Rule, Target, Reason, StableID string
	State                                 local.State
	Attempts                              int
}

// runChild runs a bus until it is killed, or without publishing until everything
// has ended, and then tells how.
func runChild(dir, receivers string, round int, publish bool) error {
	if err := os.Setenv(webhook.AllowVariable, receivers); err != nil {
		return err
	}
	slog.SetDefault(slog.New(slog.NewJSONHandler(io.Discard, nil)))
	handlers := map[string]func(context.Context, []byte) (json.RawMessage, error){}
	once := map[string]bool{}
	for _, spec := range functions.Register() {
		handlers[spec.Type], once[spec.Type] = deliver.Handler(spec), spec.AtMostOnce()
	}
	ctx := context.Background()
	b, err := local.Open(ctx, local.Options{
		Dir: dir, RulesPerBus: people + 1, Concurrency: 8, InvokeTimeout: 4 * time.Second,
		Invoke: func(ctx context.Context, function string, payload []byte) (json.RawMessage, error) {
			return handlers[function](ctx, payload)
		},
		AtMostOnce: func(function string) bool { return once[function] },
	})
	if err != nil {
		return err
	}
	if err := furnish(ctx, b, receivers); err != nil {
		return err
	}
	say := &teller{out: bufio.NewWriter(os.Stdout)}
	if publish {
		return publishAll(ctx, b, round, say)
	}
	for b.Waiting() > 0 {
		n := b.Waiting()
		say.tell(told{Waiting: &n})
		time.Sleep(200 * time.Millisecond)
	}
	if err := tellAll(ctx, b, say); err != nil {
		return err
	}
	return b.Close(ctx)
}

type teller struct {
	mu  sync.Mutex
	out *bufio.Writer
}

// tell writes a line at once: what was told before the end counts.
func (t *teller) tell(what told) {
	line, err := json.Marshal(what)
	if err != nil {
		panic(err) // texts and numbers can always be written
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = t.out.Write(append(line, '\n'))
	_ = t.out.Flush()
}

// furnish makes the rules, unless a round before has.
func furnish(ctx context.Context, b *local.Bus, receivers string) error {
	err := b.CreateEventBus(ctx, local.EventBus{Name: busName})
	if e, ok := errors.AsType[*local.Error](err); ok && e.Code != "EventBusAlreadyExist" {
		return err
	}
	rules := []local.Rule{{Name: "models", FilterPattern: `{"source":["acs.paimodel"]}`, Targets: []local.Target{
		wrapping("models", "http", "endpoint", map[string]any{"url": "http://" + receivers + "/receive"}),
	}}}
	for i := range people {
		name := fmt.Sprintf("person-%d", i)
		rules = append(rules, local.Rule{Name: name, FilterPattern: fmt.Sprintf(`{"source":["acs.paidlc"],"data":{"UserId":["%d"]}}`, i), Targets: []local.Target{
			wrapping(name, "dingtalk", "robot", map[string]any{"webhook": fmt.Sprintf("http://%s/robot/send?access_token=%d", receivers, i)}),
			wrapping(name, "sms", "phone", map[string]any{
				"contact": map[string]string{"name": name, "phone": fmt.Sprintf("+86138%08d", i)}, "sign_name": "sign", "template_code": "SMS_100000001",
				"access_key_id": "id", "access_key_secret": "secret", "endpoint": "http://" + receivers}),
		}})
	}
	for _, r := range rules {
		r.Bus, r.Enabled = busName, true
		err := b.CreateRule(ctx, r)
		if e, ok := errors.AsType[*local.Error](err); ok && e.Code != "EventRuleAlreadyExist" {
			return err
		}
	}
	return nil
}

func wrapping(rule, typ, name string, parameters map[string]any) local.Target {
	wrapper, err := json.Marshal(map[string]any{"rule": map[string]string{"name": rule}, "target": map[string]any{"type": typ, "name": name, "parameters": parameters}})
	if err != nil {
		panic(err) // as above
	}
	return local.Target{ID: name, Type: local.FunctionType, PushRetryStrategy: local.ExponentialDecay, Params: []local.Param{
		{ResourceKey: "functionName", Form: "CONSTANT", Value: typ},
		{ResourceKey: "Body", Form: "TEMPLATE", Value: `{"event":"$"}`, Template: string(wrapper[:len(wrapper)-1]) + `,"event":${event}}`},
	}}
}

// publishAll publishes as fast as the disk takes it, within reason, until the
// process is killed.
func publishAll(ctx context.Context, b *local.Bus, round int, say *teller) error {
	job, err := sample("dlc-job-failed.json")
	if err != nil {
		return err
	}
	model, err := sample("model-version-approved.json")
	if err != nil {
		return err
	}
	var failure error
	var once sync.Once
	var running sync.WaitGroup
	for p := range publishers {
		running.Go(func() {
			for n := 0; ; n++ {
				e, err := variant(model, fmt.Sprintf("model-%d-%d-%d", round, p, n), nil)
				if n%everyPerson == 0 {
					id := fmt.Sprintf("%s%d-%d-%d", jobPrefix, round, p, n)
					e, err = variant(job, id, map[string]any{"UserId": fmt.Sprint(rand.IntN(people)), "JobId": id, "DisplayName": id})
				}
				if err == nil {
					_, err = b.Publish(ctx, busName, e)
				}
				if full, ok := errors.AsType[*local.Error](err); ok && full.RetryAfter > 0 {
					time.Sleep(full.RetryAfter)
					continue
				}
				if err != nil {
					once.Do(func() { failure = err })
					return
				}
				say.tell(told{Acknowledged: e.ID()})
				time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
			}
		})
	}
	for p := range loud {
		running.Go(func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("loud-%d-%d-%d", round, p, n)
				e, err := event.Parse(fmt.Appendf(nil, `{"id":%q,"source":"torture","type":"loud"}`, id))
				if err == nil {
					_, err = b.Publish(ctx, busName, e)
				}
				if err != nil {
					once.Do(func() { failure = err })
					return
				}
				say.tell(told{Acknowledged: id})
			}
		})
	}
	running.Wait()
	return failure
}

func sample(name string) (map[string]any, error) {
	text, err := events.Files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var e map[string]any
	return e, json.Unmarshal(text, &e)
}

// variant is a sample with an id and some data of its own.
func variant(of map[string]any, id string, data map[string]any) (event.Event, error) {
	made, inside := map[string]any{}, map[string]any{}
	for k, v := range of {
		made[k] = v
	}
	if original, ok := of["data"].(map[string]any); ok {
		for k, v := range original {
			inside[k] = v
		}
	}
	for k, v := range data {
		inside[k] = v
	}
	made["id"], made["data"], made["time"] = id, inside, time.Now().Format(time.RFC3339)
	text, err := json.Marshal(made)
	if err != nil {
		return event.Event{}, err
	}
	return event.Parse(text)
}

func tellAll(ctx context.Context, b *local.Bus, say *teller) error {
	for before := int64(0); ; {
		page, err := b.Events(ctx, busName, before, true, 1000)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			say.tell(told{Kept: e.ID})
		}
		before = page[len(page)-1].Number
	}
	q := local.Query{Limit: 1000}
	for {
		page, err := b.History(ctx, q)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, n := range page {
			say.tell(told{Ended: &notification{n.EventID, n.Rule, n.Target, n.Outcome.Reason, n.Outcome.Notification, n.State, n.Attempts}})
		}
		q.After = page[len(page)-1].ID
	}
}
