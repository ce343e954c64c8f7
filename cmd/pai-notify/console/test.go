package console

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
)

// testTimeout bounds the test of one receiver.
const testTimeout = 30 * time.Second

// result is what a platform said to a test message.
type result struct {
	deliver.Outcome
	Receiver string
	// Page shows the message; "" where it went to a platform.
	Page string
}

// Works tells whether the platform took it.
func (r result) Works() bool { return r.Status == deliver.Sent }

// test sends a test message to one target of a form, as it stands there, from
// this machine. What keeps it from being sent stands beside the fields.
func (c *Console) test(r *http.Request, s *state, f *ruleForm, t *targetForm) {
	l := languageOf(r)
	index := t.Index
	t.at(0) // by itself it is the first
	checked := &ruleForm{Errors: complaints{}, Targets: []*targetForm{t}, Name: "test", Source: f.Source, Events: []string{everything}}
	c.examine(l, &state{document: s.document, workspace: s.workspace, contacts: s.contacts, head: s.head}, checked)
	t.at(index)
	for field, texts := range checked.Errors {
		rest, _ := strings.CutPrefix(field, "t0")
		if field == "" || field == "targets" {
			rest = ""
		}
		field = "t" + itoa(index) + rest
		f.Errors[field] = append(f.Errors[field], texts...)
	}
	if len(checked.Errors) > 0 {
		return
	}
	to := t.target(c.literal)
	receivers, findings := c.documents.receivers(s, f.Source, to)
	if len(findings) > 0 {
		f.Errors.add("t"+itoa(index), findings.Error())
		return
	}
	name := f.Name
	if name == "" {
		name = "test"
	}
	page := ""
	if c.inInbox(to) {
		page = c.options.InboxPage
	}
	for _, receiver := range receivers {
		receiver.Language = l // the advice is for who reads this page
		t.Results = append(t.Results, result{c.probe(r.Context(), event.Rule{Name: name, Description: f.Description}, receiver), receiver.Name, page})
	}
}

// probe tests one receiver as every notification goes.
func (c *Console) probe(ctx context.Context, rule event.Rule, receiver target.Receiver) deliver.Outcome {
	payload, err := json.Marshal(struct {
		Test   bool            `json:"test"`
		Rule   event.Rule      `json:"rule"`
		Target target.Receiver `json:"target"`
	}{true, rule, receiver})
	if err != nil {
		return deliver.Outcome{Status: deliver.Failed, Reason: err.Error()}
	}
	ctx, cancel := context.WithTimeout(c.options.Declared(receiver).In(ctx), testTimeout)
	defer cancel()
	return deliver.OutcomeOf(c.handlers[receiver.Type](ctx, payload))
}
