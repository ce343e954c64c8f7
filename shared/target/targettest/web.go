package targettest

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
)

var silent = log.New(io.Discard, "", 0)

// web is the protocol of webhooks and of the clouds' APIs.
type web struct {
	question func(r *http.Request) (body string, ok bool)
}

type webReceiver struct{ *httptest.Server }

func (r webReceiver) Base() string { return r.URL }

// Receive starts an HTTP server.
func (p web) Receive(t T, certificate *tls.Certificate, answer func(Message) Reply) Receiver {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if p.question != nil {
			if said, ok := p.question(r); ok {
				_, _ = io.WriteString(w, said)
				return
			}
		}
		reply(w, answer(Message{Text: textOf(r, body), Connection: r.RemoteAddr, request: r, Body: string(body)}))
	}))
	s.Config.ErrorLog = silent
	if certificate == nil {
		s.Start()
	} else {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12}
		s.StartTLS()
	}
	t.Cleanup(s.Close)
	return webReceiver{s}
}

func textOf(r *http.Request, body []byte) string {
	text := r.URL.String() + "\n"
	for _, values := range r.URL.Query() {
		text += strings.Join(values, " ") + "\n"
	}
	for name, values := range r.Header {
		text += fmt.Sprintf("%s: %s\n", name, strings.Join(values, " "))
	}
	return text + string(body)
}

func reply(w http.ResponseWriter, r Reply) {
	connection := http.NewResponseController(w)
	if r.Instead != nil {
		conn, _, err := connection.Hijack()
		if err != nil {
			return
		}
		_, _ = conn.Write(r.Instead)
		_ = conn.Close()
		return
	}
	maps.Copy(w.Header(), r.Header)
	w.WriteHeader(r.Status)
	if r.Begun != nil {
		_ = connection.Flush()
		if !r.Begun(w) {
			_ = connection.Flush()
			panic(http.ErrAbortHandler)
		}
	}
	_, _ = io.WriteString(w, r.Body)
}
