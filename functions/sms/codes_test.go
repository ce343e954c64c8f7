package sms

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
	{200, "isp.SYSTEM_ERROR", "x", targettest.RetryAfter, time.Minute, "tried again"},
	{503, "ServiceUnavailable", "x", targettest.RetryAfter, time.Minute, "tried again"},
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
	{200, "isv.NOBODY_KNOWS", "x", targettest.Transient, 0, "documentation"},
	{400, "NobodyKnows", "x", targettest.Permanent, 0, "documentation"},
}

var awsAnswers = []answered{
	{400, "ThrottlingException", "", targettest.Transient, 0, "faster"},
	{500, "InternalServerException", "", targettest.RetryAfter, time.Minute, "tried again"},
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

// check sends to a peer with the answer and judges what came of it, in every
// language.
func (c answered) check(t *testing.T, body string, config func(string) Config) {
	t.Helper()
	_, base := peer(t, says(c.status, body), records(0))
	advice := map[string]bool{}
	for _, l := range message.Languages() {
		n := notification()
		n.Message.Language = l
		err := open(t, config(base)).Send(context.Background(), n)
		assert.Equal(t, c.class, targettest.ClassOf(err), "%v", err)
		wait, _ := target.Wait(err)
		assert.Equal(t, c.wait, wait)
		refused, ok := errors.AsType[*target.Refusal](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, c.code, refused.Code)
		assert.Equal(t, c.status, refused.Status)
		assert.NotContains(t, refused.Advice, "\n")
		if l == message.English {
			assert.Contains(t, refused.Advice, c.advice)
		}
		advice[refused.Advice] = true
	}
	assert.Len(t, advice, 3, "advice in every language")
}

func TestCodesOfAlibaba(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range alibabaAnswers {
		tested[c.code] = true
		t.Run(c.code+" "+c.text+" is "+string(c.class), func(t *testing.T) {
			c.check(t, fmt.Sprintf(`{"Code":%q,"Message":%q,"RequestId":"r"}`, c.code, c.text), alibabaConfig)
		})
	}
	for _, row := range codes {
		assert.True(t, tested[row.Code], "%s is not tested", row.Code)
	}
}

func TestCodesOfAWS(t *testing.T) {
	for _, c := range awsAnswers {
		t.Run(c.code+" "+c.text+" is "+string(c.class), func(t *testing.T) {
			c.check(t, fmt.Sprintf(`{"__type":%q,"Message":"x","Reason":%q}`, c.code, c.text), awsConfig)
		})
	}
}

func TestAnswersThatAreNotThePlatforms(t *testing.T) {
	for status, class := range map[int]targettest.Class{
		301: targettest.Permanent, 403: targettest.Permanent, 404: targettest.Permanent, 429: targettest.Transient,
	} {
		for _, config := range []func(string) Config{alibabaConfig, awsConfig} {
			_, base := peer(t, says(status, "<html>a proxy</html>"), cut)
			err := open(t, config(base)).Send(context.Background(), notification())
			assert.Equal(t, class, targettest.ClassOf(err), "%d gave %v", status, err)
			assert.False(t, target.IsUnknown(err), "%d gave %v", status, err)
		}
	}
}
