package history

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// cancel ends a notification that waits or is a dead letter.
func (h *Timeline) cancel(w http.ResponseWriter, r *http.Request, s *backend.State) {
	if h.Options.History == nil {
		h.NotFound(w, r)
		return
	}
	id := r.PostFormValue("id")
	_, err := h.Options.History.Cancel(r.Context(), id)
	if e, ok := errors.AsType[*local.Error](err); ok {
		l := frame.LanguageOf(r)
		h.Show(w, r, Book, http.StatusConflict, "problem", frame.Page{
			Workspace: s.Head.Workspace, At: "history", Title: Book.Say(l, "cancel.title"), Notice: &frame.Notice{Text: Book.Say(l, "cancel.refused"), Detail: e.Text},
		})
		return
	}
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/history/"+url.PathEscape(id)+"?done=cancelled", http.StatusSeeOther)
}

// reasonsShown bounds the reasons of a page, so that it stays small.
const reasonsShown = 10

// redrive has dead letters sent again: one, or all that the filter shows, once a
// person has agreed to how many these are.
func (h *Timeline) redrive(w http.ResponseWriter, r *http.Request, s *backend.State) {
	if h.Options.History == nil {
		h.NotFound(w, r)
		return
	}
	ids := []string{r.PostFormValue("id")}
	one := ids[0] != ""
	if !one {
		asked := selectionOf(r.PostForm)
		asked.State = local.Dead.String()
		list, err := h.all(r.Context(), frame.LanguageOf(r), s, asked)
		if err != nil {
			h.Fail(w, r, err)
			return
		}
		if len(list) > 0 && r.PostFormValue("agreed") != strconv.Itoa(len(list)) {
			h.ask(w, r, s, asked, list)
			return
		}
		ids = ids[:0]
		for _, n := range list {
			ids = append(ids, n.ID)
		}
	}
	var refused []string
	sent := 0
	for _, id := range ids {
		_, err := h.Options.History.Redrive(r.Context(), local.Redrive{ID: id, Cancelled: one})
		e, ok := errors.AsType[*local.Error](err)
		switch {
		case err == nil:
			sent++
		case !ok:
			h.Fail(w, r, err)
			return
		case !slices.Contains(refused, e.Text):
			refused = append(refused, e.Text)
		}
	}
	if len(refused) > 0 {
		l := frame.LanguageOf(r)
		h.Show(w, r, Book, http.StatusConflict, "problem", frame.Page{
			Workspace: s.Head.Workspace, At: "history", Title: Book.Say(l, "redrive.title"),
			Notice: &frame.Notice{Text: Book.Say(l, "redrive.missing", sent, len(ids)), Detail: strings.Join(refused[:min(len(refused), reasonsShown)], "; ")},
		})
		return
	}
	to := "/history?done=redriven"
	if one {
		to = "/history/" + url.PathEscape(ids[0]) + "?done=redriven"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// redriveBody is the page that asks before many notifications are sent again.
type redriveBody struct {
	selection
	Count int
	To    []recipients
	More  int
	Back  string
}

// recipients are how many notifications a receiver of a rule gets.
type recipients struct {
	Rule, Type, Target string
	Count              int
}

// ask says how many notifications would be sent again, and to whom.
func (h *Timeline) ask(w http.ResponseWriter, r *http.Request, s *backend.State, asked selection, list []local.Notification) {
	body := redriveBody{selection: asked, Count: len(list), Back: frame.Address("/history", asked.Pairs()...)}
	at := map[recipients]int{}
	for _, n := range list {
		typ, target := receiverOf(n)
		to := recipients{Rule: backend.DocumentRule(n.Rule), Type: typ, Target: target}
		i, ok := at[to]
		if !ok {
			i = len(body.To)
			at[to], body.To = i, append(body.To, to)
		}
		body.To[i].Count++
	}
	slices.SortStableFunc(body.To, func(a, b recipients) int { return cmp.Compare(b.Count, a.Count) })
	if body.More = len(body.To) - frame.PerPage; body.More > 0 {
		body.To = body.To[:frame.PerPage]
	}
	l := frame.LanguageOf(r)
	h.Show(w, r, Book, http.StatusOK, "redrive", frame.Page{Workspace: s.Head.Workspace, At: "history", Title: Book.Say(l, "redrive.ask", len(list)), Body: body})
}
