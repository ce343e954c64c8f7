// Package backend is what all pages of the console work on: the workspace document
// in its file, the bus that it is applied to, and the history.
package backend

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/journal"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/preview"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/secrets"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// History is what a bus remembers of notifications: [local.Bus] is one, and so is
// what the ledger of a cloud's functions has.
type History interface {
	History(ctx context.Context, q local.Query) ([]local.Notification, error)
	Search(ctx context.Context, q local.Query, most int, counted bool) (page, ends []local.Notification, next string, back time.Time, err error)
	Life(ctx context.Context, id string) (local.Notification, []local.Attempt, []byte, error)
	Counts(ctx context.Context, since time.Time) ([]local.RuleCount, error)
	Buckets(ctx context.Context, since, until time.Time, width time.Duration) ([]local.Bucket, error)
	Redrive(ctx context.Context, r local.Redrive) (local.Redriven, error)
	Cancel(ctx context.Context, id string) (local.Notification, error)
	Update(ctx context.Context, key string, change func(value []byte) ([]byte, bool)) ([]byte, error)
	Reconsider(ctx context.Context, ids []string, at time.Time) (int, error)
}

// Recording is a History that has all events, also those that led to no
// notification.
type Recording interface {
	Bodies(ctx context.Context, bus string, since time.Time, most int, each func(number int64, body []byte)) error
}

// Options set a console up.
type Options struct {
	// Document is the path of the workspace document; it may not exist yet.
	Document string
	// Data is the directory for what people may want back; "" for memory.
	Data string
	// Settle completes a document before it is used, such as with the addresses
	// of this machine; nothing when nil.
	Settle func([]byte) []byte
	// Specs are the target types, and Platforms what people read about them.
	Specs     []target.Spec
	Platforms []inbox.Platform
	// Cloud is the bus, and Provision how documents get there.
	Cloud     provision.Cloud
	Provision provision.Options
	// History is nil over a bus that remembers nothing. HistoryMost is how many
	// notifications of a stretch of time it counts; 0 for all.
	History     History
	HistoryMost int
	// Activate puts the service of this machine into use; nil in the clouds,
	// where the provider's own page does.
	Activate func(ctx context.Context) error
	// Degraded returns why the bus does not follow the document since the program
	// was started; nil when it does. It may be nil itself.
	Degraded func(ctx context.Context) error
	// Declared returns what targets that are tested from here may name; drafts are
	// such that no document has yet. When nil, they may name what they refer to.
	Declared func(drafts ...target.Receiver) *secret.Declared
	// Instead returns what sends test messages in place of a target type; nil for the
	// types themselves.
	Instead func(target.Spec) target.Spec
	// Secrets keeps what people paste.
	Secrets *secrets.File
	// Preview shows messages.
	Preview *preview.StandIn
	// Inbox is a receiver on this machine for a first rule, and InboxPage where
	// its messages can be read; no such rule is offered when InboxPage is "".
	Inbox     edit.Target
	InboxPage string
	// Received is the inbox of this machine; nil without one.
	Received *inbox.Inbox
	// Login lets browsers in; nobody sees anything without.
	Login *access.Login
	// Now is the clock; time.Now when nil. Log is told what went wrong.
	Now func() time.Time
	Log *slog.Logger
}

// Backend is what all rooms work on. It is safe for concurrent use.
type Backend struct {
	Options   Options
	Documents *documents
	Censor    *censor.Censor
	Journal   *journal.Journal
	writing   sync.Mutex // one change at a time
	Log       *slog.Logger
	Now       func() time.Time
	lookups   lookups
	dead      Remembered[struct{}, int]
	senders   map[string]sender
	books     sync.Map // of *frame.Book: the same with what is said of the target types here
}

// New makes a backend. Nothing is read before the first page.
func New(o Options) *Backend {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Declared == nil {
		o.Declared = func(drafts ...target.Receiver) *secret.Declared { return target.DeclaredBy(o.Specs, drafts) }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	b := &Backend{
		Options: o, Documents: &documents{path: o.Document, specs: o.Specs, settle: o.Settle},
		Censor: censor.New(o.Specs, o.Now), Journal: journal.Open(o.Data, o.Now), Log: o.Log, Now: o.Now, senders: senders(o),
	}
	b.lookups.plan.most, b.lookups.listing.most = standsFor, standsFor
	return b
}

// Book is what pages say that all rooms may lead to.
var Book = frame.Bind(nil, nil, backendWords)

// Show answers with a page of a book.
func (b *Backend) Show(w http.ResponseWriter, r *http.Request, book *frame.Book, status int, name string, p frame.Page) {
	p.Bus = b.Options.Cloud.Name
	if !p.Empty { // only those who have logged in see a menu
		p.Dead = b.deadLetters(r.Context())
	}
	if b.Options.Degraded != nil && !p.Empty {
		if why := b.Options.Degraded(r.Context()); why != nil {
			p.Degraded = why.Error()
		}
	}
	p.Broken = brokenOf(r)
	b.drafted(r, &p)
	if err := b.book(book).Write(w, r, status, name, p); err != nil {
		b.Log.Error("a page could not be made", "page", name, "error", err.Error())
		http.Error(w, "This page could not be made; the log says why.", http.StatusInternalServerError)
	}
}

// book returns a book that says of target types what the options say.
func (b *Backend) book(of *frame.Book) *frame.Book {
	made, ok := b.books.Load(of)
	if !ok {
		made, _ = b.books.LoadOrStore(of, of.Saying(b.Options.Platforms))
	}
	return made.(*frame.Book)
}

// NotFound answers for pages that do not exist.
func (b *Backend) NotFound(w http.ResponseWriter, r *http.Request) {
	b.Show(w, r, Book, http.StatusNotFound, "problem", frame.Page{Title: Book.Say(frame.LanguageOf(r), "nothing.title"), Body: Book.Say(frame.LanguageOf(r), "nothing.text")})
}

// Fail answers with what kept a page from being made.
func (b *Backend) Fail(w http.ResponseWriter, r *http.Request, err error) {
	b.Log.Error("a page failed", "path", r.URL.Path, "error", err.Error())
	l := frame.LanguageOf(r)
	if says := Unwritten(l, err); says != "" {
		b.Show(w, r, Book, http.StatusInternalServerError, "problem", frame.Page{Title: Book.Say(l, "problem.title"), Notice: &frame.Notice{Text: says, Detail: err.Error()}})
		return
	}
	b.Show(w, r, Book, http.StatusInternalServerError, "problem", frame.Page{
		Title: Book.Say(l, "problem.title"), Notice: &frame.Notice{Text: Book.Say(l, "problem.text"), Detail: b.Options.Cloud.Explained(err)},
	})
}

// WithDocument serves a page of the document as it is now, or of none where there was
// one before. Where there never was, it leads to the beginning.
func (b *Backend) WithDocument(page func(http.ResponseWriter, *http.Request, *State)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, err := b.Documents.Read()
		switch {
		case err != nil:
			b.Fail(w, r, err)
		case !s.Exists() && b.Documents.LastGood() == nil:
			http.Redirect(w, r, "/", http.StatusSeeOther)
		default:
			page(w, r, s)
		}
	}
}

// WithWorkspace is WithDocument for pages that need a valid document: another one
// is shown with what is wrong instead.
func (b *Backend) WithWorkspace(page func(http.ResponseWriter, *http.Request, *State)) http.HandlerFunc {
	return b.WithDocument(func(w http.ResponseWriter, r *http.Request, s *State) {
		if s.Workspace == nil || s.Document == nil {
			http.Redirect(w, r, "/document", http.StatusSeeOther)
			return
		}
		page(w, r, s)
	})
}

// WithRule is WithWorkspace for pages about the rule that the path names.
func (b *Backend) WithRule(page func(http.ResponseWriter, *http.Request, *State, edit.Rule)) http.HandlerFunc {
	return b.WithWorkspace(func(w http.ResponseWriter, r *http.Request, s *State) {
		rule, ok := s.Rule(r.PathValue("name"))
		if !ok {
			b.NotFound(w, r)
			return
		}
		page(w, r, s, rule)
	})
}

// deadLetters counts those of the menu, up to a hundred.
func (b *Backend) deadLetters(ctx context.Context) int {
	if b.Options.History == nil {
		return 0
	}
	count, err := b.dead.Ask(ctx, struct{}{}, func(ctx context.Context) (int, error) {
		list, err := b.Options.History.History(ctx, local.Query{States: []local.State{local.Dead}, Limit: 100})
		return len(list), err
	})
	if err != nil {
		b.Log.Error("dead letters could not be counted", "error", err.Error())
	}
	return count
}

// Advised is an outcome with its advice in the reader's language: it was given in
// that of the message.
func (b *Backend) Advised(l message.Language, typ string, o outcome.Outcome) outcome.Outcome {
	if spec, ok := SpecOf(b.Options.Specs, typ); ok {
		o.Advice = spec.Advised(o.Advice).In(l)
	}
	return o
}

// InInbox tells whether a target is the inbox of this machine.
func (b *Backend) InInbox(t edit.Target) bool {
	if b.Options.InboxPage == "" || t.Type != b.Options.Inbox.Type {
		return false
	}
	for name, v := range b.Options.Inbox.Parameters {
		if t.Parameters[name] != v {
			return false
		}
	}
	return true
}
