// Package received is the inbox of this machine: who would have received messages,
// and what they would have seen.
package received

import (
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
)

//go:embed pages/*.html
var pages embed.FS

// Book is what pages of the room look like and say.
var Book = frame.Bind(pages, func(message.Language) template.FuncMap {
	return template.FuncMap{
		"leads":   func(s inbox.Summary) string { return inbox.PagePath(s.Platform, s.Name) },
		"visible": frame.Visible,
		"number":  func(s inbox.Summary, place int) int { return s.Total - place }, // that does not change when others come
	}
}, receivedWords)

// handlers answer for the pages of the room.
type handlers struct{ *backend.Backend }

// Register adds the pages of the room to those that are served.
func Register(mux *http.ServeMux, b *backend.Backend) {
	if b.Options.Received == nil {
		return
	}
	h := &handlers{b}
	mux.HandleFunc("GET /inbox/{$}", h.showAll)
	mux.HandleFunc("GET /inbox/{platform}/{name}", h.showOne)
	mux.HandleFunc("GET /messages.json", h.showJSON)
}

func (h *handlers) showAll(w http.ResponseWriter, r *http.Request) {
	h.show(w, r, "inbox", Book.Say(frame.LanguageOf(r), "inbox.title"), h.Options.Received.Receivers())
}

func (h *handlers) showOne(w http.ResponseWriter, r *http.Request) {
	to, ok := h.Options.Received.Receiver(r.PathValue("platform"), r.PathValue("name"))
	if !ok {
		h.NotFound(w, r)
		return
	}
	slices.Reverse(to.Messages)
	h.show(w, r, "receiver", frame.Visible(to.Name), to)
}

func (h *handlers) show(w http.ResponseWriter, r *http.Request, name, title string, body any) {
	p := frame.Page{Title: title, Body: body, Empty: true}
	if s, err := h.Documents.Read(); err == nil && s.Exists() {
		p.Workspace, p.Empty = s.Head.Workspace, false
	}
	h.Show(w, r, Book, http.StatusOK, name, p)
}

func (h *handlers) showJSON(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(h.Options.Received.Received()) // the reader is gone otherwise
}
