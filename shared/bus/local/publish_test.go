package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

func TestEventsThatAreNotRightAreToldSoAndDoNotKeepOutTheOthers(t *testing.T) {
	b := withRule(t, local.Options{})
	long := func(attribute string, n int) event.Event {
		m := map[string]string{"id": "1", "source": "s", "type": "t", attribute: strings.Repeat("中", n)}
		text, err := json.Marshal(m)
		require.NoError(t, err)
		return parsed(t, string(text))
	}
	deep := strings.Repeat(`{"a":`, 1200) + "1" + strings.Repeat("}", 1200)
	puts, err := b.Publish(t.Context(), "b",
		long("id", 129), long("source", 129), long("type", 65), long("subject", 513), parsed(t, `{"id":"deep","source":"s","type":"t","data":`+deep+`}`),
		parsed(t, `{"id":"big","source":"s","type":"t","data":"`+strings.Repeat("x", event.MaxEventBytes)+`"}`),
		long("id", 128), long("subject", 512), numbered(t, 7))
	require.NoError(t, err)
	var codes []string
	for _, p := range puts {
		codes = append(codes, p.Code)
		assert.Equal(t, p.Code == "", p.TraceID != "", "%+v", p)
	}
	assert.Equal(t, []string{"EventIdEmpty", "EventSourceInvalid", "EventTypeInvalid", "RequestParameterInvalid", "RequestParameterInvalid", "EventSizeExceed", "", "", ""}, codes)
}

func TestCallsThatAreTooMuchAreRefusedAsAWhole(t *testing.T) {
	b := withRule(t, local.Options{})
	var many []event.Event
	for i := range 17 {
		many = append(many, numbered(t, i))
	}
	_, err := b.Publish(t.Context(), "b", many...)
	assert.Equal(t, "RequestParameterInvalid", code(t, err))
	var large []event.Event
	for i := range 5 {
		large = append(large, parsed(t, fmt.Sprintf(`{"id":"%d","source":"s","type":"t","data":"%s"}`, i, strings.Repeat("x", 250<<10))))
	}
	_, err = b.Publish(t.Context(), "b", large...)
	assert.Equal(t, "EventSizeExceed", code(t, err))
	_, err = b.Publish(t.Context(), "none", numbered(t, 1))
	assert.Equal(t, "EventBusNotExist", code(t, err))
	events, _, err := b.EventCount(t.Context(), time.Time{})
	require.NoError(t, err)
	assert.Zero(t, events)
}

func TestAnEventIsDeliveredOnceHoweverOftenItIsPublished(t *testing.T) {
	var f functions
	b := withRule(t, local.Options{Dir: t.TempDir(), Invoke: f.invoke}, "f")
	var publishers sync.WaitGroup
	for range 16 {
		publishers.Go(func() {
			for i := range 20 {
				// Twice in one call, and in many at once.
				puts, err := b.Publish(context.Background(), "b", numbered(t, i), numbered(t, i))
				assert.NoError(t, err)
				assert.Equal(t, puts[0].TraceID, puts[1].TraceID)
				assert.True(t, puts[1].Duplicate)
			}
		})
	}
	publishers.Wait()
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.Len(t, f.got(), 20)
}

func TestAnEventIsNewAgainAfterADay(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b := withRule(t, local.Options{Now: func() time.Time { return now }})
	first := published(t, b, numbered(t, 1))[0]
	for _, step := range []struct {
		at        time.Duration
		duplicate bool
	}{
		{23*time.Hour + 59*time.Minute, true},
		{-time.Hour, true}, // a clock that was set back
		{24*time.Hour + time.Minute, false},
		{25 * time.Hour, true},
		{49 * time.Hour, false},
	} {
		now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(step.at)
		p := published(t, b, numbered(t, 1))[0]
		assert.Equal(t, step.duplicate, p.Duplicate, "%v later", step.at)
		if step.duplicate && step.at < 24*time.Hour {
			assert.Equal(t, first.TraceID, p.TraceID)
		}
	}
}

func TestEventsOfAnotherBusSourceOrIDAreOthers(t *testing.T) {
	b := withRule(t, local.Options{})
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "c"}))
	published(t, b, parsed(t, `{"id":"1","source":"s","type":"t"}`))
	assert.False(t, published(t, b, parsed(t, `{"id":"1","source":"s2","type":"t"}`))[0].Duplicate)
	assert.False(t, published(t, b, parsed(t, `{"id":"2","source":"s","type":"t"}`))[0].Duplicate)
	puts, err := b.Publish(t.Context(), "c", parsed(t, `{"id":"1","source":"s","type":"t"}`))
	require.NoError(t, err)
	assert.False(t, puts[0].Duplicate)
}

func TestPublishersAreHeldBackWhenTheQueueIsFull(t *testing.T) {
	release := make(chan struct{})
	b := withRule(t, local.Options{MaxWaiting: 3, Invoke: func(context.Context, string, []byte) (json.RawMessage, error) {
		<-release
		return json.RawMessage(`{"status":"sent"}`), nil
	}}, "f")
	for i := range 3 {
		published(t, b, numbered(t, i))
	}
	_, err := b.Publish(t.Context(), "b", numbered(t, 3))
	refused := refusal(t, err)
	require.Equal(t, "TooManyRequests", refused.Code)
	assert.Equal(t, http.StatusTooManyRequests, refused.Status)
	assert.Positive(t, refused.RetryAfter)
	assert.Error(t, b.Healthy())
	published(t, b, parsed(t, `{"id":"x","source":"s","type":"of no rule"}`))

	close(release)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.NoError(t, b.Healthy())
	published(t, b, numbered(t, 3))
}

func TestAClosedBusTakesNothing(t *testing.T) {
	b := withRule(t, local.Options{})
	require.NoError(t, b.Close(t.Context()))
	_, err := b.Publish(t.Context(), "b", numbered(t, 1))
	assert.Equal(t, "InternalError", code(t, err))
	assert.Equal(t, http.StatusServiceUnavailable, refusal(t, err).Status)
	assert.NoError(t, b.Close(t.Context()))
}
