package openapi

import (
	"net/http"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// words are parts of Alibaba Cloud's error codes, in the order in which they
// are looked for: the names of an account's defects come before the endings
// that anything can have. Documented codes and those of the open-source
// EventBridge stand side by side, because the hosted service writes some of
// them another way (EventRuleNotExisted).
var words = []struct {
	kind           bus.Kind
	begins, either []string
}{
	{kind: bus.NotActivated, begins: []string{"ServiceNotEnable", "ServiceAccessDenied"}},
	{kind: bus.NoCredentials, begins: []string{
		"InvalidAccessKeyId", "InvalidStsAccessKeyId", "SignatureDoesNotMatch", "SignatureNotMatch", "IncompleteSignature",
		"SecurityToken", "InvalidSecurityToken", "MissingSecurityToken", "MissingAccessKeyId", "StsAccessIdExpired",
		"AccountIdNotExist", "ParentAccountNotExist",
	}},
	// KMS calls what is not there forbidden, and what was refused for a time
	// rejected (KMS API reference, GetSecretValue and PutSecretValue).
	{kind: bus.NotFound, begins: []string{"Forbidden.ResourceNotFound"}},
	{kind: bus.Exists, begins: []string{"Rejected.ResourceExist"}},
	{kind: bus.Throttled, begins: []string{"Rejected.Throttling"}},
	{kind: bus.Quota, begins: []string{"Rejected.LimitExceeded"}},
	{kind: bus.Invalid, begins: []string{"Rejected.ResourceInDeleteWindow"}},
	{kind: bus.Denied, begins: []string{"AccessDenied", "NoPermission", "Forbidden"}},
	{kind: bus.Throttled, begins: []string{"TooManyRequests", "Throttling"}},
	{kind: bus.Unavailable, begins: []string{"InternalError", "InternalServerError", "ServiceUnavailable", "SystemError", "SignatureNonceUsed"}},
	{kind: bus.NotServed, begins: []string{"InvalidAction.NotFound", "InvalidVersion"}},
	{kind: bus.NotEmpty, either: []string{"NotEmpty"}},
	{kind: bus.Quota, either: []string{"CountExceedLimit", "QuotaExceed", "ExceedQuota"}},
	{kind: bus.Invalid, begins: []string{"Invalid", "Missing", "RequestParameter"}, either: []string{
		"Invalid", "ExceedLimit", "SchemaError", "SizeExceed", "DataEmpty", "IdEmpty", "PatternEmpty", "MissingAttribute",
		"IneffectiveAttribute", "IdDuplicate", "MoreThanOneEventBus",
	}},
	{kind: bus.NotFound, either: []string{"NotExist", "NotFound"}},
	{kind: bus.Exists, either: []string{"AlreadyExist", "BusExist", "RuleExist", "InstanceExist"}},
}

// KindOf says what an error code means; where it is not known, the HTTP status
// decides.
func KindOf(code string, status int) bus.Kind {
	for _, w := range words {
		for _, b := range w.begins {
			if strings.HasPrefix(code, b) {
				return w.kind
			}
		}
		for _, e := range w.either {
			if strings.Contains(code, e) {
				return w.kind
			}
		}
	}
	switch {
	case status == http.StatusTooManyRequests:
		return bus.Throttled
	case status >= 500:
		return bus.Unavailable
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return bus.Denied
	case status == http.StatusNotFound:
		return bus.NotFound
	case status >= 400:
		return bus.Invalid
	}
	return bus.Other
}
