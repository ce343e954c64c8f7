// Package bustest is the test suite that every [bus.Bus] passes: what was written
// reads back, what others wrote is read without harm, each failure has its kind,
// nothing is reported as done that was not, deadlines are kept, and keys never
// show.
package bustest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/suite"
)

// Fixture is a service for one check of the suite. It holds no custom event bus.
type Fixture struct {
	// Bus is what is tested, over a network that works.
	Bus bus.Bus
	// Through returns a Bus over the same service whose every request goes
	// through transport. The suite's transports drop requests, lose answers or
	// never answer; what they let pass goes on by [http.DefaultTransport]. The
	// Bus may repeat requests, but must not wait before it does.
	Through func(t T, transport http.RoundTripper) bus.Bus
	// Foreign puts a rule with one target onto a bus as somebody else would at
	// the console, in a form that this project does not write, and returns the
	// rule's name and the target's id.
	Foreign func(t T, bus string) (rule, target string)
	// Stranger returns a Bus over the same service with one of the Keys, which
	// the service does not know. Its refusals may say the key back.
	Stranger func(t T) bus.Bus
	// Keys are the secrets of Bus and Stranger.
	Keys []string
	// Watch begins to note which events a bus takes and returns what tells
	// their ids, in any order. It may put a rule of its own onto the bus.
	Watch func(t T, bus string) (taken func() []string)
	// Lacks says, by the name of a check, why the service behind Bus cannot
	// be held to it: what a stand-in does not do. Such a check is skipped with
	// the reason. A field above may be nil only when the checks that need it
	// are named here.
	Lacks map[string]string

	// grace is how long a call may take to notice that its context ended.
	grace time.Duration
}

// T is the part of *testing.T that the suite uses.
type T = suite.T

type check struct {
	// name is the outcome that the check asserts.
	name string
	run  func(t T, f Fixture)
}

var checks = []check{
	{"a bus is there once made and gone once deleted", busesComeAndGo},
	{"listed buses tell as much as one that is asked for", listedBusesTellAll},
	{"a second bus of the same name is refused", secondBusIsRefused},
	{"a bus with rules is not deleted", busWithRulesStays},
	{"a bus that is not there is not found", missingBusIsNotFound},
	{"a rule reads back as it was written", rulesReadBack},
	{"a second rule of the same name is refused", secondRuleIsRefused},
	{"a rule that is not there is not found", missingRuleIsNotFound},
	{"an update replaces a rule and leaves its targets", updateLeavesTargets},
	{"a rule is enabled and disabled and keeps the rest", stateChangesAlone},
	{"a deleted rule takes its targets along", deletedRuleTakesTargets},
	{"a pattern that is none is invalid", badPatternIsInvalid},
	{"more rules than one answer holds are all listed", manyRulesAreListed},
	{"targets read back as they were written", targetsReadBack},
	{"a target is replaced by its id", targetsAreReplaced},
	{"targets are deleted by their ids", targetsAreDeleted},
	{"what others wrote is read without harm", foreignIsRead},
	{"what the limits allow is taken", limitsAreTaken},
	{"more events than one call holds are all taken", manyEventsAreTaken},
	{"an event that is too large is named", largeEventIsNamed},
	{"concurrent use is safe", concurrentUseIsSafe},
	{"the deadline ends a call that hangs", deadlineIsKept},
	{"without a network every call is unavailable", cutIsUnavailable},
	{"a network that loses half fails or works and never lies", lossyNeverLies},
	{"keys never show when the service says them back", keysNeverShow},
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
