package handset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/inbox/inboxtest"
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

const awsText, awsCall = "aws.Text", "aws.Call"

// newPhones returns an inbox with two phones of one number: one takes any text,
// the other any call.
func newPhones() (*inbox.Inbox, *inboxtest.Clock) {
	c := inboxtest.Start()
	takes := func(_ *Phone, _ url.Values, m *inbox.Message) (string, string) {
		m.Title = "taken"
		return "OK", ""
	}
	in := inbox.New(inbox.Options{Now: c.Now},
		Kind{Action: "SendSms", Number: "PhoneNumbers", ID: "BizId", Judge: takes, Operation: awsText}.Platform(inbox.Platform{Type: "texts"}),
		Kind{Action: "Call", Number: "Number", ID: "CallId", Judge: takes, Operation: awsCall, Spoken: true}.Platform(inbox.Platform{Type: "calls"}),
	)
	for _, typ := range []string{"texts", "calls"} {
		in.Add(typ, phoneNumber, inbox.Keys{ID: "demo", Secret: demoKey})
	}
	return in, c
}

// phoneCall is a request to a stand-in for Alibaba Cloud.
type phoneCall struct {
	action string
	query  url.Values
	keyID  string
	key    string
	at     time.Time
	nonce  string
}

func (c phoneCall) do(t *testing.T, in *inbox.Inbox) (int, map[string]any) {
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

var nonces int

func textCall(at time.Time, change func(*phoneCall)) phoneCall {
	nonces++
	c := phoneCall{"SendSms", url.Values{"PhoneNumbers": {"13800138000"}, "OutId": {"n1"}}, "demo", demoKey, at, strconv.Itoa(nonces)}
	if change != nil {
		change(&c)
	}
	return c
}

func TestAlibabaCloudsPhones(t *testing.T) {
	t.Run("take a signed message", func(t *testing.T) {
		in, clock := newPhones()
		status, body := textCall(clock.At, nil).do(t, in)
		assert.Equal(t, 200, status)
		assert.Equal(t, "OK", body["Code"])
		assert.NotEmpty(t, body["BizId"])
		seen := in.Received()
		require.Len(t, seen, 1)
		assert.True(t, seen[0].Accepted)
		assert.Equal(t, "texts", seen[0].Platform)
		assert.Equal(t, "valid", seen[0].Signature)
		assert.Equal(t, "n1", seen[0].ID)
		_, body = textCall(clock.At, func(c *phoneCall) {
			c.action, c.query = "Call", url.Values{"Number": {"13800138000"}}
		}).do(t, in)
		assert.NotEmpty(t, body["CallId"])
		assert.Equal(t, "calls", in.Received()[1].Platform)
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
		"an action nobody knows": {404, "InvalidAction.NotFound", func(c *phoneCall) { c.action = "SendSmss" }},
	} {
		t.Run("refuse "+name, func(t *testing.T) {
			in, clock := newPhones()
			status, body := textCall(clock.At, c.change).do(t, in)
			assert.Equal(t, c.status, status)
			assert.Equal(t, c.code, body["Code"])
			for _, m := range in.Received() {
				assert.False(t, m.Accepted)
				assert.NotEmpty(t, m.Reason)
			}
		})
	}
	t.Run("refuse a nonce that was used", func(t *testing.T) {
		in, clock := newPhones()
		c := textCall(clock.At, nil)
		c.do(t, in)
		_, body := c.do(t, in)
		assert.Equal(t, "SignatureNonceUsed", body["Code"])
	})
}

// awsKey is a key by which a call to a stand-in for AWS is signed; without an
// id it is not signed at all.
type awsKey struct {
	id, secret string
	at         time.Time
}

var demoSigner = awsKey{"demo", demoKey, inboxtest.Start().At}

// awsCallOf sends a body to a stand-in for AWS.
func awsCallOf(t *testing.T, in *inbox.Inbox, operation string, key awsKey, body string) (int, map[string]any) {
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
		"an unknown key":     {awsKey{"other", demoKey, inboxtest.Start().At}, awsText, text, "UnrecognizedClientException"},
		"another secret":     {awsKey{"demo", "other", inboxtest.Start().At}, awsText, text, "InvalidSignatureException"},
		"an old signature":   {awsKey{"demo", demoKey, inboxtest.Start().At.Add(-time.Hour)}, awsText, text, "InvalidSignatureException"},
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

func TestNumbersAbroadAreNotTakenForChineseOnes(t *testing.T) {
	for given, want := range map[string]string{
		"13800138000": "+8613800138000", "12065550100": "+12065550100", "057112345678": "+8657112345678", "85212345678": "+85212345678", "+8613800138000": "+8613800138000",
	} {
		assert.Equal(t, want, e164(given), given)
	}
}

func TestATargetIsLedToItsPhone(t *testing.T) {
	k := Kind{OnlyAWS: []string{"origination_identity", "region"}}
	keys := inbox.Keys{ID: "id", Secret: "secret"}
	for name, c := range map[string]struct {
		given inbox.Parameters
		keys  inbox.Keys
		want  inbox.Parameters
	}{
		"of Alibaba Cloud": {inbox.Parameters{"Endpoint": "https://real.example", "ACCESS_KEY_ID": "mine"}, keys,
			inbox.Parameters{"endpoint": "http://inbox", "access_key_id": "id", "access_key_secret": "secret"}},
		"of AWS where anybody may send": {inbox.Parameters{"origination_identity": "+1"}, inbox.Keys{},
			inbox.Parameters{"origination_identity": "+1", "region": "us-east-1", "endpoint": "http://inbox"}},
		"of AWS where a key is checked": {inbox.Parameters{"origination_identity": "+1", "region": "eu-west-1"}, keys,
			inbox.Parameters{"endpoint": "http://inbox", "access_key_id": "id", "access_key_secret": "secret"}},
	} {
		k.Lead(c.given, inbox.Place{URL: "http://inbox", Keys: c.keys})
		assert.Equal(t, c.want, c.given, name)
	}
}
