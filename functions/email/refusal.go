package email

import (
	"context"
	"crypto/tls"
	"errors"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

const (
	// greylisted is the pause before a server that puts unknown senders off
	// takes them; five minutes is what such servers commonly ask for.
	greylisted = 5 * time.Minute
	// tooFast is for a provider that calls the sender's behaviour spam for a
	// while; SES advises up to ten minutes for its own limits.
	tooFast = 10 * time.Minute
	// usedUp is for a quota of a day, whose end the answer does not tell.
	usedUp = time.Hour
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
	// words are parts of the text in lower case; one of them must be there.
	words  []string
	mark   func(error) error
	advice *message.Text
}

func later(wait time.Duration) func(error) error {
	return func(err error) error { return target.RetryAfter(wait, err) }
}

func transient(err error) error { return err }

// refused classes an answer that is not the one that was asked for. The first
// row that holds counts; codes come from RFC 5321, RFC 4954 and RFC 3463,
// words from SES's documentation and from answers of Alibaba's servers that
// were seen in the field.
func (c *conversation) refused(reply *textproto.Error) error {
	r := &target.Refusal{
		Platform: platform,
		Code:     strconv.Itoa(reply.Code),
		Text:     webhook.Extract(reply.Msg, c.secrets()...),
	}
	lower := strings.ToLower(reply.Msg)
	all := rows()
	i := slices.IndexFunc(all, func(row row) bool { return row.holds(r.Code, lower, c.step) })
	if i < 0 { // a 2xx or 3xx where another was due
		r.Advice = brokenAdvice.In(c.language)
		return r
	}
	r.Advice = all[i].advice.In(c.language)
	return all[i].mark(r)
}

func (r row) holds(code, text string, at step) bool {
	enhanced, _, _ := strings.Cut(text, " ")
	coded := slices.ContainsFunc(r.codes, func(c string) bool { return strings.HasPrefix(code, c) }) ||
		slices.ContainsFunc(r.enhanced, func(e string) bool { return enhanced == e || strings.HasPrefix(enhanced, e+".") })
	return coded &&
		(r.steps == nil || slices.Contains(r.steps, at)) &&
		(r.words == nil || slices.ContainsFunc(r.words, func(w string) bool { return strings.Contains(text, w) }))
}

// rows is a function so that a start pays nothing for it.
func rows() []row {
	return []row{
		// Later.
		{codes: []string{"4"}, words: []string{"daily"}, mark: later(usedUp), advice: &quotaAdvice},
		{codes: []string{"4"}, words: []string{"spam"}, mark: later(tooFast), advice: &rateAdvice},
		{codes: []string{"4"}, words: []string{"greylist", "graylist", "grey list", "gray list"}, mark: later(greylisted), advice: &greyAdvice},
		{codes: []string{"450", "451"}, steps: []step{addressing}, mark: later(greylisted), advice: &greyAdvice},
		{codes: []string{"440"}, mark: target.Permanent, advice: &senderAdvice},
		{codes: []string{"4"}, mark: transient, advice: &busyAdvice},
		// Never, until somebody changes something.
		{codes: []string{"530"}, words: []string{"starttls"}, mark: target.Permanent, advice: &noTLSAdvice},
		{codes: []string{"523", "524", "526", "530", "534", "535", "538"}, enhanced: []string{"5.7.8", "5.7.9"}, mark: target.Permanent, advice: &loginAdvice},
		{codes: []string{"5"}, steps: []step{loggingIn}, mark: target.Permanent, advice: &loginAdvice},
		{codes: []string{"5"}, words: []string{"not verified", "unverified"}, mark: target.Permanent, advice: &senderAdvice},
		{codes: []string{"5"}, steps: []step{greeting}, mark: target.Permanent, advice: &unwelcomeAdvice},
		{codes: []string{"5"}, steps: []step{securing}, mark: target.Permanent, advice: &noTLSAdvice},
		{codes: []string{"5"}, words: []string{"relay"}, mark: target.Permanent, advice: &relayAdvice},
		{codes: []string{"5"}, steps: []step{naming}, mark: target.Permanent, advice: &senderAdvice},
		{codes: []string{"552"}, words: []string{"full", "quota"}, mark: target.Permanent, advice: &fullAdvice},
		{enhanced: []string{"5.2.2"}, mark: target.Permanent, advice: &fullAdvice},
		{codes: []string{"510", "552"}, enhanced: []string{"5.2.3", "5.3.4"}, mark: target.Permanent, advice: &sizeAdvice},
		{enhanced: []string{"5.7"}, mark: target.Permanent, advice: &policyAdvice},
		{codes: []string{"550", "551", "553"}, enhanced: []string{"5.1"}, mark: target.Permanent, advice: &receiverAdvice},
		{codes: []string{"5"}, steps: []step{addressing}, mark: target.Permanent, advice: &receiverAdvice},
		{codes: []string{"541", "554"}, mark: target.Permanent, advice: &policyAdvice},
		{codes: []string{"5"}, mark: target.Permanent, advice: &otherAdvice},
	}
}

// broken is a conversation that ended without an answer. It matches the error
// that ended it, as the failure does, which does not give it out either.
type broken struct {
	*target.Refusal
	failure error
}

// Unwrap gives out the refusal, for its advice.
func (b *broken) Unwrap() error { return b.Refusal }

// Is lets errors.Is see context.DeadlineExceeded, syscall.ECONNREFUSED and the
// like.
func (b *broken) Is(err error) bool { return errors.Is(b.failure, err) }

// failed classes what ended the conversation, an answer or none.
func (c *conversation) failed(ctx context.Context, err error) error {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return c.refused(reply)
	}
	return c.ended(ctx, err)
}

// ended classes a conversation that ended without an answer.
func (c *conversation) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err() // the connection only says that it was cut
	}
	for _, final := range []struct {
		cause  error
		advice message.Text
	}{{errNoStartTLS, noTLSAdvice}, {errNoLogin, noLoginAdvice}} {
		if errors.Is(err, final.cause) {
			return target.Permanent(&target.Refusal{Platform: platform, Text: err.Error(), Advice: final.advice.In(c.language)})
		}
	}
	failure := webhook.Failure(platform, c.language, err, c.secrets()...)
	if target.IsPermanent(failure) {
		return failure
	}
	r := &target.Refusal{
		Platform: platform,
		Text:     strings.TrimPrefix(failure.Error(), platform+": ") + c.step.text(),
		Advice:   c.brokenAdvice(err).In(c.language),
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return target.Permanent(r) // the port speaks something else
	}
	if c.step == ending {
		// The mail may have been taken. It is sent again under the same
		// Message-ID, but by a later invocation and not twice in a second.
		return target.RetryAfter(greylisted, &broken{r, failure})
	}
	return &broken{r, failure}
}

func (c *conversation) brokenAdvice(err error) message.Text {
	if _, ok := errors.AsType[textproto.ProtocolError](err); ok && c.step == greeting {
		return notSMTPAdvice
	}
	switch c.step {
	case connecting:
		return unreachableAdvice
	case greeting:
		return silentAdvice
	case securing:
		return handshakeAdvice
	case ending:
		return unknownAdvice
	}
	return brokenAdvice
}
