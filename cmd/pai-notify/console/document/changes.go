package document

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/journal"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// changesPerPage is how many changes a page shows, and diffMost how many lines of one.
const (
	changesPerPage = 50
	diffMost       = 1000
)

// changesBody is the page of all changes, or of one.
type changesBody struct {
	Rows []changeRow
	More string // the id after which older ones follow
	One  *changeRow
	Diff []diffLine
	// Hidden tells that only hidden values are different, and Cut that there are more
	// lines than are shown.
	Hidden, Cut bool
	// Texts tells that the documents before and after are kept.
	Texts bool
	// Waiting says what would never be sent if the change were undone, and Back is where
	// undoing it leads.
	Waiting []string
	Back    string
}

// changeRow is one change.
type changeRow struct {
	journal.Change
	By string
	// Mute tells that it was one of a mute, and not of the document.
	Mute bool
}

// diffLine is a line of a comparison.
type diffLine struct{ Kind, Text string }

func rowOf(l message.Language, c journal.Change) changeRow {
	for i, name := range c.Names {
		if c.More == nil {
			name = censor.Redacted(name) // of a document with errors it may be anything
		}
		c.Names[i] = frame.Visible(name)
	}
	return changeRow{c, backend.Whoever(l, c.Who), c.More != nil}
}

// showChanges lists what was changed, and by whom as far as that is known.
func (h *handlers) showChanges(w http.ResponseWriter, r *http.Request) {
	l := frame.LanguageOf(r)
	list, more, err := h.Journal.Changes(r.URL.Query().Get("before"), changesPerPage)
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	var body changesBody
	for _, c := range list {
		body.Rows = append(body.Rows, rowOf(l, c))
	}
	if more {
		body.More = frame.Address("/changes", "before", list[len(list)-1].ID)
	}
	h.changesPage(w, r, http.StatusOK, body, nil)
}

func (h *handlers) changesPage(w http.ResponseWriter, r *http.Request, status int, body changesBody, n *frame.Notice) {
	p := frame.Page{At: "document", Title: Book.Say(frame.LanguageOf(r), "changes.title"), Notice: n, Body: body}
	if s, err := h.Documents.Read(); err == nil {
		p.Workspace = s.Head.Workspace
	}
	h.Show(w, r, Book, status, "changes", p)
}

func (h *handlers) showChange(w http.ResponseWriter, r *http.Request) {
	h.changePage(w, r, http.StatusOK, r.PathValue("id"), changesBody{}, nil)
}

// changePage shows what one change has changed, without secrets.
func (h *handlers) changePage(w http.ResponseWriter, r *http.Request, status int, id string, body changesBody, n *frame.Notice) {
	l := frame.LanguageOf(r)
	c, err := h.Journal.Change(id)
	if err != nil && c.What == "" {
		h.changesPage(w, r, http.StatusNotFound, changesBody{}, &frame.Notice{Text: Book.Say(l, "changes.gone")})
		return
	}
	row := rowOf(l, c)
	body.One, body.Texts = &row, err == nil && c.From != c.To
	if body.Texts {
		body.Diff, body.Hidden, body.Cut = h.compared(c)
	}
	h.changesPage(w, r, status, body, n)
}

// compared returns the lines in which two documents differ. What may be a secret is
// left out of both.
func (h *handlers) compared(c journal.Change) (lines []diffLine, hidden, cut bool) {
	shown := func(text []byte) []byte {
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		return []byte(censor.Replace(string(text), h.Censor.Look(string(text)).Spans, func(string) string { return "<redacted>" }))
	}
	kinds := map[byte]string{'+': "new", '-': "old", '@': "place"}
	for i, line := range slices.Collect(strings.Lines(string(diff.Diff("before", shown(c.Before), "after", shown(c.After))))) {
		if i < 3 {
			continue // the names
		}
		if i == diffMost {
			return lines, false, true
		}
		lines = append(lines, diffLine{kinds[line[0]], frame.Visible(strings.TrimRight(line, "\n"))})
	}
	return lines, len(lines) == 0, false
}

// undo takes one change back and leaves what was changed since.
func (h *handlers) undo(w http.ResponseWriter, r *http.Request) {
	l, id := frame.LanguageOf(r), r.PostFormValue("id")
	back, _, _ := strings.Cut(frame.LocalPath(r.PostFormValue("back")), "?")
	say := func(status int, detail, key string, arguments ...any) {
		h.changePage(w, r, status, id, changesBody{}, &frame.Notice{Text: Book.Say(l, key, arguments...), Detail: detail})
	}
	s, err := h.Documents.Read()
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	c, err := h.Journal.Change(id)
	switch {
	case err != nil:
		say(http.StatusNotFound, "", "undo.gone")
		return
	case c.More != nil && s.Workspace != nil:
		done, err := h.UndoMute(r, s, c)
		switch {
		case errors.Is(err, backend.ErrChanged):
			say(http.StatusConflict, "", "undo.over")
		case err != nil:
			h.Fail(w, r, err)
		default:
			http.Redirect(w, r, frame.Address("/mutes", "done", done), http.StatusSeeOther) //nolint:gosec // a path of the console
		}
		return
	}
	made, clashes, refused, err := h.UndoIn(r, s, c)
	ends, asks := errors.AsType[backend.EndsError](err)
	switch {
	case asks:
		h.changePage(w, r, http.StatusOK, id, changesBody{Waiting: ends, Back: back}, nil)
	case len(clashes) > 0:
		say(http.StatusConflict, "", "undo.clash", strings.Join(clashing(clashes), ", "))
	case errors.Is(err, backend.ErrWrong):
		say(http.StatusConflict, err.Error(), "undo.wrong")
	case errors.Is(err, backend.ErrChanged):
		say(http.StatusConflict, "", "undo.again")
	case err != nil:
		h.Fail(w, r, err)
	default:
		h.Undoable(w, r, back, "undone", made, refused)
	}
}

// clashing names the places where documents clash, as people know them.
func clashing(clashes []edit.Clash) []string {
	var names []string
	for _, c := range clashes {
		name := frame.Visible(strings.Join(c.Path[min(1, len(c.Path)-1):], " › "))
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// restore shows what it leads to if the document becomes again what it was before a
// change. Import does it.
func (h *handlers) restore(w http.ResponseWriter, r *http.Request) {
	s, err := h.Documents.Read()
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	c, err := h.Journal.Change(r.PathValue("id"))
	if err != nil || len(c.Before) == 0 {
		h.changesPage(w, r, http.StatusNotFound, changesBody{}, &frame.Notice{Text: Book.Say(frame.LanguageOf(r), "changes.gone")})
		return
	}
	h.documentPage(w, r, http.StatusOK, s, documentBody{Checked: true, Text: string(c.Before)}, nil)
}
