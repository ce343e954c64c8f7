package console

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// policy lets a page have its own style sheet and script and talk to the
// console, and nothing else: much of what pages show came from outside.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// sessionCookie is what a browser gets for the token.
const sessionCookie = "pai_notify_session"

// sessionAge is how long a browser need not show the token again.
const sessionAge = 12 * time.Hour

// maxForm is the most bytes of a form; a document may be part of one.
const maxForm = 2 << 20

// guard stands before every page: nobody else's page may post here, no other
// name may lead here, and away from loopback only those may look who have
// shown the token.
type guard struct {
	token string
	next  http.Handler
	login http.Handler

	mu       sync.Mutex
	sessions map[[sha256.Size]byte]time.Time // until when
	now      func() time.Time
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	switch {
	case g.token == "" && !LoopbackHost(r.Host):
		// A name that somebody else's DNS leads to this machine.
		http.Error(w, "The console answers to loopback addresses only.", http.StatusMisdirectedRequest)
	case g.token == "" || g.known(r) || r.Method == http.MethodGet && public[r.URL.Path]:
		g.next.ServeHTTP(w, r)
	default:
		g.login.ServeHTTP(w, r)
	}
}

// public are the paths that the login page needs.
var public = map[string]bool{"/assets/console.css": true, "/assets/console.js": true, "/assets/icon.svg": true}

// LoopbackHost tells whether a request was addressed to this machine by a name
// that cannot be another's: the Host header names loopback.
func LoopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(trimBrackets(host))
	return err == nil && addr.IsLoopback()
}

func trimBrackets(host string) string {
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}

func (g *guard) known(r *http.Request) bool {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return false
	}
	key := sha256.Sum256([]byte(c.Value))
	g.mu.Lock()
	defer g.mu.Unlock()
	until, ok := g.sessions[key]
	if ok && g.now().After(until) {
		delete(g.sessions, key)
		ok = false
	}
	return ok
}

// admit starts a session for who shows the token.
func (g *guard) admit(w http.ResponseWriter, r *http.Request, token string) bool {
	given, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(g.token))
	if subtle.ConstantTimeCompare(given[:], want[:]) != 1 {
		return false
	}
	id := rand.Text()
	g.mu.Lock()
	now := g.now()
	for key, until := range g.sessions {
		if now.After(until) {
			delete(g.sessions, key)
		}
	}
	g.sessions[sha256.Sum256([]byte(id))] = now.Add(sessionAge)
	g.mu.Unlock()
	setCookie(w, r, sessionCookie, id, sessionAge)
	return true
}

func setCookie(w http.ResponseWriter, r *http.Request, name, value string, age time.Duration) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // secure where the connection is
		Name: name, Value: value, Path: "/", MaxAge: int(age / time.Second),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	})
}
