package home

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// How long what passed the bus is taken for what passes it, and from when on it
// is shown no more.
const (
	passedFresh = time.Minute
	passedOld   = 10 * time.Minute
)

// passedWait is how long a page waits for what passed the bus before it is shown
// without, and laterWait how long the part waits that is loaded beside it.
const (
	passedWait = 200 * time.Millisecond
	laterWait  = 15 * time.Second
)

// passing keeps what passed the bus, and reads it behind a page's back. It is
// safe for concurrent use.
type passing struct {
	mu   sync.Mutex
	bus  string
	at   time.Time
	read provision.Passed
	busy chan struct{} // closed when what is being read is there; nil when nothing is

	// judged is what was read, by the document of this workspace.
	judged provision.Passed
	by     *workspace.Workspace
}

// passed returns what passed the bus, judged by the document; false when it is
// still being read.
func (h *handlers) passed(ctx context.Context, w *workspace.Workspace, wait time.Duration) (provision.Passed, bool) {
	p := &h.passing
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bus != w.Bus() {
		p.bus, p.at, p.busy = w.Bus(), time.Time{}, nil
	}
	age := h.Now().Sub(p.at)
	if p.busy == nil && (p.at.IsZero() || age > passedFresh) {
		p.busy = make(chan struct{})
		// A page that is left is no reason to begin anew for the next one.
		go h.readPassed(context.WithoutCancel(ctx), w, p.busy)
	}
	if p.at.IsZero() || age > passedOld {
		busy, timer := p.busy, time.NewTimer(wait)
		defer timer.Stop()
		p.mu.Unlock()
		select {
		case <-busy:
		case <-timer.C:
		case <-ctx.Done():
		}
		p.mu.Lock()
		if p.bus != w.Bus() || p.at.IsZero() || h.Now().Sub(p.at) > passedOld {
			return provision.Passed{}, false
		}
	}
	return p.judge(w), true
}

func (h *handlers) readPassed(ctx context.Context, w *workspace.Workspace, busy chan struct{}) {
	read := h.Provisioner(w).Passed(ctx)
	if read.Err != nil {
		h.Log.Warn("what passed the bus could not be read", "error", read.Err.Error())
	}
	p := &h.passing
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy == busy { // of the bus that the document still names
		p.read, p.at, p.by, p.busy = read, h.Now(), nil, nil
	}
	close(busy)
}

// judge tells what the rules of a document make of what was read.
func (p *passing) judge(w *workspace.Workspace) provision.Passed {
	if p.by != w {
		p.judged, p.by = p.read.Again(w), w
	}
	return p.judged
}

// passedPart is what the first page says of it: nothing when rules match.
type passedPart struct {
	Pending bool
	Unread  bool
	Quiet   message.Statement
	Missing []provision.Finding
	// Override is the change of the catalogue that is proposed, and Seal stands for
	// it and for the document that it was made for.
	Override, Seal string
}

// Silent tells that there is nothing to say.
func (p passedPart) Silent() bool {
	return !p.Pending && !p.Unread && p.Quiet.Code == "" && len(p.Missing) == 0
}

func (h *handlers) passedPart(ctx context.Context, s *backend.State, wait time.Duration) passedPart {
	if !slices.ContainsFunc(s.Workspace.Rules, func(r workspace.Rule) bool { return r.Enabled }) {
		return passedPart{} // nothing is to fire
	}
	passed, ok := h.passed(ctx, s.Workspace, wait)
	if !ok {
		return passedPart{Pending: true}
	}
	return h.offer(s, passed)
}

// offer says what is wrong and what is proposed.
func (h *handlers) offer(s *backend.State, passed provision.Passed) passedPart {
	part := passedPart{Unread: passed.Err != nil}
	findings := passed.Findings(s.Workspace)
	if passed.Quiet() {
		part.Quiet = findings[0].Text
	}
	for _, f := range findings {
		if f.Verdict == provision.Missing {
			part.Missing = append(part.Missing, f)
		}
	}
	if len(part.Missing) == 0 || len(passed.Report.Proposals) == 0 {
		return part
	}
	var err error
	if part.Override, err = written(passed.Report.Changes()); err != nil {
		h.Log.Error("an override of the catalogue could not be written", "error", err.Error())
		return part
	}
	part.Seal = sealOverride(s, part.Override)
	part.Override = frame.Visible(part.Override)
	return part
}

// written is an override as a document holds it.
func written(changes event.Catalogue) (string, error) {
	d, err := edit.Open([]byte("workspace: any\n"))
	if err == nil {
		err = d.PutCatalogue(changes)
	}
	if err != nil {
		return "", err
	}
	_, text, _ := strings.Cut(string(d.Text()), "\n\n")
	return text, nil
}

// sealOverride stands for a document and an override that is proposed for it.
func sealOverride(s *backend.State, override string) string {
	return backend.Digest(append(slices.Clone(s.Text), "\x00"+override...))
}

// waitFor is how long a page waits for what passed the bus.
func waitFor(r *http.Request) time.Duration {
	if r.URL.Query().Get("passed") == "wait" {
		return laterWait
	}
	return passedWait
}

// adopt puts the override that a person has seen into the document.
func (h *handlers) adopt(w http.ResponseWriter, r *http.Request, s *backend.State) {
	l := frame.LanguageOf(r)
	again := func() {
		h.homePage(w, r, http.StatusConflict, s, &frame.Notice{Text: Book.Say(l, "passed.changed")})
	}
	passed, _ := h.passed(r.Context(), s.Workspace, laterWait)
	changes := passed.Report.Changes()
	if seal := r.PostFormValue("seal"); seal == "" || seal != h.offer(s, passed).Seal {
		again()
		return
	}
	text, err := s.Edited(func(d *edit.Document) error { return d.PutCatalogue(changes) })
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	if made := h.Documents.Understand(text); made.Workspace == nil {
		h.homePage(w, r, http.StatusUnprocessableEntity, s, &frame.Notice{Text: Book.Say(l, "passed.refused"), Detail: made.Findings.Error()})
		return
	}
	h.Save(w, r, s, text, "/", "adopted", again)
}
