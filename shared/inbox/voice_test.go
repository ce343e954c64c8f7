package inbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func voiceCall(at time.Time, change func(*phoneCall)) phoneCall {
	return textCall(at, func(c *phoneCall) {
		c.action = "SingleCallByTts"
		c.query = url.Values{"CalledNumber": {"13800138000"}, "TtsCode": {"TTS_1"}, "PlayTimes": {"2"}, "OutId": {"n1"}, "TtsParam": {`{"name":"train-7b"}`}}
		if change != nil {
			change(c)
		}
	})
}

func TestVoice(t *testing.T) {
	t.Run("takes a signed call and shows what is read", func(t *testing.T) {
		in, clock := newPhones()
		_, body := voiceCall(clock.now, nil).do(t, in)
		assert.Equal(t, "OK", body["Code"])
		assert.NotEmpty(t, body["CallId"])
		seen := in.Received()
		require.Len(t, seen, 1)
		assert.True(t, seen[0].Accepted)
		assert.Equal(t, "voice", seen[0].Platform)
		assert.Contains(t, seen[0].Plain(), "name: train-7b")
	})
	for name, c := range map[string]struct {
		code   string
		change func(*phoneCall)
	}{
		"another number":    {"isv.MOBILE_NUMBER_ILLEGAL", func(c *phoneCall) { c.query.Set("CalledNumber", "1") }},
		"a text's template": {"isv.TTS_TEMPLATE_ILLEGAL", func(c *phoneCall) { c.query.Set("TtsCode", "SMS_1") }},
		"four readings":     {"isv.INVALID_PARAMETERS", func(c *phoneCall) { c.query.Set("PlayTimes", "4") }},
		"a long variable":   {"isv.TEMPLATE_PARAMS_ILLEGAL", func(c *phoneCall) { c.query.Set("TtsParam", `{"a":"`+strings.Repeat("a", 36)+`"}`) }},
		"a phone":           {"isv.TEMPLATE_PARAMS_ILLEGAL", func(c *phoneCall) { c.query.Set("TtsParam", `{"a":"13800138000"}`) }},
		"another secret":    {"SignatureDoesNotMatch", func(c *phoneCall) { c.key = "other" }},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			in, clock := newPhones()
			_, body := voiceCall(clock.now, c.change).do(t, in)
			assert.Equal(t, c.code, body["Code"])
		})
	}
	t.Run("calls a number once a minute, 5 times an hour and 20 times in 24 hours", func(t *testing.T) {
		in, clock := newPhones()
		taken := map[string]int{}
		for range 24 * 60 * 2 {
			_, body := voiceCall(clock.now, nil).do(t, in)
			taken[body["Code"].(string)]++
			text, _ := body["Message"].(string)
			for _, level := range []string{"分钟级", "小时级", "天级"} {
				if strings.Contains(text, level) {
					taken[level]++
				}
			}
			clock.now = clock.now.Add(30 * time.Second)
		}
		assert.Equal(t, 20, taken["OK"])
		assert.Positive(t, taken["分钟级"])
		assert.Positive(t, taken["小时级"])
		assert.Positive(t, taken["天级"])
	})
}

// awsKey is a key by which a call to a stand-in for AWS is signed; without an
// id it is not signed at all.
type awsKey struct {
	id, secret string
	at         time.Time
}

var demoSigner = awsKey{"demo", demoKey, phonesNow}

// awsCallOf sends a body to a stand-in for AWS.
func awsCallOf(t *testing.T, in *Inbox, operation string, key awsKey, body string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", operation)
	if key.id != "" {
		sum := sha256.Sum256([]byte(body))
		require.NoError(t, v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: key.id, SecretAccessKey: key.secret}, r, hex.EncodeToString(sum[:]), "sms-voice", "us-east-1", key.at))
	}
	w := httptest.NewRecorder()
	in.ServeHTTP(w, r)
	var answer map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	return w.Code, answer
}

func TestAWSPhones(t *testing.T) {
	const (
		text = `{"DestinationPhoneNumber":"+8613800138000","OriginationIdentity":"x","MessageBody":"hello","TimeToLive":600,"Context":{"notification":"n1"}}`
		call = `{"DestinationPhoneNumber":"+8613800138000","OriginationIdentity":"x","MessageBody":"hello","TimeToLive":600,"MessageBodyTextType":"TEXT","VoiceId":"AMY"}`
	)
	t.Run("take texts and calls with a signature", func(t *testing.T) {
		in, _ := newPhones()
		for operation, body := range map[string]string{awsText: text, awsCall: call} {
			status, answer := awsCallOf(t, in, operation, demoSigner, body)
			assert.Equal(t, 200, status)
			assert.NotEmpty(t, answer["MessageId"])
		}
		assert.Len(t, in.Received(), 2)
		assert.True(t, in.Received()[0].Accepted)
		assert.Equal(t, "valid", in.Received()[0].Signature)
	})
	t.Run("check a dry run without sending it", func(t *testing.T) {
		in, _ := newPhones()
		_, answer := awsCallOf(t, in, awsText, demoSigner, strings.Replace(text, "{", `{"DryRun":true,`, 1))
		assert.NotEmpty(t, answer["MessageId"])
		assert.False(t, in.Received()[0].Accepted)
	})
	for name, c := range map[string]struct {
		key                   awsKey
		operation, body, code string
	}{
		"no signature":       {awsKey{}, awsText, text, "MissingAuthenticationTokenException"},
		"an unknown key":     {awsKey{"other", demoKey, phonesNow}, awsText, text, "UnrecognizedClientException"},
		"another secret":     {awsKey{"demo", "other", phonesNow}, awsText, text, "InvalidSignatureException"},
		"an old signature":   {awsKey{"demo", demoKey, phonesNow.Add(-time.Hour)}, awsText, text, "InvalidSignatureException"},
		"another number":     {demoSigner, awsText, strings.Replace(text, "+86138", "+86139", 1), "ConflictException"},
		"no origination":     {demoSigner, awsText, strings.Replace(text, `"x"`, `""`, 1), "ValidationException"},
		"an empty text":      {demoSigner, awsText, strings.Replace(text, "hello", "", 1), "ValidationException"},
		"a text too long":    {demoSigner, awsText, strings.Replace(text, "hello", strings.Repeat("x", 1601), 1), "ValidationException"},
		"a reading too long": {demoSigner, awsCall, strings.Replace(call, "hello", strings.Repeat("x", 3001), 1), "ValidationException"},
		"no voice":           {demoSigner, awsCall, strings.Replace(call, "AMY", "", 1), "ValidationException"},
		"a life of a second": {demoSigner, awsText, strings.Replace(text, "600", "1", 1), "ValidationException"},
	} {
		t.Run("refuse "+name, func(t *testing.T) {
			in, _ := newPhones()
			status, answer := awsCallOf(t, in, c.operation, c.key, c.body)
			assert.Equal(t, 400, status)
			assert.Equal(t, c.code, answer["__type"])
		})
	}
}
