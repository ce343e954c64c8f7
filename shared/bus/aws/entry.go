package aws

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/pai-notify/pai-notify/shared/bus"
)

// entry returns a target as AWS is given it.
func (b *Bus) entry(t bus.Target) (types.Target, error) {
	text, err := template(t)
	if err != nil {
		return types.Target{}, err
	}
	entry := types.Target{
		Id: aws.String(t.ID), Arn: aws.String(b.functionARNs + t.Function),
		InputTransformer: &types.InputTransformer{InputTemplate: aws.String(text)},
		RetryPolicy: &types.RetryPolicy{
			MaximumEventAgeInSeconds: aws.Int32(retryAge), MaximumRetryAttempts: aws.Int32(retryAttempts),
		},
	}
	if arn := cmp.Or(b.deadLetter, t.DeadLetter); arn != "" {
		entry.DeadLetterConfig = &types.DeadLetterConfig{Arn: aws.String(arn)}
	}
	return entry, nil
}

// target returns what a target on the bus was made of, and how it differs from
// what entry makes of that.
func (b *Bus) target(have types.Target) bus.Target {
	t := bus.Target{ID: aws.ToString(have.Id)}
	function, ok := functionOf(aws.ToString(have.Arn))
	if !ok {
		t.Altered = "it sends to " + aws.ToString(have.Arn) + ", which is no function"
		return t
	}
	t.Function = function
	if have.InputTransformer == nil {
		t.Altered = "it invokes " + aws.ToString(have.Arn) + " without an input template"
		return t
	}
	if !parse(aws.ToString(have.InputTransformer.InputTemplate), &t) {
		t.Altered = "it invokes " + aws.ToString(have.Arn) + " with an input template that is not this project's"
		return t
	}
	if b.deadLetter == "" && have.DeadLetterConfig != nil {
		t.DeadLetter = aws.ToString(have.DeadLetterConfig.Arn)
	}
	want, err := b.entry(t)
	if err != nil {
		t.Altered = "its input template cannot be written again: " + err.Error()
		return t
	}
	t.Altered = strings.Join(differences(have, want), "; ")
	return t
}

// functionOf returns the name in a function's ARN, without a version or alias.
func functionOf(arn string) (string, bool) {
	parts := strings.Split(arn, ":")
	if len(parts) < 7 || parts[2] != "lambda" || parts[5] != "function" {
		return "", false
	}
	return parts[6], true
}

func differences(have, want types.Target) []string {
	var list []string
	differ := func(what, is, wanted string) {
		if is != wanted {
			list = append(list, fmt.Sprintf("its %s is %s in place of %s", what, is, wanted))
		}
	}
	differ("function", aws.ToString(have.Arn), aws.ToString(want.Arn))
	if aws.ToString(have.InputTransformer.InputTemplate) != aws.ToString(want.InputTransformer.InputTemplate) {
		list = append(list, "its input template says the same in another form")
	}
	if len(have.InputTransformer.InputPathsMap) > 0 {
		list = append(list, "its input template has variables of its own")
	}
	differ("retry policy", policy(have.RetryPolicy), policy(want.RetryPolicy))
	differ("dead letter queue", queue(have.DeadLetterConfig), queue(want.DeadLetterConfig))
	return append(list, additions(have)...)
}

// policy tells a retry policy; one that is not set is the service's default.
func policy(p *types.RetryPolicy) string {
	if p == nil {
		p = &types.RetryPolicy{}
	}
	age, attempts := int32(retryAge), int32(retryAttempts) // the defaults of EventBridge too
	if p.MaximumEventAgeInSeconds != nil {
		age = *p.MaximumEventAgeInSeconds
	}
	if p.MaximumRetryAttempts != nil {
		attempts = *p.MaximumRetryAttempts
	}
	return fmt.Sprintf("%d attempts in %d s", attempts, age)
}

func queue(c *types.DeadLetterConfig) string {
	if c == nil || aws.ToString(c.Arn) == "" {
		return "none"
	}
	return aws.ToString(c.Arn)
}

// ours are the members of a target that entry writes.
var ours = map[string]bool{"Id": true, "Arn": true, "InputTransformer": true, "RetryPolicy": true, "DeadLetterConfig": true}

// additions names what is set of the other members, those included that a
// later version of the SDK knows.
func additions(have types.Target) []string {
	var list []string
	v := reflect.ValueOf(have)
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && !ours[f.Name] && !v.Field(i).IsZero() {
			list = append(list, "it has "+f.Name)
		}
	}
	return list
}
