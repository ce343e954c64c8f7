package voice

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/functions/voice/standin"
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

func notification() target.Notification {
	return target.Notification{ID: "0123456789abcdef0123456789abcdef", Message: message.Message{
		Language: message.Chinese,
		Severity: event.Critical,
		What:     "DLC 任务失败",
		Name:     "train-7b",
		Title:    "DLC 任务失败：train-7b",
		Fields: []message.Field{
			{Key: "name", Label: "名称", Value: "train-7b"},
			{Key: "id", Label: "ID", Value: "dlc1abc"},
			{Key: "status", Label: "状态", Value: "Failed"},
		},
		Subject: "dlc1abc",
	}}
}

func alibabaConfig(base string) Config {
	return Config{
		Contact: target.Contact{Name: "Alice", Phone: number},
		TTSCode: "TTS_100000001", Clouds: phone.Clouds{AccessKeyID: keyID, AccessKeySecret: key, Endpoint: base},
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
	in.Add("voice", number, inbox.Keys{ID: keyID, Secret: key})
	s := httptest.NewServer(in)
	t.Cleanup(s.Close)
	return in, s.URL
}

// peer answers every request alike and keeps their queries.
func peer(t *testing.T, answer http.HandlerFunc) (calls func() []url.Values, base string) {
	environment(t)
	var mu sync.Mutex
	var seen []url.Values
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen = append(seen, r.URL.Query())
		mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return func() []url.Values {
		mu.Lock()
		defer mu.Unlock()
		return append([]url.Values(nil), seen...)
	}, s.URL
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
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
		assert.Equal(t, "OK", receipt.Code)
		assert.NotEmpty(t, receipt.ID, "CallId")
	})
	t.Run("waits as long as the limit that was reached", func(t *testing.T) {
		now := time.Now()
		_, base := standIn(t, inbox.Options{Now: func() time.Time { return now }})
		to := open(t, alibabaConfig(base))
		require.NoError(t, targettest.ErrorOf(to.Send(ctx, notification())))
		wait, ok := target.Wait(targettest.ErrorOf(to.Send(ctx, notification())))
		assert.True(t, ok)
		assert.Equal(t, time.Minute, wait)
		for range 4 {
			now = now.Add(time.Minute)
			require.NoError(t, targettest.ErrorOf(to.Send(ctx, notification())))
		}
		now = now.Add(time.Minute)
		wait, ok = target.Wait(targettest.ErrorOf(to.Send(ctx, notification())))
		assert.True(t, ok)
		assert.Equal(t, time.Hour, wait)
	})
	t.Run("writes numbers in the API's forms", func(t *testing.T) {
		for e164, want := range map[string]string{number: "13800138000", "+8657126883300": "057126883300", "+861012345678": "01012345678"} {
			calls, base := peer(t, says(200, `{"Code":"OK","CallId":"1"}`))
			c := alibabaConfig(base)
			c.Contact.Phone = e164
			require.NoError(t, targettest.ErrorOf(open(t, c).Send(ctx, notification())))
			assert.Equal(t, want, calls()[0].Get("CalledNumber"))
		}
	})
	t.Run("names the caller and how often it is read only when the rule does", func(t *testing.T) {
		calls, base := peer(t, says(200, `{"Code":"OK","CallId":"1"}`))
		c := alibabaConfig(base)
		require.NoError(t, targettest.ErrorOf(open(t, c).Send(ctx, notification())))
		c.CallerID, c.PlayTimes, c.TTSParams = "057126883072", 3, map[string]string{}
		require.NoError(t, targettest.ErrorOf(open(t, c).Send(ctx, notification())))
		assert.False(t, calls()[0].Has("CalledShowNumber"))
		assert.Equal(t, "2", calls()[0].Get("PlayTimes"))
		assert.Equal(t, "057126883072", calls()[1].Get("CalledShowNumber"))
		assert.Equal(t, "3", calls()[1].Get("PlayTimes"))
		assert.False(t, calls()[1].Has("TtsParam"))
	})
}

func TestAWS(t *testing.T) {
	ctx := context.Background()
	t.Run("is taken with the notification's id, a short life and a voice of the language", func(t *testing.T) {
		for l, voice := range map[message.Language]string{message.Chinese: "ZHIYU", message.Japanese: "MIZUKI", message.English: "MATTHEW"} {
			in, base := standIn(t, inbox.Options{})
			n := notification()
			n.Message.Language = l
			receipt, err := open(t, awsConfig(base)).Send(ctx, n)
			require.NoError(t, err)
			seen := in.Received()
			require.Len(t, seen, 1)
			assert.True(t, seen[0].Accepted)
			assert.Equal(t, n.ID, seen[0].ID)
			assert.NotEmpty(t, receipt.ID)
			var body map[string]any
			require.NoError(t, json.Unmarshal([]byte(seen[0].Body), &body))
			assert.InDelta(t, 600, body["TimeToLive"], 0)
			assert.Equal(t, voice, body["VoiceId"])
			assert.Equal(t, 2, strings.Count(body["MessageBody"].(string), "train 7b"))
		}
	})
	t.Run("is checked as a test and nobody is called", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		n := notification()
		n.Test = true
		require.NoError(t, targettest.ErrorOf(open(t, awsConfig(base)).Send(ctx, n)))
		assert.False(t, in.Received()[0].Accepted)
		assert.Contains(t, in.Received()[0].Reason, "dry run")
	})
}

func TestDoubtHasAdviceAndNoNumber(t *testing.T) {
	for cloud, config := range map[string]func(string) Config{"Alibaba": alibabaConfig, "AWS": awsConfig} {
		t.Run("of "+cloud, func(t *testing.T) {
			for status, body := range map[int]string{
				504: "no call to " + number, 502: "<html>bad gateway</html>", 503: `{"Code":"ServiceUnavailable","__type":"ServiceUnavailable","Message":"busy"}`,
			} {
				calls, base := peer(t, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Retry-After", "7")
					says(status, body)(w, r)
				})
				_, err := open(t, config(base)).Send(context.Background(), notification())
				assert.True(t, target.IsUnknown(err), "%d gave %v", status, err)
				refused, ok := errors.AsType[*target.Refusal](err)
				require.True(t, ok)
				assert.NotEmpty(t, refused.Advice)
				assert.NotContains(t, err.Error(), "13800138000")
				assert.Len(t, calls(), 1)
			}
		})
	}
}

func TestAnyTextIsTaken(t *testing.T) {
	for cloud, config := range map[string]func(string) Config{"Alibaba": alibabaConfig, "AWS": awsConfig} {
		t.Run("by "+cloud, func(t *testing.T) {
			for _, text := range []string{
				"", "节点失联，任务失败。", "👩‍👩‍👧‍👦🚀", "\u202Egnp", "שלום", "a\x00b\x1b[31m\r\nc", "\xff\xfe", "https://evil.example", "10.0.0.1", "13800138000",
				"<speak>x</speak>", strings.Repeat("失", 350_000), strings.Repeat("a. ", 350_000), strings.Repeat("👍", 250_000),
			} {
				in, base := standIn(t, inbox.Options{})
				n := notification()
				n.Message.What, n.Message.Name, n.Message.Title, n.Message.Rule = text, text, text+"："+text, text
				n.Message.Fields = append(n.Message.Fields, message.Field{Key: "event", Label: text, Value: text}, message.Field{Key: "reason_code", Label: text, Value: text})
				c := config(base)
				c.PlayTimes = 3
				require.NoError(t, targettest.ErrorOf(open(t, c).Send(context.Background(), n)), "%.60q", text)
				seen := in.Received()[0]
				assert.True(t, seen.Accepted)
				assert.True(t, utf8.ValidString(seen.Body))
			}
		})
	}
}

func TestConfiguration(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "")
	contact := `"contact":{"name":"Alice","phone":"+8613800138000"}`
	alibaba := contact + `,"tts_code":"TTS_1"`
	aws := contact + `,"origination_identity":"+12065550100"`
	for name, c := range map[string]struct{ config, want string }{
		"no phone":                 {`{"contact":{"name":"Alice"},"tts_code":"TTS_1"}`, "Alice has no phone"},
		"a phone abroad":           {`{"contact":{"name":"Alice","phone":"+6591234567"},"tts_code":"TTS_1"}`, "AWS"},
		"no cloud":                 {`{` + contact + `}`, "no cloud"},
		"two clouds":               {`{` + alibaba + `,"origination_identity":"x"}`, "two clouds"},
		"no template":              {`{` + contact + `,"caller_id":"1"}`, "tts_code: is missing"},
		"a template for texts":     {`{` + contact + `,"tts_code":"SMS_1"}`, "TTS_ and digits"},
		"too many readings":        {`{` + alibaba + `,"play_times":4}`, "1 to 3"},
		"half a key":               {`{` + alibaba + `,"access_key_secret":"env:A"}`, "is missing: give it and access_key_"},
		"a variable in braces":     {`{` + alibaba + `,"tts_params":{"${name}":"name"}}`, "without ${}"},
		"no origination":           {`{` + contact + `,"region":"us-east-1"}`, "origination_identity: is missing"},
		"another cloud's endpoint": {`{` + aws + `,"endpoint":"https://dyvmsapi.aliyuncs.com"}`, "amazonaws.com"},
		"a region that is no text": {`{` + aws + `,"region":5}`, "configuration: region: has the JSON type number; it must be string"},
		"an unknown key":           {`{` + alibaba + `,"times":2}`, "times"},
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
		for _, config := range []string{`{` + alibaba + `}`, `{` + alibaba + `,"caller_id":"057126883072","play_times":3}`, `{` + aws + `}`} {
			_, err := Spec.Open(json.RawMessage(config))
			assert.NoError(t, err)
		}
	})
}
