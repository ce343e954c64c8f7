package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// How long a link opens, and how long a browser need not log in again.
const (
	LinkAge    = 15 * time.Minute
	SessionAge = 12 * time.Hour
)

// How many links and sessions there are at a time; the one that ends first gives
// way.
const (
	mostLinks    = 100
	mostSessions = 1000
)

// Why nobody was let in.
var (
	ErrWrong   = errors.New("access: the token is wrong, was used, or is too old")
	ErrTooMany = errors.New("access: too many wrong tokens")
)

// Login lets browsers in that have shown a token. It is safe for concurrent use.
type Login struct {
	token string // that people type; "" for none
	now   func() time.Time

	mu       sync.Mutex
	links    tickets
	sessions tickets
	guesses  guesses
}

// NewLogin makes a login. The token is what people may type, at any time and as
// often as they like; "" for none. The clock is time.Now when nil.
func NewLogin(token string, now func() time.Time) *Login {
	if now == nil {
		now = time.Now
	}
	return &Login{token: token, now: now, links: tickets{}, sessions: tickets{}, guesses: newGuesses()}
}

// Link returns a path with a token that lets one browser in, once, before
// [LinkAge] has passed.
func (l *Login) Link() string {
	token := rand.Text()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.links.add(token, l.now(), LinkAge, mostLinks)
	return "/login?token=" + token
}

// Known tells whether a request comes from a browser that was let in. Another
// program of the same host name can set a cookie of this name for a longer path,
// which a browser sends first: any of them may be the session's.
func (l *Login) Known(r *http.Request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(r.CookiesNamed(cookieName(r)), func(c *http.Cookie) bool {
		return l.sessions.valid(keyOf(c.Value), l.now())
	})
}

// Session returns a short name for the session of a request, to tell browsers apart;
// "" when it has none.
func (l *Login) Session(r *http.Request) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range r.CookiesNamed(cookieName(r)) {
		if k := keyOf(c.Value); l.sessions.valid(k, l.now()) {
			return hex.EncodeToString(k[:3])
		}
	}
	return ""
}

// Admit lets a browser in that shows a token: that of a link, or, when it was
// typed, the one that people know. The token of a link is right at any time,
// however many wrong ones there were, so that nobody can lock the owner out.
func (l *Login) Admit(w http.ResponseWriter, r *http.Request, token string, typed bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	key, now := keyOf(token), l.now()
	switch {
	case l.links.valid(key, now):
		delete(l.links, key)
	case !l.guesses.allow(now, r.RemoteAddr):
		return ErrTooMany
	case !typed || l.token == "" || key != keyOf(l.token):
		return ErrWrong
	}
	id := rand.Text()
	l.sessions.add(id, now, SessionAge, mostSessions)
	SetCookie(w, r, cookieName(r), id, SessionAge)
	return nil
}

// cookieName has the port in it: cookies are of a host, and another console may
// run on another port of it.
func cookieName(r *http.Request) string {
	const name = "pai_notify_session"
	if port := (&url.URL{Host: r.Host}).Port(); port != "" {
		return name + "_" + port
	}
	return name
}

// SetCookie sets a cookie that no script reads, that pages of other sites do not
// have sent, and that travels encrypted where the request did.
func SetCookie(w http.ResponseWriter, r *http.Request, name, value string, age time.Duration) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // secure where the connection is
		Name: name, Value: value, Path: "/", MaxAge: int(age / time.Second),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: Secure(r),
	})
}

// key stands for a token. Looking for it takes no time that tells of the token.
type key [sha256.Size]byte

func keyOf(token string) key { return sha256.Sum256([]byte(token)) }

// tickets are tokens with their ends.
type tickets map[key]time.Time

func (t tickets) valid(k key, now time.Time) bool {
	end, ok := t[k]
	return ok && now.Before(end)
}

func (t tickets) add(token string, now time.Time, age time.Duration, most int) {
	var first key
	for k, end := range t {
		if !now.Before(end) {
			delete(t, k)
		} else if earliest, ok := t[first]; !ok || end.Before(earliest) {
			first = k
		}
	}
	if len(t) >= most {
		delete(t, first)
	}
	t[keyOf(token)] = now.Add(age)
}
