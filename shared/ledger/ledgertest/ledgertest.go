// Package ledgertest is the test suite that every [ledger.Store] passes: what was
// written reads back, a row is replaced only by its next step, what is due and
// what is history is found, deadlines are kept, no write is repeated. And over any
// store, with the troubles of a [Faulty] one, it holds [ledger.Ledger] to its
// promise: one sender, and nothing taken for sent that was not.
package ledgertest

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/suite"
)

// Fixture is a service for one check of the suite. It holds no rows.
type Fixture struct {
	// Store is what is tested, over a network that works.
	Store ledger.Store
	// Through returns a store over the same service whose every request goes
	// through transport. The suite's transports count requests, lose answers or
	// never answer; what they let pass goes on by [http.DefaultTransport].
	Through func(t T, transport http.RoundTripper) ledger.Store
	// Later puts the first step of a row, as a later version writes it: it waits
	// on a bus and is due.
	Later func(t T, id, busName string)
	// Trouble returns stores that fail with an error of a kind: without their
	// table (NotFound), without the permission (Denied), with too many calls
	// (Throttled).
	Trouble map[bus.Kind]func(t T) ledger.Store
	// Lacks says, by the name of a check, why the service behind Store cannot be
	// held to it: what a store in memory or a stand-in does not do. Such a check
	// is skipped with the reason. A field above may be nil only when the checks
	// that need it are named here.
	Lacks map[string]string

	// grace is how long a call may take to notice that its context ended.
	grace time.Duration
	// protocol is the ledger over a store; nil for ours.
	protocol func(s ledger.Store, now func() time.Time) protocol
}

// NoNetwork is what [Fixture.Lacks] is for a store that is part of the process.
func NoNetwork() map[string]string {
	const reason = "the store is part of the process: there is no network, no permission and no other version"
	return map[string]string{
		checkHung:    reason,
		checkCut:     reason,
		checkOnce:    reason,
		checkLater:   reason,
		checkKeeps:   reason,
		checkTrouble: reason,
	}
}

// T is the part of *testing.T that the suite uses.
type T = suite.T

type check struct {
	// name is the outcome that the check asserts.
	name string
	run  func(t T, f Fixture)
}

const (
	checkHung    = "the deadline ends a call that hangs"
	checkCut     = "without a network every call is unavailable"
	checkOnce    = "no write is repeated when its answer is lost"
	checkLater   = "a row of a later version is refused"
	checkKeeps   = "a row of a later version keeps nobody waiting and stays as it is"
	checkTrouble = "each trouble has its kind and changes nothing"
)

var ctx = context.Background()

var checks = []check{
	{"a row reads back as it was written", rowsReadBack},
	{"a row that is not there is the zero row", missingIsZero},
	{"the largest event reads back", largeEventsReadBack},
	{"a row is stored first only where there is none", firstOnlyWhereNone},
	{"a row is replaced by its next step only", nextStepOnly},
	{"a refused row changes nothing", refusedChangesNothing},
	{"of sixteen who write a step one succeeds", oneWriterSucceeds},
	{"an old row is there for every call or for none", oldRowsAgree},
	{"what is due is listed with the oldest first", dueInOrder},
	{"what is due is listed as last written", dueAsWritten},
	{"of what is due as much as asked for is listed", dueToTheLimit},
	{"what is due on other buses is left out", dueOfOneBus},
	{"history has what each member of a query asks for", queryMembers},
	{"history is paged without loss or doubles while rows are written", pagedWhileWritten},
	{"history of states is paged while rows change theirs", pagedWhileChanging},
	{"history has rows of one time once each", sameTimeOnceEach},
	{"control rows read back and are replaced by their next step only", controlsCompare},
	{"a call whose context has ended changes nothing", endedContext},
	{checkHung, hungEnds},
	{checkCut, cutIsUnavailable},
	{checkOnce, writesGoOnce},
	{checkLater, laterIsRefused},
	{checkKeeps, laterKeepsNobodyWaiting},
	{checkTrouble, troubleHasItsKind},
	{"a notification has one sender whatever becomes of the calls", oneSenderOnBadDays},
	{"what a sender says stands whatever becomes of the calls", endsOnBadDays},
	{"who was taken over changes nothing whatever becomes of the calls", lostOnBadDays},
	{"a lease ends with its margin and phones have one sender", leasesEnd},
	{"what waits is done until it is due", waitingIsDone},
	{"what is held is held until then and tried from then on", heldUntil},
	{"what is sent stands though it was held without an answer", sentOverHeld},
	{"phones have one sender though clocks are ten minutes off", phonesDespiteClocks},
	{"two wakers on a stale index send each once", wakersOnAStaleIndex},
	{"a lease is due after its margin", dueAfterTheMargin},
	{"of sixteen who claim one sends", oneOfSixteenClaims},
	{"control rows count once whatever becomes of the calls", countsOnBadDays},
}

// Run runs the suite. open is called once for each check.
func Run(t *testing.T, open func(t T) Fixture) {
	for _, c := range checks {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			f := open(t).ready()
			if reason := f.Lacks[c.name]; reason != "" {
				t.Skip(reason)
			}
			c.run(t, f)
		})
	}
	t.Run("the_fixture_names_checks_that_exist", func(t *testing.T) {
		for name := range open(t).Lacks {
			if !known(name) {
				t.Errorf("there is no check %q to lack", name)
			}
		}
	})
}

func known(name string) bool {
	for _, c := range checks {
		if c.name == name {
			return true
		}
	}
	return false
}

func (f Fixture) ready() Fixture {
	if f.grace == 0 {
		f.grace = 5 * time.Second
	}
	return f
}
