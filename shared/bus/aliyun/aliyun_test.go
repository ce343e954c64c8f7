package aliyun

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aliyun/credentials-go/credentials"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answering returns a client of a server that answers everything the same.
func answering(t *testing.T, status int, body string) (*httptest.Server, *Bus) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://elsewhere.example.com/")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	b, err := New(Config{Region: region, Account: account, Endpoint: s.URL, Credentials: static(t, keyID, secret, "")})
	require.NoError(t, err)
	return s, b
}

func TestCodesOfTheServiceHaveTheirKinds(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		kind   bus.Kind
	}{
		{403, "ServiceNotEnable", bus.NotActivated}, {403, "ServiceAccessDenied", bus.NotActivated},
		{403, "AccessDenied", bus.Denied}, {403, "AccessDeniedByPreCheck", bus.Denied}, {403, "NoPermission", bus.Denied}, {403, "Forbidden.RAM", bus.Denied},
		{404, "InvalidAccessKeyId.NotFound", bus.NoCredentials}, {403, "InvalidStsAccessKeyId", bus.NoCredentials}, {400, "SignatureDoesNotMatch", bus.NoCredentials},
		{403, "SecurityTokenInvalid", bus.NoCredentials}, {400, "InvalidSecurityToken.Expired", bus.NoCredentials}, {403, "StsAccessIdExpired", bus.NoCredentials}, {403, "AccountIdNotExist", bus.NoCredentials},
		{200, "EventBusNotExist", bus.NotFound}, {200, "EventRuleNotExist", bus.NotFound}, {200, "EventRuleNotExisted", bus.NotFound}, {409, "EventTargetNotExist", bus.NotFound},
		{200, "EventBusAlreadyExist", bus.Exists}, {200, "EventBusExist", bus.Exists}, {409, "EventRuleAlreadyExist", bus.Exists},
		{409, "EventBusRuleNotEmptyForDelete", bus.NotEmpty},
		{409, "EventBusCountExceedLimit", bus.Quota}, {200, "EventRuleCountExceedLimit", bus.Quota},
		{429, "TooManyRequests", bus.Throttled}, {400, "Throttling.User", bus.Throttled}, {503, "Throttling", bus.Throttled}, {429, "", bus.Throttled},
		{500, "InternalError", bus.Unavailable}, {503, "ServiceUnavailable", bus.Unavailable}, {502, "", bus.Unavailable}, {400, "SignatureNonceUsed", bus.Unavailable},
		{409, "RequestParameterInvalid", bus.Invalid}, {409, "RequestParameterException", bus.Invalid}, {200, "EventBusNameInvalid", bus.Invalid}, {200, "EventRuleFilterPatternSchemaError", bus.Invalid},
		{200, "EventRuleFilterPatternExceedLimit", bus.Invalid}, {400, "MissingEventBusName", bus.Invalid}, {200, "EventRuleTargetIdDuplicate", bus.Invalid}, {414, "", bus.Invalid},
		{404, "InvalidAction.NotFound", bus.NotServed}, {404, "InvalidVersion", bus.NotServed},
		{200, "SomethingNew", bus.Other}, {403, "SomethingNew", bus.Denied}, {500, "SomethingNew", bus.Unavailable}, {400, "SomethingNew", bus.Invalid},
	} {
		t.Run(c.code+http.StatusText(c.status), func(t *testing.T) {
			p, b := lab(t, "r")
			p.refuse = func(string) peerError { return peerError{c.status, c.code, "says the service"} }
			err := b.CreateRule(ctx, onBus, bus.Rule{Name: "x", Pattern: "{}"})
			e, ok := errors.AsType[*bus.Error](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, c.kind, e.Kind)
			assert.Equal(t, "eventbridge:CreateRule", e.Action)
			assert.Equal(t, onBus+"/x", e.Resource)
			assert.Equal(t, c.code, e.Code)
		})
	}
}

func TestADeniedActionIsNamedAsPermissionsNameIt(t *testing.T) {
	p, b := lab(t, "r")
	p.refuse = func(string) peerError { return peerError{403, "NoPermission", "You are not authorized."} }
	_, listing := b.ListTargets(ctx, onBus, []string{"r"})
	for want, err := range map[string]error{
		"eventbridge:UpdateTargets": b.UpdateTargets(ctx, onBus, "r", []bus.Target{oncall()}),
		"eventbridge:DeleteTargets": b.DeleteTargets(ctx, onBus, "r", []string{"x"}),
		"eventbridge:GetRule":       listing,
	} {
		e, ok := errors.AsType[*bus.Error](err)
		require.True(t, ok)
		assert.Equal(t, bus.Denied, e.Kind)
		assert.Equal(t, want, e.Action)
	}
	assert.Subset(t, p.calls, []string{"PutTargets", "DeleteTargets", "GetRule"})
}

func TestAnAnswerThatIsNotTheServicesIsNoSuccess(t *testing.T) {
	const page = "<html><body>Sign in</body></html>"
	for name, c := range map[string]struct {
		status int
		body   string
		text   string
	}{
		"a web page":             {200, page, "a web page came back"},
		"nothing":                {200, "", "the answer is not one of the service"},
		"other JSON":             {200, `{"ok":true}`, "the answer is not one of the service"},
		"half an answer":         {200, `{"Code":"Success","Data":{"RuleName":"r"`, "the answer is not one of the service"},
		"a success without data": {200, `{"Code":"Success","Success":true}`, "the answer is not one of the service"},
		"a redirect":             {302, "", "HTTP 302 Found: is the endpoint right?"},
		"a gateway's page":       {502, page, "HTTP 502 Bad Gateway"},
	} {
		t.Run(name, func(t *testing.T) {
			_, b := answering(t, c.status, c.body)
			_, get := b.GetRule(ctx, onBus, "r")
			_, bus1 := b.GetEventBus(ctx, onBus)
			_, rules := b.ListRules(ctx, onBus)
			_, buses := b.ListEventBuses(ctx, "")
			for _, err := range []error{get, bus1, rules, buses} {
				assert.Equal(t, bus.Unavailable, bus.KindOf(err))
				assert.ErrorContains(t, err, c.text)
			}
		})
	}
}

func TestAPageThatComesAgainIsAFailure(t *testing.T) {
	_, b := answering(t, 200, `{"Code":"Success","Success":true,"Data":{"NextToken":"1","Total":300}}`)
	_, rules := b.ListRules(ctx, onBus)
	_, buses := b.ListEventBuses(ctx, "")
	for _, err := range []error{rules, buses} {
		assert.Equal(t, bus.Unavailable, bus.KindOf(err))
		assert.ErrorContains(t, err, "the same page")
	}
}

func TestAFalseSuccessIsAFailure(t *testing.T) {
	_, b := answering(t, 200, `{"Code":"Success","Success":false,"Message":"no"}`)
	assert.Error(t, b.EnableRule(ctx, onBus, "r"))
}

func TestErrorsShowNothingOfTheRequest(t *testing.T) {
	g := oncall()
	g.Receiver.Parameters = []byte(`{"webhook":"https://oapi.dingtalk.com/robot/send?access_token=s3cret"}`)
	p, b := lab(t, "r")
	p.refuse = func(string) peerError {
		return peerError{400, "RequestParameterInvalid", "wrong: https://oapi.dingtalk.com/robot/send?access_token=s3cret by " + keyID}
	}
	err := b.UpdateTargets(ctx, onBus, "r", []bus.Target{g})
	assert.EqualError(t, err, "bus: eventbridge:UpdateTargets pai-system-llm_lab/r: RequestParameterInvalid wrong: <url> by <redacted>")

	err = p.bus(t, keyID, "another").UpdateTargets(ctx, onBus, "r", []bus.Target{g})
	assert.EqualError(t, err, "bus: eventbridge:UpdateTargets pai-system-llm_lab/r: SignatureDoesNotMatch Specified signature is not matched with our calculation.")

	s, cut := answering(t, 200, "")
	s.Close()
	err = cut.UpdateTargets(ctx, onBus, "r", []bus.Target{g})
	assert.Equal(t, bus.Unavailable, bus.KindOf(err))
	assert.NotContains(t, err.Error(), "s3cret")
	assert.NotContains(t, err.Error(), "Targets=")
}

func TestTheOfficialEndpointsAreTheDefault(t *testing.T) {
	made := func(c Config) *Bus {
		c.Region, c.Account = region, account
		b, err := New(c)
		require.NoError(t, err)
		return b
	}
	b := made(Config{})
	assert.Equal(t, openapi.Endpoint{Scheme: "https", Host: "eventbridge-console.cn-hangzhou.aliyuncs.com"}, b.console)
	assert.Equal(t, openapi.Endpoint{Scheme: "https", Host: "1234567890123456.eventbridge.cn-hangzhou.aliyuncs.com"}, b.data)
	b = made(Config{Endpoint: "http://127.0.0.1:8090"})
	assert.Equal(t, b.console, b.data, "one machine serves both")
	b = made(Config{Endpoint: "eventbridge-console.cn-hangzhou.example.com/"})
	assert.Equal(t, "1234567890123456.eventbridge.cn-hangzhou.aliyuncs.com", b.data.Host)
	b = made(Config{Endpoint: "http://localhost:1", DataEndpoint: "https://data.example.com"})
	assert.Equal(t, "data.example.com", b.data.Host)
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	for name, c := range map[string]Config{
		"no region":               {Account: account},
		"no account":              {Region: region},
		"plain http elsewhere":    {Region: region, Account: account, Endpoint: "http://eventbridge-console.cn-hangzhou.aliyuncs.com"},
		"plain http for the data": {Region: region, Account: account, DataEndpoint: "http://10.0.0.1"},
		"a path":                  {Region: region, Account: account, Endpoint: "https://example.com/v1"},
		"a user":                  {Region: region, Account: account, Endpoint: "https://me:pass@example.com"},
		"another scheme":          {Region: region, Account: account, Endpoint: "ftp://example.com"},
		"no URL":                  {Region: region, Account: account, Endpoint: "https://%zz"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(c)
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "pass@")
		})
	}
}

// A topic keeps nothing when nobody is subscribed, and EventBridge reaches no
// queue elsewhere.
func TestADeadLetterQueueThatWouldKeepNothingIsRefused(t *testing.T) {
	here := "acs:mns:" + region + ":" + account + ":"
	for arn, works := range map[string]bool{
		"": true, here + "/queues/undelivered": true,
		here + "/topics/undelivered": false, here + "/queues/": false, here + "/queues/undelivered/messages": false, here + "queues/undelivered": false,
		"acs:mns:cn-elsewhere:" + account + ":/queues/undelivered": false, "acs:mns:" + region + ":0:/queues/set-PAI_NOTIFY_DEAD_LETTER": false,
		"acs:mns:" + region + ":0:/queues/undelivered": false, here + "/queues/<your-queue>": false, "acs:mns:" + region + ":$ACCOUNT:/queues/undelivered": false,
		"acs:mq:" + region + ":" + account + ":/queues/undelivered": false, "acs:mns:" + region + ":9" + account + ":/queues/undelivered": false, here + "/queues/undelivered ": false,
		"None": false, "arn:aws:sqs:eu-central-1:123456789012:undelivered": false,
	} {
		_, err := New(Config{Region: region, Account: account, Credentials: static(t, keyID, secret, ""), DeadLetterQueue: arn})
		if works {
			require.NoError(t, err, arn)
		} else {
			require.ErrorContains(t, err, "is not the ARN of a queue in the region and account of the bus", arn)
		}
	}
	require.NoError(t, CheckDeadLetter("", "", here+"/queues/undelivered"), "any region and account will do")
	require.Error(t, CheckDeadLetter("", "", here+"/topics/undelivered"))
}

func TestWithoutCredentialsTheRemedyIsTold(t *testing.T) {
	for _, name := range []string{
		"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_CREDENTIALS_URI",
		"ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE", "ALIBABA_CLOUD_CREDENTIALS_FILE", "ALIBABA_CLOUD_ECS_METADATA",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
	t.Setenv("HOME", t.TempDir())
	p := newPeer(t)
	b, err := New(Config{Region: region, Account: account, Endpoint: p.address})
	require.NoError(t, err)
	_, err = b.ListEventBuses(ctx, "")
	assert.Equal(t, bus.NoCredentials, bus.KindOf(err))
	assert.ErrorContains(t, err, "ALIBABA_CLOUD_ACCESS_KEY_ID")
	assert.Empty(t, p.calls)
}

func TestTheEnvironmentsCredentialsAreUsed(t *testing.T) {
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", keyID)
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret)
	t.Setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "a-token-of-tests")
	p := newPeer(t)
	b, err := New(Config{Region: region, Account: account, Endpoint: p.address})
	require.NoError(t, err)
	require.NoError(t, b.CreateEventBus(ctx, bus.EventBus{Name: onBus}))
	assert.Equal(t, "a-token-of-tests", p.requests[0].Header.Get("X-Acs-Security-Token"))
}

// lockless is a provider that must not be asked twice at a time.
type lockless struct {
	credentials.Credential
	asked atomic.Int32
	most  atomic.Int32
}

func (l *lockless) GetCredential() (*credentials.CredentialModel, error) {
	defer l.asked.Add(-1)
	l.most.Store(max(l.most.Load(), l.asked.Add(1)))
	runtime.Gosched()
	return &credentials.CredentialModel{AccessKeyId: new(keyID), AccessKeySecret: new(secret)}, nil
}

func TestAProviderIsAskedByOneAtATime(t *testing.T) {
	l := &lockless{}
	p := newPeer(t)
	b := p.bus(t, keyID, secret, func(c *Config) { c.Credentials = l })
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			_, err := b.ListEventBuses(ctx, "")
			assert.NoError(t, err)
		})
	}
	done.Wait()
	assert.EqualValues(t, 1, l.most.Load())
}

// hanging is a provider that is still asking.
type hanging struct {
	credentials.Credential
	release chan struct{}
}

func (h hanging) GetCredential() (*credentials.CredentialModel, error) {
	<-h.release
	return nil, errors.New("released")
}

func TestAProviderThatHangsEndsWithTheContext(t *testing.T) {
	h := hanging{release: make(chan struct{})}
	defer close(h.release)
	p := newPeer(t)
	b := p.bus(t, keyID, secret, func(c *Config) { c.Credentials = h })
	for range 2 {
		gone, cancel := context.WithCancel(ctx)
		go cancel()
		_, err := b.GetRule(gone, onBus, "r")
		assert.Equal(t, bus.Unavailable, bus.KindOf(err))
		assert.ErrorIs(t, err, context.Canceled)
	}
	assert.Empty(t, p.calls)
}
