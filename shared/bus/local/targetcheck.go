package local

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/bus/local/transform"
)

// FunctionType is the type of targets that are functions, the only ones that
// this bus delivers to.
const FunctionType = "acs.fc.function"

// The retry strategies of targets.
const (
	backoffRetry     = "BACKOFF_RETRY"
	exponentialDecay = "EXPONENTIAL_DECAY_RETRY"
)

// targetTypes are those that Alibaba Cloud EventBridge knows. A target of
// another type than a function is kept, so that whoever manages rules finds what
// was put; its notifications become dead letters at once.
var targetTypes = []string{
	FunctionType, "acs.alikafka", "acs.api.destination", "acs.arms.loki", "acs.datahub", "acs.dingtalk",
	"acs.eventbridge", "acs.eventbridge.olap", "acs.eventbus.SLSCloudLens", "acs.fnf", "acs.k8s", "acs.mail",
	"acs.mns.queue", "acs.mns.topic", "acs.openapi", "acs.rabbitmq", "acs.rds.mysql", "acs.rocketmq", "acs.sae",
	"acs.sls", "acs.sms", "ApacheKafkaSelf", "http", "https", "mysql",
}

// checkTarget returns what is wrong with a target.
func (b *Bus) checkTarget(t Target) (EntryError, bool) {
	code, text := targetFault(t)
	if code == "" {
		if err := b.options.Check(t); err != nil {
			code, text = codeTargetIneffective, err.Error()
		}
	}
	return EntryError{t.ID, code, text}, code == ""
}

func targetFault(t Target) (code, text string) {
	switch {
	case t.ID == "":
		return codeTargetMissing, "the target has no Id"
	case len(t.ID) > maxTargetID || strings.ContainsFunc(t.ID, notInID):
		return codeTargetIneffective, fmt.Sprintf("the target Id %q is invalid: at most %d letters, digits, - _ and .", t.ID, maxTargetID)
	case t.Type == "":
		return codeTargetMissing, "the target has no Type"
	case !slices.Contains(targetTypes, t.Type):
		return codeTargetIneffective, fmt.Sprintf("there is no target type %q", t.Type)
	case t.PushRetryStrategy != "" && t.PushRetryStrategy != backoffRetry && t.PushRetryStrategy != exponentialDecay:
		return codeTargetIneffective, fmt.Sprintf("PushRetryStrategy %q is neither %s nor %s", t.PushRetryStrategy, backoffRetry, exponentialDecay)
	case t.ErrorsTolerance != "" && t.ErrorsTolerance != "ALL" && t.ErrorsTolerance != "NONE":
		return codeTargetIneffective, fmt.Sprintf("ErrorsTolerance %q is neither ALL nor NONE", t.ErrorsTolerance)
	}
	seen := map[string]bool{}
	for _, p := range t.Params {
		switch {
		case p.ResourceKey == "":
			return codeTargetMissing, "a parameter has no ResourceKey"
		case seen[p.ResourceKey]:
			return codeTargetIneffective, fmt.Sprintf("the parameter %s is there twice", p.ResourceKey)
		case utf8.RuneCountInString(p.Value) > maxParam || utf8.RuneCountInString(p.Template) > maxParam:
			return codeTargetIneffective, fmt.Sprintf("Value or Template of the parameter %s has more than %d characters", p.ResourceKey, maxParam)
		}
		seen[p.ResourceKey] = true
		if _, err := transform.Compile(p.Form, p.Value, p.Template); err != nil {
			return codeTargetIneffective, fmt.Sprintf("the parameter %s: %v", p.ResourceKey, err)
		}
	}
	if t.Type == FunctionType && functionOf(t) == "" {
		return codeTargetMissing, "the function is not named: neither by the parameter functionName nor by the Endpoint"
	}
	return "", ""
}

func notInID(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
}

// functionOf is the name of the function that a target invokes: the parameter
// functionName, or what the endpoint ends with:
// acs:fc:<region>:<account>:services/<service>.<qualifier>/functions/<name>.
func functionOf(t Target) string {
	for _, p := range t.Params {
		if p.ResourceKey == "functionName" && p.Form == transform.Constant && p.Value != "" {
			return p.Value
		}
	}
	at := strings.LastIndex(t.Endpoint, "functions/")
	if at < 0 {
		return ""
	}
	name, _, _ := strings.Cut(t.Endpoint[at+len("functions/"):], "/")
	return name
}
