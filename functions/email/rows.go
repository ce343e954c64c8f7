package email

import (
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/refusal"
)

// row is a row of the table with what only mail has.
type row struct {
	refusal.Row
	// enhanced are beginnings of the enhanced status code (RFC 3463); when
	// given, one of them or one of the codes must hold.
	enhanced []string
	// steps are where in the conversation it was said; nil for anywhere.
	steps []step
}

// codes returns the rows for a step and an enhanced status code.
func codes(at step, enhanced string) refusal.Table {
	var table refusal.Table
	for _, r := range rows() {
		if r.steps != nil && !slices.Contains(r.steps, at) {
			continue
		}
		if slices.ContainsFunc(r.enhanced, func(e string) bool { return enhanced == e || strings.HasPrefix(enhanced, e+".") }) {
			r.Codes = "*"
		}
		table = append(table, r.Row)
	}
	return table
}

// plainWords are the words of an answer in lower case, in one line and without
// addresses and links, which may hold any word.
func plainWords(answer string) string {
	words := strings.Fields(strings.ToLower(answer))
	return strings.Join(slices.DeleteFunc(words, func(w string) bool {
		return strings.Contains(w, "@") || strings.Contains(w, "://")
	}), " ")
}

// Words by which servers refuse for a while, whatever the first digit of the
// code: of QQ, NetEase, Gmail, Microsoft 365, cPanel, Plesk and others, as they
// stand in their help pages and in reports of users.
var (
	// quotaWords are of a number of mails in hours or a day.
	quotaWords = []string{
		"daily", "hourly", "per day", "per hour", "hour limit", "24-hour", "24 hour",
		"sending quota", "send quota", "sending limit", "send limit", "submissionquota", "message quota",
		"outgoing…quota", "outgoing…limit", "outbound…limit", "relay…quota", "relay…limit",
		"credits exceeded", "mi:stc", "rp:trc", "当天", "当日", "每日",
	}
	// rateWords are of mails that come too fast.
	rateWords = []string{
		"frequency", "too frequent", "rate limit", "rate-limit", "ratelimit", "at a rate", "unusual rate",
		"too many messages", "too many mails", "too many emails", "too much mail", "slow down",
		"messages in", "messages per", "mails per", "emails per", "per minute", "per second",
		"mi:dmc", "mi:sfq", "mi:ccl", "mi:cel", "rp:qrc", "rp:drc", "rp:ccl", "rp:cel", "hl:rep", "hl:icc", "hl:ifc", "hl:mep", "hl:ihu", // NetEase's
		"频率", "频繁", "过快", "頻度",
	}
	// laterWords are of any limit, and of another try.
	laterWords = []string{
		"throttl", "too many", "too fast", "too quick", "too much", "mail flood",
		"exceed", "quota", "limit reached", "reached…limit", "maximum number", "limited to", "over limit", "overlimit", "over the limit",
		"again later", "try later", "try…again…later", "try after", "try again after", "again in", "retry later", "retry after", "please retry", "tomorrow",
		"back later", "later time", "wait…before", "wait to send", "temporarily",
		"stop sending", "allowance", "sends limit", "message limit", "messages limit", "mail limit", "hit…limit", "limite d",
		"稍后", "稍候", "请求过多", "发送过多", "发信过多", "超限", "上限", "超过…限", "超出…限", "达到…限", "限额", "配额",
		"制限を超", "しばらく", "後ほど",
	}
	// lasting are of what no time mends, although the words around them may
	// speak of a limit.
	lasting = []string{" hop", "loop", "received header", "attachment", "length", "syntax", "argument", "spf", "dkim", "dmarc"}
	unknown = []string{
		"user unknown", "unknown user", "user not found", "no such", "not exist", "mailbox not found", "recipient not found",
		"invalid recipient", "invalid mailbox", "unknown recipient",
	}
	full = []string{"mailbox…full", "inbox…full", "mailbox…quota", "over quota", "overquota", "disk quota", "storage", "out of space"}
	// ofSender are words of a limit that is not the receiver's mailbox's.
	ofSender = []string{"sender", "sending", "outgoing"}
)

// rows is a function so that a start pays nothing for it. The first row that
// holds counts; codes come from RFC 5321, RFC 4954 and RFC 3463 and from the
// documentation of SES and Microsoft 365, and some from answers of Alibaba's
// servers that were seen in the field.
func rows() []row {
	named := []step{addressing, writing, ending} // the receiver is
	limited := slices.Concat(rateWords, laterWords)
	return []row{
		// What is wrong in a way that words on limits do not change.
		{Row: refusal.Row{Codes: "530", Words: []string{"starttls"}, Advice: noTLSAdvice}},
		{Row: refusal.Row{Codes: "530 538", Advice: loginAdvice}},
		{Row: refusal.Row{Codes: "5*", Words: []string{"auth first", "login first", "authentication…required", "must authenticate"}, Unless: lasting, Advice: loginAdvice}, steps: []step{naming, addressing}},
		{Row: refusal.Row{Words: []string{"credentials were incorrect"}, Advice: loginAdvice}, enhanced: []string{"5.7.139"}},
		{Row: refusal.Row{Advice: basicAdvice}, enhanced: []string{"5.7.139", "5.7.30"}},
		{Row: refusal.Row{Codes: "5*", Words: []string{"basic authentication"}, Advice: basicAdvice}},
		{Row: refusal.Row{Codes: "5*", Words: []string{"sendasdenied", "dt:sum"}, Advice: senderAdvice}},
		{Row: refusal.Row{Advice: senderAdvice}, enhanced: []string{"5.2.252", "5.7.60", "5.1.8"}},
		{Row: refusal.Row{Advice: receiverAdvice}, enhanced: []string{"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}, steps: named},
		{Row: refusal.Row{Codes: "5*", Words: unknown, Advice: receiverAdvice}, steps: named},
		{Row: refusal.Row{Advice: sizeAdvice}, enhanced: []string{"5.2.3", "5.3.4"}},
		{Row: refusal.Row{Codes: "5*", Words: []string{"size", "too large", "too big"}, Advice: sizeAdvice}},

		// Later: nothing was taken, so nothing can be doubled.
		{Row: refusal.Row{Codes: "4* 5*", Words: append(limited, "system busy", "system is busy"), Mark: refusal.Later(usedUp), Advice: tooManyLoginsAdvice}, steps: []step{loggingIn}},
		{Row: refusal.Row{Codes: "4* 5*", Words: quotaWords, Unless: lasting, Mark: refusal.Later(usedUp), Advice: quotaAdvice}},
		{Row: refusal.Row{Mark: refusal.Later(usedUp), Advice: quotaAdvice}, enhanced: []string{"5.4.5", "5.1.90", "5.7.232", "5.7.233", "5.7.705"}},
		{Row: refusal.Row{Mark: refusal.Later(usedUp), Advice: fullAdvice}, enhanced: []string{"4.2.2"}},
		{Row: refusal.Row{Advice: fullAdvice}, enhanced: []string{"5.2.2"}},
		{Row: refusal.Row{Codes: "552", Words: []string{"full", "quota"}, Unless: ofSender, Advice: fullAdvice}, steps: named},
		{Row: refusal.Row{Codes: "5*", Words: full, Unless: ofSender, Advice: fullAdvice}, steps: named},
		{Row: refusal.Row{Codes: "4* 5*", Words: []string{"greylist", "graylist", "grey list", "gray list"}, Mark: refusal.Later(greylisted), Advice: greyAdvice}},
		{Row: refusal.Row{Codes: "4* 5*", Words: []string{"dt:spm"}, Mark: refusal.Later(tooFast), Advice: rateAdvice}},
		{Row: refusal.Row{Codes: "4*", Words: rateWords, Mark: refusal.Later(tooFast), Advice: fastAdvice}},
		{Row: refusal.Row{Codes: "4*", Words: []string{"spam"}, Mark: refusal.Later(tooFast), Advice: rateAdvice}},
		{Row: refusal.Row{Codes: "5*", Words: []string{"quota"}, Unless: lasting, Mark: refusal.Later(usedUp), Advice: quotaAdvice}},
		{Row: refusal.Row{Codes: "5*", Words: limited, Unless: lasting, Mark: refusal.Later(tooFast), Advice: fastAdvice}},
		{Row: refusal.Row{Mark: refusal.Later(tooFast), Advice: fastAdvice}, enhanced: []string{"5.7.28"}}, // a flood of mails
		{Row: refusal.Row{Codes: "450 451", Mark: refusal.Later(greylisted), Advice: greyAdvice}, steps: []step{addressing}},
		{Row: refusal.Row{Codes: "440", Advice: senderAdvice}},
		{Row: refusal.Row{Codes: "4*", Mark: refusal.Transient, Advice: busyAdvice}},

		// Never, until somebody changes something.
		{Row: refusal.Row{Codes: "500 502 504", Advice: mechanismAdvice}, steps: []step{loggingIn}},
		{Row: refusal.Row{Codes: "523 524 526 534 535", Advice: loginAdvice}, enhanced: []string{"5.7.8", "5.7.9"}},
		{Row: refusal.Row{Codes: "5*", Advice: loginAdvice}, steps: []step{loggingIn}},
		{Row: refusal.Row{Codes: "5*", Words: []string{"not verified", "unverified"}, Advice: senderAdvice}},
		{Row: refusal.Row{Codes: "5*", Advice: unwelcomeAdvice}, steps: []step{greeting}},
		{Row: refusal.Row{Codes: "5*", Advice: noTLSAdvice}, steps: []step{securing}},
		{Row: refusal.Row{Codes: "5*", Words: []string{"relay"}, Advice: relayAdvice}},
		{Row: refusal.Row{Codes: "5*", Advice: senderAdvice}, steps: []step{naming}},
		{Row: refusal.Row{Codes: "510 552", Advice: sizeAdvice}},
		{Row: refusal.Row{Advice: policyAdvice}, enhanced: []string{"5.7"}},
		{Row: refusal.Row{Codes: "551 553", Advice: receiverAdvice}, enhanced: []string{"5.1"}},
		{Row: refusal.Row{Codes: "5*", Advice: receiverAdvice}, steps: []step{addressing}},
		{Row: refusal.Row{Codes: "541 550 554", Advice: policyAdvice}},
		{Row: refusal.Row{Codes: "5*", Advice: otherAdvice}},
	}
}
