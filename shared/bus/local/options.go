package local

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// Memory as [Options.Dir] keeps everything in memory, for as long as the bus is
// open.
const Memory = ":memory:"

// Options configure a bus. The zero value of each field is its default.
type Options struct {
	// Dir is the directory of the database; [Memory], or "", for none. Only one
	// process at a time can use it.
	Dir string
	// MaxBytes is the largest size of the database; 0 for what the disk holds.
	// When it is reached, events are refused rather than lost.
	MaxBytes int64

	// Invoke invokes a function by its name with a payload and returns its
	// answer. An error is a failed invocation. The bus calls it concurrently.
	// Without it every notification becomes a dead letter.
	Invoke func(ctx context.Context, function string, payload []byte) (json.RawMessage, error)
	// AtMostOnce reports whether what a function sends must not be duplicated. An
	// attempt of such a function is on disk before it begins; one that was cut
	// off is recorded as unknown and not repeated.
	AtMostOnce func(function string) bool
	// Identify returns the rule and receiver of a target. A target that it does
	// not know, or any when it is nil, is identified by the names of its rule and
	// of itself.
	Identify func(Target) (Identity, bool)
	// Split splits a target that carries several rules or receivers, or that a
	// function is to match events for. Each part is a target to Identify and to
	// Storm, has its own notifications, and gets the events that match its
	// patterns. It returns nothing for a target that needs no splitting; nil
	// splits none.
	Split func(Target) []Part
	// Job returns the id and the name of what an event is about, from its JSON; "" where the
	// event does not say. When it is nil, nothing is found by it.
	Job func(event []byte) (id, name string)
	// Check returns what is wrong with a target that is being written, beyond
	// what the service itself refuses; nil for nothing. Targets that are on the
	// bus already are not checked.
	Check func(Target) error
	// Storm tells how notifications for a target are sent when more wait than it
	// takes one by one. It is asked once for a target as it stands.
	Storm func(Target) Storm
	// InvokeTimeout is how long a function may take; 60 s.
	InvokeTimeout time.Duration
	// Concurrency is how many notifications of one target are sent at once; 1,
	// so that they arrive in the order of their events.
	Concurrency int
	// Paused opens a bus that takes no events and keeps what waits waiting, until
	// [Bus.Resume]: for a program that has its rules to put in order first, only
	// looks at a directory, or has dead letters sent again by the next one that
	// opens it.
	Paused bool
	// Finished is told of every notification that has ended, after that is on
	// disk. It must not block.
	Finished func(Notification)

	// MaxWaiting is how many notifications may wait for their first or next
	// attempt before events are refused; 100,000.
	MaxWaiting int
	// EventBuses and TargetsPerRule are the quotas of the account, 50 and 5.
	// Alibaba Cloud raises the last for PAI up to 100.
	EventBuses, TargetsPerRule int
	// RulesPerBus is the quota of rules, for trying that of a cloud; 0 for none.
	RulesPerBus int
	// NotActivated starts with the service not yet activated: all but Activate
	// answers ServiceNotEnable.
	NotActivated bool

	// HistoryAge is how long events are kept, dead letters included; 30 days.
	HistoryAge time.Duration
	// HistoryBytes is the size of the database above which the oldest events go
	// that have neither a waiting nor a dead notification; 1 GiB.
	HistoryBytes int64

	// Now and Random are the clock and the source of chance, a number from 0 to
	// 1, for tests.
	Now    func() time.Time
	Random func() float64
	// Log is told what goes wrong inside of the bus; nothing when nil.
	Log *slog.Logger
}

// Exists tells whether the directory holds what a bus has kept.
func (o Options) Exists() bool { return store.Exists(o.Dir) }

func (o Options) withDefaults() Options {
	set := func(into *int, value int) {
		if *into <= 0 {
			*into = value
		}
	}
	set(&o.Concurrency, 1)
	set(&o.MaxWaiting, 100_000)
	set(&o.EventBuses, maxBuses)
	set(&o.TargetsPerRule, maxTargets)
	if o.InvokeTimeout <= 0 {
		o.InvokeTimeout = time.Minute
	}
	if o.HistoryAge <= 0 {
		o.HistoryAge = 30 * 24 * time.Hour
	}
	if o.HistoryBytes <= 0 {
		o.HistoryBytes = 1 << 30
	}
	if o.AtMostOnce == nil {
		o.AtMostOnce = func(string) bool { return false }
	}
	if o.Identify == nil {
		o.Identify = func(Target) (Identity, bool) { return Identity{}, false }
	}
	if o.Split == nil {
		o.Split = func(Target) []Part { return nil }
	}
	if o.Check == nil {
		o.Check = func(Target) error { return nil }
	}
	if o.Storm == nil {
		o.Storm = func(Target) Storm { return Storm{} }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
