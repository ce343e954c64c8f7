package openapi_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// putEvents sends a batch as the SDK of the data plane does.
func (c *cloud) putEvents(t *testing.T, id, secret, body string, change ...func(*http.Request)) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, c.url+"/openapi/putEvents", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	r.Header.Set("Accept", "application/json")
	r.Header.Set("X-Acs-Signature-Nonce", rand.Text())
	r.Header.Set("X-Acs-Signature-Method", "HMAC-SHA1")
	r.Header.Set("X-Acs-Signature-Version", "1.0")
	r.Header.Set("X-Eventbridge-Version", "2015-06-06")
	r.Header.Set("Content-Type", "application/cloudevents-batch+json; charset=utf-8")
	text := "POST\n\n" + r.Header.Get("Content-Type") + "\n" + r.Header.Get("Date") + "\n" +
		"x-acs-signature-method:HMAC-SHA1\nx-acs-signature-nonce:" + r.Header.Get("X-Acs-Signature-Nonce") + "\nx-acs-signature-version:1.0\n/openapi/putEvents"
	h := hmac.New(sha1.New, []byte(secret))
	h.Write([]byte(text))
	r.Header.Set("Authorization", "acs:"+id+":"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	for _, f := range change {
		f(r)
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(answer, &fields), string(answer))
	return res.StatusCode, fields
}

func anEvent(id, bus string) string {
	return fmt.Sprintf(`{"id":%q,"source":"acs.paidlc","specversion":"1.0","type":"paidlc:Job:Failed","datacontenttype":"application/json; charset=utf-8","aliyuneventbusname":%q,"data":{"JobId":"dlc1"}}`, id, bus)
}

func TestEventsAreTakenFromTheDataPlane(t *testing.T) {
	c := furnished(t, theMissionsPolicy)
	status, answer := c.putEvents(t, userID, userSecret, "["+anEvent("1", "b")+`,{"id":"2"},`+anEvent("3", "b")+"]")
	require.Equal(t, http.StatusOK, status, "%v", answer)
	assert.EqualValues(t, 1, answer["FailedEntryCount"])
	assert.Equal(t, "1000000000000000", answer["ResourceOwnerAccountId"])
	assert.NotEmpty(t, answer["RequestId"])
	entries := answer["EntryList"].([]any)
	require.Len(t, entries, 3)
	assert.Equal(t, "1", entries[0].(map[string]any)["EventId"])
	assert.Contains(t, entries[1].(map[string]any)["ErrorMessage"], "source, type missing", "what cannot be read is told where it stood")
	assert.Equal(t, "3", entries[2].(map[string]any)["EventId"])
}

func TestDataInBase64IsPutInTheOpen(t *testing.T) {
	c := furnished(t)
	event := func(id, data string) string {
		return fmt.Sprintf(`{"id":%q,"source":"acs.paidlc","type":"t","aliyuneventbusname":"b"%s}`, id, data)
	}
	status, answer := c.putEvents(t, rootID, rootSecret, "["+strings.Join([]string{
		event("json", `,"data_base64":"eyJKb2JJZCI6ImRsYzEifQ=="`), event("words", `,"data_base64":"aGVsbG8="`), event("broken", `,"data_base64":"!"`), event("none", ""),
		event("empty", `,"data":""`), event("null", `,"data":null`),
	}, ",")+"]")
	require.Equal(t, http.StatusOK, status, "%v", answer)
	var codes []any
	for _, e := range answer["EntryList"].([]any) {
		codes = append(codes, e.(map[string]any)["ErrorCode"])
	}
	assert.Equal(t, []any{nil, "RequestParameterInvalid", "RequestParameterInvalid", "EventDataEmpty", "EventDataEmpty", "EventDataEmpty"}, codes)
	require.NoError(t, c.bus.CreateRule(t.Context(), local.Rule{Bus: "b", Name: "data", FilterPattern: `{"data":{"JobId":["dlc1"]}}`, Enabled: true}))
	_, answer = c.putEvents(t, rootID, rootSecret, "["+event("again", `,"data_base64":"eyJKb2JJZCI6ImRsYzEifQ=="`)+"]")
	assert.EqualValues(t, 0, answer["FailedEntryCount"])
	list, err := c.bus.Events(t.Context(), local.EventQuery{Bus: "b", Unmatched: true, Limit: 10})
	require.NoError(t, err)
	assert.Len(t, list, 1, "patterns look into it")
	_, answer = c.putEvents(t, rootID, rootSecret, "["+event("text", `,"datacontenttype":"text/plain","data":"job died"`)+","+event("encoded", `,"datacontenttype":"text/plain","data_base64":"aGVsbG8="`)+"]")
	assert.EqualValues(t, 0, answer["FailedEntryCount"], "text is taken")
}

func TestAnEventThatNamesNoBusCostsNoOther(t *testing.T) {
	c := furnished(t, theMissionsPolicy)
	status, answer := c.putEvents(t, userID, userSecret, `[{"id":"1","source":"s","type":"t","data":{}},`+anEvent("2", "b")+`,{"id":"3","source":"s","type":"t","data":{},"aliyunEventBusName":"b"}]`)
	require.Equal(t, http.StatusOK, status, "%v", answer)
	assert.EqualValues(t, 1, answer["FailedEntryCount"])
	first := answer["EntryList"].([]any)[0].(map[string]any)
	assert.Equal(t, "1", first["EventId"])
	assert.Contains(t, first["ErrorMessage"], "aliyuneventbusname")
	assert.Equal(t, 2, published(t, c.bus))
}

func TestTheDataPlaneRefuses(t *testing.T) {
	many := strings.Repeat(anEvent("1", "b")+",", 16) + anEvent("1", "b")
	for name, c := range map[string]struct {
		policies   []string
		secret     string
		body       string
		change     func(*http.Request)
		inactive   bool
		code, says string
		status     int
	}{
		"an account that is not activated":   {inactive: true, code: "ServiceAccessDenied", status: http.StatusForbidden},
		"another secret":                     {secret: "other", code: "SignatureDoesNotMatch", status: http.StatusForbidden},
		"no permission":                      {policies: []string{`{"Version":"1","Statement":[{"Effect":"Allow","Action":"eventbridge:GetRule","Resource":"*"}]}`}, code: "AccessDenied", says: "eventbridge:PutEvents", status: http.StatusForbidden},
		"a bus that is not there":            {body: "[" + anEvent("1", "other") + "]", code: "EventBusNotExist", status: http.StatusConflict},
		"two buses in a call":                {body: "[" + anEvent("1", "b") + "," + anEvent("2", "spare") + "]", code: "PutEventsRequestMoreThanOneEventBus", status: http.StatusConflict},
		"an event that names no bus":         {body: `[{"id":"1","source":"s","type":"t","data":{}}]`, code: "RequestParameterInvalid", says: "aliyuneventbusname", status: http.StatusConflict},
		"no list":                            {body: `{"id":"1"}`, code: "RequestParameterInvalid", status: http.StatusConflict},
		"an empty list":                      {body: `[]`, code: "RequestParameterInvalid", says: "1 to 16", status: http.StatusConflict},
		"seventeen events":                   {body: "[" + many + "]", code: "RequestParameterInvalid", says: "17", status: http.StatusConflict},
		"nothing that can be read":           {body: `[{"hello":"world"}]`, code: "RequestParameterInvalid", says: "found: hello", status: http.StatusConflict},
		"more than a megabyte":               {body: "[" + strings.Repeat(" ", 1<<20) + "]", code: "EntityTooLarge", says: "1048576", status: http.StatusRequestEntityTooLarge},
		"another operation":                  {change: func(r *http.Request) { r.URL.Path = "/openapi/createRule" }, code: "SignatureDoesNotMatch", status: http.StatusForbidden},
		"a request that was signed long ago": {change: func(r *http.Request) { r.Header.Set("Date", "Fri, 02 Jan 2026 12:00:00 GMT") }, code: "SignatureDoesNotMatch", status: http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			if c.policies == nil {
				c.policies = []string{theMissionsPolicy}
			}
			cloud := startWith(t, local.Options{NotActivated: c.inactive}, c.policies...)
			if !c.inactive {
				cloud.furnish(t)
			}
			if c.secret == "" {
				c.secret = userSecret
			}
			if c.body == "" {
				c.body = "[" + anEvent("1", "b") + "]"
			}
			change := func(*http.Request) {}
			if c.change != nil {
				change = c.change
			}
			status, answer := cloud.putEvents(t, userID, c.secret, c.body, change)
			assert.Equal(t, c.status, status)
			assert.Equal(t, c.code, answer["code"])
			assert.Contains(t, answer["message"], c.says)
			assert.NotEmpty(t, answer["requestId"])
			if !c.inactive {
				assert.Zero(t, published(t, cloud.bus))
			}
		})
	}
}

func TestTheSameRequestOfTheDataPlaneCountsOnce(t *testing.T) {
	c := furnished(t, theMissionsPolicy)
	nonce, signature, date := "", "", ""
	body := "[" + anEvent("1", "b") + "]"
	status, _ := c.putEvents(t, userID, userSecret, body, func(r *http.Request) {
		nonce, signature, date = r.Header.Get("X-Acs-Signature-Nonce"), r.Header.Get("Authorization"), r.Header.Get("Date")
	})
	require.Equal(t, http.StatusOK, status)
	_, answer := c.putEvents(t, userID, userSecret, body, func(r *http.Request) {
		r.Header.Set("X-Acs-Signature-Nonce", nonce)
		r.Header.Set("Authorization", signature)
		r.Header.Set("Date", date)
	})
	assert.Equal(t, "SignatureNonceUsed", answer["code"])
	assert.Equal(t, 1, published(t, c.bus))
}

func published(t *testing.T, bus *local.Bus) int {
	t.Helper()
	events, _, err := bus.EventCount(t.Context(), time.Time{})
	require.NoError(t, err)
	return events
}
