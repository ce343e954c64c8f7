package aws

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRefusalsHaveTheirKind(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		kind   bus.Kind
		says   string
	}{
		{400, `{"__type":"AccessDeniedException","Message":"User: arn:aws:iam::1:user/x is not authorized to perform: events:DescribeRule on resource: arn:y because no identity-based policy allows the events:DescribeRule action"}`,
			bus.Denied, "bus: events:DescribeRule lab/job-died: AccessDeniedException User: arn:aws:iam::1:user/x is not authorized"},
		{400, `{"__type":"AccessDeniedException","Message":"User: x is not authorized to perform: kms:Decrypt on resource: y"}`, bus.Denied, "bus: kms:Decrypt lab/job-died: "},
		{400, `{"__type":"AccessDeniedException"}`, bus.Denied, "bus: events:DescribeRule lab/job-died: AccessDeniedException"},
		{400, `{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`, bus.NoCredentials, "UnrecognizedClientException The security token"},
		{400, `{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}`, bus.NoCredentials, "expired"},
		{403, `{"__type":"InvalidSignatureException","message":"Signature expired: 20260504T030201Z is now earlier than 20260504T031701Z"}`, bus.NoCredentials, "Signature expired"},
		{400, `{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`, bus.NoCredentials, "Missing"},
		{403, `{"__type":"OptInRequired","message":"The AWS Access Key Id needs a subscription for the service"}`, bus.NotActivated, "subscription"},
		{400, `{"__type":"ResourceNotFoundException","message":"Rule job-died does not exist on EventBus lab."}`, bus.NotFound, "does not exist on EventBus lab."},
		{400, `{"__type":"com.amazonaws.events#ResourceNotFoundException","message":"no"}`, bus.NotFound, "ResourceNotFoundException no"},
		{400, `{"__type":"ResourceAlreadyExistsException","message":"x"}`, bus.Exists, "x"},
		{400, `{"__type":"LimitExceededException","message":"The requested resource exceeds the maximum number allowed."}`, bus.Quota, "maximum"},
		{400, `{"__type":"ValidationException","message":"1 validation error detected"}`, bus.Invalid, "1 validation"},
		{400, `{"__type":"InvalidEventPatternException","message":"Event pattern is not valid."}`, bus.Invalid, "not valid"},
		{400, `{"__type":"ManagedRuleException","message":"managed"}`, bus.Invalid, "managed"},
		{400, `{"__type":"ThrottlingException","message":"Rate exceeded"}`, bus.Throttled, "Rate exceeded"},
		{400, `{"__type":"ConcurrentModificationException","message":"There is concurrent modification"}`, bus.Throttled, "concurrent"},
		{429, `{"__type":"SomethingNew"}`, bus.Throttled, "SomethingNew"},
		{500, `{"__type":"InternalException","message":"oops"}`, bus.Unavailable, "oops"},
		{503, `{"__type":"SomethingNew","message":"x"}`, bus.Unavailable, "SomethingNew x"},
		{502, `<html>Bad Gateway</html>`, bus.Unavailable, "not an answer of EventBridge"},
		{503, ``, bus.Unavailable, "HTTP 503"},
		{403, `<html>Blocked by your proxy</html>`, bus.Other, "HTTP 403 not an answer of EventBridge"},
		{200, `<html>Please log in</html>`, bus.Unavailable, "HTTP 200 not an answer of EventBridge"},
		{200, `{"Name":`, bus.Unavailable, "HTTP 200 not an answer of EventBridge"},
		{400, `{"__type":"SomethingNew","message":"x"}`, bus.Other, "bus: events:DescribeRule lab/job-died: SomethingNew x"},
	} {
		p := newPeer(t)
		p.answer = func(string) (int, string) { return c.status, c.body }
		_, err := opened(t, p.config()).GetRule(ctx, "lab", "job-died")
		require.Error(t, err, c.body)
		assert.Equal(t, c.kind, bus.KindOf(err), "%d %s gave %v", c.status, c.body, err)
		assert.ErrorContains(t, err, c.says)
	}
}

func TestAnEndedContextIsSaidInItsOwnWords(t *testing.T) {
	b, _ := lab(t, 1)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, err := b.GetRule(gone, "lab", "rule-000")
	assert.EqualError(t, err, "bus: events:DescribeRule lab/rule-000: context canceled")
}

func TestCallsAreRepeatedOnlyWhereThatIsHarmless(t *testing.T) {
	b, p := lab(t, 1)
	p.answer = func(string) (int, string) { return http.StatusServiceUnavailable, "" }
	_, _ = b.ListRules(ctx, "lab")
	assert.Equal(t, bus.Unavailable, bus.KindOf(b.CreateEventBus(ctx, bus.EventBus{Name: "other"})))
	assert.Equal(t, map[string]int{"ListRules": 3, "CreateEventBus": 1}, p.calls)
}

func TestABusWhoseRulesWentAMomentAgoIsNotEmpty(t *testing.T) {
	b, p := lab(t, 0)
	p.answer = func(action string) (int, string) {
		if action == "DeleteEventBus" {
			return 400, `{"__type":"ValidationException","message":"EventBus can't be deleted since it has rules."}`
		}
		return 0, ""
	}
	assert.Equal(t, bus.NotEmpty, bus.KindOf(b.DeleteEventBus(ctx, "lab")))
}

func TestRulesOfServicesOfAWSAreListedAndStay(t *testing.T) {
	b, p := lab(t, 1)
	r := p.buses["lab"].rules["rule-000"]
	r.ManagedBy = "schemas.amazonaws.com"
	list, err := b.ListRules(ctx, "lab")
	require.NoError(t, err)
	require.Len(t, list, 1)
	for name, err := range map[string]error{
		"UpdateRule":    b.UpdateRule(ctx, "lab", bus.Rule{Name: "rule-000", Pattern: `{"source":["x"]}`}),
		"DisableRule":   b.DisableRule(ctx, "lab", "rule-000"),
		"DeleteRule":    b.DeleteRule(ctx, "lab", "rule-000"),
		"UpdateTargets": b.UpdateTargets(ctx, "lab", "rule-000", []bus.Target{{ID: "a", Function: "f", Receiver: target.Receiver{Type: "http"}}}),
		"DeleteTargets": b.DeleteTargets(ctx, "lab", "rule-000", []string{"a"}),
	} {
		assert.Equal(t, bus.Invalid, bus.KindOf(err), name)
	}
	assert.Same(t, r, p.buses["lab"].rules["rule-000"])
	assert.Equal(t, "ENABLED", r.State)
}

func TestEntriesThatWereRefusedAreNamed(t *testing.T) {
	b, p := lab(t, 1)
	p.answer = func(action string) (int, string) {
		return 200, `{"FailedEntryCount":1,"FailedEntries":[{"TargetId":"a","ErrorCode":"ConcurrentModificationException","ErrorMessage":"too many requests with ` + token + `"}]}`
	}
	err := b.UpdateTargets(ctx, "lab", "rule-000", []bus.Target{{ID: "a", Function: "f", Receiver: target.Receiver{Type: "http"}}})
	assert.EqualError(t, err, "bus: events:PutTargets lab/rule-000: ConcurrentModificationException 1 not taken: target a: ConcurrentModificationException too many requests with <redacted>")
	assert.Equal(t, bus.Throttled, bus.KindOf(err))
	err = b.DeleteTargets(ctx, "lab", "rule-000", []string{"a"})
	assert.Equal(t, bus.Throttled, bus.KindOf(err))
	p.answer = func(action string) (int, string) {
		return 200, `{"FailedEntryCount":1,"FailedEntries":[{"TargetId":"a","ErrorCode":"ResourceNotFoundException"}]}`
	}
	assert.NoError(t, b.DeleteTargets(ctx, "lab", "rule-000", []string{"a"}))
}

func TestWithoutCredentialsNothingIsSent(t *testing.T) {
	for name, c := range map[string]struct {
		provider aws.CredentialsProvider
		says     string
	}{
		"none at all": {nil, "no credentials: none are given"},
		"anonymous":   {aws.AnonymousCredentials{}, "no credentials"},
		"empty":       {aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, nil }), "empty"},
		"a profile that is not there": {aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{}, errors.New("failed to get shared config profile, pai")
		}), "profile, pai"},
	} {
		p := newPeer(t)
		config := p.config()
		config.Credentials = c.provider
		_, err := opened(t, config).ListRules(ctx, "lab")
		assert.Equal(t, bus.NoCredentials, bus.KindOf(err), "%s: %v", name, err)
		assert.ErrorContains(t, err, c.says, name)
		assert.ErrorContains(t, err, "events:ListRules", name)
		assert.Empty(t, p.calls, name)
	}
}
