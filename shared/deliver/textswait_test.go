package deliver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

func TestTheTextsOfARuleWaitTogether(t *testing.T) {
	for _, says := range []*bus.Error{errAway, errDenied} {
		t.Run(says.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				of := newTable()
				of.says = says
				of.set(always, nil)
				f, l := on(of, true, nil)
				began := time.Now()
				_, err := invoke(t, f, strings.Replace(listing(listedRule("a", everything, "x", "y")), `"data"`, `"time":"`+began.Format(time.RFC3339)+`","data"`, 1))
				if says == errDenied {
					require.NoError(t, err)
					assert.Len(t, l.notifications, 2)
					assert.Less(t, time.Since(began), time.Second, "asking again is no use")
					return
				}
				require.Error(t, err)
				assert.Empty(t, l.notifications)
				assert.WithinRange(t, time.Now(), began.Add(14*time.Second), began.Add(17*time.Second))
			})
		})
	}
}

// TestATextWaitsForWhateverMayHaveClaimedIt has a ledger fail in each of the ways that
// stores know. Only where the service itself refuses to write any row is there nobody
// who can have claimed the text.
func TestATextWaitsForWhateverMayHaveClaimedIt(t *testing.T) {
	of := func(kind bus.Kind, code string) error {
		return &bus.Error{Kind: kind, Action: "dynamodb:PutItem", Code: code}
	}
	for name, c := range map[string]struct {
		says error
		sent bool
	}{
		"no table":               {of(bus.NotFound, "ResourceNotFoundException"), true},
		"no permission":          {of(bus.Denied, "AccessDeniedException"), true},
		"no permission, wrapped": {fmt.Errorf("ledger: %w", of(bus.Denied, "AccessDeniedException")), true},
		"no credentials":         {of(bus.NoCredentials, ""), true},
		"it cannot be opened":    {unopened{errors.New("PAI_NOTIFY_LEDGER names none")}, true},

		"no answer in time":                   {context.DeadlineExceeded, false},
		"no connection":                       {of(bus.Unavailable, ""), false},
		"it fails":                            {of(bus.Unavailable, "InternalServerError"), false},
		"too many calls":                      {of(bus.Throttled, "ProvisionedThroughputExceededException"), false},
		"a quota":                             {of(bus.Quota, "OTSQuotaExhausted"), false},
		"a row of a later version":            {of(bus.Invalid, ""), false},
		"another table":                       {of(bus.Invalid, "ValidationException"), false},
		"another service":                     {of(bus.NotServed, ""), false},
		"a proxy that finds nothing":          {of(bus.NotFound, ""), false},
		"a proxy that lets nobody through":    {of(bus.Denied, ""), false},
		"a key that has expired in this one":  {of(bus.NoCredentials, "ExpiredTokenException"), false},
		"something that the store cannot say": {errors.New("unexpected EOF"), false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rows := newTable()
				rows.says = c.says
				rows.set(always, nil)
				f, l := on(rows, true, nil)
				list, err := invoke(t, f, happened(1, 0, "critical"))
				assert.Equal(t, c.sent, err == nil, "%v", err)
				assert.Equal(t, c.sent, list[0].Unguarded)
				assert.Len(t, l.notifications, map[bool]int{true: 1}[c.sent])
			})
		})
	}
}

// TestATextIsNotSentBesideARowThatCannotBeRead has permissions for a part of what a
// claim takes. A conflict says that somebody has claimed, whoever may read it.
func TestATextIsNotSentBesideARowThatCannotBeRead(t *testing.T) {
	put := func(call string, _ ledger.Entry) bool { return call == "put" }
	get := func(call string, _ ledger.Entry) bool { return call == "get" }
	for name, c := range map[string]struct {
		denied  func(string, ledger.Entry) bool
		claimed bool
		sent    bool
	}{
		"rows cannot be read, and there is one":    {get, true, false},
		"rows cannot be read, and there is none":   {get, false, true},
		"rows cannot be written, and there is one": {put, true, false},
		"rows cannot be written, there is none":    {put, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				of := newTable()
				f, l := on(of, true, nil)
				payload := happened(1, 0, "critical")
				if c.claimed {
					_, _, err := ledger.New(of).Claim(t.Context(), f.entryOf(f.plan(decoded(t, payload))[0]), 30*time.Second)
					require.NoError(t, err)
				}
				of.says = errDenied
				of.set(c.denied, nil)
				_, err := invoke(t, f, payload)
				assert.Equal(t, c.sent, err == nil, "%v", err)
				assert.Len(t, l.notifications, map[bool]int{true: 1}[c.sent])
			})
		})
	}
}

// TestATextWaitsForItsLedgerAtEveryAttempt has a ledger be away for a quarter of an
// hour: the first attempt sent the text all the same.
func TestATextWaitsForItsLedgerAtEveryAttempt(t *testing.T) {
	for _, severity := range []string{"critical", "info"} {
		synctest.Test(t, func(t *testing.T) {
			of := newTable()
			of.set(always, nil)
			f, l := on(of, true, nil)
			payload := happened(1, 0, severity)
			for _, later := range []time.Duration{0, time.Minute, 2 * time.Minute, 15 * time.Minute} {
				time.Sleep(later)
				list, err := invoke(t, f, payload)
				require.Error(t, err)
				assert.Equal(t, outcome.Transient, list[0].Class)
			}
			assert.Empty(t, l.notifications)
			of.set(nil, nil)
			for i, status := range []outcome.Status{outcome.Sent, outcome.Skipped} {
				if i > 0 {
					f.memory = memory.New() // another instance
				}
				list, err := invoke(t, f, payload)
				require.NoError(t, err)
				assert.Equal(t, status, list[0].Status)
			}
			assert.Len(t, l.notifications, 1)
			assert.Equal(t, ledger.Sent, rows(t, of)["e1"].State)
		})
	}
}

// TestATextThatSomebodyHasClaimedIsNotSentWithoutTheLedger has the sender of a
// critical text die after its claim, and the ledger be away when the platform repeats
// the invocation a minute later: that text came twice.
func TestATextThatSomebodyHasClaimedIsNotSentWithoutTheLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		f, l := on(of, true, nil)
		payload := happened(1, 0, "critical")
		_, _, err := ledger.New(of).Claim(t.Context(), f.entryOf(f.plan(decoded(t, payload))[0]), 30*time.Second)
		require.NoError(t, err)
		of.set(always, nil)
		for _, later := range []time.Duration{time.Minute, 2 * time.Minute, 15 * time.Minute} {
			time.Sleep(later)
			_, err := invoke(t, f, payload)
			require.Error(t, err)
		}
		of.set(nil, nil)
		list, err := invoke(t, f, payload)
		require.NoError(t, err)
		assert.Equal(t, outcome.Unknown, list[0].Class)
		assert.Empty(t, l.notifications)
	})
}

func TestATextIsNotSentWithoutTheLedgerByWhatThePlatformRepeats(t *testing.T) {
	of := newTable()
	of.says = errDenied
	of.set(always, nil)
	f, l := on(of, true, nil)
	_, err := f.Handle(event.Repeated(t.Context()), []byte(happened(1, 0, "critical")))
	require.Error(t, err)
	assert.Empty(t, l.notifications)
}

func TestATextWaitsForALedgerThatComesBack(t *testing.T) {
	for name, c := range map[string]struct {
		away time.Duration
		sent bool
	}{
		"in time":        {13 * time.Second, true},
		"after too long": {20 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				of := newTable()
				of.set(always, nil)
				time.AfterFunc(c.away, func() { of.set(nil, nil) })
				f, l := on(of, true, nil)
				list, err := invoke(t, f, happened(1, 0, "info"))
				assert.Equal(t, c.sent, err == nil, "%v", err)
				assert.False(t, list[0].Unguarded)
				assert.Len(t, l.notifications, map[bool]int{true: 1}[c.sent])
			})
		})
	}
}

func TestATextThatWaitsInTheLedgerIsNotSentWithoutIt(t *testing.T) {
	of := newTable()
	of.says = errDenied
	f, l := on(of, true, nil)
	// As redeliver brings it.
	old := strings.Replace(happened(1, time.Hour, "critical"), `"rule":"gpu-died"`, `"rule":{"name":"gpu-died","retry":true}`, 1)
	require.Contains(t, old, "retry")
	old = string(batch(old))
	for range 2 {
		of.set(always, nil)
		_, err := invoke(t, f, old)
		require.Error(t, err)
		assert.Empty(t, l.notifications, "its row would have it sent again")
	}
	of.set(nil, nil)
	list, err := invoke(t, f, old)
	require.NoError(t, err)
	assert.Equal(t, outcome.Sent, list[0].Status)
}
