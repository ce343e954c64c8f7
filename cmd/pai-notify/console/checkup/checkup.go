// Package checkup is the page that checks account, bus, functions and permissions
// against what the document needs, and says how to fix what is missing.
package checkup

import (
	"embed"
	"net/http"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

//go:embed pages/*.html
var pages embed.FS

// Book is what pages of the room look like and say.
var Book = frame.Bind(pages, problems.Functions, checkupWords)

// handlers answer for the pages of the room.
type handlers struct{ *backend.Backend }

// Register adds the pages of the room to those that are served.
func Register(mux *http.ServeMux, b *backend.Backend) {
	h := &handlers{b}
	mux.HandleFunc("GET /setup", h.WithKnown(h.showSetup))
	mux.HandleFunc("POST /activate", h.WithWorkspace(h.activate))
}

// setupBody is the page of the check-up.
type setupBody struct {
	CheckUp provision.CheckUp
	// Things and Permissions are its findings, apart.
	Things, Permissions []provision.Finding
	Lacking             int
	// Sure tells that everything was checked and is well, Pending that something is
	// still being asked, and At when it was checked.
	Sure, Pending bool
	At            time.Time
	NotActivated  bool
	CanActivate   bool
	Error         string
	Policy        string
}

func (h *handlers) showSetup(w http.ResponseWriter, r *http.Request, s *backend.State) {
	up, ok := h.CheckUp(r.Context(), s, backend.LookTimeout, r.URL.Query().Has("again"))
	body := setupBody{CanActivate: h.Options.Activate != nil, Pending: !ok, At: up.At}
	if up.Err != nil {
		body.Error = h.Options.Cloud.Explained(up.Err)
	}
	if up.Readable {
		passed, ok := h.Passed(r.Context(), s.Workspace, backend.PartWait)
		up.CheckUp, body.Pending = up.With(passed.Findings), !ok
	}
	body.CheckUp = up.CheckUp
	body.Sure = up.OK && !body.Pending && !backend.Broken(r) && !slices.ContainsFunc(up.Findings, func(f provision.Finding) bool { return f.Verdict == provision.Unknown })
	for _, f := range up.Findings {
		if f.Permission {
			body.Permissions = append(body.Permissions, f)
			if f.Verdict == provision.Missing {
				body.Lacking++
			}
			continue
		}
		body.Things = append(body.Things, f)
	}
	body.NotActivated = slices.ContainsFunc(body.Things, func(f provision.Finding) bool { return f.Text.Code == "not-activated" })
	if body.NotActivated {
		// The guide tells it, and on this machine with another remedy.
		body.Things = slices.DeleteFunc(body.Things, func(f provision.Finding) bool { return f.Check.Code == "eventbridge" })
	}
	if h.Options.Cloud.Name != provision.Local {
		body.Policy = policy.Provision(h.Options.Cloud.Name, policy.Options{Types: s.Workspace.Types})
	}
	h.Show(w, r, Book, http.StatusOK, "setup", frame.Page{Workspace: s.Head.Workspace, At: "setup", Title: Book.Say(frame.LanguageOf(r), "setup.title"), Body: body})
}

// activate puts the service of this machine into use and the document on its
// bus.
func (h *handlers) activate(w http.ResponseWriter, r *http.Request, s *backend.State) {
	if h.Options.Activate == nil {
		h.NotFound(w, r)
		return
	}
	if err := h.Options.Activate(r.Context()); err != nil {
		h.Fail(w, r, err)
		return
	}
	h.Done(w, r, "/setup", "activated", h.Follow(r.Context(), s.Workspace))
}
