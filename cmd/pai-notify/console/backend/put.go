package backend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/journal"
	"github.com/pai-notify/pai-notify/shared/message"
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

// mostTries is how often a change is made again in a document that others change at
// the same moment.
const mostTries = 5

// Put records a change of the document under the key of what was done, writes it and
// has the bus follow. A change that others made since s was read, in another place, is
// kept. The error is that of writing; what the bus said is returned beside it.
func (b *Backend) Put(r *http.Request, s *State, text []byte, what string) (id string, refused, err error) {
	return b.put(r, s, text, journal.Change{What: what}, mostTries)
}

// PutExactly is Put that fails with [ErrChanged] whatever others have changed.
func (b *Backend) PutExactly(r *http.Request, s *State, text []byte, what string) (id string, refused, err error) {
	return b.put(r, s, text, journal.Change{What: what}, 1)
}

func (b *Backend) put(r *http.Request, s *State, text []byte, c journal.Change, tries int) (id string, refused, err error) {
	if bytes.Equal(s.Text, text) {
		tries = 1 // nothing to record; the bus may be behind
	}
	if s, id, err = b.writeInTurn(r, s, text, c, tries); err != nil {
		return "", nil, err
	}
	b.Journal.Discard(b.draftOf(r))
	if s.Workspace == nil {
		return id, s.Findings, nil
	}
	return id, b.Follow(r.Context(), s.Workspace), nil
}

// writeInTurn writes a change after those of others who write at the same moment, and
// returns the document as it is then.
func (b *Backend) writeInTurn(r *http.Request, s *State, text []byte, c journal.Change, tries int) (now *State, id string, err error) {
	b.writing.Lock()
	defer b.writing.Unlock()
	for ; ; tries-- {
		id, err = b.write(r, s, text, c)
		if !errors.Is(err, ErrChanged) || tries <= 1 {
			break
		}
		now, failed := b.Documents.Read()
		if failed != nil {
			return nil, "", failed
		}
		made, clashes, failed := edit.Rebase(s.Text, text, now.Text)
		if failed != nil || len(clashes) > 0 || b.Documents.Understand(made).Workspace == nil {
			return nil, "", ErrChanged
		}
		s, text = now, made
	}
	if err != nil {
		return nil, "", err
	}
	now, err = b.Documents.Read()
	return now, id, err
}

// write records a change before it is made: one that cannot be taken back is not made.
func (b *Backend) write(r *http.Request, s *State, text []byte, c journal.Change) (id string, err error) {
	if bytes.Equal(s.Text, text) {
		return "", b.Documents.write(s, text, func() error { return nil })
	}
	c.Before, c.After, c.Names = append([]byte{}, s.Text...), text, edit.Items(s.Text, text)
	err = b.Documents.write(s, text, func() (err error) {
		id, err = b.Record(r, c)
		return err
	})
	if err != nil && id != "" {
		b.Journal.Withdraw(id)
	}
	return id, err
}

// Record records a change that somebody asks for.
func (b *Backend) Record(r *http.Request, c journal.Change) (id string, err error) {
	c.At, c.Who = b.Now(), b.who(r)
	if id, err = b.Journal.Record(c); err != nil {
		return "", errors.Join(errUnrecorded, err)
	}
	return id, nil
}

// who is what is known of the one who asks.
func (b *Backend) who(r *http.Request) journal.Who {
	made := journal.Who{Session: b.Options.Login.Session(r)}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		made.Address = host
	}
	return made
}

// Unwritten says in a language why a change was not made, and what to do; "" for
// other errors.
func Unwritten(l message.Language, err error) string {
	switch {
	case errors.Is(err, errUnrecorded):
		return Book.Say(l, "put.unrecorded")
	case errors.Is(err, errUnwritten):
		return Book.Say(l, "put.unwritten")
	}
	return ""
}

// EndsError says what waits and would never be sent after a change that nobody has
// agreed to.
type EndsError []string

// Error counts them; pages show them.
func (e EndsError) Error() string {
	return fmt.Sprintf("console: notifications for %d receivers would never be sent", len(e))
}

// UndoIn makes the change back in the document as it is now. Where that does not go,
// it returns the places that were changed since, or what would be wrong; and an
// [EndsError] where somebody has to agree first.
func (b *Backend) UndoIn(r *http.Request, s *State, c journal.Change) (id string, clashes []edit.Clash, refused, err error) {
	text, clashes, err := edit.Rebase(c.After, c.Before, s.Text)
	switch {
	case err != nil:
		return "", nil, nil, errors.Join(ErrWrong, err) // one of the three is no document
	case len(clashes) > 0:
		return "", clashes, nil, nil
	}
	if made := b.Documents.Understand(text); made.Workspace == nil && s.Workspace != nil {
		return "", nil, nil, errors.Join(ErrWrong, made.Findings)
	}
	if !Agreed(r) {
		if ends := b.Ended(r.Context(), frame.LanguageOf(r), text); len(ends) > 0 {
			return "", nil, nil, EndsError(ends)
		}
	}
	id, refused, err = b.put(r, s, text, journal.Change{What: "undone", Undoes: c.ID}, 1)
	return id, nil, refused, err
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
	b.Undoable(w, r, path, done, "", refused)
}

// Undoable is Done of a change that can be taken back by its id.
func (b *Backend) Undoable(w http.ResponseWriter, r *http.Request, path, done, id string, refused error) {
	to := frame.Address(path, "done", done, "undo", id)
	switch {
	case refused != nil:
		b.Log.Error("the bus did not follow the document", "error", refused.Error())
		to = "/document?behind=1"
	case b.Options.Cloud.Name != provision.Local:
		to = frame.Address("/document", "done", "waiting", "undo", id) + "#plan"
	}
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // a path of the console
}

// Save writes a document, has the bus follow, and leads on. changed answers when
// somebody else has changed the document meanwhile; without it, a change of theirs in
// another place is kept.
func (b *Backend) Save(w http.ResponseWriter, r *http.Request, s *State, text []byte, path, done string, changed func()) {
	put := b.Put
	if changed != nil {
		put = b.PutExactly
	}
	id, refused, err := put(r, s, text, done)
	switch {
	case errors.Is(err, ErrChanged) && changed != nil:
		changed()
	case err != nil:
		b.Fail(w, r, err)
	default:
		b.Undoable(w, r, path, done, id, refused)
	}
}

// SaveForm is Save of a form that people filled in: again shows it, with why it was
// not saved.
func (b *Backend) SaveForm(w http.ResponseWriter, r *http.Request, s *State, text []byte, path, done string, again func(says string)) {
	id, refused, err := b.Put(r, s, text, done)
	l := frame.LanguageOf(r)
	switch says := Unwritten(l, err); {
	case errors.Is(err, ErrChanged):
		again(Book.Say(l, "put.changed"))
	case says != "":
		b.Log.Error("the document was not changed", "error", err.Error())
		again(says + " (" + err.Error() + ")")
	case err != nil:
		b.Fail(w, r, err)
	default:
		b.Undoable(w, r, path, done, id, refused)
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
