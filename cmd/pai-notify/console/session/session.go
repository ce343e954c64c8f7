// Package session guards every page of the console: it exchanges the token of a
// link for a session, and remembers the language that a person chose.
package session

import (
	"cmp"
	"embed"
	"errors"
	"net/http"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules/form"
)

//go:embed pages/*.html
var pages embed.FS

// Book is what pages of the room look like and say.
var Book = frame.Bind(pages, nil, sessionWords)

// handlers answer for the pages of the room.
type handlers struct{ *backend.Backend }

// Register adds the pages of the room to those that are served.
func Register(mux *http.ServeMux, b *backend.Backend) {
	h := &handlers{b}
	mux.HandleFunc("POST /language", h.chooseLanguage)
	mux.HandleFunc("GET /login", h.serveLogin)
	mux.HandleFunc("POST /login", h.serveLogin)
	mux.HandleFunc("POST /drafts/discard", b.DiscardDraft)
}

// policy lets a page have its own style sheet and script and talk to the
// console, and nothing else: much of what pages show came from outside.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// public is what the login page needs.
var public = map[string]bool{
	"GET /assets/console.css": true, "GET /assets/console.js": true, "GET /assets/icon.svg": true, "POST /language": true,
}

// Guard serves pages to browsers that have logged in, and asks others to.
func Guard(b *backend.Backend, pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		guard(w, r)
		h := &handlers{b}
		switch {
		case !b.Options.Login.Known(r) && !public[r.Method+" "+r.URL.Path]:
			h.serveLogin(w, r)
		case r.Method == http.MethodPost && r.URL.Path != "/document" && h.broken() && h.keep(r, r.URL.Path) != "":
			// Nothing can be saved before the document is right; the form waits until then.
			http.Redirect(w, r, "/document?left=1", http.StatusSeeOther)
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

// broken tells that the document has errors, or is gone.
func (h *handlers) broken() bool {
	s, err := h.Documents.Read()
	return err == nil && s.Workspace == nil && (s.Exists() || h.Documents.LastGood() != nil)
}

func guard(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, frame.MaxForm)
}

// loginBody is the page that asks for a token: where it leads back to, and what is
// wrong with the token.
type loginBody struct {
	Back   string
	Errors problems.Complaints
}

// serveLogin takes the token of a link that the program printed, or the one that
// a person typed, and asks for it otherwise.
func (h *handlers) serveLogin(w http.ResponseWriter, r *http.Request) {
	l := frame.LanguageOf(r)
	p := frame.Page{Title: Book.Say(l, "login.title"), Empty: true}
	back := frame.Back(r)
	ask := func(status int, wrong problems.Complaints) {
		p.Body = loginBody{back, wrong}
		h.Show(w, r, Book, status, "login", p)
	}
	if r.Method == http.MethodPost && r.URL.Path != "/login" {
		// The session ended under an open form: the login leads back to it.
		if page := h.keep(r, r.URL.Path); page != "" {
			back, p.Notice = page, &frame.Notice{Text: Book.Say(l, "login.kept")}
		}
	}
	token, typed := offered(r)
	if token == "" {
		ask(http.StatusUnauthorized, nil)
		return
	}
	switch err := h.Options.Login.Admit(w, r, token, typed); {
	case err == nil && !typed:
		// The next request has to come from this page: one that another page
		// led here would be sent without the cookie.
		w.Header().Set("Refresh", "0; url="+frame.LocalPath(r.FormValue("back")))
		h.Show(w, r, Book, http.StatusOK, "problem", frame.Page{Title: Book.Say(l, "login.done"), Empty: true})
	case err == nil, h.Options.Login.Known(r):
		http.Redirect(w, r, frame.LocalPath(r.FormValue("back")), http.StatusSeeOther) //nolint:gosec // a path of the console
	case errors.Is(err, access.ErrTooMany):
		w.Header().Set("Retry-After", "60")
		ask(http.StatusTooManyRequests, problems.Complaints{"token": {Book.Say(l, "login.many")}})
	default:
		ask(http.StatusUnauthorized, problems.Complaints{"token": {Book.Say(l, "login.wrong")}})
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

// chooseLanguage remembers a choice and leads back to the page it was made on. A form
// that was open there comes along, and is open again.
func (h *handlers) chooseLanguage(w http.ResponseWriter, r *http.Request) {
	if l, ok := frame.KnownLanguage(cmp.Or(r.PostFormValue("speak"), r.PostFormValue("language"))); ok {
		access.SetCookie(w, r, frame.LanguageCookie, string(l), frame.LanguageAge)
	}
	back := frame.LocalPath(r.FormValue("back"))
	if page := h.keep(r, back); page != "" {
		back = page
	}
	http.Redirect(w, r, back, http.StatusSeeOther) //nolint:gosec // a path of the console
}

// keep keeps the form of a page that a request brings, and returns where it is found
// again; "" when it brings none, or it cannot be kept.
func (h *handlers) keep(r *http.Request, path string) string {
	if err := r.ParseMultipartForm(frame.MaxForm); err != nil && !errors.Is(err, http.ErrNotMultipart) { //nolint:gosec // the guard bounds every body
		return ""
	}
	if !h.Journal.Known(path, r.PostForm.Get("draft")) {
		return ""
	}
	page, err := h.KeepDraft(r, path, form.Cover(r.PostForm, h.Options.Specs, h.Censor))
	if err != nil {
		h.Log.Error("a draft could not be kept", "error", err.Error())
	}
	return page
}
