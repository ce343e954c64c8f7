package console

import (
	"errors"
	"net/http"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
)

// policy lets a page have its own style sheet and script and talk to the
// console, and nothing else: much of what pages show came from outside.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// maxForm is the most bytes of a form; a document may be part of one.
const maxForm = 2 << 20

// public is what the login page needs.
var public = map[string]bool{
	"GET /assets/console.css": true, "GET /assets/console.js": true, "GET /assets/icon.svg": true, "POST /language": true,
}

// ServeHTTP serves the pages at "/" to browsers that have logged in.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if c.options.Login.Known(r) || public[r.Method+" "+r.URL.Path] {
		c.routes.ServeHTTP(w, r)
		return
	}
	c.serveLogin(w, r)
}

// serveLogin takes the token of a link that the program printed, or the one that
// a person typed, and asks for it otherwise.
func (c *Console) serveLogin(w http.ResponseWriter, r *http.Request) {
	l := languageOf(r)
	p := page{Title: say(l, "login.title"), Empty: true, Body: back(r)}
	token, typed := offered(r)
	if token == "" {
		c.show(w, r, http.StatusUnauthorized, "login", p)
		return
	}
	switch err := c.options.Login.Admit(w, r, token, typed); {
	case err == nil && !typed:
		// The next request has to come from this page: one that another page
		// led here would be sent without the cookie.
		w.Header().Set("Refresh", "0; url="+localPath(r.FormValue("back")))
		c.show(w, r, http.StatusOK, "problem", page{Title: say(l, "login.done"), Empty: true})
	case err == nil, c.options.Login.Known(r):
		http.Redirect(w, r, localPath(r.FormValue("back")), http.StatusSeeOther) //nolint:gosec // a path of the console
	case errors.Is(err, access.ErrTooMany):
		w.Header().Set("Retry-After", "60")
		p.Notice = &notice{Text: say(l, "login.many")}
		c.show(w, r, http.StatusTooManyRequests, "login", p)
	default:
		p.Notice = &notice{Text: say(l, "login.wrong")}
		c.show(w, r, http.StatusUnauthorized, "login", p)
	}
}

// offered returns the token that a browser shows, and whether a person typed it.
// A browser that fetches a link before anybody follows it does not use it up.
func offered(r *http.Request) (token string, typed bool) {
	switch {
	case r.URL.Path != "/login":
	case r.Method == http.MethodPost:
		return r.PostFormValue("token"), true
	case r.Method == http.MethodGet && r.Header.Get("Sec-Purpose") == "":
		return r.URL.Query().Get("token"), false
	}
	return "", false
}
