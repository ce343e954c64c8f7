package aliyun

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
)

var from = time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)

// tracing returns the bus of a service that answers as answer says: data, or an
// error code.
func tracing(t *testing.T, answer func(action string, q url.Values) (data any, code string)) *Bus {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, code := answer(r.Header.Get("X-Acs-Action"), r.URL.Query())
		reply := map[string]any{"RequestId": "1", "Code": "Success", "Success": true, "Data": data}
		if code != "" {
			reply = map[string]any{"RequestId": "1", "Code": code, "Success": false, "Message": code + " it is."}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(reply)
	}))
	t.Cleanup(s.Close)
	b, err := New(Config{
		Region: region, Account: account, Endpoint: s.URL, Credentials: static(t, keyID, secret, ""),
		Retry: bus.Retry{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }},
	})
	require.NoError(t, err)
	return b
}

// traces reads all there are, at most so many.
func traces(t *testing.T, b *Bus, most int) (list []bus.Trace, failed error) {
	t.Helper()
	for trace, err := range b.Traced(t.Context(), "pai-system-lab", from, from.Add(time.Hour)) {
		if err != nil {
			failed = err
			continue
		}
		if list = append(list, trace); len(list) == most {
			break
		}
	}
	return list, failed
}

func trace(i int) map[string]any {
	return map[string]any{
		"EventBusName": "pai-system-lab", "EventId": fmt.Sprint(i), "EventSource": "acs.pai", "EventType": "pai:Job:Failed",
		"EventReceivedTime": from.Add(time.Duration(i) * time.Second).UnixMilli(),
	}
}

func TestWhatPassedIsReadPageByPage(t *testing.T) {
	var asked []url.Values
	refused := false
	b := tracing(t, func(action string, q url.Values) (any, string) {
		assert.Equal(t, "QueryTracedEvents", action)
		if len(asked) == 1 && !refused {
			refused = true
			return nil, "Throttling.User"
		}
		asked = append(asked, q)
		at, _ := strconv.Atoi(q.Get("NextToken"))
		data := map[string]any{"Events": []any{trace(at), trace(at + 1)}, "Total": 6}
		if at < 4 {
			data["NextToken"] = strconv.Itoa(at + 2)
		}
		return data, ""
	})
	list, err := traces(t, b, 0)
	require.NoError(t, err)
	require.Len(t, list, 6)
	assert.Equal(t, bus.Trace{ID: "5", Source: "acs.pai", Type: "pai:Job:Failed", Received: from.Add(5 * time.Second)}, list[5])
	require.Len(t, asked, 3, "a call that is throttled is repeated")
	assert.Equal(t, "100", asked[0].Get("Limit"))
	assert.Equal(t, strconv.FormatInt(from.UnixMilli(), 10), asked[0].Get("StartTime"))
	assert.Equal(t, strconv.FormatInt(from.Add(time.Hour).UnixMilli(), 10), asked[2].Get("EndTime"))

	asked = nil
	list, err = traces(t, b, 3)
	require.NoError(t, err)
	assert.Len(t, list, 3)
	assert.Len(t, asked, 2, "no page is asked for that nobody reads")
}

func TestPagesThatNeverEndAreAnError(t *testing.T) {
	for name, next := range map[string]func(string) string{
		"the same page":        func(string) string { return "a" },
		"pages of a circle":    func(token string) string { return map[string]string{"": "a", "a": "b", "b": "a"}[token] },
		"a circle to the head": func(token string) string { return map[string]string{"": "a", "a": "b", "b": "c", "c": "b"}[token] },
	} {
		t.Run(name, func(t *testing.T) {
			b := tracing(t, func(_ string, q url.Values) (any, string) {
				return map[string]any{"Events": []any{trace(1)}, "NextToken": next(q.Get("NextToken"))}, ""
			})
			list, err := traces(t, b, 0)
			assert.ErrorContains(t, err, "again and again")
			assert.Equal(t, bus.Unavailable, bus.KindOf(err))
			assert.Less(t, len(list), 10)
		})
	}
}

func TestARefusalOfTracesNamesThePermission(t *testing.T) {
	b := tracing(t, func(string, url.Values) (any, string) { return nil, "AccessDenied" })
	_, err := traces(t, b, 0)
	assert.Equal(t, bus.Denied, bus.KindOf(err))
	assert.ErrorContains(t, err, "eventbridge:QueryTracedEvents pai-system-lab")

	b = tracing(t, func(string, url.Values) (any, string) { return nil, "EventBusNotExist" })
	_, err = traces(t, b, 0)
	assert.Equal(t, bus.NotFound, bus.KindOf(err))

	b = tracing(t, func(string, url.Values) (any, string) { return nil, "" })
	_, err = traces(t, b, 0)
	assert.Equal(t, bus.Unavailable, bus.KindOf(err), "a success without data is none")
}

func TestTheEventOfATraceIsRead(t *testing.T) {
	of := bus.Trace{ID: "e-1", Source: "acs.pai", Type: "pai:Job:Failed"}
	for name, c := range map[string]struct {
		data any
		want string // its data
		kind bus.Kind
	}{
		"as a CloudEvent":           {data: map[string]any{"id": "e-1", "source": "acs.pai", "type": "pai:Job:Failed", "specversion": "1.0", "data": map[string]any{"JobId": "a"}}, want: `{"JobId":"a"}`},
		"as a text of a CloudEvent": {data: `{"id":"e-1","source":"acs.pai","type":"pai:Job:Failed","data":{"JobId":"a"}}`, want: `{"JobId":"a"}`},
		"as its data alone":         {data: map[string]any{"JobId": "a"}, want: `{"JobId":"a"}`},
		"as data that has a source": {data: map[string]any{"id": "model-1", "source": "oss", "type": "pmml"}, want: `{"id":"model-1","source":"oss","type":"pmml"}`},
		"with a large number":       {data: json.RawMessage(`{"Run":12345678901234567890}`), want: `{"Run":12345678901234567890}`},
		"as a list":                 {data: []any{1, 2}, want: `[1,2]`},
		"as a text":                 {data: "job died", want: `"job died"`},
		"not any more":              {data: nil, kind: bus.NotFound},
		"with data that is a text":  {data: map[string]any{"id": "e-1", "source": "acs.pai", "type": "pai:Job:Failed", "data": "x"}, want: `"x"`},
	} {
		t.Run(name, func(t *testing.T) {
			b := tracing(t, func(action string, q url.Values) (any, string) {
				assert.Equal(t, "QueryEvent", action)
				assert.Equal(t, "e-1", q.Get("EventId"))
				assert.Equal(t, "acs.pai", q.Get("EventSource"))
				return c.data, ""
			})
			e, err := b.TracedEvent(t.Context(), "pai-system-lab", of)
			if c.kind != 0 {
				assert.Equal(t, c.kind, bus.KindOf(err))
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "e-1", e.ID())
			assert.Equal(t, "acs.pai", e.Source())
			assert.JSONEq(t, c.want, string(e.Data()))
		})
	}
}

func TestAnEventThatVanishedIsNotFound(t *testing.T) {
	for _, code := range []string{"EventNotExist", "EventIdNotExist", "ResourceNotFound"} {
		b := tracing(t, func(string, url.Values) (any, string) { return nil, code })
		_, err := b.TracedEvent(t.Context(), "pai-system-lab", bus.Trace{ID: "e-1", Source: "a", Type: "b"})
		assert.Equal(t, bus.NotFound, bus.KindOf(err), code)
	}
}
