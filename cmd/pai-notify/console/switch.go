package console

import (
	"context"
	"net/http"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// switchRule enables or disables a rule.
func (c *Console) switchRule(w http.ResponseWriter, r *http.Request) {
	s, rule, ok := c.mendRule(w, r)
	if !ok {
		return
	}
	on := r.PostFormValue("enabled") == "true"
	rule.Enable(on)
	if !on && !agreed(r) && c.askDisable(w, r, s, rule) {
		return
	}
	done := map[bool]string{true: "enabled", false: "disabled"}[on]
	c.changeDocument(w, r, s, "/rules", done, func(d *edit.Document) error { return d.PutRule(rule.Name, rule) })
}

// changeDocument makes one change and leads on.
func (c *Console) changeDocument(w http.ResponseWriter, r *http.Request, s *state, path, done string, change func(*edit.Document) error) {
	document, err := edit.Open(s.text)
	if err == nil {
		err = change(document)
	}
	if err != nil {
		c.fail(w, r, err)
		return
	}
	refused, err := c.put(r.Context(), s, document.Text())
	if err != nil {
		c.fail(w, r, err)
		return
	}
	c.after(w, r, path, done, refused)
}

// deletion is the page that names what deleting a rule leads to.
type deletion struct {
	Row     ruleRow
	Waiting []string
}

func (c *Console) askDeleteRule(w http.ResponseWriter, r *http.Request) {
	s, rule, ok := c.mendRule(w, r)
	if !ok {
		return
	}
	l := languageOf(r)
	body := deletion{Waiting: c.waitingForDeletion(r.Context(), l, s, rule.Name), Row: row(rule, c.counts(r.Context(), s.workspace.Bus())[rule.Name], newTitles(l, s.catalogue()))}
	c.show(w, r, http.StatusOK, "delete", page{Workspace: s.head.Workspace, At: "rules", Title: say(l, "delete.title", rule.Name), Body: body})
}

func (c *Console) waitingForDeletion(ctx context.Context, l message.Language, s *state, rule string) []string {
	document, err := edit.Open(s.text)
	if err == nil {
		err = document.RemoveRule(rule)
	}
	if err != nil {
		return nil // the deletion itself fails, and says so
	}
	return c.ended(ctx, l, document.Text())
}

func (c *Console) deleteRule(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	name := r.PathValue("name")
	if _, ok := s.rule(name); !ok {
		c.showNothing(w, r)
		return
	}
	c.changeDocument(w, r, s, "/rules", "deleted", func(d *edit.Document) error { return d.RemoveRule(name) })
}
