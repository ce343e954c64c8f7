package sms

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/assert"
)

// answered is one answer of a platform and what a target must make of it.
type answered struct {
	status     int
	code, text string
	class      targettest.Class
	wait       time.Duration
	advice     string // a part of it in English
}

var alibabaAnswers = []answered{
	{200, "isp.SYSTEM_ERROR", "x", targettest.Unconfirmed, time.Minute, "tried again"},
	{503, "ServiceUnavailable", "x", targettest.Unknown, 0, "not sent again"},
	{500, "InternalError", "x", targettest.Unknown, 0, "not sent again"},
	{504, "GatewayTimeout", "x", targettest.Unknown, 0, "not sent again"},
	{500, "ServiceTimeout", "x", targettest.Unknown, 0, "not sent again"},
	{429, "Throttling.User", "x", targettest.Transient, 0, "too often"},
	{400, "Throttling", "x", targettest.Transient, 0, "too often"},
	{200, "isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", targettest.RetryAfter, time.Minute, "This number"},
	{200, "isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5", targettest.RetryAfter, time.Hour, "This number"},
	{200, "isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:50", targettest.RetryAfter, 24 * time.Hour, "This number"},
	{200, "isv.BUSINESS_LIMIT_CONTROL", "x", targettest.RetryAfter, time.Hour, "This number"},
	{200, "isv.DAY_LIMIT_CONTROL", "x", targettest.RetryAfter, 24 * time.Hour, "cap"},
	{200, "isv.MONTH_LIMIT_CONTROL", "x", targettest.RetryAfter, 24 * time.Hour, "cap"},
	{200, "isv.MOBILE_NUMBER_ILLEGAL", "x", targettest.Permanent, 0, "phone"},
	{200, "isv.MOBILE_COUNT_OVER_LIMIT", "x", targettest.Permanent, 0, "report"},
	{200, "isv.DOMESTIC_NUMBER_NOT_SUPPORTED", "x", targettest.Permanent, 0, "mainland"},
	{200, "isv.PARAM_LENGTH_LIMIT", "x", targettest.Permanent, 0, "variable"},
	{200, "isv.PARAM_NOT_SUPPORT_URL", "x", targettest.Permanent, 0, "variable"},
	{200, "isv.TEMPLATE_PARAMS_ILLEGAL", "x", targettest.Permanent, 0, "variable"},
	{200, "isv.BLACK_KEY_CONTROL_LIMIT", "x", targettest.Permanent, 0, "variable"},
	{200, "isv.SMS_CONTENT_ILLEGAL", "x", targettest.Permanent, 0, "variable"},
	{200, "isv.TEMPLATE_MISSING_PARAMETERS", "x", targettest.Permanent, 0, "variable"},
	{200, "isv.INVALID_PARAMETERS", "x", targettest.Permanent, 0, "parameter"},
	{200, "isv.INVALID_JSON_PARAM", "x", targettest.Permanent, 0, "parameter"},
	{200, "isv.EXTEND_CODE_ERROR", "x", targettest.Permanent, 0, "extension"},
	{200, "isv.SMS_TEMPLATE_ILLEGAL", "x", targettest.Permanent, 0, "template_code"},
	{200, "isv.SMS_SIGNATURE_ILLEGAL", "x", targettest.Permanent, 0, "sign_name"},
	{200, "isv.SMS_SIGN_ILLEGAL", "x", targettest.Permanent, 0, "sign_name"},
	{200, "isv.SMS_SIGNATURE_SCENE_ILLEGAL", "x", targettest.Permanent, 0, "another kind"},
	{200, "isv.SIGN_STATE_ILLEGAL", "x", targettest.Permanent, 0, "sign_name"},
	{200, "isv.AMOUNT_NOT_ENOUGH", "账户余额不足", targettest.Permanent, 0, "top it up"},
	{200, "isv.OUT_OF_SERVICE", "x", targettest.Permanent, 0, "suspended"},
	{200, "isv.PRODUCT_UN_SUBSCRIPT", "x", targettest.Permanent, 0, "activate"},
	{200, "isv.PRODUCT_UNSUBSCRIBE", "x", targettest.Permanent, 0, "activate"},
	{200, "isv.ACCOUNT_NOT_EXISTS", "x", targettest.Permanent, 0, "account"},
	{200, "isv.ACCOUNT_ABNORMAL", "x", targettest.Permanent, 0, "account"},
	{200, "isv.DENY_IP_RANGE", "x", targettest.Permanent, 0, "region"},
	{200, "isp.RAM_PERMISSION_DENY", "x", targettest.Permanent, 0, "grant"},
	{403, "Forbidden.RAM", "x", targettest.Permanent, 0, "grant"},
	{403, "NoPermission", "x", targettest.Permanent, 0, "grant"},
	{404, "InvalidAccessKeyId.NotFound", "x", targettest.Permanent, 0, "access key"},
	{400, "SignatureDoesNotMatch", "x", targettest.Permanent, 0, "access key"},
	{400, "IncompleteSignature", "x", targettest.Permanent, 0, "access key"},
	{400, "InvalidSecurityToken.Expired", "x", targettest.Transient, 0, "access key"},
	{400, "SignatureNonceUsed", "x", targettest.Transient, 0, "tried again"},
	{400, "InvalidTimeStamp.Expired", "x", targettest.RetryAfter, time.Minute, "clock"},
	{200, "isv.NOBODY_KNOWS", "x", targettest.Unconfirmed, time.Minute, "documentation"},
	{400, "NobodyKnows", "x", targettest.Permanent, 0, "documentation"},
}

var awsAnswers = []answered{
	{400, "ThrottlingException", "", targettest.Transient, 0, "faster"},
	{500, "InternalServerException", "", targettest.Unconfirmed, time.Minute, "tried again"},
	{402, "ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", targettest.RetryAfter, time.Hour, "quota"},
	{402, "ServiceQuotaExceededException", "DAILY_DESTINATION_CALL_LIMIT", targettest.RetryAfter, 24 * time.Hour, "day"},
	{409, "ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", targettest.Permanent, 0, "opted out"},
	{409, "ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", targettest.Permanent, 0, "sandbox"},
	{409, "ConflictException", "EVENT_DESTINATION_MISMATCH", targettest.Permanent, 0, "console"},
	{400, "ValidationException", "DESTINATION_COUNTRY_BLOCKED", targettest.Permanent, 0, "country"},
	{404, "ResourceNotFoundException", "", targettest.Permanent, 0, "origination_identity"},
	{400, "AccessDeniedException", "ACCOUNT_DISABLED", targettest.Permanent, 0, "grant"},
	{400, "UnrecognizedClientException", "", targettest.Permanent, 0, "access key"},
	{400, "InvalidSignatureException", "", targettest.Permanent, 0, "access key"},
	{400, "MissingAuthenticationTokenException", "", targettest.Permanent, 0, "access key"},
	{400, "ExpiredTokenException", "", targettest.Transient, 0, "access key"},
	{400, "NobodyKnows", "", targettest.Permanent, 0, "documentation"},
	{429, "NobodyKnows", "", targettest.Transient, 0, "documentation"},
}

func TestSuite(t *testing.T) {
	environment(t)
	for cloud, c := range map[string]struct {
		config           func(base string) Config
		accepted, format string
		receipt          target.Receipt
		answers          []answered
	}{
		"Alibaba": {alibabaConfig, `{"Code":"OK","Message":"OK","BizId":"1"}`, `{"Code":%q,"Message":%q,"RequestId":"r"}`, target.Receipt{Status: 200, Code: "OK", ID: "1"}, alibabaAnswers},
		"AWS":     {awsConfig, `{"MessageId":"1"}`, `{"__type":%q,"Message":"x","Reason":%q}`, target.Receipt{Status: 200, ID: "1"}, awsAnswers},
	} {
		t.Run("of "+cloud, func(t *testing.T) {
			h := targettest.Harness{
				Open: func(base string) (target.Target, error) {
					return New(c.config(base))
				},
				Notification: notification(),
				Question: func(r *http.Request) (string, bool) {
					return noRecords, r.Header.Get("X-Acs-Action") == "QuerySendDetails"
				},
				Read:     targettest.Parameters,
				Accepted: c.accepted,
				Receipt:  c.receipt,
				Doubt:    targettest.Unknown,
				Apart:    true,
				Secrets:  []string{keyID, key},
			}
			for _, a := range c.answers {
				h.Answers = append(h.Answers, targettest.Answer{
					Name: a.code + " " + a.text, Status: a.status, Body: fmt.Sprintf(c.format, a.code, a.text),
					Class: a.class, Wait: a.wait, Code: a.code, Advice: a.advice,
				})
			}
			targettest.Run(t, h)
		})
	}
}

func TestEveryCodeIsTested(t *testing.T) {
	for _, row := range codes {
		assert.True(t, slices.ContainsFunc(alibabaAnswers, func(a answered) bool { return a.code == row.Code }), row.Code)
	}
}
