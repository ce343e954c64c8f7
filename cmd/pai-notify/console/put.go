package console

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// applyTimeout bounds what one change of the document does to a bus.
const applyTimeout = 2 * time.Minute

// lookTimeout bounds what a page asks of a bus before it is shown without.
const lookTimeout = 8 * time.Second

func (c *Console) desk(w *workspace.Workspace) provision.Provisioner {
	return provision.Provisioner{Cloud: c.options.Cloud, Workspace: w, Options: c.options.Provision}
}

// put writes a document and has the bus follow. The error is that of writing;
// what the bus said is returned beside it.
func (c *Console) put(ctx context.Context, old *state, text []byte) (refused, err error) {
	if err := c.documents.write(old, text); err != nil {
		return nil, err
	}
	s, err := c.documents.read()
	if err != nil {
		return nil, err
	}
	if s.workspace == nil {
		return s.findings, nil
	}
	return c.follow(ctx, s.workspace), nil
}

// follow makes the bus as the document wants it. The bus of this machine
// follows at once; one in a cloud waits until a person has seen the plan.
func (c *Console) follow(ctx context.Context, w *workspace.Workspace) error {
	if c.options.Cloud.Name != provision.Local {
		return nil
	}
	return c.applyNow(ctx, w)
}

func (c *Console) applyNow(ctx context.Context, w *workspace.Workspace) error {
	// A browser that goes away leaves no bus half done.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), applyTimeout)
	defer cancel()
	d := c.desk(w)
	plan, err := d.Plan(ctx)
	if err != nil {
		return err
	}
	defer c.listing.forget()
	return c.options.Cloud.Apply(ctx, plan, nil)
}

// after leads on from a change. When the bus did not follow, the page of the
// document says so and offers to try again.
func (c *Console) after(w http.ResponseWriter, r *http.Request, path, done string, refused error) {
	if refused != nil {
		c.log.Error("the bus did not follow the document", "error", refused.Error())
		http.Redirect(w, r, "/document?behind=1", http.StatusSeeOther)
		return
	}
	if c.options.Cloud.Name != provision.Local {
		http.Redirect(w, r, "/document?done=waiting#plan", http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, path+"?done="+done, http.StatusSeeOther)
}

// apply makes the bus as the document wants it when a person asks for it who has
// seen what that does.
func (c *Console) apply(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	// A program that asks without a page has seen no plan and wants what the
	// document says.
	seen := r.PostFormValue("seal")
	if plan, _ := c.plan(r.Context(), s.workspace); seen != "" && seen != seal(string(s.text), plan) {
		c.documentPage(w, r, http.StatusConflict, s, documentBody{}, &notice{Text: say(languageOf(r), "apply.unseen")})
		return
	}
	if err := c.applyNow(r.Context(), s.workspace); err != nil {
		c.log.Error("the bus did not follow the document", "error", err.Error())
		l := languageOf(r)
		c.documentPage(w, r, http.StatusBadGateway, s, documentBody{}, &notice{Text: say(l, "apply.failed"), Detail: c.options.Cloud.Explained(err)})
		return
	}
	http.Redirect(w, r, "/document?done=applied", http.StatusSeeOther)
}

// conflict tells that somebody else was faster, in words.
func conflict(err error) bool { return errors.Is(err, errChanged) }
