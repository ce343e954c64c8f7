package inbox

import (
	"io"
	"maps"
	"net/http"
)

// Script is an answer that a test puts into a receiver's mouth.
type Script struct {
	// Status, Header and Body are answered; the message counts as refused.
	Status int
	Header http.Header
	Body   string
	// Hang keeps the sender waiting until it goes away.
	Hang bool
	// Reset cuts the connection.
	Reset bool
	// Took lets the receiver judge and keep the message as always, before the
	// sender gets this answer instead of the receiver's own: with Hang or
	// Reset, what is taken without the sender knowing.
	Took bool
}

// Script makes the next requests to a receiver be answered by answers, in
// order. It does nothing for a receiver that was not added.
func (in *Inbox) Script(platform, receiver string, answers ...Script) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if r := in.find(platform, receiver); r != nil {
		r.script = append(r.script, answers...)
	}
}

// next takes the next scripted answer; nil when there is none. The inbox's lock
// must be held.
func (r *receiver) next() *Script {
	if len(r.script) == 0 {
		return nil
	}
	s := r.script[0]
	r.script = r.script[1:]
	return &s
}

func (s Script) play(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case s.Reset:
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), s.Header)
	w.WriteHeader(s.Status)
	_, _ = io.WriteString(w, s.Body)
}
