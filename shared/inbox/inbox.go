// Package inbox stands in for the platforms that notifications are sent to,
// on one machine: robots and receivers at the platforms' own paths, which
// verify signatures, enforce limits and refuse as the real ones do, and pages
// that show what a person would have seen. It serves the local program and
// tests.
package inbox

import (
	"cmp"
	"encoding/json"
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

// platform is one kind of stand-in. It fills m in, and answers.
type platform interface {
	// receive judges a request. It is called with the receiver's lock held.
	receive(r *http.Request, body []byte, m *Message) answer
}

// answer is what a stand-in says.
type answer struct {
	status int
	body   string
}

// receiver is a robot or an endpoint with what it has seen.
type receiver struct {
	platform string
	name     string
	handler  platform
	messages []Message
	total    int
	script   []Script
}

// Inbox is a set of receivers and the pages that show them. It is safe for
// concurrent use.
type Inbox struct {
	options Options
	mux     *http.ServeMux

	mu        sync.Mutex
	receivers []*receiver
}

// New makes an inbox without receivers.
func New(o Options) *Inbox {
	o.Keep = cmp.Or(o.Keep, 200)
	o.Rate = cmp.Or(o.Rate, 20)
	if o.Now == nil {
		o.Now = time.Now
	}
	in := &Inbox{options: o, mux: http.NewServeMux()}
	in.mux.HandleFunc(dingtalkPath, in.serveDingtalk)
	in.mux.HandleFunc(larkPath+"{id}", in.serveLark)
	in.mux.HandleFunc(httpPath+"{name}", in.serveHTTPReceiver)
	in.mux.HandleFunc(wecomPath, in.serveWecom)
	in.mux.HandleFunc("POST /{$}", in.servePhone)
	in.pages()
	return in
}

// Patterns are those of the receivers, for a mux that has others too. What was
// received is not shown there: see [PagePatterns].
func Patterns() []string {
	return []string{dingtalkPath, larkPath, httpPath, wecomPath, "POST /{$}"}
}

// PagePatterns are those of the pages that show what was received, for a mux
// that knows who asks; the page of all receivers is at "/inbox/" then.
func PagePatterns() []string {
	return []string{"GET " + inboxPath, "GET /messages.json", "GET /page.css"}
}

// ServeHTTP serves the receivers at their platforms' paths, the pages at "/",
// and all messages at "/messages.json".
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

func (in *Inbox) add(platform, name string, handler platform) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.receivers = slices.DeleteFunc(in.receivers, func(r *receiver) bool { return r.platform == platform && r.name == name })
	in.receivers = append(in.receivers, &receiver{platform: platform, name: name, handler: handler})
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
func (in *Inbox) receiverOf(platform, name string) *receiver {
	r := in.find(platform, name)
	if r != nil || !in.options.Anyone || name == "" || len(in.receivers) >= maxReceivers {
		return r
	}
	r = &receiver{platform: platform, name: name}
	switch platform {
	case "dingtalk":
		r.handler = &robot{rate: in.options.Rate}
	case "lark":
		r.handler = newLarkBot("", in.options.Rate)
	case "wecom":
		r.handler = &wecomRobot{rate: in.options.Rate}
	case "http":
		r.handler = &endpoint{}
	case "sms", "voice":
		r.handler = newHandset(platform, nil)
	}
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

// serve lets the receiver of that name judge the request and keeps the result.
// It answers unknown when there is no such receiver.
func (in *Inbox) serve(w http.ResponseWriter, r *http.Request, platform, name string, unknown answer) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxKept))
	if err != nil {
		return // the sender is gone
	}
	m := Message{Platform: platform, Receiver: name, Time: in.options.Now(), Body: string(body)}

	in.mu.Lock()
	to := in.receiverOf(platform, name)
	if to == nil {
		in.mu.Unlock()
		unknown.write(w)
		return
	}
	scripted, ok := to.next()
	var a answer
	if ok && !scripted.Took {
		a = answer{scripted.Status, scripted.Body}
		m.Reason = "answered by a script"
	} else {
		a = to.handler.receive(r, body, &m)
	}
	m.Status = a.status
	m.Repeated = m.Accepted && m.ID != "" && slices.ContainsFunc(to.messages, func(o Message) bool {
		return o.Accepted && o.ID == m.ID
	})
	to.keep(m, in.options.Keep)
	in.mu.Unlock()

	if ok {
		scripted.play(w, r)
		return
	}
	a.write(w)
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

func (a answer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// reply returns v as the body of an answer.
func reply(status int, v any) answer {
	b, err := json.Marshal(v)
	if err != nil {
		return answer{http.StatusInternalServerError, "{}"}
	}
	return answer{status, string(b)}
}
