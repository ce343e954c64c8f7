package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/pai-notify/pai-notify/shared/provision"
)

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

func (c *Console) showSetup(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), lookTimeout)
	defer cancel()
	up, err := c.desk(s.workspace).Status(ctx)
	body := setupBody{CheckUp: up, CanActivate: c.options.Activate != nil}
	if err != nil {
		body.Error = c.options.Cloud.Explained(err)
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
	_, _, body.NotActivated = c.foreign(r.Context(), s)
	body.NotActivated = body.NotActivated && slices.ContainsFunc(body.Things, func(f provision.Finding) bool { return f.Verdict == provision.Missing })
	if body.NotActivated {
		// The guide tells it, and on this machine with another remedy.
		body.Things = slices.DeleteFunc(body.Things, func(f provision.Finding) bool { return f.Check == "EventBridge activated" })
	}
	if c.options.Cloud.Name != provision.Local {
		body.Policy = provision.Policy(c.options.Cloud.Name, provision.PolicyOptions{Types: s.workspace.Types})
	}
	c.show(w, r, http.StatusOK, "setup", page{Workspace: s.head.Workspace, At: "setup", Title: say(languageOf(r), "setup.title"), Body: body})
}

// activate puts the service of this machine into use and the document on its
// bus.
func (c *Console) activate(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	if c.options.Activate == nil {
		c.showNothing(w, r)
		return
	}
	if err := c.options.Activate(r.Context()); err != nil {
		c.fail(w, r, err)
		return
	}
	c.after(w, r, "/setup", "activated", c.follow(r.Context(), s.workspace))
}
