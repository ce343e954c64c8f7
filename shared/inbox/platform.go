package inbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"html/template"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
)

// Platform is all that this machine knows of the platform behind one target
// type: how it judges what is sent to it, how targets are led to the stand-in,
// and what people read about the type.
type Platform struct {
	// Type is the target type, such as "dingtalk".
	Type string
	// Name is what people call it, and Help says where its parameters come from.
	Name, Help message.Text
	// Icon is what an SVG of 24 by 24 holds.
	Icon template.HTML
	// Parameters are by their keys, such as "mention.users".
	Parameters map[string]Parameter

	// Keys are some in the platform's own form, for receivers that check them;
	// zero where nothing is signed.
	Keys Keys
	// Route leads from a target to its receiver.
	Route Route
	// New makes a receiver that checks what the keys say and takes at most rate
	// messages a minute, and Unknown is answered where there is none. Both are
	// nil for a platform of mail.
	New     func(k Keys, rate int) Receiver
	Unknown func(r *http.Request) Answer
	// Mail reads a mail into m and returns why it is refused, as an SMTP error;
	// nil for all other platforms.
	Mail func(m *Message, raw []byte, from string) error
}

// Parameter is what people read about one parameter of a target.
type Parameter struct {
	// Label is its name, and Help says what to enter. A parameter without them
	// has those of all targets, see [Platform.Parameter]. Example may be empty,
	// and so may the help of a secret: forms explain how to enter one.
	Label, Help, Example message.Text
	// Wanted tells that few targets work without it although it is optional.
	Wanted bool
}

// Keys are what a receiver checks; the zero value takes anything.
type Keys struct {
	// ID and Secret are an access key or a login; a robot has a secret alone.
	ID, Secret string
	// Keywords are those of which a message to a robot must hold one.
	Keywords []string
}

// Receiver is one robot, endpoint or phone.
type Receiver interface {
	// Receive judges a request, and fills in what a person sees and the verdict.
	// It is never called twice at once.
	Receive(r *http.Request, body []byte, m *Message) Answer
}

// Answer is what a receiver says.
type Answer struct {
	Status int
	Body   string
	// Query tells that the request was a question and no message: it is not
	// shown.
	Query bool
}

// Place is where the stand-in of a receiver is reached.
type Place struct {
	// URL and SMTP are the addresses of the inbox, such as http://127.0.0.1:8788
	// and 127.0.0.1:25.
	URL, SMTP string
	// Receiver is the name of the receiver, and Keys are what it checks.
	Receiver string
	Keys     Keys
}

// Route is the way from a target of one type to its receiver.
type Route interface {
	// Pattern is that of the requests to all receivers; "" for mail.
	Pattern() string
	// Find names the receiver that a request is for; false when it is for
	// another platform at the same pattern.
	Find(r *http.Request, body []byte) (name string, ok bool)
	// Name is the receiver that stands in for the one which the parameters of a
	// target of that type name. Targets that name one receiver have one.
	Name(typ string, p Parameters) string
	// Lead puts the stand-in into the parameters of a target, and takes out what
	// belongs to the real receiver: its keys, its login, its headers.
	Lead(p Parameters, to Place)
}

// Parameter is what people read about a parameter, by its key.
func (p Platform) Parameter(key string) Parameter {
	own, all := p.Parameters[key], shared[key]
	own.Label, own.Help = cmp.Or(own.Label, all.Label), cmp.Or(own.Help, all.Help)
	return own
}

// Parameters are those of one target, as a document or a payload has them.
type Parameters map[string]any

// ReadParameters reads an object in JSON, and keeps its numbers as they are.
func ReadParameters(text []byte) (p Parameters, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&p)
	return p, err
}

// Text returns a parameter that is a text, such as "webhook" or
// "contact.email"; "" for none.
func (p Parameters) Text(key string) string {
	name, rest, nested := strings.Cut(key, ".")
	if inner, ok := p[name].(map[string]any); ok && nested {
		return Parameters(inner).Text(rest)
	}
	text, _ := p[key].(string)
	return text
}

// Set sets a parameter and drops those whose keys differ by case alone: to the
// target they are the same one, and the last of them counts.
func (p Parameters) Set(key string, value any) {
	p.Remove(key)
	p[key] = value
}

// Remove drops parameters, however their keys are written.
func (p Parameters) Remove(keys ...string) {
	for _, key := range keys {
		maps.DeleteFunc(p, func(other string, _ any) bool { return strings.EqualFold(other, key) })
	}
}

// Reply returns v in JSON as an answer.
func Reply(status int, v any) Answer {
	b, err := json.Marshal(v)
	if err != nil {
		return Answer{Status: http.StatusInternalServerError, Body: "{}"}
	}
	return Answer{Status: status, Body: string(b)}
}

// Judged is the verdict of a robot on a message: the platform's code, 0 for one that
// it took, and why it was refused.
func (m *Message) Judged(code int, text string) {
	m.Code = strconv.Itoa(code)
	if m.Accepted = code == 0; !m.Accepted {
		m.Reason = text
	}
}

// ErrCode is the answer of a platform that has errcode and errmsg.
func ErrCode(code int, text string) Answer {
	return Reply(http.StatusOK, struct {
		Code int    `json:"errcode"`
		Text string `json:"errmsg"`
	}{code, text})
}

// IsJSON tells of a request that it says its body is JSON.
func IsJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// NotChecked is the verdict on a signature where anybody may send.
const NotChecked = "not checked"
