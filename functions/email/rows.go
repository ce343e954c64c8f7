package email

import (
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// row is what a refusal means. A row holds when all that it names holds.
type row struct {
	// codes are SMTP reply codes; "5" stands for all that begin with it.
	codes []string
	// enhanced are beginnings of the enhanced status code (RFC 3463); when
	// given, one of them or one of the codes must hold.
	enhanced []string
	// steps are where in the conversation it was said; nil for anywhere.
	steps []step
	// words are parts of the text in lower case; one of them must be there. One
	// with "…" in it is there when its parts are, in this order.
	words []string
	// unless are like words, and none of them may be there.
	unless []string
	mark   func(error) error
	advice *message.Text
}

func (r row) holds(code, text string, at step) bool {
	enhanced, _, _ := strings.Cut(text, " ")
	coded := slices.ContainsFunc(r.codes, func(c string) bool { return strings.HasPrefix(code, c) }) ||
		slices.ContainsFunc(r.enhanced, func(e string) bool { return enhanced == e || strings.HasPrefix(enhanced, e+".") })
	return coded &&
		(r.steps == nil || slices.Contains(r.steps, at)) &&
		(r.words == nil || speaksOf(text, r.words)) && !speaksOf(text, r.unless)
}

func speaksOf(text string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool {
		rest := text
		for part := range strings.SplitSeq(word, "…") {
			_, after, found := strings.Cut(rest, part)
			if !found {
				return false
			}
			rest = after
		}
		return true
	})
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
		{codes: []string{"530"}, words: []string{"starttls"}, mark: target.Permanent, advice: &noTLSAdvice},
		{codes: []string{"530", "538"}, mark: target.Permanent, advice: &loginAdvice},
		{codes: []string{"5"}, steps: []step{naming, addressing}, words: []string{"auth first", "login first", "authentication…required", "must authenticate"}, unless: lasting, mark: target.Permanent, advice: &loginAdvice},
		{enhanced: []string{"5.7.139"}, words: []string{"credentials were incorrect"}, mark: target.Permanent, advice: &loginAdvice},
		{enhanced: []string{"5.7.139", "5.7.30"}, mark: target.Permanent, advice: &basicAdvice},
		{codes: []string{"5"}, words: []string{"basic authentication"}, mark: target.Permanent, advice: &basicAdvice},
		{codes: []string{"5"}, words: []string{"sendasdenied", "dt:sum"}, mark: target.Permanent, advice: &senderAdvice},
		{enhanced: []string{"5.2.252", "5.7.60", "5.1.8"}, mark: target.Permanent, advice: &senderAdvice},
		{enhanced: []string{"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}, steps: named, mark: target.Permanent, advice: &receiverAdvice},
		{codes: []string{"5"}, steps: named, words: unknown, mark: target.Permanent, advice: &receiverAdvice},
		{enhanced: []string{"5.2.3", "5.3.4"}, mark: target.Permanent, advice: &sizeAdvice},
		{codes: []string{"5"}, words: []string{"size", "too large", "too big"}, mark: target.Permanent, advice: &sizeAdvice},

		// Later: nothing was taken, so nothing can be doubled.
		{codes: []string{"4", "5"}, steps: []step{loggingIn}, words: append(limited, "system busy", "system is busy"), mark: later(usedUp), advice: &tooManyLoginsAdvice},
		{codes: []string{"4", "5"}, words: quotaWords, unless: lasting, mark: later(usedUp), advice: &quotaAdvice},
		{enhanced: []string{"5.4.5", "5.1.90", "5.7.232", "5.7.233", "5.7.705"}, mark: later(usedUp), advice: &quotaAdvice},
		{enhanced: []string{"4.2.2"}, mark: later(usedUp), advice: &fullAdvice},
		{enhanced: []string{"5.2.2"}, mark: target.Permanent, advice: &fullAdvice},
		{codes: []string{"552"}, steps: named, words: []string{"full", "quota"}, unless: ofSender, mark: target.Permanent, advice: &fullAdvice},
		{codes: []string{"5"}, steps: named, words: full, unless: ofSender, mark: target.Permanent, advice: &fullAdvice},
		{codes: []string{"4", "5"}, words: []string{"greylist", "graylist", "grey list", "gray list"}, mark: later(greylisted), advice: &greyAdvice},
		{codes: []string{"4", "5"}, words: []string{"dt:spm"}, mark: later(tooFast), advice: &rateAdvice},
		{codes: []string{"4"}, words: rateWords, mark: later(tooFast), advice: &fastAdvice},
		{codes: []string{"4"}, words: []string{"spam"}, mark: later(tooFast), advice: &rateAdvice},
		{codes: []string{"5"}, words: []string{"quota"}, unless: lasting, mark: later(usedUp), advice: &quotaAdvice},
		{codes: []string{"5"}, words: limited, unless: lasting, mark: later(tooFast), advice: &fastAdvice},
		{enhanced: []string{"5.7.28"}, mark: later(tooFast), advice: &fastAdvice}, // a flood of mails
		{codes: []string{"450", "451"}, steps: []step{addressing}, mark: later(greylisted), advice: &greyAdvice},
		{codes: []string{"440"}, mark: target.Permanent, advice: &senderAdvice},
		{codes: []string{"4"}, mark: transient, advice: &busyAdvice},

		// Never, until somebody changes something.
		{codes: []string{"500", "502", "504"}, steps: []step{loggingIn}, mark: target.Permanent, advice: &mechanismAdvice},
		{codes: []string{"523", "524", "526", "534", "535"}, enhanced: []string{"5.7.8", "5.7.9"}, mark: target.Permanent, advice: &loginAdvice},
		{codes: []string{"5"}, steps: []step{loggingIn}, mark: target.Permanent, advice: &loginAdvice},
		{codes: []string{"5"}, words: []string{"not verified", "unverified"}, mark: target.Permanent, advice: &senderAdvice},
		{codes: []string{"5"}, steps: []step{greeting}, mark: target.Permanent, advice: &unwelcomeAdvice},
		{codes: []string{"5"}, steps: []step{securing}, mark: target.Permanent, advice: &noTLSAdvice},
		{codes: []string{"5"}, words: []string{"relay"}, mark: target.Permanent, advice: &relayAdvice},
		{codes: []string{"5"}, steps: []step{naming}, mark: target.Permanent, advice: &senderAdvice},
		{codes: []string{"510", "552"}, mark: target.Permanent, advice: &sizeAdvice},
		{enhanced: []string{"5.7"}, mark: target.Permanent, advice: &policyAdvice},
		{codes: []string{"551", "553"}, enhanced: []string{"5.1"}, mark: target.Permanent, advice: &receiverAdvice},
		{codes: []string{"5"}, steps: []step{addressing}, mark: target.Permanent, advice: &receiverAdvice},
		{codes: []string{"541", "550", "554"}, mark: target.Permanent, advice: &policyAdvice},
		{codes: []string{"5"}, mark: target.Permanent, advice: &otherAdvice},
	}
}
