package rules

import (
	"net/http"
	"net/url"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// several is the page that says what is about to happen to many rules.
type several struct {
	Do string
	// Names are the rules that change, Same how many of the chosen ones are so
	// already, and More how many Names the page does not list.
	Names      []string
	Same, More int
	// Waiting says what becomes of what waits, and InFlight that nobody can tell.
	Waiting  []string
	InFlight string
	List     string
}

// namesShown is how many rules the page lists, and mutedAtOnce how many can be muted at
// once: their names fit into an address, and a bus may have as many mutes.
const (
	namesShown  = 20
	mutedAtOnce = 100
)

// many enables, disables or mutes the rules that were chosen, in one change, once a
// person has agreed.
func (h *handlers) many(w http.ResponseWriter, r *http.Request, s *backend.State) {
	l := frame.LanguageOf(r)
	a, from := listOf(r)
	chosen := r.PostForm["rule"]
	if r.PostFormValue("all") == "true" {
		chosen = nil
		for _, rule := range h.known(r.Context(), l, s, a).find(a) {
			chosen = append(chosen, rule.Name)
		}
	}
	body := several{Do: r.PostFormValue("do"), List: addressOf(r)}
	refuse := func(key string, arguments ...any) {
		h.listPage(w, r, s, http.StatusUnprocessableEntity, a, from, &frame.Notice{Text: Book.Say(l, key, arguments...)})
	}
	is := map[string]bool{}
	for _, name := range chosen {
		is[name] = true
	}
	for _, rule := range s.Rules {
		switch {
		case !is[rule.Name]:
		case body.Do != "mute" && rule.On() == (body.Do == "enable"):
			body.Same++
		default:
			body.Names = append(body.Names, rule.Name)
		}
	}
	switch {
	case len(body.Names)+body.Same == 0:
		refuse("many.none")
	case body.Do == "mute" && h.Options.History != nil && len(body.Names) <= mutedAtOnce:
		http.Redirect(w, r, "/mutes?"+url.Values{"rule": body.Names}.Encode(), http.StatusSeeOther)
	case body.Do == "mute":
		refuse("many.mutes", mutedAtOnce)
	case body.Do != "enable" && body.Do != "disable":
		h.NotFound(w, r)
	case len(body.Names) == 0 || backend.Agreed(r):
		h.enable(w, r, s, body)
	default:
		h.askMany(w, r, s, body)
	}
}

func (h *handlers) enable(w http.ResponseWriter, r *http.Request, s *backend.State, body several) {
	h.Change(w, r, s, body.List, "many-"+body.Do+"d", func(d *edit.Document) error { return d.EnableRules(body.Do == "enable", body.Names) })
}

func (h *handlers) askMany(w http.ResponseWriter, r *http.Request, s *backend.State, body several) {
	l := frame.LanguageOf(r)
	if body.Do == "disable" {
		body.Waiting = h.EndedFor(r.Context(), l, s, body.Names, func(d *edit.Document) error { return d.EnableRules(false, body.Names) })
		if in := h.Options.Cloud.InFlight(); in.Code != "" {
			body.InFlight = in.In(l)
		}
	}
	body.More = max(0, len(body.Names)-namesShown)
	h.Show(w, r, Book, http.StatusOK, "many", frame.Page{
		Workspace: s.Head.Workspace, At: "rules", Title: Book.Say(l, "many."+body.Do, len(body.Names)), Body: body,
	})
}
