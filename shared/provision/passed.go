package provision

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/learn"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// How many of the events that passed a bus a check-up reads: enough to tell
// whether rules match, in a few calls. The command learn reads more.
const (
	// passedDays is how many days it looks back.
	passedDays = 7
	// passedEvents is how many events it reads, newest days first: a call to
	// Alibaba Cloud returns 100.
	passedEvents = 1000
	// passedSamples is how many events it reads with their data: one of each
	// source and type, the most frequent first.
	passedSamples = 20
	// passedTimeout bounds all of it.
	passedTimeout = 10 * time.Second
)

// Passed is what passed the workspace's bus in the last days.
type Passed struct {
	// Report judges the events by the document. With Err, it has what was read
	// before.
	Report learn.Report
	// Published is how many events were left out because pai-notify published
	// them.
	Published int
	// Err is why the events could not be read, or not all of them.
	Err error
}

// errUnkept is the error where the service keeps no record of events.
var errUnkept = errors.New("the service keeps no record of events here")

// Passed reads the events that passed the workspace's bus in the last days.
func (pr Provisioner) Passed(ctx context.Context) Passed {
	if pr.Cloud.Traces == nil {
		return Passed{Err: errUnkept}
	}
	ctx, cancel := context.WithTimeout(ctx, passedTimeout)
	defer cancel()
	now := time.Now()
	from := pr.Cloud.TracesOfOthers()
	p := Passed{}
	p.Report, p.Err = learn.Read(ctx, newest{from}, pr.Workspace, learn.Options{
		Bus: pr.Workspace.Bus(), Since: now.Add(-passedDays * 24 * time.Hour), Until: now,
		Events: passedEvents, PerKind: 1, Whole: passedSamples,
	})
	p.Published = from.Published
	return p
}

// Again judges the same events by another document.
func (p Passed) Again(w *workspace.Workspace) Passed {
	report, err := p.Report.Again(w)
	if err != nil {
		p.Err = err
		return p
	}
	p.Report = report
	return p
}

// newest returns the events of the last day before those of earlier days, whatever
// the order of the service, since reading may stop early.
type newest struct{ bus.Traces }

func (n newest) Traced(ctx context.Context, name string, since, until time.Time) iter.Seq2[bus.Trace, error] {
	return func(yield func(bus.Trace, error) bool) {
		for span := 24 * time.Hour; since.Before(until); span *= 2 {
			from := until.Add(-span)
			if from.Before(since) {
				from = since
			}
			for t, err := range n.Traces.Traced(ctx, name, from, until) {
				if !yield(t, err) || err != nil {
					return
				}
			}
			until = from
		}
	}
}

// TracesOfOthers reads what passed a bus, without the events that pai-notify
// published.
type TracesOfOthers struct {
	bus.Traces
	// Published is how many events were left out.
	Published int

	left func(id string) bool // nil to leave nothing out
}

// TracesOfOthers returns what passed the bus; Traces is nil when the service keeps
// no record. On the local bus nothing is left out, because published events are
// all there is.
func (c Cloud) TracesOfOthers() *TracesOfOthers {
	t := &TracesOfOthers{Traces: c.Traces}
	if c.remote() {
		t.left = published()
	}
	return t
}

// Traced implements [bus.Traces].
func (t *TracesOfOthers) Traced(ctx context.Context, name string, since, until time.Time) iter.Seq2[bus.Trace, error] {
	return func(yield func(bus.Trace, error) bool) {
		for trace, err := range t.Traces.Traced(ctx, name, since, until) {
			if err == nil && t.left != nil && t.left(trace.ID) {
				t.Published++
			} else if !yield(trace, err) || err != nil {
				return
			}
		}
	}
}

// published returns a function that reports whether pai-notify made an event id,
// or it is the id of a sample.
func published() func(id string) bool {
	ids := sampleIDs()
	return func(id string) bool { return strings.HasPrefix(id, events.PublishedPrefix) || ids[id] }
}

// sampleIDs are the ids of the samples that come with the program.
var sampleIDs = sync.OnceValue(func() map[string]bool {
	ids := map[string]bool{}
	for _, name := range events.Story() {
		var sample struct {
			ID string `json:"id"`
		}
		text, err := events.Files.ReadFile(name)
		if err == nil && json.Unmarshal(text, &sample) == nil {
			ids[sample.ID] = true
		}
	}
	return ids
})
