package backend

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestWhatABusAnsweredIsKeptForAWhileAndAskedForBehindThePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var k looked[int]
		asked, takes := 0, time.Second
		sees := func(about string, waits bool, value int, ok bool, after time.Duration, why string) {
			t.Helper()
			began := time.Now()
			saw, _, there := k.ask(t.Context(), about, time.Now, waits, PageWait, func(context.Context) int {
				time.Sleep(takes)
				asked++
				return asked
			})
			assert.Equal(t, value, saw, why)
			assert.Equal(t, ok, there, why)
			assert.Equal(t, after, time.Since(began), why)
		}
		sees("a", false, 0, false, PageWait, "nothing is there yet")
		time.Sleep(takes + time.Millisecond)
		sees("a", false, 1, true, 0, "what was asked for meanwhile is")
		time.Sleep(lookedFresh)
		sees("a", false, 1, true, 0, "a cloud's answer is shown once more")
		time.Sleep(takes + time.Millisecond)
		sees("a", false, 2, true, 0, "and was renewed behind the page")
		time.Sleep(lookedOld + time.Second)
		sees("a", false, 0, false, PageWait, "what is old is shown to nobody")
		time.Sleep(takes + time.Millisecond)
		sees("b", false, 0, false, PageWait, "nor what was asked about something else")
		time.Sleep(takes + time.Millisecond)
		k.forget()
		takes = time.Millisecond
		sees("b", true, 5, true, takes, "what is quick is waited for")
		sees("b", true, 5, true, 0, "and kept for a second")
		time.Sleep(time.Second + time.Millisecond)
		sees("b", true, 6, true, takes, "and asked for again")
		takes = time.Second
		time.Sleep(2 * time.Second)
		sees("b", true, 6, true, PageWait, "unless it takes too long")
		time.Sleep(2 * time.Second)
		sees("b", true, 7, true, 0, "and is then asked for so seldom that it takes a fiftieth of a processor")
		time.Sleep(48 * time.Second)
		sees("b", true, 7, true, 0, "all the while")
	})
}
