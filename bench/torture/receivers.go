package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// receivers are a chat platform, an endpoint and a phone company in one, which
// misbehave. They outlive the bus, and remember what they took.
type receivers struct {
	chance    func() float64
	behaving  atomic.Bool
	away      atomic.Bool // all of them, for a moment
	server    *http.Server
	address   string
	mu        sync.Mutex
	took      []message
	faults    map[string]int
	requested int
	// lateShare of what is taken is answered a while later, so that a sender can
	// die in between.
	lateShare float64
}

// message is one that a receiver took.
type message struct {
	kind   string   // robot, front, phone or endpoint
	to     string   // where it arrived: a robot's token or a phone's number
	events []string // that it tells of
	stable string   // the sender's id of it; "" for chat
	unsaid bool     // whether the sender was not told
	at     time.Time
}

func startReceivers(random *rand.Rand) (*receivers, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receivers{address: listener.Addr().String(), faults: map[string]int{}}
	r.chance = func() float64 {
		r.mu.Lock()
		defer r.mu.Unlock()
		return random.Float64()
	}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = r.server.Serve(listener) }()
	return r, nil
}

// faults, each with the share of requests that meet it.
var faults = []struct {
	name  string
	share float64
	play  func(r *receivers, w http.ResponseWriter, q *http.Request, m message)
}{
	{"failed", 0.05, func(_ *receivers, w http.ResponseWriter, _ *http.Request, _ message) {
		w.WriteHeader(http.StatusBadGateway)
	}},
	{"hung", 0.004, func(_ *receivers, _ http.ResponseWriter, q *http.Request, _ message) {
		select {
		case <-q.Context().Done():
		case <-time.After(30 * time.Second):
		}
	}},
	{"reset", 0.04, func(_ *receivers, w http.ResponseWriter, _ *http.Request, _ message) { reset(w) }},
	{"took and reset", 0.03, func(r *receivers, w http.ResponseWriter, _ *http.Request, m message) {
		m.unsaid = true
		r.take(m)
		reset(w)
	}},
	{"limited", 0.04, func(_ *receivers, w http.ResponseWriter, _ *http.Request, _ message) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	}},
	{"refused inside a 200", 0.04, func(_ *receivers, w http.ResponseWriter, q *http.Request, _ message) {
		switch {
		case strings.HasPrefix(q.URL.Path, "/robot/"):
			_, _ = io.WriteString(w, `{"errcode":-1,"errmsg":"系统繁忙"}`)
		case q.URL.Path == "/":
			_, _ = io.WriteString(w, `{"Code":"isp.SYSTEM_ERROR","Message":"系统错误","RequestId":"r"}`)
		default: // an endpoint has no other way to refuse than its status
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}},
}

// reset ends the connection as a machine does that goes down.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func (r *receivers) take(m message) {
	m.at = time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.took = append(r.took, m)
}

func (r *receivers) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return
	}
	if q.Header.Get("X-Acs-Action") == "QuerySendDetails" { // a receipt nobody can give
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	m := identify(q, body)
	if len(m.events) == 0 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.requested++
	r.mu.Unlock()
	if r.away.Load() {
		reset(w)
		return
	}
	if chance := r.chance(); !r.behaving.Load() {
		for _, f := range faults {
			if chance -= f.share; chance < 0 {
				r.mu.Lock()
				r.faults[f.name]++
				r.mu.Unlock()
				f.play(r, w, q, m)
				return
			}
		}
	}
	r.take(m)
	if !r.behaving.Load() && r.chance() < r.lateShare {
		time.Sleep(time.Duration(500+1500*r.chance()) * time.Millisecond)
	}
	w.Header().Set("Content-Type", "application/json")
	if q.URL.Path == "/" {
		_, _ = io.WriteString(w, `{"Code":"OK","Message":"OK","RequestId":"r","BizId":"b"}`)
		return
	}
	_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
}

// identify tells what a message is: of chat and texts, which carry no event's
// id, by the names of the jobs in their text, which are the same.
func identify(q *http.Request, body []byte) message {
	switch {
	case strings.HasPrefix(q.URL.Path, "/robot/"):
		to := q.URL.Query().Get("access_token")
		kind, _, _ := strings.Cut(to, "-")
		return message{kind: kind, to: to, events: jobs(string(body))}
	case q.URL.Path == "/":
		v := q.URL.Query()
		return message{kind: "phone", to: v.Get("PhoneNumbers"), events: jobs(v.Get("TemplateParam")), stable: v.Get("OutId")}
	}
	m := message{kind: "endpoint", to: "endpoint", stable: q.Header.Get("webhook-id")}
	var e struct{ ID string }
	if json.Unmarshal(body, &e) == nil && e.ID != "" {
		m.events = []string{e.ID}
	}
	return m
}

// jobs finds the names of the jobs in a text, each once.
func jobs(text string) []string {
	list := jobName.FindAllString(text, -1)
	slices.Sort(list)
	return slices.Compact(list)
}

// jobPrefix begins the names of the jobs, which end with digits and hyphens.
const jobPrefix = "tj"

var jobName = regexp.MustCompile(jobPrefix + `\d+-\d+`)

func (r *receivers) summary() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for _, f := range faults {
		list = append(list, fmt.Sprintf("%d %s", r.faults[f.name], f.name))
	}
	return fmt.Sprintf("%d requests: %s", r.requested, strings.Join(list, ", "))
}
