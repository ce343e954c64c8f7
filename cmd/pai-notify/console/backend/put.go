package backend

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// Plan is what has to be done for the bus to be as a document wants it, or why
// that is not known.
func (b *Backend) Plan(ctx context.Context, w *workspace.Workspace) (*provision.Plan, string) {
	ctx, cancel := context.WithTimeout(ctx, LookTimeout)
	defer cancel()
	p, err := b.Provisioner(w).Plan(ctx)
	if err != nil {
		return nil, b.Options.Cloud.Explained(err)
	}
	return &p, ""
}

// applyTimeout bounds what one change of the document does to a bus.
const applyTimeout = 2 * time.Minute

// LookTimeout bounds what a page asks of a bus before it is shown without.
const LookTimeout = 8 * time.Second

// Provisioner puts a document on the bus.
func (b *Backend) Provisioner(w *workspace.Workspace) provision.Provisioner {
	return provision.Provisioner{Cloud: b.Options.Cloud, Workspace: w, Options: b.Options.Provision}
}

// Put writes a document and has the bus follow. The error is that of writing;
// what the bus said is returned beside it.
func (b *Backend) Put(ctx context.Context, old *State, text []byte) (refused, err error) {
	if err := b.Documents.write(old, text); err != nil {
		return nil, err
	}
	s, err := b.Documents.Read()
	if err != nil {
		return nil, err
	}
	if s.Workspace == nil {
		return s.Findings, nil
	}
	return b.Follow(ctx, s.Workspace), nil
}

// Follow makes the bus as the document wants it. The bus of this machine
// follows at once; one in a cloud waits until a person has seen the plan.
func (b *Backend) Follow(ctx context.Context, w *workspace.Workspace) error {
	if b.Options.Cloud.Name != provision.Local {
		return nil
	}
	return b.Apply(ctx, w)
}

// Apply makes the bus as the document wants it, now.
func (b *Backend) Apply(ctx context.Context, w *workspace.Workspace) error {
	// A browser that goes away leaves no bus half done.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), applyTimeout)
	defer cancel()
	d := b.Provisioner(w)
	plan, err := d.Plan(ctx)
	if err != nil {
		return err
	}
	defer b.lookups.changed()
	return b.Options.Cloud.Apply(ctx, plan, nil)
}

// Done leads on from a change. When the bus did not follow, the page of the
// document says so and offers to try again.
func (b *Backend) Done(w http.ResponseWriter, r *http.Request, path, done string, refused error) {
	if refused != nil {
		b.Log.Error("the bus did not follow the document", "error", refused.Error())
		http.Redirect(w, r, "/document?behind=1", http.StatusSeeOther)
		return
	}
	if b.Options.Cloud.Name != provision.Local {
		http.Redirect(w, r, "/document?done=waiting#plan", http.StatusSeeOther)
		return
	}
	more := "?"
	if strings.Contains(path, "?") {
		more = "&"
	}
	http.Redirect(w, r, path+more+"done="+done, http.StatusSeeOther)
}

// Save writes a document, has the bus follow, and leads on. changed answers when
// somebody else has changed the document meanwhile.
func (b *Backend) Save(w http.ResponseWriter, r *http.Request, s *State, text []byte, path, done string, changed func()) {
	refused, err := b.Put(r.Context(), s, text)
	switch {
	case errors.Is(err, errChanged) && changed != nil:
		changed()
	case err != nil:
		b.Fail(w, r, err)
	default:
		b.Done(w, r, path, done, refused)
	}
}

// Change makes one change and leads on.
func (b *Backend) Change(w http.ResponseWriter, r *http.Request, s *State, path, done string, change func(*edit.Document) error) {
	text, err := s.Edited(change)
	if err != nil {
		b.Fail(w, r, err)
		return
	}
	b.Save(w, r, s, text, path, done, nil)
}
