// Package checkup is the page that checks account, bus, functions and permissions
// against what the document needs, and says how to fix what is missing.
package checkup

import (
	"context"
	"embed"
	"net/http"
	"slices"

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
	mux.HandleFunc("GET /setup", h.WithWorkspace(h.showSetup))
	mux.HandleFunc("POST /activate", h.WithWorkspace(h.activate))
}

// setupBody is the page of the check-up.
type setupBody struct {
	CheckUp provision.CheckUp
	// Things and Permissions are its findings, apart.
	Things, Permissions []provision.Finding
	Lacking             int
	NotActivated        bool
	CanActivate         bool
	Error               string
	Policy              string
}

func (h *handlers) showSetup(w http.ResponseWriter, r *http.Request, s *backend.State) {
	ctx, cancel := context.WithTimeout(r.Context(), backend.LookTimeout)
	defer cancel()
	up, err := h.Provisioner(s.Workspace).Status(ctx)
	body := setupBody{CheckUp: up, CanActivate: h.Options.Activate != nil}
	if err != nil {
		body.Error = h.Options.Cloud.Explained(err)
	}
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
	_, _, body.NotActivated = h.Foreign(r.Context(), s)
	body.NotActivated = body.NotActivated && slices.ContainsFunc(body.Things, func(f provision.Finding) bool { return f.Verdict == provision.Missing })
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
