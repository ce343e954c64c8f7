package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
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
	server    *http.Server
	address   string
	mu        sync.Mutex
	took      map[string]int // by what the message is known by
	faults    map[string]int
	requested int
}

func startReceivers(random *rand.Rand) (*receivers, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receivers{address: listener.Addr().String(), took: map[string]int{}, faults: map[string]int{}}
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
	play  func(r *receivers, w http.ResponseWriter, q *http.Request, id string)
}{
	{"failed", 0.05, func(_ *receivers, w http.ResponseWriter, _ *http.Request, _ string) {
		w.WriteHeader(http.StatusBadGateway)
	}},
	{"hung", 0.004, func(_ *receivers, _ http.ResponseWriter, q *http.Request, _ string) {
		select {
		case <-q.Context().Done():
		case <-time.After(30 * time.Second):
		}
	}},
	{"reset", 0.04, func(_ *receivers, w http.ResponseWriter, _ *http.Request, _ string) { reset(w) }},
	{"took and reset", 0.03, func(r *receivers, w http.ResponseWriter, _ *http.Request, id string) {
		r.take(id)
		reset(w)
	}},
	{"limited", 0.04, func(_ *receivers, w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	}},
	{"refused inside a 200", 0.04, func(_ *receivers, w http.ResponseWriter, q *http.Request, _ string) {
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

func (r *receivers) take(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.took[id]++
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
	id := identify(q, body)
	if id == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.requested++
	r.mu.Unlock()
	if chance := r.chance(); !r.behaving.Load() {
		for _, f := range faults {
			if chance -= f.share; chance < 0 {
				r.mu.Lock()
				r.faults[f.name]++
				r.mu.Unlock()
				f.play(r, w, q, id)
				return
			}
		}
	}
	r.take(id)
	w.Header().Set("Content-Type", "application/json")
	if q.URL.Path == "/" {
		_, _ = io.WriteString(w, `{"Code":"OK","Message":"OK","RequestId":"r","BizId":"b"}`)
		return
	}
	_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
}

// identify returns what a message is known by: the sender's id of it, or for
// chat, which carries none, the name of the job that stands in its text.
func identify(q *http.Request, body []byte) string {
	switch {
	case strings.HasPrefix(q.URL.Path, "/robot/"):
		_, rest, found := strings.Cut(string(body), jobPrefix)
		end := strings.IndexFunc(rest, func(c rune) bool { return c != '-' && (c < '0' || c > '9') })
		if !found || end < 0 {
			return ""
		}
		return "chat " + jobPrefix + rest[:end]
	case q.URL.Path == "/":
		return "sms " + q.URL.Query().Get("OutId")
	}
	return "http " + q.Header.Get("webhook-id")
}

// jobPrefix begins the names of the jobs, which end with digits and hyphens.
const jobPrefix = "torturejob"

func (r *receivers) summary() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for _, f := range faults {
		list = append(list, fmt.Sprintf("%d %s", r.faults[f.name], f.name))
	}
	return fmt.Sprintf("%d requests: %s", r.requested, strings.Join(list, ", "))
}
