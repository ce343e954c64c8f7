package email

import (
	"context"
	"crypto/tls"
	"errors"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

const (
	// greylisted is the pause before a server that puts unknown senders off
	// takes them; five minutes is what such servers commonly ask for.
	greylisted = 5 * time.Minute
	// unclear is the pause before a mail that may have been taken is sent again:
	// a server that was slow to take it has done so by then, and knows its
	// Message-ID.
	unclear = 5 * time.Minute
	// tooFast is for a provider that limits how often it is sent to, or calls
	// that spam for a while; SES advises up to ten minutes for its own limits.
	tooFast = 10 * time.Minute
	// usedUp is for a quota of an hour or a day, whose end the answer does not
	// tell, and for logins, of which more would only prolong it.
	usedUp = time.Hour
)

// refused classes an answer that is not the one that was asked for, by the
// first row that holds.
func (c *conversation) refused(reply *textproto.Error) error {
	r := &target.Refusal{
		Platform: platform,
		Code:     strconv.Itoa(reply.Code),
		Text:     webhook.Extract(reply.Msg, c.secrets()...),
	}
	said := plainWords(reply.Msg)
	enhanced, _, _ := strings.Cut(said, " ")
	row, ok := codes(c.step, enhanced).Find(r.Code, said)
	switch {
	case ok:
	case c.step == ending: // a 2xx or 3xx that is not the one for a mail taken
		row = refusal.Row{Mark: doubled, Advice: unknownAdvice}
	default:
		row = refusal.Row{Mark: refusal.Transient, Advice: brokenAdvice}
	}
	return row.Refuse(r, c.language)
}

// doubled is for a mail that may have been taken. It is sent again under the same
// Message-ID.
func doubled(r *target.Refusal) error {
	return target.RetryAfter(unclear, target.Unconfirmed(r))
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
	if lack, ok := errors.AsType[*lack](err); ok {
		return target.Permanent(&target.Refusal{Platform: platform, Text: lack.text, Advice: lack.advice.In(c.language)})
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
		// It is sent again under the same Message-ID.
		return target.RetryAfter(unclear, target.Unconfirmed(&broken{r, failure}))
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
		if c.server.tls == Implicit {
			return brokenAdvice
		}
		return silentAdvice
	case securing:
		return handshakeAdvice
	case ending:
		return unknownAdvice
	}
	return brokenAdvice
}
