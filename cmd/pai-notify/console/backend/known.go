package backend

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/files"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// broken is the key of what a page says about a document with errors.
type broken struct{}

// Broken tells whether a page is shown although the document cannot be used.
func Broken(r *http.Request) bool { return brokenOf(r) != nil }

func brokenOf(r *http.Request) *frame.Broken {
	said, _ := r.Context().Value(broken{}).(*frame.Broken)
	return said
}

// WithKnown is WithWorkspace for pages about what is on the bus, or what became of
// notifications. While the document has errors, it gives them the last one that this
// program read without, or else one that says nothing but the workspace's name, and
// the page begins with what is wrong. It answers itself where nobody knows the name.
func (b *Backend) WithKnown(page func(http.ResponseWriter, *http.Request, *State)) http.HandlerFunc {
	return b.WithAnyBus(func(w http.ResponseWriter, r *http.Request, s *State) {
		if s.Bus() == "" {
			l := frame.LanguageOf(r)
			b.Show(w, r, Book, http.StatusOK, "problem", frame.Page{Title: Book.Say(l, "nameless.title"), Body: Book.Say(l, "nameless.text")})
			return
		}
		page(w, r, s)
	})
}

// WithAnyBus is WithKnown for pages that can do without the workspace's name.
func (b *Backend) WithAnyBus(page func(http.ResponseWriter, *http.Request, *State)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, err := b.Documents.Read()
		if err == nil && s.Workspace != nil {
			page(w, r, s)
			return
		}
		l := frame.LanguageOf(r)
		said := &frame.Broken{Text: Book.Say(l, "broken.unread"), Path: "/document"}
		switch {
		case err != nil:
			said.Detail = err.Error()
		case !s.Exists():
			said.Text = Book.Say(l, "broken.missing", files.Shown(b.Options.Document))
		default:
			said.Text = Book.Say(l, "broken.wrong", len(s.Findings))
			if len(s.Findings) > 0 { // they are in the order of the lines
				said.Line, said.Path = s.Findings[0].Line, "/document#finding"
			}
		}
		known := b.Documents.LastGood()
		switch {
		case known != nil:
			said.Text += Book.Say(l, "broken.before")
		default:
			known = b.Documents.assume(b.nameOf(r.Context(), s))
			if known.Bus() != "" {
				said.Text += Book.Say(l, "broken.name")
			} else if err == nil && !s.Exists() { // nothing was ever set up
				http.Redirect(w, r, "/", http.StatusSeeOther)
				return
			} else {
				said.Text += Book.Say(l, "broken.nameless")
			}
		}
		page(w, r.WithContext(context.WithValue(r.Context(), broken{}, said)), known)
	}
}

// headLine is the line of a document that says the workspace's name, where the
// whole cannot be read.
var headLine = regexp.MustCompile(`(?m)^workspace:[ \t]+["']?([A-Za-z0-9._-]+)["']?[ \t]*(?:#.*)?\r?$`)

// nameOf is the name of the workspace of a document that cannot be used, by its head
// or by what there is: the bus of the history, or the only bus on this machine. It is
// "" when nobody knows.
func (b *Backend) nameOf(ctx context.Context, s *State) string {
	if s != nil {
		if s.Head.Workspace != "" {
			return s.Head.Workspace
		}
		if lines := headLine.FindAllSubmatch(s.Text, 2); len(lines) == 1 {
			return string(lines[0][1])
		}
	}
	if of, ok := b.Options.History.(interface{ Bus() string }); ok { // a ledger's is of one bus
		return strings.TrimPrefix(of.Bus(), workspace.BusPrefix)
	}
	if b.Options.Cloud.Name != provision.Local {
		return ""
	}
	buses, err := b.Options.Cloud.Bus.ListEventBuses(ctx, workspace.BusPrefix)
	if err != nil || len(buses) != 1 {
		return ""
	}
	return strings.TrimPrefix(buses[0].Name, workspace.BusPrefix)
}

// LastGood is the last document that was right when it was read; nil for none.
func (d *documents) LastGood() *State {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.good
}

// None tells that there is no document, and was none since the program began.
func (d *documents) None() bool {
	s, err := d.Read()
	return err == nil && !s.Exists() && d.LastGood() == nil
}

// assume makes a state of nothing but the name of a workspace, or of nothing.
func (d *documents) assume(name string) *State {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.assumed != nil && d.assumed.Head.Workspace == name {
		return d.assumed
	}
	s := &State{Assumed: true, Head: edit.Head{Workspace: name}}
	if text, err := edit.First(s.Head); err == nil && name != "" {
		s.Workspace, _ = d.Check(text, true)
	}
	if s.Workspace == nil { // also for a name that no workspace can have
		s.Workspace = &workspace.Workspace{Language: message.English, Catalogue: event.Builtin(), Types: d.specs}
	}
	d.assumed = s
	return s
}
