// Package deliver handles one invocation of a function: it decodes the events,
// decides which of them go to the function's target, renders and sends them,
// retries where that helps, and reports an outcome for each notification. It is
// the only place that retries.
package deliver

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Function delivers the notifications of one target type. It is safe for
// concurrent use.
type Function struct {
	spec   target.Spec
	random func() float64
	wants  wantsMemory
	// ledger has what became of each notification; nil where there is none that
	// outlives the instance. memory is what this instance remembers.
	ledger *ledger.Ledger
	waker  Waker       // of what waits there; nil where only the timer is
	asked  atomic.Bool // the ledger, before
	asking chan struct{}
	memory ledger.Store
	// controls remembers what is held where there is no ledger that does; nil for
	// nothing. muted are the mutes that were read.
	controls Controls
	muted    mutes
	// bus is the event bus that the function serves; "" where the events say so.
	bus string
	// longest is the longest wait inside an invocation.
	longest time.Duration

	// configured has the rules of a function with a document in its package.
	configured func() (*configuration, error)

	mu      sync.Mutex
	targets map[string]*openTarget
	senders map[string]*sender // by their addresses
}

type configuration struct {
	*workspace.Workspace
	classifier *Classifier
	declared   *secret.Declared // by the document itself
}

// openTarget is a target with the state of its sender in this instance, and how
// many of the platform's messages a notification takes.
type openTarget struct {
	target.Target
	sender   *sender
	messages int
}

// Handler returns the handler of the function for spec. Its targets may name the
// secrets that [secret.DeclaredVariable] declares. stores read the secrets of a
// cloud's store, by scheme; nil where there is none. open opens the store of the
// ledger, as [New] takes it; nil for none. One that cannot be opened is treated as
// a ledger that cannot be used, and the log says why.
func Handler(spec target.Spec, stores map[string]secret.Store, open func() (ledger.Store, error)) func(context.Context, []byte) (json.RawMessage, error) {
	var rows ledger.Store
	if open != nil {
		var err error
		if rows, err = open(); err != nil {
			rows = unopened{err}
		}
	}
	f := New(spec, rows)
	declared := sync.OnceValue(func() *secret.Declared { return secret.DeclaredHere(stores) })
	return func(ctx context.Context, payload []byte) (json.RawMessage, error) {
		return f.Handle(declared().In(ctx), payload)
	}
}

// maxRemembered is how many notifications an instance remembers at least.
const maxRemembered = 2048

// New returns the function for spec. Its targets may name the secrets that the
// context of an invocation declares ([secret.Declared.In]). rows keep its ledger:
// where they outlive the instance, each notification is claimed before it is sent,
// and what cannot be sent now waits there. They may be a [Waker]. nil is a function without a ledger,
// which only remembers what it has sent itself.
func New(spec target.Spec, rows ledger.Store) *Function {
	var lasting *ledger.Ledger
	waker, _ := rows.(Waker)
	if rows != nil && rows.Lasting() {
		lasting, rows = ledger.New(rows), nil
	}
	if rows == nil {
		rows = memory.NewBounded(maxRemembered)
	}
	return &Function{
		spec:   spec,
		ledger: lasting,
		waker:  waker,
		memory: rows,
		asking: make(chan struct{}, maxAsking),
		bus:    os.Getenv(BusVariable),
		random: rand.Float64, longest: longestWait,
		configured: sync.OnceValues(func() (*configuration, error) {
			w, err := loadWorkspace(spec)
			if err != nil {
				return nil, err
			}
			c, err := NewClassifier(w.Catalogue)
			if err != nil {
				return nil, err
			}
			return &configuration{w, c, target.DeclaredBy([]target.Spec{spec}, w.Receivers())}, nil
		}),
		targets: map[string]*openTarget{},
		senders: map[string]*sender{},
	}
}

// WaitAtMost makes an invocation return its last failure when the next attempt
// would have to wait for longer: the caller waits instead, and sees rules change
// meanwhile. Call it before the first invocation.
func (f *Function) WaitAtMost(longest time.Duration) { f.longest = longest }

// Remember counts a message that reached the platform before this instance began,
// against the platform's limits. Call it in the order of the messages.
func (f *Function) Remember(to target.Receiver, at time.Time) {
	t, err := f.open(to)
	if err != nil || at.After(time.Now()) {
		return
	}
	t.sender.remember(at, t.messages)
}

// Handle answers one invocation: the outcome of a payload with one event for
// one target, a list of outcomes for more, or the ids to deliver again for an
// SQS batch. Events that arrive together for one receiver become one message.
// It returns an error when a notification failed and the platform must hear of
// it, to try again or to keep it, with the answer as its text.
func (f *Function) Handle(ctx context.Context, payload []byte) (json.RawMessage, error) {
	if q, ok := askedForSecrets(payload); ok {
		return f.answerSecrets(ctx, q)
	}
	p, err := event.Decode(payload)
	if err != nil {
		o := fail(outcome.Outcome{Target: f.spec.Type}, target.Permanent(err))
		logOutcome(ctx, ended, o)
		return f.answer(ctx, finished(o), event.Payload{})
	}
	var planned []*notification
	caller := callerOf(ctx)
	for i, item := range p.Items {
		of := f.plan(item)
		for _, n := range of {
			n.bus = cmp.Or(caller.Bus, n.bus)
			if len(of) == 1 && len(caller.Given) == len(p.Items) {
				n.given = caller.Given[i]
			}
		}
		planned = append(planned, of...)
	}
	if len(p.Items) == 1 && p.Items[0].List != nil {
		for _, n := range planned {
			n.alone = true
		}
	}
	r := &run{}
	if f.ledger != nil && f.spec.AtMostOnce() {
		now := time.Now()
		r.first, r.patience = isFirst(ctx, planned, now), halfOf(ctx, now)
	}
	f.carryOut(ctx, r, planned)
	if f.ledger != nil {
		f.record(ctx, r, planned)
	}
	for _, n := range planned {
		n.log(ctx) // those that needed no sending
	}
	return f.answer(ctx, planned, p)
}

// notify sends one message about those of together that are its own to send, which
// go to one receiver, and sets the outcomes of all.
func (f *Function) notify(ctx context.Context, r *run, together []*notification) {
	reading := f.readMutes(ctx, r, together[0])
	together = f.claim(ctx, r, together)
	if reading != nil {
		<-reading // nothing runs after an answer
	}
	slices.SortStableFunc(together, func(a, b *notification) int { return message.ByUrgency(a.message, b.message) })
	if len(together) > 0 {
		together = f.hold(ctx, r, together)
	}
	if len(together) == 0 {
		return
	}
	first := together[0]
	n := target.Notification{ID: first.outcome.Notification, Rule: first.outcome.Rule, Event: first.event, Message: first.message, Test: first.test}
	digest := ""
	var receipt target.Receipt
	attempts := 0
	g := guard{claimed: first.claim != nil}
	start := time.Now()
	err := protect(func() error {
		messages, events := messagesOf(together)
		if len(together) > 1 && (events > 1 || together[len(together)-1].meanwhile != nil) {
			digest = digestID(together)
			n.ID = digest
		}
		if g.claimed && first.claim.Bus != "" && events == 1 && !first.retry && !f.spec.Apart {
			g.single = sameAs(first)
		}
		n.Message = message.Digest(messages[:events]).AskedBy(messages)
		n.Creators = creatorsOf(together)
		t, err := f.open(first.receiver)
		if err != nil {
			return err
		}
		if first.own {
			w, err := f.configured()
			if err != nil {
				return err
			}
			ctx = secret.DeclaredIn(ctx).And(w.declared).In(ctx)
		}
		receipt, attempts, err = f.send(ctx, r, t, n, g)
		return err
	})
	milliseconds := time.Since(start).Milliseconds()
	if stack := stackOf(err); stack != nil {
		slog.ErrorContext(ctx, "panic", "notification", n.ID, "stack", string(stack))
	}
	for _, m := range together {
		m.outcome.Attempts, m.outcome.Milliseconds, m.outcome.Digest = attempts, milliseconds, digest
		m.unclear = target.IsUnconfirmed(err)
		if err == nil {
			m.outcome = succeed(m.outcome, receipt)
			m.outcome.Reason = joined(m.outcome.Reason, m.note)
			if m.meanwhile != nil {
				by := "told by " + digest
				if digest == "" {
					by = "which was told in its place"
				}
				m.outcome = skip(m.outcome, fmt.Sprintf("recovered at %s, %s", said(m.meanwhile.at.UnixMilli()), by))
			}
		} else {
			m.outcome = fail(m.outcome, err)
		}
	}
	f.each(ctx, r, together, (*Function).settle)
	if err == nil {
		f.toldRecovered(ctx, r, together, n.ID)
	}
	for _, m := range together {
		// Now and not at the end: an invocation that is cut off later has told
		// what it did. Only what the ledger may still take up has not ended.
		if !m.unrecorded || !again(m.outcome) {
			m.log(ctx)
		}
	}
}

// messagesOf returns the messages of all, first one for each event: one that
// several rules asked for is told once, with the facts that each of them shows. What has
// recovered before anybody was told of the failure is one message.
func messagesOf(together []*notification) (messages []message.Message, events int) {
	var again []message.Message
	var recovered []message.Recovery
	seen := map[[2]string]int{}
	for _, n := range together {
		if n.meanwhile != nil {
			recovered = append(recovered, message.Recovery{Failed: n.message, At: n.meanwhile.at, As: n.meanwhile.as})
			again = append(again, n.message)
			continue
		}
		e := n.told()
		if at, told := seen[e]; told {
			messages[at] = messages[at].With(n.message)
			again = append(again, n.message)
		} else {
			seen[e] = len(messages)
			messages = append(messages, n.message)
		}
	}
	if recovered != nil {
		messages = append(messages, message.Meanwhile(recovered))
	}
	return append(messages, again...), len(messages)
}

// The targets that are kept open. A function sees a handful; the bound is
// against rules that change all the time.
const maxOpenTargets = 256

// open returns the target of receiver, the same for the same parameters, so
// that what is known of the receiver outlives one notification.
func (f *Function) open(receiver target.Receiver) (*openTarget, error) {
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
		now := time.Now() // what a platform still counts is not forgotten
		maps.DeleteFunc(f.senders, func(_ string, s *sender) bool { return s.idle(now) })
	}
	open := &openTarget{Target: t, messages: 1}
	counted := key
	if m, ok := t.(target.Metered); ok {
		counted, open.messages = m.Address(), m.Messages()
	}
	// Several targets may send to one robot or phone, in other styles or with
	// other mentions: what they send counts together.
	if f.senders[counted] == nil {
		f.senders[counted] = newSender(senderKey(f.spec.Type, counted), f.spec.Rates)
	}
	open.sender = f.senders[counted]
	f.targets[key] = open
	return open, nil
}
