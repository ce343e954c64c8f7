// Package quiet is the page for quiet hours, which rules and contacts name.
package quiet

import (
	"embed"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

//go:embed pages/*.html
var pages embed.FS

// Book is what pages of the room look like and say.
var Book = frame.Bind(pages, nil, quietWords)

// handlers answer for the pages of the room.
type handlers struct{ *backend.Backend }

// Register adds the pages of the room to those that are served.
func Register(mux *http.ServeMux, b *backend.Backend) {
	h := &handlers{b}
	mux.HandleFunc("GET /quiet", b.WithDraft(h.WithWorkspace(h.show), h.WithWorkspace(h.post)))
	mux.HandleFunc("POST /quiet", h.WithWorkspace(h.post))
}

// body is the page of all quiet hours, with the form of one of them.
type body struct {
	Rows  []row
	Was   string
	Base  string // what the form was made of
	Form  backend.Hours
	Days  []day
	Zones []string
	// Errors are what is wrong with the form.
	Errors problems.Complaints
}

// row is one of the quiet hours, with those that name it.
type row struct {
	backend.Hours
	Rules, Contacts []string
}

// day is a day of the week in the form.
type day struct {
	Name   string
	Chosen bool
}

func (h *handlers) show(w http.ResponseWriter, r *http.Request, s *backend.State) {
	b := body{Form: backend.Hours{Interval: edit.Interval{Zone: usual(s)}}}
	for _, one := range s.HoursFor(frame.LanguageOf(r), nil) {
		if one.Name == r.URL.Query().Get("edit") {
			b.Form, b.Was = one, one.Name
		}
	}
	h.page(w, r, http.StatusOK, s, b, nil)
}

// usual is the time zone of new quiet hours: that of others, or of this machine.
func usual(s *backend.State) string {
	for _, one := range s.HoursFor(message.English, nil) {
		return one.Zone
	}
	if name := time.Local.String(); slices.Contains(hold.Zones(), name) {
		return name
	}
	return ""
}

func (h *handlers) page(w http.ResponseWriter, r *http.Request, status int, s *backend.State, b body, n *frame.Notice) {
	l := frame.LanguageOf(r)
	for _, one := range s.HoursFor(l, nil) {
		made := row{Hours: one}
		made.Rules, made.Contacts = users(s, one.Name)
		b.Rows = append(b.Rows, made)
	}
	for _, name := range backend.Days() {
		b.Days = append(b.Days, day{name, slices.Contains(b.Form.Days, name)})
	}
	b.Base, b.Zones = backend.Snapshot(hoursOf(s, b.Was)), hold.Zones()
	h.Show(w, r, Book, status, "quiet", frame.Page{Workspace: s.Head.Workspace, At: "quiet", Title: Book.Say(l, "menu.quiet"), Body: b, Notice: n, Form: "/quiet"})
}

// named are quiet hours with their name.
type named struct {
	Name string
	edit.Interval
}

func hoursOf(s *backend.State, name string) named { return named{name, s.Quiet[name]} }

// users names the rules and the contacts that have quiet hours of a name.
func users(s *backend.State, name string) (rules, contacts []string) {
	for _, r := range s.Rules {
		if slices.Contains(r.Quiet, name) {
			rules = append(rules, r.Name)
		}
	}
	for _, c := range s.Contacts {
		if slices.Contains(c.Quiet, name) {
			contacts = append(contacts, c.Name)
		}
	}
	return rules, contacts
}

// post adds, changes or deletes quiet hours.
func (h *handlers) post(w http.ResponseWriter, r *http.Request, s *backend.State) {
	l := frame.LanguageOf(r)
	text := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	b := body{Was: r.PostFormValue("was"), Errors: problems.Complaints{}}
	if text("do") == "delete" {
		if rules, contacts := users(s, b.Was); len(rules)+len(contacts) > 0 {
			said := &frame.Notice{Text: Book.Say(l, "quiet.used", b.Was, strings.Join(append(rules, contacts...), ", "))}
			h.page(w, r, http.StatusConflict, s, b, said)
			return
		}
		h.Change(w, r, s, "/quiet", "quiet-deleted", func(d *edit.Document) error { return d.RemoveQuiet(b.Was) })
		return
	}
	b.Form = backend.Hours{Name: text("name"), Interval: edit.Interval{
		From: text("from"), To: text("to"), Zone: text("zone"), Days: backend.Ordered(s.Quiet[b.Was].Days, r.PostForm["days"]),
	}}
	if text("do") == "look" {
		h.page(w, r, http.StatusOK, s, b, nil)
		return
	}
	says := ""
	if _, there := s.Quiet[b.Was]; !there && b.Was != "" {
		b.Was, says = "", backend.Book.Say(l, "meet.deleted")
	} else if b.Was != "" {
		var made named
		made, says = backend.Meet(l, r.PostFormValue("base"), named{b.Form.Name, b.Form.Interval}, hoursOf(s, b.Was))
		b.Form.Name, b.Form.Interval = made.Name, made.Interval
	}
	if says != "" {
		b.Errors.Add("", says)
		h.page(w, r, http.StatusConflict, s, b, nil)
		return
	}
	_, taken := s.Quiet[b.Form.Name]
	switch {
	case b.Form.Name == "":
		b.Errors.Add("name", Book.Say(l, "quiet.name.missing"))
	case taken && b.Form.Name != b.Was:
		b.Errors.Add("name", Book.Say(l, "quiet.name.taken"))
	}
	if len(b.Errors) > 0 {
		h.page(w, r, http.StatusUnprocessableEntity, s, b, nil)
		return
	}
	changed, err := s.Edited(func(d *edit.Document) error { return d.PutQuiet(b.Was, b.Form.Name, b.Form.Interval) })
	switch {
	case errors.Is(err, edit.ErrNone):
		h.NotFound(w, r)
		return
	case err != nil:
		b.Errors.Add("", err.Error())
	default:
		h.examine(l, s, changed, &b)
	}
	if len(b.Errors) > 0 {
		h.page(w, r, http.StatusUnprocessableEntity, s, b, nil)
		return
	}
	h.SaveForm(w, r, s, changed, "/quiet", "quiet-saved", func(says string) {
		b.Errors.Add("", says)
		h.page(w, r, http.StatusConflict, s, b, nil)
	})
}

// examine says beside the fields what is wrong.
func (h *handlers) examine(l message.Language, s *backend.State, changed []byte, b *body) {
	_, findings := h.Documents.Check(changed, len(s.Rules) == 0)
	for _, f := range findings {
		of, _ := strings.CutPrefix(f.Path, "quiet.")
		field, ours := strings.CutPrefix(of, b.Form.Name+".")
		field, _, _ = strings.Cut(field, "[")
		switch {
		case of == f.Path:
			b.Errors.Add("", strings.TrimSpace(f.Path+": "+f.In(l)))
		case ours && slices.Contains([]string{"from", "to", "zone", "days"}, field):
			b.Errors.Add(field, f.In(l))
		case always(b.Form):
			b.Errors.Add("to", f.In(l))
		default:
			b.Errors.Add("name", f.In(l))
		}
	}
}

// always tells that quiet hours never end.
func always(of backend.Hours) bool {
	_, pauses := hold.Unbroken([]hold.Interval{{From: of.From, To: of.To, Zone: of.Zone, Days: of.Days}})
	return !pauses
}
