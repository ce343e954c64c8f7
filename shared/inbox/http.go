package inbox

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	httpPath    = "/receive/"
	httpMaxBody = 1 << 20
	// httpTolerance is that of the Standard Webhooks libraries.
	httpTolerance = 5 * time.Minute
)

// AddHTTP adds an HTTP receiver and returns its path. With a secret, "whsec_"
// and base64, it takes requests signed by it only. It fails for a secret that
// cannot be decoded.
func (in *Inbox) AddHTTP(name, secret string) (string, error) {
	e := &endpoint{}
	if secret != "" {
		hook, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return "", fmt.Errorf("inbox: the secret of receiver %s is not base64", name)
		}
		e.hook = hook
	}
	in.add("http", name, e)
	return httpPath + url.PathEscape(name), nil
}

func (in *Inbox) serveHTTPReceiver(w http.ResponseWriter, r *http.Request) {
	in.serve(w, r, "http", r.PathValue("name"), reply(http.StatusNotFound, problem("no such receiver")))
}

// endpoint is an HTTP receiver.
type endpoint struct{ hook *standardwebhooks.Webhook }

func problem(text string) map[string]string { return map[string]string{"error": text} }

func (e *endpoint) receive(r *http.Request, body []byte, m *Message) answer {
	m.ID = r.Header.Get(standardwebhooks.HeaderWebhookID)
	status, text := e.judge(r, body, m)
	if status != http.StatusOK {
		m.Reason = text
		return reply(status, problem(text))
	}
	m.Accepted = true
	return reply(status, map[string]string{"status": text})
}

func (e *endpoint) judge(r *http.Request, body []byte, m *Message) (int, string) {
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed, "only POST is taken"
	}
	if len(body) > httpMaxBody {
		return http.StatusRequestEntityTooLarge, "the body is larger than 1 MiB"
	}
	m.Signature = e.verify(r.Header, body, m.Time)
	if m.Signature != "valid" && e.hook != nil {
		return http.StatusUnauthorized, "signature: " + m.Signature
	}
	event, status, text := readEvent(r.Header, body)
	if text != "" {
		return status, text
	}
	m.Title = event.Type
	return http.StatusOK, "received"
}

// attributes are what a CloudEvent must have.
type attributes struct{ ID, Source, Type string }

// readEvent reads a CloudEvent in structured or in binary mode; text says what
// is wrong with it.
func readEvent(h http.Header, body []byte) (e attributes, status int, text string) {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/cloudevents+json":
		if json.Unmarshal(body, &e) != nil {
			e = attributes{}
		}
	case h.Get("Ce-Specversion") != "":
		for name, into := range map[string]*string{"Ce-Id": &e.ID, "Ce-Source": &e.Source, "Ce-Type": &e.Type} {
			if *into, err = url.PathUnescape(h.Get(name)); err != nil {
				return e, http.StatusBadRequest, "a header of the CloudEvent is not percent-encoded"
			}
		}
	default:
		return e, http.StatusUnsupportedMediaType, "the content type must be application/cloudevents+json, or the event must stand in ce- headers"
	}
	if e.ID == "" || e.Source == "" || e.Type == "" {
		return e, http.StatusBadRequest, "the request is not a CloudEvent"
	}
	return e, http.StatusOK, ""
}

// verify returns the verdict on the signature.
func (e *endpoint) verify(h http.Header, body []byte, now time.Time) string {
	if h.Get(standardwebhooks.HeaderWebhookSignature) == "" {
		return "none"
	}
	if e.hook == nil {
		return notChecked
	}
	if e.hook.VerifyIgnoringTimestamp(body, h) != nil {
		return "does not match"
	}
	// The library compares with the clock of the machine.
	seconds, err := strconv.ParseInt(h.Get(standardwebhooks.HeaderWebhookTimestamp), 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > httpTolerance {
		return "invalid timestamp"
	}
	return "valid"
}
