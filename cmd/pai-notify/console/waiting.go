package console

import (
	"context"
	"net/http"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// waitingLines says what becomes of the notifications that wait.
func waitingLines(l message.Language, list []provision.Affected) []string {
	var lines []string
	for _, a := range list {
		lines = append(lines, say(l, "waiting."+string(a.Fate), a.Rule, a.Receiver, a.Count))
	}
	return lines
}

// ended says which notifications that wait would never be sent with another
// document: those that a person has to agree to. A bus that cannot be asked has
// none, and its plan says so.
func (c *Console) ended(ctx context.Context, l message.Language, text []byte) []string {
	w := c.documents.understand(text).workspace
	if w == nil || c.options.Cloud.Waiting == nil {
		return nil
	}
	p, _ := c.plan(ctx, w) // when there is none, the page after the change says why
	if p == nil {
		return nil
	}
	var list []provision.Affected
	for _, a := range p.Waiting {
		if a.Fate != provision.IsRedirected {
			list = append(list, a)
		}
	}
	return waitingLines(l, list)
}

// agreed tells whether a person has agreed to end what waits.
func agreed(r *http.Request) bool { return r.PostFormValue("agreed") == "true" }

// disabling is the page that asks before disabling a rule cancels what waits.
type disabling struct {
	Rule    string
	Waiting []string
}

// askDisable asks when something waits for the rule, and tells whether it did.
func (c *Console) askDisable(w http.ResponseWriter, r *http.Request, s *state, rule edit.Rule) bool {
	l := languageOf(r)
	text, err := c.with(s, rule.Name, rule)
	if err != nil {
		return false // the change itself fails, and says so
	}
	lines := c.ended(r.Context(), l, text)
	if len(lines) == 0 {
		return false
	}
	c.show(w, r, http.StatusOK, "disable", page{
		Workspace: s.head.Workspace, At: "rules", Title: say(l, "disable.title", rule.Name), Body: disabling{rule.Name, lines},
	})
	return true
}
