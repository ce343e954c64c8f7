// Package inbox stands in for the platforms that notifications are sent to, on one
// machine. It serves robots and receivers at the platforms' own paths, which
// verify signatures, enforce limits and refuse as the real ones do, and keeps what
// came as a person would have seen it. The local program and tests use it. What it
// knows about a platform is a [Platform], in the folder of the target type.
package inbox

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options set an inbox up; the zero value is a usable one.
type Options struct {
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Keep is how many messages of each receiver are kept; 200 when zero.
	Keep int
	// Rate is how many messages a minute a robot takes; 20 when zero, as
	// DingTalk documents.
	Rate int
	// Anyone has receivers that were not added take messages, too: the first one
	// adds them, and no signature or login is checked.
	Anyone bool
}

// Message is one request to a receiver and what became of it.
type Message struct {
	// Platform is the target type, such as "dingtalk", and Receiver the name
	// or token that the receiver was added under.
	Platform string    `json:"platform"`
	Receiver string    `json:"receiver"`
	Time     time.Time `json:"time"`
	// Accepted tells whether a person has got it.
	Accepted bool `json:"accepted"`
	// Status and Code are what was answered: the HTTP status and the
	// platform's own code, if it has any. Reason says why it was refused.
	Status int    `json:"status"`
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Signature is the verdict on it: "valid", "none" or what is wrong.
	Signature string `json:"signature,omitempty"`
	// ID is the sender's id of the message; Repeated tells that one of that id
	// was accepted before.
	ID       string `json:"id,omitempty"`
	Repeated bool   `json:"repeated,omitempty"`
	// Title, Text (markdown), Link and LinkText are what a person sees, and
	// Mentions whom the platform reminds.
	Title    string   `json:"title,omitempty"`
	Text     string   `json:"text,omitempty"`
	Link     string   `json:"link,omitempty"`
	LinkText string   `json:"link_text,omitempty"`
	Mentions []string `json:"mentions,omitempty"`
	// Mail is a mail; its subject is the title.
	Mail *Mail `json:"mail,omitempty"`
	// Body is the request's body.
	Body string `json:"body"`
}

// receiver is a robot or an endpoint with what it has seen.
type receiver struct {
	platform string
	name     string
	handler  Receiver
	messages []Message
	total    int
	script   []Script
}

// Inbox is a set of receivers. It is safe for concurrent use.
type Inbox struct {
	options   Options
	platforms []Platform
	mux       *http.ServeMux

	mu        sync.Mutex
	receivers []*receiver
}

// New makes an inbox of some platforms without receivers.
func New(o Options, platforms ...Platform) *Inbox {
	o.Keep = cmp.Or(o.Keep, 200)
	o.Rate = cmp.Or(o.Rate, 20)
	if o.Now == nil {
		o.Now = time.Now
	}
	in := &Inbox{options: o, platforms: platforms, mux: http.NewServeMux()}
	for _, pattern := range in.Patterns() {
		in.mux.HandleFunc(pattern, in.serve)
	}
	return in
}

// Patterns are those of the receivers, for a mux that has others too.
func (in *Inbox) Patterns() (list []string) {
	for _, p := range in.platforms {
		if pattern := p.Route.Pattern(); pattern != "" && !slices.Contains(list, pattern) {
			list = append(list, pattern)
		}
	}
	return list
}

// platform returns that of a target type.
func (in *Inbox) platform(typ string) (Platform, bool) {
	i := slices.IndexFunc(in.platforms, func(p Platform) bool { return p.Type == typ })
	if i < 0 {
		return Platform{}, false
	}
	return in.platforms[i], true
}

// ServeHTTP serves the receivers at their platforms' paths.
func (in *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { in.mux.ServeHTTP(w, r) }

// Received returns the kept messages of all receivers, refused ones included,
// in the order in which they came.
func (in *Inbox) Received() []Message {
	in.mu.Lock()
	defer in.mu.Unlock()
	all := []Message{}
	for _, r := range in.receivers {
		all = append(all, r.messages...)
	}
	slices.SortStableFunc(all, func(a, b Message) int { return a.Time.Compare(b.Time) })
	return all
}

// Add adds a receiver, in the place of any of that name, and returns the
// parameters of a target that leads to it from the address of the inbox on. It
// does nothing for a type without a platform.
func (in *Inbox) Add(typ, name string, keys Keys) Parameters {
	p, ok := in.platform(typ)
	if !ok {
		return nil
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.receivers = slices.DeleteFunc(in.receivers, func(r *receiver) bool { return r.platform == typ && r.name == name })
	in.receivers = append(in.receivers, in.made(p, name, keys))
	parameters := Parameters{}
	p.Route.Lead(parameters, Place{Receiver: name, Keys: keys})
	return parameters
}

func (in *Inbox) made(p Platform, name string, keys Keys) *receiver {
	r := &receiver{platform: p.Type, name: name}
	if p.New != nil {
		r.handler = p.New(keys, in.options.Rate)
	}
	return r
}

// Expect adds the receiver that a message to it would add, see [Options].Anyone, so
// that its page is there before.
func (in *Inbox) Expect(platform, name string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.receiverOf(platform, name)
}

// maxReceivers bounds those that messages add.
const maxReceivers = 1000

// receiverOf returns the receiver of that name, which it adds where anyone is a
// receiver; nil for none. The lock must be held.
func (in *Inbox) receiverOf(typ, name string) *receiver {
	r := in.find(typ, name)
	p, ok := in.platform(typ)
	if r != nil || !ok || !in.options.Anyone || name == "" || len(in.receivers) >= maxReceivers {
		return r
	}
	r = in.made(p, name, Keys{})
	in.receivers = append(in.receivers, r)
	return r
}

// find returns nil for a receiver that was not added. The lock must be held.
func (in *Inbox) find(platform, name string) *receiver {
	i := slices.IndexFunc(in.receivers, func(r *receiver) bool { return r.platform == platform && r.name == name })
	if i < 0 {
		return nil
	}
	return in.receivers[i]
}

// serve lets the receiver that a request is for judge it and keeps the result.
func (in *Inbox) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxKept))
	if err != nil {
		return // the sender is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var p Platform
	name, found := "", false
	for _, one := range in.platforms {
		if one.Route.Pattern() == r.Pattern && !found {
			p = one
			name, found = one.Route.Find(r, body)
		}
	}
	var a Answer
	script, known := in.take(p.Type, name, body, func(to Receiver, scripted *Script, m *Message) bool {
		if scripted != nil {
			m.Status = scripted.Status
			return true
		}
		a = to.Receive(r, body, m)
		m.Status = a.Status
		return !a.Query
	})
	switch {
	case !found || !known:
		p.Unknown(r).write(w)
	case script != nil:
		script.play(w, r)
	default:
		a.write(w)
	}
}

// take gives a receiver what came for it. judge says what becomes of the
// message, unless a script answers it, and whether it is kept. It returns the
// script that is to be played, and false when there is no such receiver.
func (in *Inbox) take(typ, name string, body []byte, judge func(to Receiver, scripted *Script, m *Message) bool) (*Script, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	to := in.receiverOf(typ, name)
	if to == nil {
		return nil, false
	}
	m := Message{Platform: typ, Receiver: name, Time: in.options.Now(), Body: string(body)}
	script := to.next()
	scripted := script
	if script != nil && script.Took {
		scripted = nil
	}
	if scripted != nil {
		m.Reason = "answered by a script"
	}
	if !judge(to.handler, scripted, &m) {
		return script, true
	}
	m.Repeated = m.Accepted && m.ID != "" && slices.ContainsFunc(to.messages, func(o Message) bool {
		return o.Accepted && o.ID == m.ID
	})
	to.keep(m, in.options.Keep)
	return script, true
}

// maxKept is the most of a body that is read; every platform's limit is less.
const maxKept = 2 << 20

func (r *receiver) keep(m Message, limit int) {
	r.total++
	r.messages = append(r.messages, m)
	if excess := len(r.messages) - limit; excess > 0 {
		r.messages = slices.Delete(r.messages, 0, excess)
	}
}

func (a Answer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.Status)
	_, _ = io.WriteString(w, a.Body)
}
