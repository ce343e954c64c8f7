package editor

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules/form"
	"github.com/pai-notify/pai-notify/shared/event"
)

// test sends a test message to one target of a form, as it stands there, from
// this machine. What keeps it from being sent stands beside the fields.
func (h *handlers) test(r *http.Request, s *backend.State, f *form.Rule, t *form.Target) {
	l := frame.LanguageOf(r)
	index := t.Index
	t.At(0) // by itself it is the first
	checked := &form.Rule{Errors: problems.Complaints{}, Targets: []*form.Target{t}, Name: "test", Source: f.Source, Events: []string{frame.Everything}}
	h.examine(l, &backend.State{Document: s.Document, Workspace: s.Workspace, Contacts: s.Contacts, Head: s.Head}, checked)
	t.At(index)
	beside(f, index, checked.Errors)
	if len(checked.Errors) > 0 {
		return
	}
	to := t.Target(h.literal)
	receivers, findings := h.Documents.CheckTarget(s, f.Source, to)
	if len(findings) > 0 {
		found := problems.Complaints{}
		found.Sort(l, "rules[0]", findings, checked.Known)
		beside(f, index, found)
		return
	}
	page := ""
	if whole, _ := to.Resolved(s.Entries); h.InInbox(whole) {
		page = h.Options.InboxPage
	}
	for _, receiver := range receivers {
		receiver.Language = l // the advice is for who reads this page
		t.Results = append(t.Results, form.Result{
			Outcome: h.Probe(r.Context(), event.Rule{Name: cmp.Or(f.Name, "test"), Description: f.Description}, receiver), Receiver: receiver.Name, Page: page,
		})
	}
}

// beside puts what is wrong with the only target of a form beside the fields of the
// one at a position of another.
func beside(f *form.Rule, index int, wrong problems.Complaints) {
	for field, texts := range wrong {
		rest, _ := strings.CutPrefix(field, "t0")
		if field == "" || field == "targets" {
			rest = ""
		}
		field = "t" + strconv.Itoa(index) + rest
		f.Errors[field] = append(f.Errors[field], texts...)
	}
}
