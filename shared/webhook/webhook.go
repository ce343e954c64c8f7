// Package webhook is the HTTP client of all targets. It posts a body to a
// receiver, within time limits and only to allowed addresses, and marks each error
// as package target defines. No error shows a URL, key or token.
package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Request is one POST to a receiver.
type Request struct {
	// Platform is the target type, such as "dingtalk"; errors begin with it.
	Platform string
	// Language is the language of the advice in errors.
	Language message.Language
	// URL is the receiver's address. It counts as a secret.
	URL string
	// Header is added to the request. Its values count as secrets.
	Header http.Header
	// Body is sent as it is.
	Body []byte
	// Secrets are further values that errors must not show, such as the key
	// that a signature was made with.
	Secrets []string
}

// Post sends r and returns the receiver's answer, whatever its status: a chat
// platform says in the body what a status only hints at. An error means that
// there was no answer. It is marked [target.Permanent] when the address is one
// that must not be dialled, when its certificate does not hold, or when r
// cannot be sent at all, and [target.Unconfirmed] when the request was sent;
// otherwise it is unmarked. It matches the error of ctx when ctx ended it.
// Redirects are not followed and no proxy is used.
func Post(ctx context.Context, r Request) (*Answer, error) {
	to, err := parseURL("url", r.URL)
	if err != nil {
		return nil, target.Permanent(fmt.Errorf("%s: %w", r.Platform, err))
	}
	c, err := current()
	if err != nil {
		return nil, target.Permanent(fmt.Errorf("%s: %w", r.Platform, err))
	}
	secrets := &redactor{request: r}

	var written atomic.Bool
	ctx, cancel := context.WithTimeout(ctx, totalTimeout)
	defer cancel()
	reaching := sync.OnceFunc(func() { target.Reaching(ctx) })
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { reaching() },
		WroteRequest: func(i httptrace.WroteRequestInfo) { written.Store(i.Err == nil) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "", bytes.NewReader(r.Body))
	if err != nil {
		return nil, target.Permanent(fmt.Errorf("%s: the request cannot be made", r.Platform))
	}
	req.URL, req.Host = to, to.Host // not parsed a second time
	for name, values := range r.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	req.Header.Set("User-Agent", "pai-notify")
	// A kept connection may have been closed while the function was frozen.
	// This key, which is not sent, lets the transport repeat the request on a
	// fresh connection when a kept one ends before the first byte of an answer.
	req.Header["Idempotency-Key"] = nil

	// The transport is used without http.Client: that one follows or parses
	// redirects and puts the URL into its errors.
	res, err := c.transport.RoundTrip(req) //nolint:bodyclose // read closes it
	if err != nil {
		return nil, r.failure(err, written.Load(), secrets)
	}
	return r.read(res, secrets), nil
}

// Encode returns v as JSON without escaping <, > and &: escaped they take six
// bytes of a platform's budget each, and some platforms refuse them.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("webhook: the body cannot be encoded: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Encoded returns how many bytes a text without control characters, but for line
// breaks, takes inside a JSON string that [Encode] writes.
func Encoded[T string | []byte](s T) int {
	n := len(s)
	for i := range len(s) {
		switch s[i] {
		case '"', '\\', '\n':
			n++
		}
	}
	return n
}

// maxURL is what servers commonly accept as a request line.
const maxURL = 4096

// CheckURL tells what is wrong with a receiver's address as such: it must be
// absolute, of scheme https or http, with a host and without user information
// or fragment. Whether its host may be dialled, and by plain http, shows when
// it is. The error does not show the URL.
func CheckURL(raw string) error {
	_, err := parseURL("url", raw)
	return err
}

// Canonical returns a URL in one form for all ways to write it: scheme and host
// in lower case, without the scheme's own port, a slash for no path. What is no
// URL, such as a reference to one, stays as it is.
func Canonical(raw string) string {
	u, err := parseURL("url", strings.TrimSpace(raw))
	if err != nil {
		return raw
	}
	return canonicalURL(u)
}

func canonicalURL(u *url.URL) string {
	c := *u
	c.Host = strings.ToLower(c.Host)
	if port := map[string]string{"https": ":443", "http": ":80"}[c.Scheme]; strings.HasSuffix(c.Host, port) {
		c.Host = strings.TrimSuffix(c.Host, port)
	}
	if c.Path == "" {
		c.Path = "/"
	}
	c.ForceQuery = false
	return c.String()
}

// stray tells of a character that comes along when an address is pasted. Letters
// of any script may be meant: they are sent percent-encoded.
func stray(c rune) bool {
	return strings.ContainsRune("<>`", c) || c > '~' && (unicode.IsPunct(c) || unicode.IsSpace(c) || unicode.Is(unicode.Cf, c))
}

// parseURL checks an address as such, which is the value of the parameter.
func parseURL(parameter, raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return nil, target.Invalid(parameter, "is empty")
	case len(raw) > maxURL:
		return nil, target.Invalid(parameter, "is longer than %d bytes", maxURL)
	case err != nil:
		return nil, target.Invalid(parameter, "is not a URL: check it for spaces and stray characters")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, target.Invalid(parameter, "must start with https://")
	case u.Hostname() == "":
		return nil, target.Invalid(parameter, "has no host")
	case u.User != nil:
		return nil, target.Invalid(parameter, "must not hold a user name or password: use a header or a signature")
	case strings.ContainsFunc(raw, stray):
		return nil, target.Invalid(parameter, "has a character that no URL has, such as <, > or a full stop of Chinese text: check what was pasted along with it")
	case u.Fragment != "":
		return nil, target.Invalid(parameter, "must not have a fragment (the part after #)")
	}
	return u, nil
}
