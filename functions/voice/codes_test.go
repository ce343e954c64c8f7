package voice

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/assert"
)

// alibabaAnswers are the codes of calls, each inside a 200, and what a target
// must make of it; the advice is a part of it in English.
var alibabaAnswers = []struct {
	code, text string
	class      targettest.Class
	wait       time.Duration
	advice     string
}{
	{"isp.SYSTEM_ERROR", "x", targettest.Unconfirmed, time.Minute, "tried again"},
	{"Throttling.User", "x", targettest.Transient, 0, "too often"},
	{"isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", targettest.RetryAfter, time.Minute, "This number"},
	{"isv.VOICE_CALL_PERIOD_ERROR", "x", targettest.RetryAfter, time.Hour, "hour"},
	{"isv.VOICE_ROBOT_NOT_PERIOD", "x", targettest.RetryAfter, time.Hour, "hour"},
	{"isv.VOICE_CALL_FAIL", "x", targettest.Unconfirmed, time.Minute, "minute"},
	{"isv.TTS_TEMPLATE_ILLEGAL", "x", targettest.Permanent, 0, "tts_code"},
	{"isv.TEMPLATE_ILLEGAL", "x", targettest.Permanent, 0, "tts_code"},
	{"isv.TEMPLATE_PARAMS_ILLEGAL", "x", targettest.Permanent, 0, "variable"},
	{"isv.BLACK_KEY_CONTROL_LIMIT", "x", targettest.Permanent, 0, "variable"},
	{"isv.DISPLAY_NUMBER_ILLEGAL", "x", targettest.Permanent, 0, "caller_id"},
	{"isv.MOBILE_NUMBER_ILLEGAL", "x", targettest.Permanent, 0, "phone"},
	{"isv.COMPLAINT_REJECT", "x", targettest.Permanent, 0, "complained"},
	{"isv.AMOUNT_NOT_ENOUGH", "x", targettest.Permanent, 0, "top it up"},
	{"isv.OUT_OF_SERVICE", "x", targettest.Permanent, 0, "suspended"},
	{"isv.BILLID_NOT_EXIST", "x", targettest.Permanent, 0, "billing"},
	{"isp.RAM_PERMISSION_DENY", "x", targettest.Permanent, 0, "grant"},
	{"isv.NOBODY_KNOWS", "x", targettest.Unconfirmed, time.Minute, "documentation"},
}

func TestSuite(t *testing.T) {
	environment(t)
	for cloud, c := range map[string]struct {
		config   func(base string) Config
		accepted string
		receipt  target.Receipt
		answers  []targettest.Answer
	}{
		"Alibaba": {alibabaConfig, `{"Code":"OK","Message":"OK","CallId":"1"}`, target.Receipt{Status: 200, Code: "OK", ID: "1"}, answersOfAlibaba()},
		"AWS": {awsConfig, `{"MessageId":"1"}`, target.Receipt{Status: 200, ID: "1"}, []targettest.Answer{{
			Name: "calls of a day", Status: 402, Body: `{"__type":"ServiceQuotaExceededException","Reason":"DAILY_DESTINATION_CALL_LIMIT"}`,
			Class: targettest.RetryAfter, Wait: 24 * time.Hour, Code: "ServiceQuotaExceededException", Advice: "day",
		}}},
	} {
		t.Run("of "+cloud, func(t *testing.T) {
			targettest.Run(t, targettest.Harness{
				Open: func(base string) (target.Target, error) {
					return New(c.config(base))
				},
				Notification: notification(),
				Read:         targettest.Parameters,
				Accepted:     c.accepted,
				Receipt:      c.receipt,
				Doubt:        targettest.Unknown,
				Apart:        true,
				Answers:      c.answers,
				Secrets:      []string{keyID, key},
			})
		})
	}
}

func answersOfAlibaba() []targettest.Answer {
	var all []targettest.Answer
	for _, a := range alibabaAnswers {
		all = append(all, targettest.Answer{
			Name: a.code, Status: 200, Body: fmt.Sprintf(`{"Code":%q,"Message":%q}`, a.code, a.text),
			Class: a.class, Wait: a.wait, Code: a.code, Advice: a.advice,
		})
	}
	return all
}

func TestEveryCodeIsTested(t *testing.T) {
	all := answersOfAlibaba()
	for _, row := range codes {
		assert.True(t, slices.ContainsFunc(all, func(a targettest.Answer) bool { return a.Code == row.Code }), row.Code)
	}
}
