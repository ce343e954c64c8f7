package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/target"
)

func TestWhatWaitsFollowsAReceiverByItsAddressAlone(t *testing.T) {
	for typ, c := range map[string]struct {
		before, after string
		counted       bool
	}{
		"dingtalk": {`{"webhook":"env:A"}`, `{"webhook":"env:A","style":"action_card"}`, true},
		"sms":      {`{"contact":{"name":"a","phone":"+8613800138000"},"sign_name":"P","template_code":"SMS_1"}`, `{"contact":{"name":"b","phone":"+8613800138000"},"sign_name":"P","template_code":"SMS_2"}`, true},
		"http":     {`{"url":"https://example.com/x","secret":"env:A"}`, `{"url":"https://EXAMPLE.com/x","secret":"env:B"}`, false},
		"email": {`{"contact":{"name":"a","email":"a@example.com"},"server":"smtp.example.com","from":"x@example.com"}`,
			`{"contact":{"name":"b","email":"a@EXAMPLE.com"},"server":"smtp.example.org","from":"y@example.com"}`, false},
	} {
		t.Run(typ, func(t *testing.T) {
			address, sender := addressOf(target.Receiver{Type: typ, Parameters: json.RawMessage(c.before)})
			after, _ := addressOf(target.Receiver{Type: typ, Parameters: json.RawMessage(c.after)})
			assert.NotEmpty(t, address)
			assert.Equal(t, address, after)
			assert.Equal(t, c.counted, sender != "", "only platforms that count messages share a queue")
		})
	}
}
