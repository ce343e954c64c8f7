package standin

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/inbox/inboxtest"
)

// phones returns an inbox with one phone, which anybody may send to: see package
// handset for who may.
func phones() (*inbox.Inbox, *inboxtest.Clock) {
	c := inboxtest.Start()
	in := inbox.New(inbox.Options{Now: c.Now}, Platform)
	in.Add(Platform.Type, "+8613800138000", inbox.Keys{})
	return in, c
}

// call sends a request of Alibaba Cloud's API.
func call(t *testing.T, in *inbox.Inbox, action string, query url.Values) map[string]any {
	t.Helper()
	w := inboxtest.Do(in, "POST", "/?"+query.Encode(), "", "", "x-acs-action", action)
	var body map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	return body
}

// text sends a text, changed.
func text(t *testing.T, in *inbox.Inbox, change func(url.Values)) map[string]any {
	t.Helper()
	q := url.Values{
		"PhoneNumbers": {"13800138000"}, "SignName": {"示例"}, "TemplateCode": {"SMS_1"}, "OutId": {"n1"}, "TemplateParam": {`{"name":"train-7b"}`},
	}
	if change != nil {
		change(q)
	}
	return call(t, in, "SendSms", q)
}

func TestSMS(t *testing.T) {
	t.Run("takes a text and shows it", func(t *testing.T) {
		in, _ := phones()
		body := text(t, in, nil)
		assert.Equal(t, "OK", body["Code"])
		assert.NotEmpty(t, body["BizId"])
		seen := in.Received()
		require.Len(t, seen, 1)
		assert.True(t, seen[0].Accepted)
		assert.Equal(t, inbox.NotChecked, seen[0].Signature)
		assert.Equal(t, "n1", seen[0].ID)
		assert.Contains(t, seen[0].Plain(), "name: train-7b")
	})
	for name, c := range map[string]struct {
		code   string
		change func(url.Values)
	}{
		"another number":       {"isv.MOBILE_NUMBER_ILLEGAL", func(q url.Values) { q.Set("PhoneNumbers", "1") }},
		"no signature":         {"isv.SMS_SIGNATURE_ILLEGAL", func(q url.Values) { q.Del("SignName") }},
		"another template":     {"isv.SMS_TEMPLATE_ILLEGAL", func(q url.Values) { q.Set("TemplateCode", "x") }},
		"variables as numbers": {"isv.INVALID_JSON_PARAM", func(q url.Values) { q.Set("TemplateParam", `{"a":1}`) }},
		"a long variable":      {"isv.PARAM_LENGTH_LIMIT", func(q url.Values) { q.Set("TemplateParam", `{"a":"`+strings.Repeat("失", 36)+`"}`) }},
		"an empty variable":    {"isv.PARAM_LENGTH_LIMIT", func(q url.Values) { q.Set("TemplateParam", `{"a":""}`) }},
		"a URL":                {"isv.PARAM_NOT_SUPPORT_URL", func(q url.Values) { q.Set("TemplateParam", `{"a":"http://x"}`) }},
		"a domain":             {"isv.PARAM_NOT_SUPPORT_URL", func(q url.Values) { q.Set("TemplateParam", `{"a":"evil.com"}`) }},
		"an address":           {"isv.PARAM_NOT_SUPPORT_URL", func(q url.Values) { q.Set("TemplateParam", `{"a":"10.0.0.1"}`) }},
		"a phone":              {"isv.TEMPLATE_PARAMS_ILLEGAL", func(q url.Values) { q.Set("TemplateParam", `{"a":"13800138000"}`) }},
		"brackets":             {"isv.TEMPLATE_PARAMS_ILLEGAL", func(q url.Values) { q.Set("TemplateParam", `{"a":"【x】"}`) }},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			in, _ := phones()
			body := text(t, in, c.change)
			assert.Equal(t, c.code, body["Code"])
			for _, m := range in.Received() {
				assert.False(t, m.Accepted)
				assert.NotEmpty(t, m.Reason)
			}
		})
	}
	t.Run("gives a number fifty texts in 24 hours, whatever the midnight", func(t *testing.T) {
		in, clock := phones()
		for range 50 {
			body := text(t, in, nil)
			require.Equal(t, "OK", body["Code"])
		}
		clock.At = clock.At.Add(24*time.Hour - time.Second)
		body := text(t, in, nil)
		assert.Equal(t, "isv.BUSINESS_LIMIT_CONTROL", body["Code"])
		assert.Contains(t, body["Message"], "天级流控Permits:50")
		body = text(t, in, func(q url.Values) { q.Set("TemplateCode", "SMS_2") })
		assert.Equal(t, "OK", body["Code"], "another template")
		clock.At = clock.At.Add(time.Second)
		body = text(t, in, nil)
		assert.Equal(t, "OK", body["Code"], "a day later")
	})
	t.Run("answers its records page by page, of the day, and does not keep the question", func(t *testing.T) {
		in, _ := phones()
		for i := range 3 {
			text(t, in, func(q url.Values) { q.Set("OutId", fmt.Sprintf("n%d", i)) })
		}
		ask := func(day, page string) string {
			body := call(t, in, "QuerySendDetails", url.Values{"PhoneNumber": {"13800138000"}, "SendDate": {day}, "PageSize": {"2"}, "CurrentPage": {page}})
			return fmt.Sprint(body)
		}
		first, second := ask("20261120", "1"), ask("20261120", "2")
		assert.Contains(t, first, "TotalCount:3")
		assert.Contains(t, first, "OutId:n2")
		assert.NotContains(t, first, "OutId:n0")
		assert.Contains(t, second, "OutId:n0")
		assert.Contains(t, ask("20261119", "1"), "TotalCount:0")
		assert.Contains(t, ask("20261120", "0"), "isv.INVALID_PARAMETERS")
		assert.Len(t, in.Received(), 3)
	})
}
