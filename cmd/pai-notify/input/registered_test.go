package input

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOnlyWhatRingsAPhoneIsNeverRepeated(t *testing.T) {
	for name, once := range map[string]bool{
		"pai-notify-sms": true, "pai-notify-voice": true, "pai-notify-dingtalk": false, "pai-notify-http": false, "other": false,
	} {
		assert.Equal(t, once, AtMostOnce(name), name)
	}
}
