package email

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
)

// answer is what a server says somewhere, and what must be made of it.
type answer struct {
	at, text string
	class    targettest.Class
	wait     time.Duration
	advice   message.Text
}

var answers = []answer{
	{"GREET", "421 4.3.2 too many connections", targettest.Transient, 0, busyAdvice},
	{"GREET", "554 no SMTP service here", targettest.Permanent, 0, unwelcomeAdvice},
	{"EHLO", "421 closing", targettest.Transient, 0, busyAdvice},
	{"AUTH", "454 4.7.0 temporary authentication failure", targettest.Transient, 0, busyAdvice},
	{"AUTH", "535 5.7.8 authentication failed", targettest.Permanent, 0, loginAdvice},
	{"AUTH", "534 5.7.9 mechanism too weak", targettest.Permanent, 0, loginAdvice},
	{"AUTH", "526 Authentication failure[0]", targettest.Permanent, 0, loginAdvice},
	{"AUTH", "504 5.5.4 unrecognized authentication type", targettest.Permanent, 0, mechanismAdvice},
	{"AUTH", "535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [X.PROD.OUTLOOK.COM]", targettest.Permanent, 0, basicAdvice},
	{"AUTH", "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.", targettest.Permanent, 0, basicAdvice},
	{"AUTH", "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.", targettest.Permanent, 0, loginAdvice},
	{"AUTH", "535-5.7.8 Username and Password not accepted. For more information, go to\n535 5.7.8  https://support.google.com/mail/?p=BadCredentials", targettest.Permanent, 0, loginAdvice},
	{"AUTH", "535 Incorrect password, please try again", targettest.Permanent, 0, loginAdvice},
	{"AUTH", "535 Login Fail. Please enter your authorization code to login.", targettest.Permanent, 0, loginAdvice},
	{"AUTH", "535 Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system is busy.", targettest.RetryAfter, time.Hour, tooManyLoginsAdvice},
	{"AUTH", "535 Error: authentication failed, system busy", targettest.RetryAfter, time.Hour, tooManyLoginsAdvice},
	{"AUTH", "550 User login limited: too many attempts", targettest.RetryAfter, time.Hour, tooManyLoginsAdvice},
	{"AUTH", "454 4.7.0 Too many login attempts, please try again later.", targettest.RetryAfter, time.Hour, tooManyLoginsAdvice},
	{"MAIL", "503 Error: need EHLO and AUTH first !", targettest.Permanent, 0, loginAdvice},
	{"MAIL", "550 5.7.1 Client was not authenticated: authentication is required", targettest.Permanent, 0, loginAdvice},
	{"MAIL", "421 4.7.28 There is an unusual rate of unsolicited mail originating from your IP", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"MAIL", "452 4.5.3 too many messages", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"MAIL", "450 4.7.1 End-of-data rejected: Number messages per hour exceeded. Error:RATE_MSG", targettest.RetryAfter, time.Hour, quotaAdvice},
	{"MAIL", "550 Sender frequency limited", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"MAIL", "550 5.7.1 sorry, too many emails", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"MAIL", "550 Domain example.com has exceeded the max emails per hour (100/100 (100%)) allowed. Message discarded.", targettest.RetryAfter, time.Hour, quotaAdvice},
	{"MAIL", "554 MI:STC 163 smtp1,x,1 1700000000", targettest.RetryAfter, time.Hour, quotaAdvice},
	{"MAIL", "451 MI:SFQ 163 smtp1,x,1 1700000000", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"MAIL", "550 5.7.1 Access temporarily denied, try again later", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"MAIL", "550 发信过于频繁，请稍后再试", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"MAIL", "550 MI:SPF 163 smtp1,x,1 1700000000", targettest.Permanent, 0, senderAdvice},
	{"MAIL", "553 sender domain does not exist", targettest.Permanent, 0, senderAdvice},
	{"MAIL", "553 Mail from must equal authorized user", targettest.Permanent, 0, senderAdvice},
	{"MAIL", "554 5.2.252 SendAsDenied; alerts@notify.example.com not allowed to send as pai@example.com", targettest.Permanent, 0, senderAdvice},
	{"GREET", "550 Ip frequency limited", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"GREET", "421 HL:IFC 163 smtp1,x,1 1700000000", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"GREET", "554 HL:IPB 163 smtp1,x,1 1700000000", targettest.Permanent, 0, unwelcomeAdvice},
	{"RCPT", "450-4.2.1 The user you are trying to contact is receiving mail at a rate that\n450-4.2.1 prevents additional messages from being delivered. Please resend your\n450 4.2.1 message at a later time.", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"RCPT", "550 Connection frequency limited", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"RCPT", "550 5.4.5 Daily user sending quota exceeded. s124sm6149838wme.29 - gsmtp", targettest.RetryAfter, time.Hour, quotaAdvice},
	{"RCPT", "550-5.4.5 Daily user sending limit\n550 5.4.5 exceeded. See https://support.google.com/a/answer/166852", targettest.RetryAfter, time.Hour, quotaAdvice},
	{"RCPT", "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients", targettest.RetryAfter, time.Hour, quotaAdvice},
	{"RCPT", "550-5.2.1 The user you are trying to contact is receiving mail at a rate that\n550 5.2.1 prevents additional messages from being delivered.", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"RCPT", "550 RP:TRC 163 smtp1,x,1 1700000000", targettest.RetryAfter, time.Hour, quotaAdvice},
	{"RCPT", "554 5.7.1 <alice@example.com>: Recipient address rejected: rate limit exceeded", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"RCPT", "550 exceeded hour limit", targettest.RetryAfter, time.Hour, quotaAdvice},
	{"RCPT", "550 User has exceeded outgoing email quota", targettest.RetryAfter, time.Hour, quotaAdvice},
	{"MAIL", "550 5.7.1 sender is over quota", targettest.RetryAfter, time.Hour, quotaAdvice},
	{"MAIL", "552 quota exceeded", targettest.RetryAfter, time.Hour, quotaAdvice},
	{"RCPT", "552 5.7.1 sending quota exceeded", targettest.RetryAfter, time.Hour, quotaAdvice},
	{"RCPT", "550 sender over their allowance, slow down", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"RCPT", "554 5.7.1 rejected: 10 messages in 60 seconds", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"MAIL", "450 4.7.1 Error: too much mail from 192.0.2.1", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"MAIL", "550 超出发送限制", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{".", "550 送信制限を超えました", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"RCPT", "550 Limite d'envoi atteinte", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{".", "554 5.7.1 You have hit your message limit", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{"RCPT", "550 user is over quota", targettest.Permanent, 0, fullAdvice},
	{"RCPT", "550 quota exceeded", targettest.RetryAfter, time.Hour, quotaAdvice},
	{"RCPT", "554 5.7.1 greylisted, please try again later", targettest.RetryAfter, 5 * time.Minute, greyAdvice},
	{"RCPT", "550 5.1.1 <frequency@quota.example>: user unknown, check it and try again later", targettest.Permanent, 0, receiverAdvice},
	{"RCPT", "550 no such user: <daily-quota@example.com>", targettest.Permanent, 0, receiverAdvice},
	{"RCPT", "550 Invalid User", targettest.Permanent, 0, receiverAdvice},
	{"RCPT", "550 5.7.1 SPF check failed: too many DNS lookups", targettest.Permanent, 0, policyAdvice},
	{"RCPT", "552 Requested mail action aborted: exceeded storage allocation", targettest.Permanent, 0, fullAdvice},
	{"RCPT", "550 mailbox is full, try again later", targettest.Permanent, 0, fullAdvice},
	{"RCPT", "452 4.2.2 The recipient's inbox is out of storage space", targettest.RetryAfter, time.Hour, fullAdvice},
	{"MAIL", "530 5.7.0 authentication required", targettest.Permanent, 0, loginAdvice},
	{"MAIL", "530 5.7.0 must issue a STARTTLS command first", targettest.Permanent, 0, noTLSAdvice},
	{"MAIL", "440 mail from account doesn't conform with authentication", targettest.Permanent, 0, senderAdvice},
	{"MAIL", "553 5.7.1 sender address rejected", targettest.Permanent, 0, senderAdvice},
	{"MAIL", "501 \"MAIL FROM\" is non-local account", targettest.Permanent, 0, senderAdvice},
	{"MAIL", "452 4.3.1 insufficient system storage", targettest.Transient, 0, busyAdvice},
	{"MAIL", "454 Throttling failure: Maximum sending rate exceeded", targettest.Transient, 0, busyAdvice},
	{"MAIL", "454 Throttling failure: Daily message quota exceeded", targettest.RetryAfter, time.Hour, quotaAdvice},
	{"MAIL", "454 Transient reject by behaviour spam", targettest.RetryAfter, 10 * time.Minute, rateAdvice},
	{"RCPT", "450 4.2.0 greylisted, try again later", targettest.RetryAfter, 5 * time.Minute, greyAdvice},
	{"RCPT", "451 4.7.1 please try again later", targettest.RetryAfter, 5 * time.Minute, greyAdvice},
	{"RCPT", "452 4.5.3 too many recipients", targettest.Transient, 0, busyAdvice},
	{"RCPT", "550 5.1.1 user unknown", targettest.Permanent, 0, receiverAdvice},
	{"RCPT", "551 user not local", targettest.Permanent, 0, receiverAdvice},
	{"RCPT", "553 5.1.3 bad address syntax", targettest.Permanent, 0, receiverAdvice},
	{"RCPT", "559 invalid rcptto", targettest.Permanent, 0, receiverAdvice},
	{"RCPT", "554 5.7.1 relay access denied", targettest.Permanent, 0, relayAdvice},
	{"RCPT", "550 5.7.1 listed in a blocklist", targettest.Permanent, 0, policyAdvice},
	{"RCPT", "552 5.2.2 mailbox full", targettest.Permanent, 0, fullAdvice},
	{"RCPT", "550 5.2.2 over quota", targettest.Permanent, 0, fullAdvice},
	{"DATA", "451 4.3.0 local error", targettest.Transient, 0, busyAdvice},
	{"DATA", "554 5.5.1 no valid recipients", targettest.Permanent, 0, policyAdvice},
	{"DATA", "503 5.5.1 bad sequence", targettest.Permanent, 0, otherAdvice},
	{"DATA", "250 ok", targettest.Transient, 0, brokenAdvice},
	{".", "251 2.1.5 will forward", targettest.Unconfirmed, 5 * time.Minute, unknownAdvice},
	{".", "354 go on", targettest.Unconfirmed, 5 * time.Minute, unknownAdvice},
	{".", "421 4.4.2 timeout", targettest.Transient, 0, busyAdvice},
	{".", "450 4.7.1 Greylisting in action", targettest.RetryAfter, 5 * time.Minute, greyAdvice},
	{".", "451 4.3.0 try later", targettest.Transient, 0, busyAdvice},
	{".", "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception", targettest.RetryAfter, time.Hour, quotaAdvice},
	{".", "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception", targettest.Permanent, 0, senderAdvice},
	{".", "554 DT:SPM 163 smtp1,x,1 1700000000 please see http://mail.163.com/help/help_spam_16.htm", targettest.RetryAfter, 10 * time.Minute, rateAdvice},
	{".", "451 DT:SPM, please try again", targettest.RetryAfter, 10 * time.Minute, rateAdvice},
	{".", "554 DT:SUM 163 smtp1,x,1 1700000000", targettest.Permanent, 0, senderAdvice},
	{".", "554 5.7.1 <DATA>: Data command rejected: only 10 messages per day", targettest.RetryAfter, time.Hour, quotaAdvice},
	{".", "550-5.7.28 There is an unusual rate of unsolicited mail originating from your IP\n550 5.7.28 address.", targettest.RetryAfter, 10 * time.Minute, fastAdvice},
	{".", "554 5.4.14 Hop count exceeded - possible mail loop", targettest.Permanent, 0, policyAdvice},
	{".", "554 too many hops", targettest.Permanent, 0, policyAdvice},
	{".", "552 Requested mail action aborted: exceeded mailsize limit", targettest.Permanent, 0, sizeAdvice},
	{".", "550 Mail content denied", targettest.Permanent, 0, policyAdvice},
	{".", "552 5.3.4 message too big", targettest.Permanent, 0, sizeAdvice},
	{".", "550 5.1.1 user unknown", targettest.Permanent, 0, receiverAdvice},
	{".", "554 Message rejected: Email address is not verified.", targettest.Permanent, 0, senderAdvice},
	{".", "554 5.7.1 rejected as spam", targettest.Permanent, 0, policyAdvice},
	{".", "554 Reject by behaviour spam", targettest.Permanent, 0, policyAdvice},
	{".", "550-5.7.26 unauthenticated sender\n550 5.7.26 see the pages", targettest.Permanent, 0, policyAdvice},
	{".", "555 no", targettest.Permanent, 0, otherAdvice},
}

func TestRefusal(t *testing.T) {
	for _, a := range answers {
		t.Run(fmt.Sprintf("%s at %s is %s", a.text, a.at, a.class), func(t *testing.T) {
			for i, l := range message.Languages() {
				// Classed alike, however the commands are sent.
				p := (&peer{answers: map[string]string{a.at: a.text}, together: i%2 == 1}).listen(t)
				n := notification()
				n.Message.Language = l
				_, err := open(t, p.address, nil).Send(context.Background(), n)
				assert.Equal(t, a.class, targettest.ClassOf(err), "%v", err)
				wait, _ := target.Wait(err)
				assert.Equal(t, a.wait, wait)
				assert.Equal(t, a.advice.In(l), adviceOf(t, err))
				r, _ := errors.AsType[*target.Refusal](err)
				assert.Equal(t, a.text[:3], r.Code)
			}
		})
	}
	t.Run("has one line of advice in every language", func(t *testing.T) {
		all := []message.Text{noLoginAdvice, oauthAdvice, noTLSAdvice, handshakeAdvice, unreachableAdvice, silentAdvice, notSMTPAdvice, brokenAdvice, unknownAdvice}
		for _, r := range rows() {
			all = append(all, *r.advice)
		}
		for _, text := range all {
			for _, l := range message.Languages() {
				assert.NotEmpty(t, text.In(l))
				assert.NotContains(t, text.In(l), "\n")
			}
			assert.NotEqual(t, text.EN, text.ZH)
			assert.NotEqual(t, text.ZH, text.JA)
		}
	})
}
