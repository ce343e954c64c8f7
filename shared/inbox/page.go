package inbox

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS []byte

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"markdown": chatHTML,
	"pretty":   pretty,
}).Parse(pageHTML))

// policy forbids everything but the page's own style sheet: what the pages
// show came from outside, and nothing in it may load or run.
const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// summary is one receiver on the page of all.
type summary struct {
	Platform, Name, Path string
	Total                int
	Last                 *Message
}

func (in *Inbox) pages() {
	in.mux.HandleFunc("GET /{$}", in.showAll)
	in.mux.HandleFunc("GET "+inboxPath+"{$}", in.showAll)
	in.mux.HandleFunc("GET "+inboxPath+"{platform}/{name}", in.showOne)
	in.mux.HandleFunc("GET /messages.json", in.showJSON)
	in.mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, _ *http.Request) {
		header(w, "text/css; charset=utf-8")
		_, _ = w.Write(pageCSS)
	})
}

func header(w http.ResponseWriter, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

func (in *Inbox) showAll(w http.ResponseWriter, _ *http.Request) {
	in.mu.Lock()
	var all []summary
	for _, r := range in.receivers {
		s := summary{Platform: r.platform, Name: r.name, Path: PagePath(r.platform, r.name), Total: r.total}
		if n := len(r.messages); n > 0 {
			last := r.messages[n-1]
			s.Last = &last
		}
		all = append(all, s)
	}
	in.mu.Unlock()
	show(w, "all", all)
}

// inboxPath is where the pages are.
const inboxPath = "/inbox/"

// PagePath returns the path of the page that shows a receiver's messages.
func PagePath(platform, receiver string) string {
	return inboxPath + url.PathEscape(platform) + "/" + url.PathEscape(receiver)
}

func (in *Inbox) showOne(w http.ResponseWriter, r *http.Request) {
	in.mu.Lock()
	to := in.find(r.PathValue("platform"), r.PathValue("name"))
	if to == nil {
		in.mu.Unlock()
		header(w, "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("There is no such receiver.\n"))
		return
	}
	data := struct {
		Platform, Name string
		Total          int
		Messages       []Message
	}{to.platform, to.name, to.total, slices.Clone(to.messages)}
	in.mu.Unlock()
	slices.Reverse(data.Messages)
	show(w, "one", data)
}

func show(w http.ResponseWriter, name string, data any) {
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, name, data); err != nil {
		header(w, "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	header(w, "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes())
}

// HTML returns what a person sees of the message, as the pages show it: an
// element of the class "bubble" in which nothing loads or runs.
func (m Message) HTML() (template.HTML, error) {
	var b bytes.Buffer
	err := page.ExecuteTemplate(&b, "bubble", m)
	return template.HTML(b.String()), err //nolint:gosec // the template has escaped it
}

func (in *Inbox) showJSON(w http.ResponseWriter, _ *http.Request) {
	header(w, "application/json")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(in.Received())
}

// pretty indents JSON; other text is returned as it is.
func pretty(body string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(body), "", "  ") != nil {
		return body
	}
	return b.String()
}
