package openapi

import (
	"context"
	"net/http"

	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/rule"
)

func testEventPattern(_ context.Context, v values) (any, error) {
	pattern, err := rule.Compile(rule.Alibaba, []byte(v.Get("EventPattern")))
	if err != nil {
		return nil, &account.Error{Code: "EventRuleFilterPatternSchemaError", Status: http.StatusConflict, Text: err.Error()}
	}
	matched, err := pattern.Match([]byte(v.Get("Event")))
	if err != nil {
		return nil, invalid("Event: " + err.Error())
	}
	return struct{ Result bool }{matched}, nil
}
