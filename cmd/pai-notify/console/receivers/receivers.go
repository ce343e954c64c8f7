// Package receivers is the page of whom messages go to: where each receiver leads,
// which rules use it, and how its messages arrive.
package receivers

import (
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules/form"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/message"
)

//go:embed pages/*.html
var pages embed.FS

// Book is what pages of the room look like and say.
var Book = frame.Bind(pages, func(l message.Language) template.FuncMap { return problems.Functions(l) }, receiverWords)

// handlers answer for the pages of the room.
type handlers struct{ *backend.Backend }

// Register adds the pages of the room to those that are served.
func Register(mux *http.ServeMux, b *backend.Backend) {
	h := &handlers{b}
	mux.HandleFunc("GET /receivers", h.WithKnown(h.show))
	mux.HandleFunc("POST /receivers", h.WithWorkspace(h.post))
	mux.HandleFunc("GET /new-receiver", h.WithDraft(h.WithWorkspace(h.showNew), h.WithWorkspace(h.postEntry)))
	mux.HandleFunc("POST /new-receiver", h.WithWorkspace(h.postEntry))
	mux.HandleFunc("GET /receivers/{name}", h.WithDraft(h.WithWorkspace(h.showEntry), h.WithWorkspace(h.postEntry)))
	mux.HandleFunc("POST /receivers/{name}", h.WithWorkspace(h.postEntry))
}

// body is the page of the receivers.
type body struct {
	Query, Only string
	Rows        []row
	Total       int
	// Any tells that there are receivers at all, and Here is the page's own address.
	Any        bool
	Here       string
	Back, Next string
	// None tells that nothing keeps what became of notifications; Unknown that it could
	// not be read, and Pending that it is still being asked. Checked is when it was.
	None, Unknown, Pending bool
	Checked                time.Time
	MayMute                bool
	// More tells that older notifications were not read.
	More bool
	// Muted are the mutes of everything.
	Muted  []backend.Muted
	Notice *frame.Notice
	// Live tells that the page is asked for again while somebody looks.
	Live bool
}

func (h *handlers) show(w http.ResponseWriter, r *http.Request, s *backend.State) {
	h.page(w, r, http.StatusOK, s, body{Live: true}, nil)
}

func (h *handlers) page(w http.ResponseWriter, r *http.Request, status int, s *backend.State, b body, results map[string][]form.Result) {
	l, asked := frame.LanguageOf(r), r.URL.Query()
	b.Query, b.Only = strings.TrimSpace(asked.Get("q")), asked.Get("only")
	up, ok := h.CheckUp(r.Context(), s, backend.PageWait, false)
	b.MayMute, b.Pending, b.Checked = h.Options.History != nil, !ok, up.At
	b.None = !b.MayMute && ok && up.Health == nil
	b.Unknown = b.MayMute && ok && up.Health == nil
	b.More = up.Health != nil && up.Health.More
	all := h.rows(r.Context(), l, s, up)
	b.Any = len(all) > 0
	all = slices.DeleteFunc(all, func(one row) bool {
		return b.Query != "" && !one.Mentions(b.Query) || b.Only == "needs" && !one.Needs()
	})
	slices.SortStableFunc(all, func(x, y row) int { return y.rank() - x.rank() })
	b.Total = len(all)
	from := min(max(0, frame.Atoi(asked.Get("from"), 0)), max(0, len(all)-1))
	to := min(from+frame.PerPage, len(all))
	at := func(from int) string {
		return frame.Address("/receivers", "q", b.Query, "only", b.Only, "from", strconv.Itoa(from))
	}
	b.Rows, b.Here = all[from:to], at(from)
	if from > 0 {
		b.Back = at(max(0, from-frame.PerPage))
	}
	if to < len(all) {
		b.Next = at(to)
	}
	for i := range b.Rows {
		b.Rows[i].Results = results[b.Rows[i].ID]
	}
	b.Muted = h.MutesThat(r.Context(), l, s, hold.Mute.Everything)
	h.Show(w, r, Book, status, "receivers", frame.Page{Notice: b.Notice, Workspace: s.Head.Workspace, At: "receivers", Title: Book.Say(l, "receivers.title"), Body: b})
}

// post sends test messages to one receiver, or moves it to those of the document.
func (h *handlers) post(w http.ResponseWriter, r *http.Request, s *backend.State) {
	what, id, _ := strings.Cut(r.PostFormValue("do"), ":")
	i := slices.IndexFunc(s.Receivers(), func(one *backend.Receiver) bool { return one.ID == id })
	switch {
	case i < 0:
		h.NotFound(w, r)
	case what == "move":
		h.move(w, r, s, s.Receivers()[i])
	default:
		h.page(w, r, http.StatusOK, s, body{}, map[string][]form.Result{id: h.test(r, s.Receivers()[i])})
	}
}

// test sends a test message to each address of a receiver.
func (h *handlers) test(r *http.Request, to *backend.Receiver) (list []form.Result) {
	for _, one := range to.To {
		receiver := one.Receiver
		receiver.Language = frame.LanguageOf(r) // the advice is for who reads this page
		list = append(list, form.Result{Outcome: h.Probe(r.Context(), event.Rule{Name: "test"}, receiver), Receiver: receiver.Name})
	}
	return list
}
