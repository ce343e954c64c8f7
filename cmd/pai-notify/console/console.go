// Package console is the page on which people configure notifications: over the
// bus of this machine, or over one in a cloud with their own credentials. It is
// served on their machine and never deployed. The workspace document stays the
// truth: every page shows what the document says, and every change is a change
// of the document, which is then put on the bus.
package console

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/preview"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/secrets"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// History is what a bus remembers of events and notifications; [local.Bus] is
// one. Clouds have none that can be asked.
type History interface {
	History(ctx context.Context, q local.Query) ([]local.Notification, error)
	Life(ctx context.Context, id string) (local.Notification, []local.Attempt, []byte, error)
	Counts(ctx context.Context, since time.Time) ([]local.RuleCount, error)
	Buckets(ctx context.Context, since, until time.Time, width time.Duration) ([]local.Bucket, error)
	Bodies(ctx context.Context, bus string, since time.Time, most int, each func(number int64, body []byte)) error
	Redrive(ctx context.Context, r local.Redrive) (local.Redriven, error)
}

// Options set a console up.
type Options struct {
	// Document is the path of the workspace document; it may not exist yet.
	Document string
	// Settle completes a document before it is used, such as with the addresses
	// of this machine; nothing when nil.
	Settle func([]byte) []byte
	// Specs are the target types.
	Specs []target.Spec
	// Cloud is the bus, and Provision how documents get there.
	Cloud     provision.Cloud
	Provision provision.Options
	// History is nil over a bus that remembers nothing.
	History History
	// Activate puts the service of this machine into use; nil in the clouds,
	// where the provider's own page does.
	Activate func(ctx context.Context) error
	// Degraded returns why the bus does not follow the document since the program
	// was started; nil when it does. It may be nil itself.
	Degraded func(ctx context.Context) error
	// Declared returns what targets that are tested from here may name; drafts are
	// such that no document has yet. When nil, they may name what they refer to.
	Declared func(drafts ...target.Receiver) *target.Declared
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
	// Received serves the pages of the inbox of this machine, if there is one.
	Received http.Handler
	// Login lets browsers in; nobody sees anything without.
	Login *access.Login
	// Now is the clock; time.Now when nil. Log is told what went wrong.
	Now func() time.Time
	Log *slog.Logger
}

// Console serves the pages. It is safe for concurrent use.
type Console struct {
	options   Options
	documents *documents
	censor    *censor
	handlers  map[string]func(context.Context, []byte) (json.RawMessage, error)
	log       *slog.Logger
	now       func() time.Time
	routes    http.Handler
	listing   listing
	passing   passing
	counted   remembered[string, []local.RuleCount] // of 24 hours, by the bus's name
	drawn     remembered[time.Duration, chart]      // by the length of time
}

// New makes a console. Nothing is read before the first page.
func New(o Options) *Console {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Declared == nil {
		o.Declared = func(drafts ...target.Receiver) *target.Declared { return target.DeclaredBy(o.Specs, drafts) }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c := &Console{
		options:   o,
		documents: &documents{path: o.Document, specs: o.Specs, settle: o.Settle},
		censor:    newCensor(o.Specs, o.Now),
		handlers:  map[string]func(context.Context, []byte) (json.RawMessage, error){},
		log:       o.Log, now: o.Now,
	}
	for _, spec := range o.Specs {
		if o.Instead != nil {
			spec = o.Instead(spec)
		}
		c.handlers[spec.Type] = deliver.New(spec).Handle
	}
	c.routes = c.pages()
	return c
}

func (c *Console) pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", c.showHome)
	mux.HandleFunc("POST /workspace", c.createWorkspace)
	mux.HandleFunc("POST /first-rule", c.createFirstRule)
	mux.HandleFunc("POST /adopt", c.adopt)
	mux.HandleFunc("GET /setup", c.showSetup)
	mux.HandleFunc("POST /activate", c.activate)
	mux.HandleFunc("GET /rules", c.showRules)
	mux.HandleFunc("GET /new-rule", c.showNewRule)
	mux.HandleFunc("POST /new-rule", c.postRule)
	mux.HandleFunc("GET /rules/{name}", c.showRule)
	mux.HandleFunc("POST /rules/{name}", c.postRule)
	mux.HandleFunc("POST /rules/{name}/state", c.switchRule)
	mux.HandleFunc("GET /rules/{name}/delete", c.askDeleteRule)
	mux.HandleFunc("POST /rules/{name}/delete", c.deleteRule)
	mux.HandleFunc("GET /contacts", c.showContacts)
	mux.HandleFunc("POST /contacts", c.postContact)
	mux.HandleFunc("GET /publish", c.showPublish)
	mux.HandleFunc("POST /publish", c.publish)
	mux.HandleFunc("GET /history", c.showHistory)
	mux.HandleFunc("GET /history/{id}", c.showLife)
	mux.HandleFunc("POST /redrive", c.redrive)
	mux.HandleFunc("GET /document", c.showDocument)
	mux.HandleFunc("GET /document.yaml", c.exportDocument)
	mux.HandleFunc("POST /document", c.importDocument)
	mux.HandleFunc("POST /settings", c.saveSettings)
	mux.HandleFunc("POST /apply", c.apply)
	mux.HandleFunc("POST /secrets", c.forgetSecret)
	mux.HandleFunc("POST /language", c.serveLanguage)
	mux.HandleFunc("GET /login", c.serveLogin)
	mux.HandleFunc("POST /login", c.serveLogin)
	mux.Handle("GET /assets/", assets())
	if c.options.Received != nil {
		for _, pattern := range inbox.PagePatterns() {
			mux.Handle(pattern, c.options.Received)
		}
	}
	mux.HandleFunc("/", c.showNothing)
	return mux
}

// showNothing answers for pages that do not exist.
func (c *Console) showNothing(w http.ResponseWriter, r *http.Request) {
	c.show(w, r, http.StatusNotFound, "problem", page{Title: say(languageOf(r), "nothing.title"), Body: say(languageOf(r), "nothing.text")})
}

// fail answers with what kept a page from being made.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, err error) {
	c.log.Error("a page failed", "path", r.URL.Path, "error", err.Error())
	l := languageOf(r)
	c.show(w, r, http.StatusInternalServerError, "problem", page{
		Title: say(l, "problem.title"), Notice: &notice{Text: say(l, "problem.text"), Detail: c.options.Cloud.Explained(err)},
	})
}

// open reads the document for a page. Without one it leads to the beginning.
func (c *Console) open(w http.ResponseWriter, r *http.Request) (*state, bool) {
	s, err := c.documents.read()
	if err != nil {
		c.fail(w, r, err)
		return nil, false
	}
	if !s.exists() {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil, false
	}
	return s, true
}

// mend is open for pages that change the document: one that is not right is
// shown with what is wrong instead.
func (c *Console) mend(w http.ResponseWriter, r *http.Request) (*state, bool) {
	s, ok := c.open(w, r)
	if ok && (s.workspace == nil || s.document == nil) {
		http.Redirect(w, r, "/document", http.StatusSeeOther)
		return nil, false
	}
	return s, ok
}

// mendRule is mend for pages about the rule that the path names.
func (c *Console) mendRule(w http.ResponseWriter, r *http.Request) (*state, edit.Rule, bool) {
	s, ok := c.mend(w, r)
	if !ok {
		return nil, edit.Rule{}, false
	}
	rule, ok := s.rule(r.PathValue("name"))
	if !ok {
		c.showNothing(w, r)
	}
	return s, rule, ok
}

// deadLetters counts those of the menu, up to a hundred.
func (c *Console) deadLetters(ctx context.Context) int {
	if c.options.History == nil {
		return 0
	}
	list, err := c.options.History.History(ctx, local.Query{States: []local.State{local.Dead}, Limit: 100})
	if err != nil {
		c.log.Error("dead letters could not be counted", "error", err.Error())
	}
	return len(list)
}
