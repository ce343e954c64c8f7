// Package deliver takes one invocation of a function to its end: it decodes
// the events, decides which of them the function's target is told about,
// renders, sends, retries where that helps, and reports an outcome for each
// notification. It is the only place that retries.
package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Function delivers the notifications of one target type. It is safe for
// concurrent use.
type Function struct {
	spec   target.Spec
	random func() float64
	sent   sentMemory

	// configured holds the rules of a function that was configured by hand.
	configured func() (*configuration, error)

	mu      sync.Mutex
	targets map[string]target.Target
}

type configuration struct {
	*workspace.Workspace
	classifier *Classifier
}

// Handler returns the handler of the function for spec.
func Handler(spec target.Spec) func(context.Context, []byte) (json.RawMessage, error) {
	return New(spec).Handle
}

// New returns the function for spec.
func New(spec target.Spec) *Function {
	return &Function{
		spec:   spec,
		random: rand.Float64,
		configured: sync.OnceValues(func() (*configuration, error) {
			w, err := loadWorkspace(spec)
			if err != nil {
				return nil, err
			}
			c, err := NewClassifier(w.Catalogue)
			if err != nil {
				return nil, err
			}
			return &configuration{w, c}, nil
		}),
		targets: map[string]target.Target{},
	}
}

// Handle answers one invocation: the outcome of a payload with one event for
// one target, a list of outcomes for more, or the ids to deliver again for an
// SQS batch. It returns an error when a notification failed, with the outcome
// as its text.
func (f *Function) Handle(ctx context.Context, payload []byte) (json.RawMessage, error) {
	p, err := event.Decode(payload)
	if err != nil {
		o := Outcome{Target: f.spec.Type}.fail(target.Permanent(err))
		o.log(ctx)
		return answer([]Outcome{o}, false, false)
	}
	var outcomes []Outcome
	for _, item := range p.Items {
		for _, o := range f.item(ctx, item) {
			o.message = item.MessageID
			o.log(ctx)
			outcomes = append(outcomes, o)
		}
	}
	return answer(outcomes, p.Batch, p.Queue)
}

// item handles one event: for the target that came with it, or for those of
// the rules that the function was given by hand.
func (f *Function) item(ctx context.Context, item event.Item) []Outcome {
	if item.Err != nil {
		return []Outcome{Outcome{Target: f.spec.Type}.fail(target.Permanent(item.Err))}
	}
	if item.Target != nil {
		return []Outcome{f.provisioned(ctx, item)}
	}
	return f.byHand(ctx, item)
}

func (f *Function) provisioned(ctx context.Context, item event.Item) Outcome {
	o := Outcome{Event: item.Event.ID(), EventType: item.Event.Type(), Rule: item.Rule.Name, Target: f.spec.Type}
	receiver, err := decodeReceiver(item.Target)
	if err != nil {
		return o.fail(target.Permanent(err))
	}
	if receiver.Type != f.spec.Type {
		return o.fail(target.Permanent(fmt.Errorf("deliver: this is the function for %s targets, but the rule's target is of type %q: correct the target of the bus rule", f.spec.Type, receiver.Type)))
	}
	classifier, err := classifierFor(item.Rule.Catalogue)
	if err != nil {
		return o.fail(target.Permanent(err))
	}
	return f.notify(ctx, item.Event, classifier, item.Rule.Name, receiver)
}

func decodeReceiver(text json.RawMessage) (target.Receiver, error) {
	var r target.Receiver
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return r, fmt.Errorf(`deliver: the target beside the event is not {"type", "name", "language", "parameters"}: %s`, strings.TrimPrefix(err.Error(), "json: "))
	}
	return r, nil
}

func (f *Function) byHand(ctx context.Context, item event.Item) []Outcome {
	e := item.Event
	o := Outcome{Event: e.ID(), EventType: e.Type(), Rule: item.Rule.Name, Target: f.spec.Type}
	w, err := f.configured()
	if err != nil {
		return []Outcome{o.fail(target.Permanent(err))}
	}
	var outcomes []Outcome
	var refusals []string
	for _, r := range w.Rules {
		if item.Rule.Name != "" && item.Rule.Name != r.Name {
			continue
		}
		why, err := r.Refusal(e.JSON())
		if err != nil {
			return []Outcome{o.fail(target.Permanent(err))}
		}
		if why != "" {
			refusals = append(refusals, r.Name+": "+why)
			continue
		}
		for _, receiver := range r.Receivers() {
			if receiver.Type == f.spec.Type {
				outcomes = append(outcomes, f.notify(ctx, e, w.classifier, r.Name, receiver))
			}
		}
	}
	if outcomes == nil {
		_, t := w.classifier.Classify(e)
		if t.Name != "" {
			o.EventType = t.Name
		}
		outcomes = []Outcome{o.skip(whyNone(f.spec.Type, refusals))}
	}
	return outcomes
}

// whyNone says why an event led to no notification, in a length that a log
// line bears.
func whyNone(typ string, refusals []string) string {
	if len(refusals) == 0 {
		return "no rule with a " + typ + " target matches"
	}
	const shown = 3
	more := ""
	if n := len(refusals) - shown; n > 0 {
		refusals, more = refusals[:shown], fmt.Sprintf("; and %d more rules", n)
	}
	return "no rule matches: " + strings.Join(refusals, "; ") + more
}

// notify sends one notification and says what became of it.
func (f *Function) notify(ctx context.Context, e event.Event, c *Classifier, ruleName string, receiver target.Receiver) Outcome {
	source, typ := c.Classify(e)
	name := receiver.Type
	if receiver.Name != "" {
		name += "/" + receiver.Name
	}
	o := Outcome{
		Notification: notificationID(e, ruleName, name),
		Event:        e.ID(),
		EventType:    e.Type(),
		Rule:         ruleName,
		Target:       name,
	}
	if typ.Name != "" {
		o.EventType = typ.Name
	}
	if !f.spec.Carries(source.Name) {
		return o.skip(fmt.Sprintf("%s targets carry %s events only", f.spec.Type, strings.Join(f.spec.Sources, " and ")))
	}
	if f.sent.has(o.Notification) {
		return o.skip("this instance has sent it before")
	}
	start := time.Now()
	err := protect(func() error {
		t, err := f.open(receiver)
		if err != nil {
			return err
		}
		o.Attempts, err = f.send(ctx, t, target.Notification{
			ID:      o.Notification,
			Rule:    ruleName,
			Event:   e,
			Message: message.Render(e, source, typ, receiver.Language, ruleName),
		})
		return err
	})
	o.Milliseconds = time.Since(start).Milliseconds()
	if stack := stackOf(err); stack != nil {
		slog.ErrorContext(ctx, "panic", "notification", o.Notification, "stack", string(stack))
	}
	if err != nil {
		return o.fail(err)
	}
	f.sent.add(o.Notification)
	o.Status = Sent
	return o
}

// The targets that are kept open. A function sees a handful; the bound is
// against rules that change all the time.
const maxOpenTargets = 256

// open returns the target of receiver, the same for the same parameters, so
// that what a target learns about its receiver outlives one notification.
func (f *Function) open(receiver target.Receiver) (target.Target, error) {
	key := string(receiver.Parameters)
	f.mu.Lock()
	defer f.mu.Unlock()
	if t, ok := f.targets[key]; ok {
		return t, nil
	}
	if len(receiver.Parameters) == 0 {
		return nil, target.Permanent(errors.New("deliver: the target beside the event has no parameters"))
	}
	t, err := f.spec.Open(receiver.Parameters)
	if err != nil {
		return nil, err
	}
	if len(f.targets) >= maxOpenTargets {
		clear(f.targets)
	}
	f.targets[key] = t
	return t, nil
}
