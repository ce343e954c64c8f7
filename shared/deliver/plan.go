package deliver

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// notification is one event for one target on its way to an outcome.
type notification struct {
	outcome  outcome.Outcome
	receiver target.Receiver
	event    event.Event
	message  message.Message
	test     bool
	// own tells that the receiver stands in the function's own document.
	own bool
	// alone tells that it is a message of its own, as if its rule had a target of
	// its own on the bus.
	alone bool
	// due tells that it is still to be put into a message; otherwise it has been,
	// or its outcome is final.
	due    bool
	logged bool
	// owner and ruleKey find its rule on the bus.
	owner, ruleKey string
	// creator is the account that created what its event is about; "" where that says none.
	creator string
	// retry tells that it waited in the ledger and is brought again unless it ends.
	retry bool
	// bus is the event bus that its event came by, and given how who invokes the
	// function knows it.
	bus   string
	given Given
	// watched tells that its rule does not ask for the event, and is given it to
	// notice a recovery.
	watched bool
	// recoveredBy are the types of the events that tell of a recovery from the failure
	// that it tells of, and recovers tells that it may tell of one.
	recoveredBy []string
	recovers    bool
	// telling tells that it is worded as a recovery, and meanwhile of the recovery from
	// a failure of which nobody was told.
	telling   bool
	meanwhile *meanwhile
	// policy is when its rule wants it sent, and note what is told of that.
	policy *hold.Policy
	note   string

	// mine tells that this invocation sends it, and claim is the row by which the
	// ledger says so; nil without a ledger that does.
	mine  bool
	claim *ledger.Entry
	// tried is the token of claims of which nobody knows whether they were stored.
	tried string
	// before is the state in which this instance remembers it from before.
	before ledger.State
	// unclear tells that the platform may have taken it, and that it may be sent
	// again.
	unclear bool
	// unrecorded tells that a ledger which answers again is to learn of it.
	unrecorded bool
	// held tells that the ledger has what becomes of it, so that the platform
	// need not repeat it.
	held bool
}

// doubled reports whether a repetition of the invocation could send again what
// the platform has accepted, or may have.
func (n *notification) doubled() bool { return !n.held && (taken(n.outcome) || n.before != "") }

// owed reports whether the platform must learn of the failure.
func (n *notification) owed() bool { return !n.held && again(n.outcome) }

// ended is the message of a log line that tells an outcome.
const ended = "notification"

// log writes the outcome's line, once.
func (n *notification) log(ctx context.Context) {
	if !n.logged {
		logOutcome(ctx, ended, n.outcome)
		n.logged = true
	}
}

func finished(o outcome.Outcome) []*notification { return []*notification{{outcome: o}} }

// plan decides what an item of a payload leads to: the notification for the
// target that came with it, or those of the rules that the function was given
// by hand. A panic on the way is a failed outcome.
func (f *Function) plan(item event.Item) (planned []*notification) {
	err := protect(func() error {
		planned = f.planItem(item)
		return nil
	})
	if err != nil {
		planned = finished(fail(outcome.Outcome{Event: item.Event.ID(), Rule: item.Rule.Name, Target: f.spec.Type}, err))
	}
	settled := settledBefore(item)
	for _, n := range planned {
		n.outcome.MessageID, n.bus = item.MessageID, f.busOf(n.event)
		if n.due && settled[n.outcome.Notification] {
			// Each repetition of the record says so again, on any instance: for its
			// sake nothing has to end here.
			n.outcome, n.due = skip(n.outcome, "an earlier invocation has handled it, as the record of its failure says"), false
		}
	}
	return planned
}

func (f *Function) planItem(item event.Item) []*notification {
	o := outcome.Outcome{Event: item.Event.ID(), EventType: item.Event.Type(), Rule: item.Rule.Name, Target: f.spec.Type}
	switch {
	case item.Err != nil:
		return finished(fail(o, target.Permanent(item.Err)))
	case item.Target == nil && item.List == nil:
		return f.planByHand(item, o)
	}
	return f.planCarried(item, o)
}

// planOne plans one notification, unless it is skipped. watched tells of an event
// that the rule does not ask for: it comes only to notice a recovery.
func (f *Function) planOne(e event.Event, c *Classifier, rule event.Rule, receiver target.Receiver, watched bool) *notification {
	source, typ := c.Classify(e)
	n := &notification{
		outcome: f.outcomeFor(e, typ, rule, receiver), receiver: receiver, event: e,
		owner: rule.Owner, ruleKey: rule.Key(), retry: rule.Retry, policy: rule.Policy,
		recoveredBy: typ.RecoveredBy, recovers: c.recovers(typ.Name), watched: watched,
		creator: e.Lookup(source.CreatedBy),
	}
	switch {
	case f.spec.Sources != nil && source.Name == "":
		// PAI does not publish its sources: this may be one of ours under another
		// name, and what cannot be decided is not dropped.
		n.outcome = fail(n.outcome, target.Permanent(fmt.Errorf("deliver: %s targets carry %s events only, and the catalogue does not know the source %q: add it under catalogue in the workspace document", f.spec.Type, strings.Join(f.spec.Sources, " and "), e.Source())))
		n.unrecorded = true
	case !f.spec.Carries(source.Name):
		n.outcome = skip(n.outcome, fmt.Sprintf("%s targets carry %s events only", f.spec.Type, strings.Join(f.spec.Sources, " and ")))
		return n
	default:
		n.due = true
	}
	n.message = message.Render(e, source, typ, receiver.Language, rule)
	return n
}

// outcomeFor is the outcome of an event for a receiver of a rule, still without
// what became of it.
func (f *Function) outcomeFor(e event.Event, typ event.Type, rule event.Rule, receiver target.Receiver) outcome.Outcome {
	name := f.nameOf(receiver)
	return outcome.Outcome{
		Notification: notificationID(e, rule, name),
		Event:        e.ID(),
		EventType:    cmp.Or(typ.Name, e.Type()),
		Rule:         rule.Name,
		Target:       name,
	}
}

// planTest plans a connectivity test. It goes the way of every notification;
// only its event is ours. Each test is a message of its own.
func (f *Function) planTest(ruleName string, receiver target.Receiver) *notification {
	var random [16]byte
	_, _ = rand.Read(random[:]) // it never fails
	id := hex.EncodeToString(random[:])
	m := message.Probe(receiver.Language, ruleName)
	m.Time = time.Now().Truncate(time.Second)
	text, _ := json.Marshal(map[string]any{ // strings can always be written
		"specversion": "1.0", "id": id, "source": "pai-notify", "type": m.Type,
		"time": m.Time.Format(time.RFC3339), "data": map[string]string{"rule": ruleName, "message": m.Title},
	})
	e, err := event.Parse(text)
	o := outcome.Outcome{Notification: id, Event: id, EventType: m.Type, Rule: ruleName, Target: f.nameOf(receiver)}
	if err != nil {
		return &notification{outcome: fail(o, target.Permanent(err))}
	}
	return &notification{outcome: o, receiver: receiver, event: e, message: m, test: true, due: true}
}

// planByHand plans for the rules of the function's own document.
func (f *Function) planByHand(item event.Item, o outcome.Outcome) []*notification {
	w, err := f.configured()
	if err != nil {
		return finished(fail(o, target.Permanent(err)))
	}
	var planned []*notification
	var refusals []string
	rules := w.Rules
	if item.Rule.Key() != "" {
		i := named(rules, item.Rule)
		if i < 0 {
			return finished(fail(o, target.Permanent(fmt.Errorf("deliver: the event names the rule %q, which the function's document does not have", item.Rule.Name))))
		}
		rules = rules[i : i+1]
	}
	_, typ := w.classifier.Classify(item.Event)
	plan := func(r workspace.Rule, to []target.Receiver, watched bool) {
		for _, receiver := range to {
			carried := r.CarriedFor(receiver)
			carried.Owner = cmp.Or(w.Owner, w.Name) // as on the bus, so that they are one
			if receiver.Type == f.spec.Type && (!watched || carried.Policy.Watches(typ.Name)) {
				n := f.planOne(item.Event, w.classifier, carried, receiver, watched)
				n.own = true
				planned = append(planned, n)
			}
		}
	}
	for _, r := range rules {
		why, err := r.Refusal(item.Event.JSON())
		if err != nil {
			return finished(fail(o, target.Permanent(err)))
		}
		if why != "" {
			if r.Enabled {
				plan(r, r.Receivers(), true)
			}
			refusals = append(refusals, r.Name+": "+why)
			continue
		}
		to, missed, err := r.Reached(item.Event)
		if err != nil {
			return finished(fail(o, target.Permanent(err)))
		}
		if missed != "" {
			refusals = append(refusals, r.Name+": "+missed)
		}
		plan(r, to, false)
	}
	if planned != nil {
		return planned
	}
	o.EventType = cmp.Or(typ.Name, o.EventType)
	return finished(skip(o, whyNone(f.spec.Type, refusals)))
}

// shownRefusals is how many rules say why they do not want an event.
const shownRefusals = 3

// whyNone says why an event led to no notification, in a length that a log
// line bears.
func whyNone(typ string, refusals []string) string {
	if len(refusals) == 0 {
		return "no rule with a " + typ + " target matches"
	}
	more := ""
	if n := len(refusals) - shownRefusals; n > 0 {
		refusals, more = refusals[:shownRefusals], fmt.Sprintf("; and %d more rules", n)
	}
	return "no rule matches: " + strings.Join(refusals, "; ") + more
}

// named returns the position of the document's rule that an event names, by what
// identifies it or else by its name; -1 for none.
func named(rules []workspace.Rule, rule event.Rule) int {
	if i := slices.IndexFunc(rules, func(r workspace.Rule) bool { return r.Key() == rule.Key() }); i >= 0 {
		return i
	}
	return slices.IndexFunc(rules, func(r workspace.Rule) bool { return r.Name == rule.Name })
}

// nameOf tells the targets of a rule apart. Without a name, the digest of where
// their messages go does.
func (f *Function) nameOf(r target.Receiver) string {
	if r.Name != "" {
		return r.Type + "/" + r.Name
	}
	address := string(r.Parameters)
	if t, err := f.open(r); err == nil {
		if a, ok := t.Target.(target.Addressed); ok {
			address = a.Address()
		}
	}
	return r.Type + "/" + digestOf(address)[:8]
}

// maxLanes bounds how many receivers are sent to at the same time.
const maxLanes = 16

// carryOut sends what is due, together what goes to one receiver. Receivers do
// not wait for each other: one that does not answer would use up the time of an
// invocation, and the others would be sent nothing.
func (f *Function) carryOut(ctx context.Context, r *run, planned []*notification) {
	var receivers []string
	lanes := map[string][][]*notification{}
	for _, together := range f.group(planned) {
		to := string(together[0].receiver.Parameters)
		if lanes[to] == nil {
			receivers = append(receivers, to)
		}
		lanes[to] = append(lanes[to], together)
	}
	var all sync.WaitGroup
	places := make(chan struct{}, maxLanes)
	for _, to := range receivers {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			for _, together := range lanes[to] {
				f.notify(ctx, r, together)
			}
		})
	}
	all.Wait()
}

// group returns what is due, in the notifications that become one message each.
func (f *Function) group(planned []*notification) [][]*notification {
	var groups [][]*notification
	for i, n := range planned {
		if !n.due {
			continue
		}
		n.due = false
		together, events := []*notification{n}, map[[2]string]bool{n.told(): true}
		for _, m := range planned[i+1:] {
			switch {
			case !m.due:
			case m.outcome.Notification == n.outcome.Notification:
				m.outcome, m.due = skip(m.outcome, "the event stands in this batch twice"), false
			case !f.spec.Apart && sameReceiver(n, m) && (len(events) < message.MaxDigest || events[m.told()]):
				together = append(together, m)
				events[m.told()] = true
				m.due = false
			}
		}
		groups = append(groups, together)
	}
	return groups
}

// sameReceiver tells whether two notifications can be one message.
func sameReceiver(a, b *notification) bool {
	return !a.test && !b.test && !a.alone && !b.alone && a.own == b.own && a.receiver.Language == b.receiver.Language && bytes.Equal(a.receiver.Parameters, b.receiver.Parameters)
}
