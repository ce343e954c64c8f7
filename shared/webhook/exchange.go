package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/pai-notify/pai-notify/shared/target"
)

// Exchange carries the one request that a platform's SDK makes for a message,
// within the guard and the limits of [Post]: no proxy, no redirect, an answer
// of at most 64 KiB. It keeps the answer, because SDKs write URLs and
// signatures into their errors, and it knows whether the platform may have got
// the request, which no SDK tells. It is for one goroutine.
//
// Its connection serves no other request: when a kept one breaks, nobody knows
// whether the request was taken, and a message that costs money is not
// repeated in doubt.
type Exchange struct {
	ctx     context.Context //nolint:containedctx // SDKs that take no context are bound by this one
	request Request
	reached atomic.Bool
	answer  *Answer
	err     error
}

// NewExchange prepares an exchange that ends with ctx. Of r only Platform,
// Language and Secrets count: the SDK makes the rest.
func NewExchange(ctx context.Context, r Request) *Exchange {
	return &Exchange{ctx: ctx, request: Request{Platform: r.Platform, Language: r.Language, Secrets: r.Secrets}}
}

// errSecondRequest keeps an SDK from repeating a request by itself.
var errSecondRequest = errors.New("webhook: an exchange carries one request")

// Do sends the request of an SDK and reads the answer to its end. An error has
// no word of the request in it.
func (e *Exchange) Do(req *http.Request) (*http.Response, error) {
	if e.answer != nil || e.err != nil {
		return nil, errSecondRequest
	}
	c, err := current()
	if err != nil {
		e.err = target.Permanent(fmt.Errorf("%s: %w", e.request.Platform, err))
		return nil, e.err
	}
	secrets := &redactor{request: e.request}
	ctx, cancel := context.WithTimeout(e.ctx, totalTimeout)
	defer cancel()
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// From here on parts of the request may be on their way, whatever
		// becomes of the rest.
		GotConn: func(httptrace.GotConnInfo) {
			if !e.reached.Swap(true) {
				target.Reaching(e.ctx)
			}
		},
	}))
	once := c.transport.Clone()
	once.DisableKeepAlives = true
	defer once.CloseIdleConnections()
	res, err := once.RoundTrip(req) //nolint:bodyclose // read closes it
	if err != nil {
		e.err = e.request.failure(err, e.reached.Load(), secrets)
		return nil, e.err
	}
	e.answer = e.request.read(res, secrets)
	res.Body = io.NopCloser(bytes.NewReader(e.answer.body))
	res.ContentLength = int64(len(e.answer.body))
	return res, nil
}

// Answer returns what the platform said, or the error that ended the exchange,
// classed like those of [Post]. An SDK that refused to make a request at all
// will not make it another time: that is [target.Permanent].
func (e *Exchange) Answer() (*Answer, error) {
	if e.answer == nil && e.err == nil {
		return nil, target.Permanent(fmt.Errorf("%s: the request could not be made from the configuration", e.request.Platform))
	}
	return e.answer, e.err
}

// Reached tells whether the platform may have got the request. It is false
// when no connection was made: then nothing can have been taken.
func (e *Exchange) Reached() bool { return e.reached.Load() }
