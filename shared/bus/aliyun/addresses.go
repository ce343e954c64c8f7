package aliyun

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// shown are the parameters whose values are no secrets (EventBridge, Event
// target parameters: Function Compute).
var shown = []string{"serviceName", functionName, "Qualifier", "InvocationType", "DataFormat", "IsBase64Encode"}

// Addresses implements [bus.Addresses] by one GetRule for each rule, as
// [Bus.ListTargets] does.
func (b *Bus) Addresses(ctx context.Context, on string, rules []string) ([]bus.Address, error) {
	var list []bus.Address
	for _, rule := range slices.Sorted(slices.Values(rules)) {
		data, err := b.rule(ctx, on, rule)
		if err != nil {
			return list, err
		}
		for _, t := range data.Targets {
			list = append(list, b.address(rule, got(t)))
		}
	}
	return list, nil
}

func (b *Bus) address(rule string, t stored) bus.Address {
	a := bus.Address{Rule: rule, ID: t.ID, Type: t.Type, Endpoint: withoutSecret(t.Endpoint)}
	for _, p := range t.Params {
		value := p.Value
		if p.Form != constant || !slices.Contains(shown, p.Key) {
			value = fmt.Sprintf("<%d characters>", utf8.RuneCountInString(p.Value)+utf8.RuneCountInString(p.Template))
		}
		a.Parameters = append(a.Parameters, bus.Parameter{Name: p.Key, Form: p.Form, Value: value})
	}
	if t.Type == functionType {
		a.Form = asForm(b.config, t)
		endpoint, params := b.config.FunctionForm.of(b.config, b.config.FunctionForm.function(b.config, t))
		a.Ours = endpoint == t.Endpoint && !slices.ContainsFunc(params, func(p param) bool { return !slices.Contains(t.Params, p) })
	}
	return a
}

// withoutSecret returns an ARN as it is, and of a URL what tells no token.
func withoutSecret(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme == "acs" || u.Host == "" {
		if len(endpoint) > 4 && endpoint[:4] == "acs:" {
			return endpoint
		}
		return fmt.Sprintf("<%d characters>", utf8.RuneCountInString(endpoint))
	}
	return u.Scheme + "://" + u.Host + "/…"
}

var _ bus.Addresses = (*Bus)(nil)
