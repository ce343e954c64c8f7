package openapi

import (
	"context"
	"net/http"

	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/rule"
)

func testEventPattern(_ context.Context, v values) (any, error) {
	p, err := v.required("Event", "EventPattern")
	if err != nil {
		return nil, err
	}
	pattern, err := rule.Compile(rule.Alibaba, []byte(p[1]))
	if err != nil {
		return nil, &account.Error{Code: "EventRuleFilterPatternSchemaError", Status: http.StatusConflict, Text: err.Error()}
	}
	matched, err := pattern.Match([]byte(p[0]))
	if err != nil {
		return nil, invalid("Event: " + err.Error())
	}
	return struct{ Result bool }{matched}, nil
}
