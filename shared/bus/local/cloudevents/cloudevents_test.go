package cloudevents_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/binding"
	sdk "github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/cloudevents"
	"github.com/pai-notify/pai-notify/shared/event"
)

// publisher keeps what it takes, or refuses as it is told.
type publisher struct {
	bus    string
	events []event.Event
	refuse func(i int, e event.Event) (local.Put, error)
}

func (p *publisher) Publish(_ context.Context, bus string, events ...event.Event) ([]local.Put, error) {
	var puts []local.Put
	for i, e := range events {
		put := local.Put{EventID: e.ID()}
		if p.refuse != nil {
			var err error
			if put, err = p.refuse(i, e); err != nil {
				return nil, err
			}
		}
		if put.Code == "" {
			p.events = append(p.events, e)
		}
		puts = append(puts, put)
	}
	p.bus = bus
	return puts, nil
}

func serve(t *testing.T, p *publisher) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(cloudevents.Pattern, cloudevents.Handler(p))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + cloudevents.Path("pai-system-lab")
}

func send(t *testing.T, r *http.Request) (*http.Response, cloudevents.Answer) {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	var answer cloudevents.Answer
	require.NoError(t, json.Unmarshal(text, &answer), "%d %s", res.StatusCode, text)
	return res, answer
}

func anEvent(t *testing.T, id string) sdk.Event {
	t.Helper()
	e := sdk.New()
	e.SetID(id)
	e.SetSource("acs.paidlc")
	e.SetType("paidlc:Job:Failed")
	e.SetSubject("任务")
	e.SetTime(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC))
	e.SetExtension("aliyunregionid", "cn-hangzhou")
	require.NoError(t, e.SetData("application/json", map[string]any{"JobId": "dlc1"}))
	return e
}

func TestEveryModeOfTheSDKIsTaken(t *testing.T) {
	for name, request := range map[string]func(url string) (*http.Request, error){
		"binary": func(url string) (*http.Request, error) {
			return cehttp.NewHTTPRequestFromEvent(t.Context(), url, anEvent(t, "1"))
		},
		"structured": func(url string) (*http.Request, error) {
			e := anEvent(t, "1")
			r, err := http.NewRequest(http.MethodPost, url, nil)
			if err != nil {
				return nil, err
			}
			return r, cehttp.WriteRequest(binding.WithForceStructured(t.Context()), binding.ToMessage(&e), r)
		},
		"batch": func(url string) (*http.Request, error) {
			return cehttp.NewHTTPRequestFromEvents(t.Context(), url, []sdk.Event{anEvent(t, "1"), anEvent(t, "2")})
		},
	} {
		t.Run(name, func(t *testing.T) {
			var p publisher
			r, err := request(serve(t, &p))
			require.NoError(t, err)
			res, answer := send(t, r)
			assert.Equal(t, http.StatusAccepted, res.StatusCode)
			assert.Equal(t, "pai-system-lab", p.bus)
			require.Len(t, answer.Events, len(p.events))
			assert.Equal(t, cloudevents.Entry{ID: "1"}, answer.Events[0])
			e := p.events[0]
			assert.Equal(t, []string{"1", "acs.paidlc", "paidlc:Job:Failed", "任务", "cn-hangzhou", "dlc1"},
				[]string{e.ID(), e.Source(), e.Type(), e.Subject(), e.Extension("aliyunregionid"), e.Lookup("JobId")})
			assert.Equal(t, time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC), e.Time().UTC())
		})
	}
}

func post(t *testing.T, url, contentType, body string, header ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header[header[i]] = append(r.Header[header[i]], header[i+1])
	}
	return r
}

const structured, batch = "application/cloudevents+json", "application/cloudevents-batch+json"

func TestAStructuredEventStaysTheTextItCameAs(t *testing.T) {
	var p publisher
	text := `{ "id":"1","source":"s","type":"t","time":"2020-08-17T16:04:46.149Asia/Shanghai","data":{"n":12345678901234567890.10} }`
	res, _ := send(t, post(t, serve(t, &p), structured+"; charset=utf-8", text))
	require.Equal(t, http.StatusAccepted, res.StatusCode)
	assert.Equal(t, text, string(p.events[0].JSON()))
	assert.False(t, p.events[0].Time().IsZero(), "the services' own form of a time")
}

func TestRequestsThatAreNoEventsAreRefused(t *testing.T) {
	binary := []string{"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "s", "Ce-Type", "t"}
	for name, c := range map[string]struct {
		contentType, body string
		header            []string
		status            int
		says              string
	}{
		"malformed JSON":                  {structured, `{"id":`, nil, 400, "not JSON"},
		"a non-event":                     {structured, `{"hello":"world"}`, nil, 400, "not a CloudEvent: id, source, type missing"},
		"a list where one was said":       {structured, `[]`, nil, 400, "where a CloudEvent was expected"},
		"one where a list was said":       {batch, `{"id":"1"}`, nil, 400, "not a JSON list"},
		"an empty batch":                  {batch, `[]`, nil, 400, "1 to 16"},
		"too many events":                 {batch, "[" + strings.Repeat(`{},`, 16) + "{}]", nil, 400, "this one has 17"},
		"no mode at all":                  {"application/json", `{}`, nil, 415, "Ce-Specversion"},
		"no content type":                 {"", ``, nil, 415, "application/cloudevents+json"},
		"headers without an id":           {"application/json", `{}`, []string{"Ce-Specversion", "1.0", "Ce-Source", "s", "Ce-Type", "t"}, 400, "id missing"},
		"an attribute twice":              {"application/json", `{}`, append(binary, "Ce-Id", "2"), 400, "Ce-Id comes more than once"},
		"an attribute named data":         {"application/json", `{}`, append(binary, "Ce-Data", `{"forged":1}`), 400, "Ce-Data is none"},
		"a type of data among attributes": {"application/json", `{}`, append(binary, "Ce-Datacontenttype", "x/y"), 400, "Ce-Datacontenttype is none"},
		"data that is not what it says":   {"application/json", `{"a":`, binary, 400, "the data is not JSON"},
		"a header that is no text":        {"application/json", `{}`, append(binary, "Ce-Subject", "%ff"), 400, "Ce-Subject is not UTF-8"},
		"a content type twice":            {structured, `{}`, []string{"Content-Type", "text/plain"}, 400, "Content-Type comes more than once"},
		"a body that is compressed":       {structured, "\x1f\x8b", []string{"Content-Encoding", "gzip"}, 415, "compressed"},
		"another format of an event":      {"application/cloudevents+avro", `{}`, binary, 415, "application/cloudevents+json"},
		"an event without data":           {structured, `{"id":"1","source":"s","type":"t"}`, nil, 400, "has no data"},
		"headers without a body":          {"application/json", ``, binary, 400, "has no data"},
		"data in bytes":                   {"application/octet-stream", "\xff\xfe", binary, 400, "neither JSON nor text"},
		"a body over a megabyte":          {structured, strings.Repeat(" ", 1<<20+1), nil, 413, "larger than the 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			var p publisher
			res, answer := send(t, post(t, serve(t, &p), c.contentType, c.body, c.header...))
			assert.Equal(t, c.status, res.StatusCode)
			assert.Contains(t, answer.Error, c.says)
			assert.NotEmpty(t, answer.Error)
			assert.Empty(t, p.events)
		})
	}
}

// One event, in each of the three modes.
func inEveryMode(attributes map[string]string, contentType, body, data string) map[string]func(t *testing.T, url string) *http.Request {
	text := "{"
	var header []string
	for name, value := range attributes {
		quoted, _ := json.Marshal(value)
		text += fmt.Sprintf("%q:%s,", name, quoted)
		header = append(header, http.CanonicalHeaderKey("ce-"+name), value)
	}
	if contentType != "" {
		text += fmt.Sprintf(`"datacontenttype":%q,`, contentType)
	}
	text += data + "}"
	return map[string]func(t *testing.T, url string) *http.Request{
		"binary":     func(t *testing.T, url string) *http.Request { return post(t, url, contentType, body, header...) },
		"structured": func(t *testing.T, url string) *http.Request { return post(t, url, structured, text) },
		"batch":      func(t *testing.T, url string) *http.Request { return post(t, url, batch, "["+text+"]") },
		"after a byte order mark": func(t *testing.T, url string) *http.Request {
			return post(t, url, structured, "\ufeff"+text)
		},
		"batch, after a byte order mark": func(t *testing.T, url string) *http.Request {
			return post(t, url, batch, "\ufeff["+text+"]")
		},
	}
}

func TestAnEventIsReadAlikeInEveryMode(t *testing.T) {
	with := func(more ...string) map[string]string {
		attributes := map[string]string{"specversion": "1.0", "id": "1", "source": "acs.paidlc", "type": "t"}
		for i := 0; i < len(more); i += 2 {
			attributes[more[i]] = more[i+1]
		}
		return attributes
	}
	const inBase64 = `"data_base64":"eyJKb2JJZCI6ImRsYzEifQ=="`
	for name, c := range map[string]struct {
		attributes              map[string]string
		contentType, body, data string
		want                    string // of the data; none when the event is refused
		time                    string
	}{
		"a time of the service":           {with("time", "2020-08-17T16:04:46.149Asia/Shanghai"), "application/json", `{"JobId":"x"}`, `"data":{"JobId":"x"}`, `{"JobId":"x"}`, "2020-08-17T08:04:46.149Z"},
		"another":                         {with("time", "2020-08-17T16:04:46.149PRC"), "", `{}`, `"data":{}`, `{}`, "2020-08-17T08:04:46.149Z"},
		"an offset without a colon":       {with("time", "2020-08-17T16:04:46.123456789+0800"), "", `{}`, `"data":{}`, `{}`, "2020-08-17T08:04:46.123456789Z"},
		"a time in lower case":            {with("time", "2020-08-17t16:04:46z"), "", `{}`, `"data":{}`, `{}`, "2020-08-17T16:04:46Z"},
		"a time in no known form":         {with("time", "yesterday"), "", `{}`, `"data":{}`, `{}`, ""},
		"an empty time":                   {with("time", ""), "", `{}`, `"data":{}`, `{}`, ""},
		"a version of the future":         {with("specversion", "9.9"), "", `{}`, `"data":{}`, `{}`, ""},
		"no version":                      {map[string]string{"id": "1", "source": "s", "type": "t"}, "", `{}`, `"data":{}`, `{}`, ""},
		"a name that CloudEvents forbids": {with("a-b", "1"), "", `{}`, `"data":{}`, `{}`, ""},
		"a charset":                       {with(), "application/json; charset=utf-8", `{"JobId":"dlc1"}`, inBase64, `{"JobId":"dlc1"}`, ""},
		"JSON called something else":      {with(), "application/octet-stream", `{"JobId":"dlc1"}`, inBase64, `{"JobId":"dlc1"}`, ""},
		"text":                            {with(), "text/plain", "job died", `"data":"job died"`, `"job died"`, ""},
		"text in base64":                  {with(), "text/plain; charset=utf-8", "job died", `"data_base64":"am9iIGRpZWQ="`, `"job died"`, ""},
		"a text that is JSON":             {with(), "application/json", `"{\"JobId\":\"dlc1\"}"`, `"data":"{\"JobId\":\"dlc1\"}"`, `{"JobId":"dlc1"}`, ""},
		"a list":                          {with(), "", `[1]`, `"data":[1]`, `[1]`, ""},
		"a number":                        {with(), "", `1.50`, `"data":1.50`, `1.50`, ""},
		"null":                            {with(), "", `null`, `"data":null`, ``, ""},
		"an empty text":                   {with(), "", `""`, `"data":""`, ``, ""},
		"nothing":                         {with(), "text/plain", ``, `"data_base64":""`, ``, ""},
		"bytes":                           {with(), "image/png", "\xff\xfe", `"data_base64":"//4="`, ``, ""},
		"text that is said to be JSON":    {with(), "application/json", "hello", `"data_base64":"aGVsbG8="`, ``, ""},
		"an attribute that is missing":    {map[string]string{"specversion": "1.0", "source": "s", "type": "t"}, "", `{}`, `"data":{}`, ``, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for mode, request := range inEveryMode(c.attributes, c.contentType, c.body, c.data) {
				var p publisher
				res, answer := send(t, request(t, serve(t, &p)))
				require.Len(t, answer.Events, 1, mode)
				if c.want == "" {
					assert.Equal(t, http.StatusBadRequest, res.StatusCode, mode)
					assert.NotEmpty(t, answer.Events[0].Code, mode)
					assert.NotEmpty(t, answer.Events[0].Error, mode)
					assert.Empty(t, p.events, mode)
					continue
				}
				require.Equal(t, http.StatusAccepted, res.StatusCode, "%s %+v", mode, answer)
				e := p.events[0]
				assert.JSONEq(t, c.want, string(e.Data()), mode)
				at := ""
				if !e.Time().IsZero() {
					at = e.Time().UTC().Format(time.RFC3339Nano)
				}
				assert.Equal(t, c.time, at, mode)
			}
		})
	}
}

func TestHeadersAreDecodedAsCloudEventsSays(t *testing.T) {
	for written, want := range map[string]string{
		"plain":                           "plain",
		"Euro%20%E2%82%AC%20%F0%9F%98%80": "Euro € 😀",
		"%e4%bb%bb%e5%8a%a1":              "任务",
		"任务":                              "任务",
		"%2520":                           "%20",
		"a+b":                             "a+b",
		"100%":                            "100%",
		"50%, or 5%2":                     "50%, or 5%2",
		`"in quotes \"and\" %41"`:         `in quotes "and" A`,
		`"`:                               `"`,
	} {
		t.Run(written, func(t *testing.T) {
			var p publisher
			res, answer := send(t, post(t, serve(t, &p), "", `{}`, "Ce-Id", "1", "Ce-Source", "s", "Ce-Type", "t", "Ce-Specversion", "1.0", "Ce-Subject", written))
			require.Equal(t, http.StatusAccepted, res.StatusCode, "%+v", answer)
			assert.Equal(t, want, p.events[0].Subject())
		})
	}
}

func TestABadEventInABatchCostsNoOther(t *testing.T) {
	good := func(id string) string { return `{"id":"` + id + `","source":"s","type":"t","data":{}}` }
	for name, c := range map[string]struct{ text, id, code, says string }{
		"no event":      {`{"hello":"world"}`, "", "RequestParameterInvalid", "not a CloudEvent"},
		"no object":     {`7`, "", "RequestParameterInvalid", "is a number where a CloudEvent"},
		"no type":       {`{"id":"2","source":"s","data":{}}`, "2", "RequestParameterInvalid", "type missing"},
		"no data":       {`{"id":"2","source":"s","type":"t"}`, "2", "EventDataEmpty", "has no data"},
		"wrong base64":  {`{"id":"2","source":"s","type":"t","data_base64":"!"}`, "2", "RequestParameterInvalid", "not base64"},
		"an id twice":   {`{"id":"2","source":"s","type":"t","data":{},"id":"3"}`, "3", "RequestParameterInvalid", `"id" twice`},
		"data and more": {`{"id":"2","source":"s","type":"t","data":{},"data_base64":"e30="}`, "2", "RequestParameterInvalid", "both"},
	} {
		t.Run(name, func(t *testing.T) {
			var p publisher
			res, answer := send(t, post(t, serve(t, &p), batch, "["+good("1")+","+c.text+","+good("4")+"]"))
			assert.Equal(t, http.StatusMultiStatus, res.StatusCode, "neither all nor none")
			require.Len(t, p.events, 2)
			require.Len(t, answer.Events, 3)
			assert.Equal(t, cloudevents.Entry{ID: "1"}, answer.Events[0])
			assert.Equal(t, cloudevents.Entry{ID: "4"}, answer.Events[2])
			assert.Equal(t, c.id, answer.Events[1].ID)
			assert.Equal(t, c.code, answer.Events[1].Code)
			assert.Contains(t, answer.Events[1].Error, c.says)
		})
	}
}

func TestABodyOfUnknownLengthIsLimitedToo(t *testing.T) {
	r := post(t, serve(t, &publisher{}), structured, "")
	r.Body, r.ContentLength = io.NopCloser(io.LimitReader(blanks{}, 1<<21)), -1
	res, answer := send(t, r)
	assert.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
	assert.Contains(t, answer.Error, "1048576")
}

type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestTheBusDecidesTheAnswer(t *testing.T) {
	text := func(id string) string { return `{"id":"` + id + `","source":"s","type":"t","data":{}}` }
	refused := local.Put{EventID: "2", Code: "EventSizeExceed", Text: "too large"}
	for name, c := range map[string]struct {
		refuse     func(i int, e published) (local.Put, error)
		status     int
		retryAfter string
		answer     cloudevents.Answer
	}{
		"all accepted": {func(_ int, e published) (local.Put, error) {
			return local.Put{EventID: e.ID(), Duplicate: e.ID() == "2"}, nil
		},
			202, "", cloudevents.Answer{Events: []cloudevents.Entry{{ID: "1"}, {ID: "2", Duplicate: true}}}},
		"one refused": {func(i int, e published) (local.Put, error) {
			if i == 1 {
				return refused, nil
			}
			return local.Put{EventID: e.ID()}, nil
		}, 207, "", cloudevents.Answer{Events: []cloudevents.Entry{{ID: "1"}, {ID: "2", Code: "EventSizeExceed", Error: "too large"}}}},
		"all refused": {func(_ int, e published) (local.Put, error) {
			return local.Put{EventID: e.ID(), Code: "C", Text: "T"}, nil
		},
			400, "", cloudevents.Answer{Events: []cloudevents.Entry{{ID: "1", Code: "C", Error: "T"}, {ID: "2", Code: "C", Error: "T"}}}},
		"a bus that is not there": {func(int, published) (local.Put, error) {
			return local.Put{}, &local.Error{Code: "EventBusNotExist", Status: 409, Text: "The event bus [x] not existed!"}
		}, 404, "", cloudevents.Answer{Code: "EventBusNotExist", Error: "The event bus [x] not existed!"}},
		"a disk that cannot follow": {func(int, published) (local.Put, error) {
			return local.Put{}, &local.Error{Code: "TooManyRequests", Status: 429, Text: "later", RetryAfter: 1500 * time.Millisecond}
		}, 429, "2", cloudevents.Answer{Code: "TooManyRequests", Error: "later"}},
		"a failure": {func(int, published) (local.Put, error) { return local.Put{}, io.ErrUnexpectedEOF },
			500, "", cloudevents.Answer{Error: "unexpected EOF"}},
	} {
		t.Run(name, func(t *testing.T) {
			res, answer := send(t, post(t, serve(t, &publisher{refuse: c.refuse}), batch, "["+text("1")+","+text("2")+"]"))
			assert.Equal(t, c.status, res.StatusCode)
			assert.Equal(t, c.retryAfter, res.Header.Get("Retry-After"))
			assert.Equal(t, c.answer, answer)
		})
	}
}

type published = event.Event
