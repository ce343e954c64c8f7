// Package redeliver is the function that wakes what waits in the ledger. A timer
// invokes it each minute: it asks for what is due, looks up the receivers of today
// on the event bus, and invokes their functions, which claim and send. It also
// takes the platforms' records of failed invocations, and makes what they hold
// wait in the ledger, so that it goes on from there.
//
// # What it needs
//
// Environment: PAI_NOTIFY_LEDGER names the ledger, and PAI_NOTIFY_SERVED_BUS the
// event bus whose notifications it wakes, such as pai-system-llm_lab. The names of
// functions are those that the targets on the bus have. PAI_NOTIFY_UNDELIVERED
// lists queues on AWS with records, and with events that the bus could not hand over,
// which it is to fetch. PAI_NOTIFY_FC_TARGET is needed where
// targets on Alibaba Cloud address functions in another form than the usual.
//
// Permissions: to list the rules of the bus and their targets
// (eventbridge:ListRules and eventbridge:ListTargets, events:ListRules and
// events:ListTargetsByRule), to invoke the functions that deliver
// (fc:InvokeFunction, lambda:InvokeFunction), to read and write the ledger, and to
// receive and delete messages of the queues (sqs:ReceiveMessage, sqs:DeleteMessage).
//
// A timer each minute, and {} from functions that find a storm, which need the right to
// invoke this one; a timeout of 60 seconds, and 256 MB of memory, because up
// to 12,000 notifications are read at once. Two that run at the same time are
// harmless. Invocations that fail go where a person looks, and not to the function
// itself: a record that nobody can read is left to that queue.
package redeliver

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

const (
	// BusVariable names the event bus whose notifications the function wakes.
	BusVariable = deliver.BusVariable
	// QueuesVariable lists the addresses of queues on AWS with records of failed
	// invocations, separated by commas.
	QueuesVariable = "PAI_NOTIFY_UNDELIVERED"
)

// Bus is what of an event bus is read.
type Bus interface {
	ListRules(ctx context.Context, bus string) ([]bus.Rule, error)
	ListTargets(ctx context.Context, bus string, rules []string) (map[string][]bus.Target, error)
}

// Cloud is the account and region that the function runs in.
type Cloud struct {
	Bus Bus
	// Invoke invokes a function, waits, and returns what it answered; failed tells
	// that the function answered with an error, whose text the answer is. It fails
	// with a [bus.Error] when nobody knows whether the function ran, or it did not.
	Invoke func(ctx context.Context, function string, payload []byte) (answer []byte, failed bool, err error)
	// Queues have records of failed invocations that nobody hands over.
	Queues []Queue
}

// Function wakes the notifications of one bus. It is safe for concurrent use, and
// several may serve one bus.
type Function struct {
	Ledger *ledger.Ledger
	Cloud  Cloud
	// Bus is the name of the event bus. Name is what the function itself is called,
	// by which it remembers buses that it served before; "" for nothing.
	Bus, Name string
	// Now is the time of the ledger's clock.
	Now func() time.Time
}

// ledgerTimeout is how long a try of the ledger may take: nobody waits for this
// function, and it reads many rows at once.
const ledgerTimeout = 5 * time.Second

// Handler returns the handler of the function. The ledger and the cloud are opened
// by the first invocation that needs them, and again after a failure.
func Handler(store func() (ledger.Store, error), cloud func(context.Context) (Cloud, error)) func(context.Context, []byte) (json.RawMessage, error) {
	var mu sync.Mutex
	var opened *Function
	open := func(ctx context.Context) (*Function, error) {
		mu.Lock()
		defer mu.Unlock()
		if opened != nil {
			return opened, nil
		}
		s, err := store()
		switch {
		case err != nil:
			return nil, err
		case s == nil || !s.Lasting():
			return nil, errors.New("redeliver: there is no ledger, so nothing waits that could be sent: set PAI_NOTIFY_LEDGER to the one of the functions that deliver, or remove this function and its timer")
		}
		name := os.Getenv(BusVariable)
		if name == "" {
			return nil, fmt.Errorf("redeliver: set %s to the name of the event bus, such as pai-system-llm_lab", BusVariable)
		}
		c, err := cloud(ctx)
		if err != nil {
			return nil, err
		}
		opened = &Function{
			Ledger: ledger.New(s).With(time.Now, ledgerTimeout), Cloud: c, Bus: name, Now: time.Now,
			Name: cmp.Or(os.Getenv("FC_FUNCTION_NAME"), os.Getenv("AWS_LAMBDA_FUNCTION_NAME")),
		}
		return opened, nil
	}
	return func(ctx context.Context, payload []byte) (json.RawMessage, error) {
		f, err := open(ctx)
		if err != nil {
			return nil, err
		}
		return f.Handle(ctx, payload)
	}
}

// Handle answers one invocation: by a timer, or by {} from a function in a storm or a
// person, with what it did; by a platform with
// its record of a failed invocation, and by a queue with a batch of such records.
// It fails for records that must be kept, so that the platform comes back with them,
// and on Lambda when the ledger does not answer a timer.
func (f *Function) Handle(ctx context.Context, payload []byte) (json.RawMessage, error) {
	if timer, poke := byTimer(payload), string(bytes.TrimSpace(payload)) == "{}"; timer || poke {
		f.fetch(ctx)
		report, err := f.wake(ctx, poke)
		if err != nil && os.Getenv("FC_RUNTIME_API") == "" {
			return nil, err
		}
		if err != nil {
			// The next minute is its repetition. Function Compute has one setting for all
			// invocations: it would make nine of each, and keep the timer's payload among
			// what failed.
			report.Problem = err.Error()
		}
		return json.Marshal(report)
	}
	return f.keep(ctx, payload)
}

// byTimer reports whether a timer made the invocation: the schedule of an AWS event
// bus, which sends an event of its own; Scheduler, which sends the same; or the
// timer trigger of Function Compute.
func byTimer(payload []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(payload, &members) != nil {
		return false
	}
	scheduled := string(members["source"]) == `"aws.events"` || string(members["source"]) == `"aws.scheduler"`
	return scheduled && string(members["detail-type"]) == `"Scheduled Event"` ||
		members["triggerTime"] != nil && members["triggerName"] != nil
}
