package aliyun

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func eventOf(t *testing.T, text string) event.Event {
	t.Helper()
	e, err := event.Parse([]byte(text))
	require.NoError(t, err)
	return e
}

// numbered are n events with data of size bytes each.
func numbered(t *testing.T, n, size int) []event.Event {
	t.Helper()
	events := make([]event.Event, n)
	for i := range events {
		events[i] = eventOf(t, fmt.Sprintf(`{"specversion":"1.0","id":"e-%d","source":"s","type":"t","data":{"pad":%q}}`, i, strings.Repeat("x", size)))
	}
	return events
}

func TestEventsAreSentAsTheDataPlaneTakesThem(t *testing.T) {
	var got *http.Request
	var sent []byte
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		sent, _ = io.ReadAll(r.Body)
		_, _ = io.WriteString(w, `{"FailedEntryCount":0,"EntryList":[{"EventId":"e1"}],"RequestId":"1"}`)
	}))
	t.Cleanup(s.Close)
	b, err := New(Config{Region: region, Account: account, Endpoint: s.URL, Credentials: static(t, "key", "secret", "token")})
	require.NoError(t, err)
	b.now = func() time.Time { return time.Date(2026, 5, 4, 3, 2, 1, 0, time.FixedZone("", 8*3600)) }
	b.nonce = func() string { return "nonce" }
	require.NoError(t, b.PutEvents(ctx, onBus, []event.Event{eventOf(t, `{"id":"e1","source":"s","type":"t","aliyuneventbusname":"other","data":{"a":"<b>","n":12345678901234567890}}`)}))

	assert.Equal(t, "POST /openapi/putEvents", got.Method+" "+got.URL.String())
	for name, want := range map[string]string{
		"Accept": "application/json", "Content-Type": "application/cloudevents-batch+json; charset=utf-8",
		"Date": "Sun, 03 May 2026 19:02:01 GMT", "X-Eventbridge-Version": "2015-06-06",
		"X-Acs-Signature-Method": "HMAC-SHA1", "X-Acs-Signature-Nonce": "nonce", "X-Acs-Signature-Version": "1.0",
		"X-Acs-Accesskey-Id": "key", "X-Acs-Security-Token": "token",
		// openssl dgst -sha1 -hmac secret -binary | base64, over the documented lines.
		"Authorization": "acs:key:wN4pTFCWQ0UfTjKT7XO0hL06P4o=",
	} {
		assert.Equal(t, want, got.Header.Get(name), name)
	}
	assert.Equal(t, `[{"aliyuneventbusname":"pai-system-llm_lab","data":{"a":"<b>","n":12345678901234567890},"datacontenttype":"application/json; charset=utf-8","id":"e1","source":"s","specversion":"1.0","type":"t"}]`, string(sent))
}

func TestALongTermKeySendsNoToken(t *testing.T) {
	p, b := lab(t)
	p.requests = nil
	require.NoError(t, b.PutEvents(ctx, onBus, numbered(t, 1, 1)))
	require.Len(t, p.requests, 1)
	assert.NotContains(t, p.requests[0].Header, "X-Acs-Security-Token")
	assert.NotContains(t, p.requests[0].Header, "X-Acs-Accesskey-Id")
}

func TestEventsGoInAsManyCallsAsTheyNeed(t *testing.T) {
	for name, c := range map[string]struct{ n, size, calls int }{
		"none": {0, 0, 0}, "one": {1, 10, 1}, "sixteen": {16, 10, 1}, "seventeen": {17, 10, 2}, "large ones": {9, 240 << 10, 3},
	} {
		t.Run(name, func(t *testing.T) {
			p, b := lab(t)
			p.calls = nil
			require.NoError(t, b.PutEvents(ctx, onBus, numbered(t, c.n, c.size)))
			assert.Len(t, p.calls, c.calls)
			assert.Len(t, p.buses[onBus].taken, c.n)
		})
	}
}

func TestEventsThatWereNotTakenAreNamed(t *testing.T) {
	_, b := lab(t)
	events := numbered(t, 3, 1)
	events[1] = eventOf(t, `{"specversion":"1.0","id":"empty","source":"s","type":"t"}`)
	err := b.PutEvents(ctx, onBus, events)
	assert.Equal(t, bus.Invalid, bus.KindOf(err))
	assert.EqualError(t, err, "bus: eventbridge:PutEvents pai-system-llm_lab: EventDataEmpty The data of the event is empty.; not taken: empty")
}

func TestAFailedCallNamesTheEventsOfTheNextOnes(t *testing.T) {
	p, b := lab(t)
	p.refuse = func(action string) peerError {
		if len(p.buses[onBus].taken) > 0 {
			return peerError{429, "TooManyRequests", "slow down"}
		}
		return peerError{}
	}
	err := b.PutEvents(ctx, onBus, numbered(t, 34, 1))
	assert.Equal(t, bus.Throttled, bus.KindOf(err))
	var second []string
	for i := 16; i < 32; i++ {
		second = append(second, fmt.Sprintf("e-%d", i))
	}
	assert.EqualError(t, err, "bus: eventbridge:PutEvents pai-system-llm_lab: TooManyRequests slow down; not taken: "+strings.Join(second, ", ")+"; not sent: e-32, e-33")
	assert.Len(t, p.buses[onBus].taken, 16)
}

func TestAnAnswerThatTellsOfNoEventsIsNoSuccess(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		kind bus.Kind
		text string
	}{
		"a web page":                {"<html>", bus.Unavailable, "a web page came back where the service's answer was expected: is the endpoint right, and is a proxy in between?; perhaps not taken: e-0, e-1"},
		"an empty object":           {"{}", bus.Unavailable, "the answer is not one of the service; perhaps not taken: e-0, e-1"},
		"a code in a success":       {`{"code":"EventBusNotExist","message":"no bus"}`, bus.NotFound, "EventBusNotExist no bus; not taken: e-0, e-1"},
		"a code beside no failures": {`{"FailedEntryCount":0,"Code":"EventBusNotExist","Message":"no bus"}`, bus.NotFound, "EventBusNotExist no bus; not taken: e-0, e-1"},
		"a count without entries":   {`{"FailedEntryCount":1}`, bus.Other, "1 of 2 events failed, and the service does not say which; perhaps not taken: e-0, e-1"},
		"an entry without a count":  {`{"FailedEntryCount":0,"EntryList":[{"EventId":"x"},{"ErrorCode":"EventSizeExceed"}]}`, bus.Invalid, "EventSizeExceed not taken: e-1"},
		"fewer entries than events": {`{"FailedEntryCount":1,"EntryList":[{"EventId":"e-1","ErrorCode":"EventSizeExceed","ErrorMessage":"large"}]}`, bus.Invalid, "EventSizeExceed large; not taken: e-1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, b := answering(t, 200, c.body)
			err := b.PutEvents(ctx, onBus, numbered(t, 2, 1))
			assert.Equal(t, c.kind, bus.KindOf(err))
			assert.EqualError(t, err, "bus: eventbridge:PutEvents pai-system-llm_lab: "+c.text)
		})
	}
}

func TestABatchIsFullAtItsLimits(t *testing.T) {
	var batch []addressed
	for range 4 {
		batch = append(batch, addressed{"e", make([]byte, maxBytes/4-2)})
	}
	batch[3].text = append(batch[3].text, 'x', 'x', 'x')
	assert.Equal(t, 4, fitting(batch), "exactly 1 MB with its brackets and commas")
	batch[3].text = append(batch[3].text, 'x')
	assert.Equal(t, 3, fitting(batch))
	assert.Equal(t, 1, fitting([]addressed{{"e", make([]byte, 2*maxBytes)}}))
}
