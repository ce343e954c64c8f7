package targettest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/suite"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const token = "token-0123456789abcdef"

// failuresOf runs one check and returns what it found.
func failuresOf(c check, h Harness) []string {
	return suite.Failures(func(t T) { c.run(t, h.ready()) })
}

// sender is a target made of a function.
type sender struct {
	base string
	send func(ctx context.Context, url string, n target.Notification) error
}

func (s sender) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	if err := s.send(ctx, s.base+"/hook?access_token="+token, n); err != nil {
		return target.Receipt{}, err
	}
	return receipt, nil
}

// receipt is that of every message.
var receipt = target.Receipt{Status: 200, Code: "0"}

// withoutReceipt is a sender that does not say what the platform answered.
type withoutReceipt struct{ sender }

func (s withoutReceipt) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	return target.Receipt{}, ErrorOf(s.sender.Send(ctx, n))
}

// boastful is a sender that has a receipt for what was not taken.
type boastful struct{ sender }

func (b boastful) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	return receipt, ErrorOf(b.sender.Send(ctx, n))
}

// Address is what the target is sent to, in one form.
func (s sender) Address() string { return webhook.Canonical(s.base) }

// literal is a sender that does not look at its address.
type literal struct{ sender }

func (l literal) Address() string { return l.base }

func (s sender) Messages() int { return 1 }

// String keeps the target from showing anything.
func (s sender) String() string   { return "sender" }
func (s sender) GoString() string { return "sender" }

func harness(send func(ctx context.Context, url string, n target.Notification) error) Harness {
	return Harness{
		Open:         func(base string) (target.Target, error) { return sender{base, send}, nil },
		Notification: target.Notification{ID: "n", Message: message.Message{Title: "Job failed"}},
		Accepted:     `{"errcode":0,"errmsg":"ok"}`,
		Receipt:      receipt,
		Answers: []Answer{
			{Name: "wrong signature", Status: 200, Body: `{"errcode":310000,"errmsg":"sign not match"}`, Class: Permanent, Code: "310000", Advice: "en"},
			{Name: "too fast", Status: 200, Body: `{"errcode":130101,"errmsg":"send too fast"}`, Class: RetryAfter, Wait: time.Minute},
			{Name: "robot removed", Status: 200, Body: `{"errcode":400101,"errmsg":"no such robot"}`, Class: Gone},
			{Name: "busy", Status: 200, Body: `{"errcode":-1,"errmsg":"busy"}`, Class: Transient},
		},
		Secrets: []string{token},
		Read:    readTitle,
	}
}

// body escapes the one mark of the platform, and loses its control characters
// before.
func body(n target.Notification) []byte {
	return titled(strings.ReplaceAll(message.OneLine(n.Message.Title), "<", "("))
}

func titled(title string) []byte {
	b, _ := json.Marshal(map[string]string{"title": title})
	return b
}

type reaction struct {
	Code *int   `json:"errcode"`
	Text string `json:"errmsg"`
}

func verdict(r reaction, text string, l message.Language) error {
	if r.Code == nil {
		return target.Unconfirmed(errors.New("test: no code"))
	}
	err := &target.Refusal{Platform: "test", Status: 200, Code: strconv.Itoa(*r.Code), Text: text, Advice: "advice in " + string(l)}
	switch *r.Code {
	case 0:
		return nil
	case 310000:
		return target.Permanent(err)
	case 400101:
		return target.Gone(err)
	case 130101:
		return target.RetryAfter(time.Minute, err)
	}
	return err
}

// right is a target without a fault.
func right(ctx context.Context, url string, n target.Notification) error {
	answer, err := webhook.Post(ctx, webhook.Request{
		Platform: "test", URL: url, Body: body(n), Header: http.Header{"Content-Type": {"application/json"}},
	})
	if err != nil {
		return err
	}
	if err := answer.Verdict(); err != nil {
		return err
	}
	var r reaction
	if err := answer.JSON(&r); err != nil {
		return err
	}
	return verdict(r, answer.Extract(r.Text), n.Message.Language)
}

// post is a plain client, the start of most faults.
func post(ctx context.Context, c *http.Client, url string, n target.Notification) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body(n)))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, b, err
}

func TestTargetWithoutAFaultPassesEveryCheck(t *testing.T) {
	Run(t, harness(right))
}

func TestStatusOnlyTargetWithoutAFaultPassesEveryCheck(t *testing.T) {
	h := harness(func(ctx context.Context, url string, n target.Notification) error {
		answer, err := webhook.Post(ctx, webhook.Request{
			Platform: "test", URL: url, Body: body(n), Header: http.Header{"Content-Type": {"application/json"}},
		})
		if err != nil {
			return err
		}
		return answer.Verdict()
	})
	h.ByStatus, h.Answers = true, nil
	Run(t, h)
}

func TestSuiteCatchesTargetThat(t *testing.T) {
	plain := &http.Client{}
	cases := map[string]struct {
		send   func(ctx context.Context, url string, n target.Notification) error
		caught string
	}{
		"counts everything as sent": {
			func(ctx context.Context, url string, n target.Notification) error {
				_ = right(ctx, url, n)
				return nil
			}, "a refusal has its class, and advice in every language"},
		"counts a refusal inside a 200 as sent": {
			func(ctx context.Context, url string, n target.Notification) error {
				status, _, err := post(ctx, plain, url, n)
				if err == nil && status != 200 {
					err = errors.New("test: refused")
				}
				return err
			}, "a refusal has its class, and advice in every language"},
		"takes an answer without a code for success": {
			func(ctx context.Context, url string, n target.Notification) error {
				_, b, err := post(ctx, plain, url, n)
				var r struct{ Errcode int }
				_ = json.Unmarshal(b, &r)
				if err == nil && r.Errcode != 0 {
					err = errors.New("test: refused")
				}
				return err
			}, "random bytes are never sent"},
		"accepts odd JSON": {
			func(ctx context.Context, url string, n target.Notification) error {
				_, b, err := post(ctx, plain, url, n)
				if err == nil && !json.Valid(b) {
					err = errors.New("test: refused")
				}
				return err
			}, "an odd answer is never sent"},
		"sends again at once after an answer that says nothing": {
			func(ctx context.Context, url string, n target.Notification) error {
				err := right(ctx, url, n)
				if target.IsUnconfirmed(err) {
					return strip(err)
				}
				return err
			}, "an odd answer is never sent"},
		"gives the same advice to everybody": {
			func(ctx context.Context, url string, n target.Notification) error {
				n.Message.Language = message.English
				return right(ctx, url, n)
			}, "a refusal has its class, and advice in every language"},
		"gives no advice": {
			func(ctx context.Context, url string, n target.Notification) error {
				err := right(ctx, url, n)
				if refused, ok := errors.AsType[*target.Refusal](err); ok {
					refused.Advice = ""
				}
				return err
			}, "a refusal has its class, and advice in every language"},
		"waits for ever": {
			func(ctx context.Context, url string, n target.Notification) error {
				err := right(ctx, url, n)
				if _, ok := target.Wait(err); ok {
					return target.RetryAfter(time.Hour, err)
				}
				return err
			}, "a refusal has its class, and advice in every language"},
		"retries what is final": {
			func(ctx context.Context, url string, n target.Notification) error {
				return strip(right(ctx, url, n))
			}, "every status has its class"},
		"gives up on everything": {
			func(ctx context.Context, url string, n target.Notification) error {
				return target.Permanent(right(ctx, url, n))
			}, "an unreachable receiver is transient"},
		"forgets how long to wait": {
			func(ctx context.Context, url string, n target.Notification) error {
				err := right(ctx, url, n)
				if _, ok := target.Wait(err); ok {
					return strip(err)
				}
				return err
			}, "a wait that the receiver names is kept and capped"},
		"waits for as long as it is told": {
			func(ctx context.Context, url string, n target.Notification) error {
				err := right(ctx, url, n)
				if wait, ok := target.Wait(err); ok && wait > time.Minute {
					return target.RetryAfter(1000*time.Hour, err)
				}
				return err
			}, "a wait that the receiver names is kept and capped"},
		"shows its URL when there is no answer": {
			func(ctx context.Context, url string, n target.Notification) error {
				_, _, err := post(ctx, plain, url, n)
				return err
			}, "secrets never show when there is no answer"},
		"repeats what the receiver said": {
			func(ctx context.Context, url string, n target.Notification) error {
				_, b, err := post(ctx, plain, url, n)
				if err != nil {
					return errors.New("test: no answer")
				}
				return errors.New("test: " + string(b))
			}, "secrets never show when the receiver says them back"},
		"hides its URL in the text only": {
			func(ctx context.Context, url string, n target.Notification) error {
				_, _, err := post(ctx, plain, url, n)
				return hidden{err}
			}, "secrets never show when there is no answer"},
		"follows redirects": {
			func(ctx context.Context, url string, n target.Notification) error {
				_, _, err := post(ctx, plain, url, n)
				return err
			}, "redirects are not followed"},
		"trusts every certificate": {
			func(ctx context.Context, url string, n target.Notification) error {
				c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
				defer c.CloseIdleConnections()
				_, _, err := post(ctx, c, url, n)
				return err
			}, "a certificate that does not hold is not sent to"},
		"trusts a certificate of any host": {
			func(ctx context.Context, url string, n target.Notification) error {
				c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, VerifyConnection: anyHost}}}
				defer c.CloseIdleConnections()
				_, _, err := post(ctx, c, url, n)
				if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
					return target.Permanent(errors.New("test: no trust"))
				}
				return err
			}, "a certificate that does not hold is not sent to"},
		"tries again by itself": {
			func(ctx context.Context, url string, n target.Notification) error {
				err := right(ctx, url, n)
				if ClassOf(err) == Transient {
					err = right(ctx, url, n)
				}
				return err
			}, "what failed is not repeated by the target itself"},
		"believes the beginning of an answer": {
			func(ctx context.Context, url string, n target.Notification) error {
				_, b, err := post(ctx, plain, url, n)
				var r reaction
				if json.Unmarshal(b, &r) == nil {
					return verdict(r, "", message.English)
				}
				return err
			}, "an answer that is cut off is no verdict"},
		"makes a client for each message": {
			func(ctx context.Context, url string, n target.Notification) error {
				c := &http.Client{Transport: &http.Transport{}}
				defer c.CloseIdleConnections()
				_, _, err := post(ctx, c, url, n)
				return err
			}, "connections are kept or apart as the target says"},
		// Go 1.27 reads what a closed answer has left.
		"leaves answers open": {
			func(ctx context.Context, url string, n target.Notification) error {
				req, _ := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body(n)))
				_, err := plain.Do(req)
				return err
			}, "connections are kept or apart as the target says"},
		"reads answers of any size": {
			func(ctx context.Context, url string, n target.Notification) error {
				_, _, err := post(ctx, plain, url, n)
				return err
			}, "a huge answer is not read to its end"},
		"forgets its context": {
			func(_ context.Context, url string, n target.Notification) error {
				return right(context.Background(), url, n)
			}, "the end of the context ends a message that hangs"},
		"takes a deadline for a verdict": {
			func(ctx context.Context, url string, n target.Notification) error {
				err := right(ctx, url, n)
				if ctx.Err() != nil {
					return target.Permanent(err)
				}
				return err
			}, "the end of the context ends a message that hangs"},
		"tells nobody what reached the platform": {
			func(ctx context.Context, url string, n target.Notification) error {
				return right(target.Aside(ctx), url, n)
			}, "what may have reached the platform is counted and nothing else"},
		"sends a message twice": {
			func(ctx context.Context, url string, n target.Notification) error {
				_ = right(ctx, url, n)
				return right(ctx, url, n)
			}, "an accepted message is sent once"},
		"sends the first message again and again": {
			onlyFirst(), "concurrent messages arrive once each"},
		"panics on an empty answer": {
			func(ctx context.Context, url string, n target.Notification) error {
				_, b, err := post(ctx, plain, url, n)
				if err == nil && b[0] != '{' {
					err = errors.New("test: refused")
				}
				return err
			}, "every status has its class"},
		"undoes an escape in its second attempt": {
			func(ctx context.Context, url string, n target.Notification) error {
				err := right(ctx, url, n)
				if target.IsPermanent(err) {
					_, err = webhook.Post(ctx, webhook.Request{Platform: "test", URL: url, Body: titled(n.Message.Title)})
				}
				return err
			}, "a name stays a name in every attempt"},
		"takes garbage for a verdict": {
			func(ctx context.Context, url string, n target.Notification) error {
				err := right(ctx, url, n)
				if err != nil && strings.Contains(err.Error(), "malformed") {
					return target.Permanent(err)
				}
				return err
			}, "garbage on the wire is no verdict"},
	}
	certificates := prepare(t)
	covered := map[string]bool{}
	for name, c := range cases {
		covered[c.caught] = true
		t.Run(name, func(t *testing.T) {
			h := harness(c.send)
			h.grace, h.certificates = 50*time.Millisecond, certificates
			i := indexOf(c.caught)
			require.GreaterOrEqual(t, i, 0, "no such check")
			assert.NotEmpty(t, failuresOf(checks[i], h), "the check found nothing")
		})
	}
	for name, c := range map[string]struct {
		made   func(sender) target.Target
		caught string
	}{
		"gives its address as it was written": {func(s sender) target.Target { return literal{s} }, "the address is the same however it is written"},
		"has no receipt":                      {func(s sender) target.Target { return withoutReceipt{s} }, "a receipt says what the platform answered"},
		"has a receipt for what was refused":  {func(s sender) target.Target { return boastful{s} }, "a receipt says what the platform answered"},
	} {
		covered[c.caught] = true
		t.Run(name, func(t *testing.T) {
			h := harness(right)
			h.Open = func(base string) (target.Target, error) { return c.made(sender{base, right}), nil }
			assert.NotEmpty(t, failuresOf(checks[indexOf(c.caught)], h), "the check found nothing")
		})
	}
	for _, c := range checks {
		assert.True(t, covered[c.name], "no broken target shows that %q can fail", c.name)
	}
}

func indexOf(name string) int {
	for i, c := range checks {
		if c.name == name {
			return i
		}
	}
	return -1
}

// anyHost verifies the chain of a certificate and not whose it is.
func anyHost(s tls.ConnectionState) error {
	pool := x509.NewCertPool()
	text, err := os.ReadFile(os.Getenv("SSL_CERT_FILE"))
	pool.AppendCertsFromPEM(text)
	if err == nil {
		_, err = s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: pool})
	}
	return err
}

// strip takes the mark off an error.
func strip(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(err.Error())
}

// hidden is an error whose cause can still be reached.
type hidden struct{ error }

func (h hidden) Error() string { return "test: no answer" }
func (h hidden) Unwrap() error { return h.error }

func onlyFirst() func(ctx context.Context, url string, n target.Notification) error {
	var once sync.Once
	var first target.Notification
	return func(ctx context.Context, url string, n target.Notification) error {
		once.Do(func() { first = n })
		return right(ctx, url, first)
	}
}
