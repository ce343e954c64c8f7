package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/functions/sms/standin"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	number = "+8613800138000"
	keyID  = "LTAItest0000000000000001"
	key    = "secretsecretsecretsecret000001"
)

func sample() message.Message {
	return message.Message{
		Language: message.Chinese,
		Severity: event.Critical,
		What:     "DLC 任务失败",
		Name:     "train-7b",
		Title:    "DLC 任务失败：train-7b",
		Fields: []message.Field{
			{Key: "name", Label: "名称", Value: "train-7b"},
			{Key: "id", Label: "ID", Value: "dlc1abc"},
			{Key: "status", Label: "状态", Value: "Failed"},
			{Key: "reason", Label: "原因", Value: "see https://10.0.0.1/log or call 13800138000"},
		},
		Subject: "dlc1abc",
		Link:    "https://pai.console.aliyun.com/?regionId=cn-hangzhou#/dlc/jobs/dlc1abc",
	}
}

func notification() target.Notification {
	return target.Notification{ID: "0123456789abcdef0123456789abcdef", Message: sample()}
}

func alibabaConfig(base string) Config {
	return Config{
		Contact:  target.Contact{Name: "Alice", Phone: number},
		SignName: "示例公司", TemplateCode: "SMS_100000001",
		Clouds: phone.Clouds{AccessKeyID: keyID, AccessKeySecret: key, Endpoint: base},
	}
}

func awsConfig(base string) Config {
	return Config{Contact: target.Contact{Name: "Alice", Phone: number}, Clouds: phone.Clouds{OriginationIdentity: "+12065550100", Region: "us-east-1", Endpoint: base}}
}

func open(t *testing.T, c Config) target.Target {
	t.Helper()
	made, err := New(c)
	require.NoError(t, err)
	return made
}

// environment lets targets reach loopback and gives AWS its credentials.
func environment(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	t.Setenv("AWS_ACCESS_KEY_ID", keyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", key)
	t.Setenv("AWS_SESSION_TOKEN", "token0000000000000000")
}

// standIn is a phone of the inbox, which checks what the platforms check.
func standIn(t *testing.T, o inbox.Options) (*inbox.Inbox, string) {
	environment(t)
	in := inbox.New(o, standin.Platform)
	in.Add("sms", number, inbox.Keys{ID: keyID, Secret: key})
	s := httptest.NewServer(in)
	t.Cleanup(s.Close)
	return in, s.URL
}

// asked counts the calls of each action.
type asked struct {
	mu    sync.Mutex
	calls map[string][]url.Values
}

func (a *asked) count(action string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.calls[action])
}

// peer answers SendSms and QuerySendDetails each by its own handler.
func peer(t *testing.T, send, query http.HandlerFunc) (*asked, string) {
	environment(t)
	a := &asked{calls: map[string][]url.Values{}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		action := r.Header.Get("X-Acs-Action")
		a.mu.Lock()
		a.calls[action] = append(a.calls[action], r.URL.Query())
		a.mu.Unlock()
		if action == "QuerySendDetails" {
			query(w, r)
			return
		}
		send(w, r)
	}))
	t.Cleanup(s.Close)
	return a, s.URL
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// noRecords are the platform's when it took nothing.
const noRecords = `{"Code":"OK","Message":"OK","TotalCount":"0","SmsSendDetailDTOs":{"SmsSendDetailDTO":[]}}`

func records(total int, outIDs ...string) http.HandlerFunc {
	var list []string
	for _, id := range outIDs {
		list = append(list, fmt.Sprintf(`{"OutId":%q,"SendStatus":3}`, id))
	}
	return says(200, fmt.Sprintf(`{"Code":"OK","Message":"OK","TotalCount":"%d","SmsSendDetailDTOs":{"SmsSendDetailDTO":[%s]}}`, total, strings.Join(list, ",")))
}

func TestAlibaba(t *testing.T) {
	ctx := context.Background()
	t.Run("is taken by a platform that verifies the signature and the variables", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		n := notification()
		receipt, err := open(t, alibabaConfig(base)).Send(ctx, n)
		require.NoError(t, err)
		seen := in.Received()
		require.Len(t, seen, 1)
		assert.True(t, seen[0].Accepted)
		assert.Equal(t, "valid", seen[0].Signature)
		assert.Equal(t, n.ID, seen[0].ID, "OutId")
		assert.Contains(t, seen[0].Text, "Failed")
		assert.Equal(t, "OK", receipt.Code)
		assert.NotEmpty(t, receipt.ID)
	})
	t.Run("takes role credentials with their token from the environment", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", keyID)
		t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", key)
		t.Setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "sts-token")
		c := alibabaConfig(base)
		c.AccessKeyID, c.AccessKeySecret = "", ""
		require.NoError(t, targettest.ErrorOf(open(t, c).Send(ctx, notification())))
		assert.Equal(t, "valid", in.Received()[0].Signature)
	})
	t.Run("fails for good without credentials", func(t *testing.T) {
		_, base := standIn(t, inbox.Options{})
		t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "")
		c := alibabaConfig(base)
		c.AccessKeyID, c.AccessKeySecret = "", ""
		_, err := open(t, c).Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		assert.ErrorContains(t, err, "ALIBABA_CLOUD_ACCESS_KEY_ID")
	})
	t.Run("fails for good with a secret that does not belong to the key", func(t *testing.T) {
		_, base := standIn(t, inbox.Options{})
		c := alibabaConfig(base)
		c.AccessKeySecret = "anothersecretanothersecret0000"
		_, err := open(t, c).Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		assert.ErrorContains(t, err, "SignatureDoesNotMatch")
		refused, ok := errors.AsType[*target.Refusal](err)
		require.True(t, ok)
		assert.Contains(t, refused.Advice, "AccessKey")
	})
	t.Run("waits a day after the fiftieth text of a day", func(t *testing.T) {
		_, base := standIn(t, inbox.Options{})
		to := open(t, alibabaConfig(base))
		for range 50 {
			require.NoError(t, targettest.ErrorOf(to.Send(ctx, notification())))
		}
		wait, ok := target.Wait(targettest.ErrorOf(to.Send(ctx, notification())))
		assert.True(t, ok)
		assert.Equal(t, 24*time.Hour, wait)
	})
	t.Run("writes numbers in the API's forms", func(t *testing.T) {
		for e164, want := range map[string]string{number: "13800138000", "+85291234567": "85291234567", "+6591234567": "6591234567"} {
			a, base := peer(t, says(200, `{"Code":"OK","BizId":"1"}`), cut)
			c := alibabaConfig(base)
			c.Contact.Phone = e164
			require.NoError(t, targettest.ErrorOf(open(t, c).Send(ctx, notification())))
			assert.Equal(t, want, a.calls["SendSms"][0].Get("PhoneNumbers"))
		}
	})
	t.Run("sends no variables for a template without any", func(t *testing.T) {
		a, base := peer(t, says(200, `{"Code":"OK","BizId":"1"}`), cut)
		c := alibabaConfig(base)
		c.TemplateParams = map[string]string{}
		require.NoError(t, targettest.ErrorOf(open(t, c).Send(ctx, notification())))
		assert.False(t, a.calls["SendSms"][0].Has("TemplateParam"))
	})
	long := notification()
	long.Message.Name = strings.Repeat("train-", 6)
	t.Run("makes refused variables stricter once", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		in.Script("sms", number, inbox.Script{Status: 200, Body: `{"Code":"isv.BLACK_KEY_CONTROL_LIMIT","Message":"x"}`})
		require.NoError(t, targettest.ErrorOf(open(t, alibabaConfig(base)).Send(ctx, long)))
		assert.Len(t, in.Received(), 2)
	})
	t.Run("gives up when stricter variables are refused too", func(t *testing.T) {
		a, base := peer(t, says(200, `{"Code":"isv.PARAM_LENGTH_LIMIT","Message":"x"}`), cut)
		assert.True(t, target.IsPermanent(targettest.ErrorOf(open(t, alibabaConfig(base)).Send(ctx, long))))
		require.Equal(t, 2, a.count("SendSms"))
		assert.Greater(t, len(a.calls["SendSms"][0].Get("TemplateParam")), len(a.calls["SendSms"][1].Get("TemplateParam")))
	})
	t.Run("does not repeat refused variables that cannot be stricter", func(t *testing.T) {
		a, base := peer(t, says(200, `{"Code":"isv.PARAM_LENGTH_LIMIT","Message":"x"}`), cut)
		assert.True(t, target.IsPermanent(targettest.ErrorOf(open(t, alibabaConfig(base)).Send(ctx, notification()))))
		assert.Equal(t, 1, a.count("SendSms"))
	})
}

func TestAlibabaInDoubt(t *testing.T) {
	ctx := context.Background()
	n := notification()
	t.Run("is taken when the platform took it, cut the connection and has a record", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		in.Script("sms", number, inbox.Script{Reset: true, Took: true})
		receipt, err := open(t, alibabaConfig(base)).Send(ctx, n)
		require.NoError(t, err)
		assert.Len(t, in.Received(), 1)
		assert.Equal(t, "OK", receipt.Code)
	})
	t.Run("is taken when the platform took it and hangs", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		in.Script("sms", number, inbox.Script{Hang: true, Took: true})
		ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		require.NoError(t, targettest.ErrorOf(open(t, alibabaConfig(base)).Send(ctx, n)))
		assert.Len(t, in.Received(), 1)
	})
	t.Run("is found on a later page", func(t *testing.T) {
		a, base := peer(t, cut, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("CurrentPage") == "1" {
				records(21, "another")(w, r)
				return
			}
			records(21, n.ID)(w, r)
		})
		require.NoError(t, targettest.ErrorOf(open(t, alibabaConfig(base)).Send(ctx, n)))
		assert.Equal(t, 2, a.count("QuerySendDetails"))
	})
	t.Run("asks for the day in China, and for both around midnight", func(t *testing.T) {
		a, base := peer(t, cut, records(0))
		to := open(t, alibabaConfig(base)).(alibaba)
		times := []time.Time{time.Date(2026, 11, 20, 15, 59, 59, 0, time.UTC), time.Date(2026, 11, 20, 16, 0, 1, 0, time.UTC)}
		to.now = func() time.Time {
			now := times[0]
			times = times[1:]
			return now
		}
		assert.True(t, target.IsUnknown(targettest.ErrorOf(to.Send(ctx, n))))
		require.Equal(t, 2, a.count("QuerySendDetails"))
		assert.Equal(t, "20261120", a.calls["QuerySendDetails"][0].Get("SendDate"))
		assert.Equal(t, "20261121", a.calls["QuerySendDetails"][1].Get("SendDate"))
		assert.Equal(t, "13800138000", a.calls["QuerySendDetails"][0].Get("PhoneNumber"))
	})
	for name, c := range map[string]struct {
		send, query http.HandlerFunc
	}{
		"the connection was cut and there is no record":        {cut, records(0)},
		"the connection was cut and another one's is recorded": {cut, records(1, "another")},
		"the records cannot be asked":                          {cut, cut},
		"the records refuse":                                   {cut, says(200, `{"Code":"isp.RAM_PERMISSION_DENY"}`)},
		"the answer is a page of HTML":                         {says(200, "<html>ok</html>"), records(0)},
		"the answer has no code":                               {says(200, "{}"), records(0)},
		"the answer is cut short":                              {says(200, `{"Code":"OK"`), records(0)},
		"a gateway fails in between":                           {says(502, "bad gateway"), records(0)},
		"success comes with an error status":                   {says(500, `{"Code":"OK"}`), records(0)},
		"the platform failed and its records cannot be asked":  {says(200, `{"Code":"isp.SYSTEM_ERROR"}`), cut},
	} {
		t.Run("is unknown and sent once when "+name, func(t *testing.T) {
			a, base := peer(t, c.send, c.query)
			_, err := open(t, alibabaConfig(base)).Send(ctx, n)
			assert.True(t, target.IsUnknown(err), "%v", err)
			assert.Equal(t, 1, a.count("SendSms"))
			assert.Positive(t, a.count("QuerySendDetails"))
			refused, ok := errors.AsType[*target.Refusal](err)
			require.True(t, ok)
			assert.Contains(t, refused.Advice, "发送记录")
			assert.NotContains(t, err.Error(), "13800138000")
			assert.Equal(t, 1, strings.Count(err.Error(), "sms:"))
		})
	}
	t.Run("may be sent again, but not at once, when the platform says it failed and has no record", func(t *testing.T) {
		_, base := peer(t, says(200, `{"Code":"isp.SYSTEM_ERROR","Message":"busy"}`), records(0))
		_, err := open(t, alibabaConfig(base)).Send(ctx, n)
		assert.Equal(t, targettest.Unconfirmed, targettest.ClassOf(err))
		wait, _ := target.Wait(err)
		assert.Equal(t, time.Minute, wait)
	})
	t.Run("is not sent again when something on the way failed and there is no record", func(t *testing.T) {
		for _, c := range []string{"InternalError", "GatewayTimeout", "ServiceUnavailable"} {
			a, base := peer(t, says(504, `{"Code":"`+c+`","Message":"busy"}`), records(0))
			_, err := open(t, alibabaConfig(base)).Send(ctx, n)
			assert.Equal(t, targettest.Unknown, targettest.ClassOf(err))
			assert.Equal(t, 1, a.count("SendSms"))
		}
	})
	t.Run("is taken when the platform failed but has a record", func(t *testing.T) {
		_, base := peer(t, says(200, `{"Code":"isp.SYSTEM_ERROR"}`), records(1, n.ID))
		assert.NoError(t, targettest.ErrorOf(open(t, alibabaConfig(base)).Send(ctx, n)))
	})
}

func TestAWS(t *testing.T) {
	ctx := context.Background()
	t.Run("is taken with the notification's id, a short life and no plus lost", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		n := notification()
		receipt, err := open(t, awsConfig(base)).Send(ctx, n)
		require.NoError(t, err)
		seen := in.Received()
		require.Len(t, seen, 1)
		assert.True(t, seen[0].Accepted)
		assert.Equal(t, "valid", seen[0].Signature)
		assert.Equal(t, n.ID, seen[0].ID)
		assert.NotEmpty(t, receipt.ID)
		var body map[string]any
		require.NoError(t, json.Unmarshal([]byte(seen[0].Body), &body))
		assert.InDelta(t, 600, body["TimeToLive"], 0)
		assert.Equal(t, "TRANSACTIONAL", body["MessageType"])
		assert.NotContains(t, body, "DryRun")
	})
	t.Run("is checked and not sent as a test", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		n := notification()
		n.Test = true
		require.NoError(t, targettest.ErrorOf(open(t, awsConfig(base)).Send(ctx, n)))
		assert.Contains(t, in.Received()[0].Reason, "dry run")
		assert.False(t, in.Received()[0].Accepted)
	})
	t.Run("takes the region from the environment", func(t *testing.T) {
		_, base := standIn(t, inbox.Options{})
		c := awsConfig(base)
		c.Region = ""
		t.Setenv("AWS_REGION", "ap-southeast-1")
		require.NoError(t, targettest.ErrorOf(open(t, c).Send(ctx, notification())))
		t.Setenv("AWS_REGION", "")
		t.Setenv("AWS_DEFAULT_REGION", "")
		_, err := open(t, c).Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		assert.ErrorContains(t, err, "region")
	})
	t.Run("fails for good without credentials", func(t *testing.T) {
		_, base := standIn(t, inbox.Options{})
		t.Setenv("AWS_ACCESS_KEY_ID", "")
		_, err := open(t, awsConfig(base)).Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		assert.ErrorContains(t, err, "AWS_ACCESS_KEY_ID")
	})
}

func TestNumbersNeverShowInErrors(t *testing.T) {
	echo := says(403, `{"Code":"Forbidden.RAM","__type":"AccessDeniedException","Message":"no texts for `+number+`"}`)
	for _, c := range []func(string) Config{alibabaConfig, awsConfig} {
		_, base := peer(t, echo, echo)
		_, err := open(t, c(base)).Send(context.Background(), notification())
		assert.True(t, target.IsPermanent(err))
		assert.NotContains(t, err.Error(), "13800138000")
	}
}

func TestConfiguration(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "")
	contact := `"contact":{"name":"Alice","phone":"+8613800138000"}`
	alibaba := contact + `,"sign_name":"示例","template_code":"SMS_1"`
	aws := contact + `,"origination_identity":"+12065550100"`
	for name, c := range map[string]struct{ config, want string }{
		"nothing":                   {`{}`, "contact"},
		"no phone":                  {`{"contact":{"name":"Alice"},"sign_name":"a","template_code":"SMS_1"}`, "Alice has no phone"},
		"a phone without country":   {`{"contact":{"name":"Alice","phone":"13800138000"},"sign_name":"a","template_code":"SMS_1"}`, "country code"},
		"a fixed line":              {`{"contact":{"name":"Alice","phone":"+8657126883300"},"sign_name":"a","template_code":"SMS_1"}`, "not a mobile"},
		"no cloud":                  {`{` + contact + `}`, "no cloud"},
		"two clouds":                {`{` + alibaba + `,"origination_identity":"x"}`, "two clouds"},
		"no signature":              {`{` + contact + `,"template_code":"SMS_1"}`, "sign_name: is missing"},
		"a signature in brackets":   {`{` + contact + `,"sign_name":"【示例】","template_code":"SMS_1"}`, "without 【】"},
		"no template":               {`{` + contact + `,"sign_name":"a"}`, "template_code: is missing"},
		"a template with a blank":   {`{` + contact + `,"sign_name":"a","template_code":"SMS_ 123"}`, "SMS_ and digits"},
		"a template by reference":   {`{` + contact + `,"sign_name":"a","template_code":"env:TEMPLATE"}`, "template_code: looks like a reference"},
		"a signature by reference":  {`{` + contact + `,"sign_name":"env:SIGN","template_code":"SMS_1"}`, "sign_name: looks like a reference"},
		"a number with blanks":      {`{` + contact + `,"origination_identity":"+1 206 555 0100"}`, "without spaces"},
		"a template that is none":   {`{` + contact + `,"sign_name":"a","template_code":"TTS_1"}`, "SMS_ and digits"},
		"half a key":                {`{` + alibaba + `,"access_key_id":"env:A"}`, "is missing: give it and access_key_"},
		"a variable in braces":      {`{` + alibaba + `,"template_params":{"${name}":"name"}}`, "without ${}"},
		"a variable with no source": {`{` + alibaba + `,"template_params":{"name":""}}`, "is not a field"},
		"no origination":            {`{` + contact + `,"region":"us-east-1"}`, "origination_identity: is missing"},
		"a region that is a host":   {`{` + aws + `,"region":"evil.example/"}`, "region"},
		"another cloud's endpoint":  {`{` + alibaba + `,"endpoint":"https://evil.example"}`, "host must be"},
		"a loopback endpoint":       {`{` + aws + `,"endpoint":"http://127.0.0.1:1"}`, "https://"},
		"an endpoint with a path":   {`{` + aws + `,"endpoint":"https://sms-voice.us-east-1.amazonaws.com/x"}`, "host alone"},
		"a region that is no text":  {`{` + aws + `,"region":5}`, "configuration: region: has the JSON type number; it must be string"},
		"an unknown key":            {`{` + alibaba + `,"singname":"x"}`, "singname"},
	} {
		t.Run("is refused with "+name, func(t *testing.T) {
			_, err := Spec.Open(json.RawMessage(c.config))
			require.Error(t, err)
			assert.True(t, target.IsPermanent(err))
			assert.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "13800138000")
		})
	}
	t.Run("is accepted for either cloud", func(t *testing.T) {
		for _, config := range []string{
			`{` + alibaba + `}`,
			`{` + alibaba + `,"endpoint":"dysmsapi.ap-southeast-1.aliyuncs.com","access_key_id":"env:A","access_key_secret":"env:B","template_params":{"job":"id"}}`,
			`{` + aws + `,"region":"us-east-1","endpoint":"https://vpce-1.sms-voice.us-east-1.vpce.amazonaws.com"}`,
		} {
			_, err := Spec.Open(json.RawMessage(config))
			assert.NoError(t, err)
		}
	})
	t.Run("carries no model events and goes to phones", func(t *testing.T) {
		assert.False(t, Spec.Carries("model"))
		assert.True(t, Spec.Carries("dsw"))
		assert.Equal(t, target.ContactPhone, Spec.Contact)
	})
}
