package inbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The example of Alibaba Cloud's documentation of the V3 signature.
func TestSignatureOfTheDocumentation(t *testing.T) {
	r, err := http.NewRequest(http.MethodPost, "https://ecs.cn-shanghai.aliyuncs.com/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai", nil)
	require.NoError(t, err)
	for name, value := range map[string]string{
		"x-acs-action":          "RunInstances",
		"x-acs-content-sha256":  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"x-acs-date":            "2023-10-26T10:22:32Z",
		"x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
		"x-acs-version":         "2014-05-26",
	} {
		r.Header.Set(name, value)
	}
	assert.Equal(t, "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
		acsSignature(r, "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version", "YourAccessKeySecret"))
}

const (
	phoneNumber = "+8613800138000"
	demoKey     = "demo-secret"
)

// phoneCall is a request to a stand-in for Alibaba Cloud.
type phoneCall struct {
	action string
	query  url.Values
	keyID  string
	key    string
	at     time.Time
	nonce  string
}

func (c phoneCall) do(t *testing.T, in *Inbox) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/?"+c.query.Encode(), nil)
	r.Header.Set("x-acs-action", c.action)
	r.Header.Set("x-acs-version", "2017-05-25")
	r.Header.Set("x-acs-date", c.at.UTC().Format(time.RFC3339))
	r.Header.Set("x-acs-signature-nonce", c.nonce)
	r.Header.Set("x-acs-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	const signed = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
	if c.keyID != "" {
		r.Header.Set("Authorization", "ACS3-HMAC-SHA256 Credential="+c.keyID+",SignedHeaders="+signed+",Signature="+acsSignature(r, signed, c.key))
	}
	w := httptest.NewRecorder()
	in.ServeHTTP(w, r)
	var body map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	return w.Code, body
}

// phoneClock starts at noon in China, so that records of one test are of one day.
type phoneClock struct{ now time.Time }

// phonesNow is when the phones of a test begin.
var phonesNow = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)

func newPhones() (*Inbox, *phoneClock) {
	c := &phoneClock{phonesNow}
	in := New(Options{Now: func() time.Time { return c.now }})
	in.AddSMS(phoneNumber, Account{})
	in.AddVoice(phoneNumber, Account{})
	return in, c
}

var nonces int

func textCall(at time.Time, change func(*phoneCall)) phoneCall {
	nonces++
	c := phoneCall{"SendSms", url.Values{
		"PhoneNumbers": {"13800138000"}, "SignName": {"示例"}, "TemplateCode": {"SMS_1"}, "OutId": {"n1"}, "TemplateParam": {`{"name":"train-7b"}`},
	}, "demo", demoKey, at, strconv.Itoa(nonces)}
	if change != nil {
		change(&c)
	}
	return c
}

func TestSMS(t *testing.T) {
	t.Run("takes a signed text and shows it", func(t *testing.T) {
		in, clock := newPhones()
		status, body := textCall(clock.now, nil).do(t, in)
		assert.Equal(t, 200, status)
		assert.Equal(t, "OK", body["Code"])
		assert.NotEmpty(t, body["BizId"])
		seen := in.Received()
		require.Len(t, seen, 1)
		assert.True(t, seen[0].Accepted)
		assert.Equal(t, "valid", seen[0].Signature)
		assert.Equal(t, "n1", seen[0].ID)
		assert.Contains(t, seen[0].Plain(), "name: train-7b")
	})
	for name, c := range map[string]struct {
		status int
		code   string
		change func(*phoneCall)
	}{
		"no signature":           {400, "IncompleteSignature", func(c *phoneCall) { c.keyID = "" }},
		"an unknown key":         {404, "InvalidAccessKeyId.NotFound", func(c *phoneCall) { c.keyID = "other" }},
		"another secret":         {400, "SignatureDoesNotMatch", func(c *phoneCall) { c.key = "other" }},
		"an old date":            {400, "InvalidTimeStamp.Expired", func(c *phoneCall) { c.at = c.at.Add(-16 * time.Minute) }},
		"another number":         {200, "isv.MOBILE_NUMBER_ILLEGAL", func(c *phoneCall) { c.query.Set("PhoneNumbers", "1") }},
		"no signature's name":    {200, "isv.SMS_SIGNATURE_ILLEGAL", func(c *phoneCall) { c.query.Del("SignName") }},
		"another template":       {200, "isv.SMS_TEMPLATE_ILLEGAL", func(c *phoneCall) { c.query.Set("TemplateCode", "x") }},
		"variables as numbers":   {200, "isv.INVALID_JSON_PARAM", func(c *phoneCall) { c.query.Set("TemplateParam", `{"a":1}`) }},
		"a long variable":        {200, "isv.PARAM_LENGTH_LIMIT", func(c *phoneCall) { c.query.Set("TemplateParam", `{"a":"`+strings.Repeat("失", 36)+`"}`) }},
		"an empty variable":      {200, "isv.PARAM_LENGTH_LIMIT", func(c *phoneCall) { c.query.Set("TemplateParam", `{"a":""}`) }},
		"a URL":                  {200, "isv.PARAM_NOT_SUPPORT_URL", func(c *phoneCall) { c.query.Set("TemplateParam", `{"a":"http://x"}`) }},
		"a domain":               {200, "isv.PARAM_NOT_SUPPORT_URL", func(c *phoneCall) { c.query.Set("TemplateParam", `{"a":"evil.com"}`) }},
		"an address":             {200, "isv.PARAM_NOT_SUPPORT_URL", func(c *phoneCall) { c.query.Set("TemplateParam", `{"a":"10.0.0.1"}`) }},
		"a phone":                {200, "isv.TEMPLATE_PARAMS_ILLEGAL", func(c *phoneCall) { c.query.Set("TemplateParam", `{"a":"13800138000"}`) }},
		"brackets":               {200, "isv.TEMPLATE_PARAMS_ILLEGAL", func(c *phoneCall) { c.query.Set("TemplateParam", `{"a":"【x】"}`) }},
		"an action nobody knows": {404, "InvalidAction.NotFound", func(c *phoneCall) { c.action = "SendSmss" }},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			in, clock := newPhones()
			status, body := textCall(clock.now, c.change).do(t, in)
			assert.Equal(t, c.status, status)
			assert.Equal(t, c.code, body["Code"])
			for _, m := range in.Received() {
				assert.False(t, m.Accepted)
				assert.NotEmpty(t, m.Reason)
			}
		})
	}
	t.Run("refuses a nonce that was used", func(t *testing.T) {
		in, clock := newPhones()
		c := textCall(clock.now, nil)
		c.do(t, in)
		_, body := c.do(t, in)
		assert.Equal(t, "SignatureNonceUsed", body["Code"])
	})
	t.Run("gives a number fifty texts in 24 hours, whatever the midnight", func(t *testing.T) {
		in, clock := newPhones()
		for range 50 {
			_, body := textCall(clock.now, nil).do(t, in)
			require.Equal(t, "OK", body["Code"])
		}
		clock.now = clock.now.Add(24*time.Hour - time.Second)
		_, body := textCall(clock.now, nil).do(t, in)
		assert.Equal(t, "isv.BUSINESS_LIMIT_CONTROL", body["Code"])
		assert.Contains(t, body["Message"], "天级流控Permits:50")
		_, body = textCall(clock.now, func(c *phoneCall) { c.query.Set("TemplateCode", "SMS_2") }).do(t, in)
		assert.Equal(t, "OK", body["Code"], "another template")
		clock.now = clock.now.Add(time.Second)
		_, body = textCall(clock.now, nil).do(t, in)
		assert.Equal(t, "OK", body["Code"], "a day later")
	})
	t.Run("answers its records page by page, of the day, and does not keep the question", func(t *testing.T) {
		in, clock := newPhones()
		for i := range 3 {
			textCall(clock.now, func(c *phoneCall) { c.query.Set("OutId", fmt.Sprintf("n%d", i)) }).do(t, in)
		}
		ask := func(day, page string) string {
			_, body := textCall(clock.now, func(c *phoneCall) {
				c.action = "QuerySendDetails"
				c.query = url.Values{"PhoneNumber": {"13800138000"}, "SendDate": {day}, "PageSize": {"2"}, "CurrentPage": {page}}
			}).do(t, in)
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
