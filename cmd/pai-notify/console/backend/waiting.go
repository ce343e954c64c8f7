package backend

import (
	"context"
	"net/http"
	"slices"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// WaitingLines says what becomes of the notifications that wait.
func WaitingLines(l message.Language, list []provision.Waiting) []string {
	var lines []string
	for _, a := range list {
		lines = append(lines, Book.Say(l, "waiting."+string(a.Fate), a.Rule, a.Receiver, a.Count))
	}
	return lines
}

// EndedFor is Ended for changes of these rules alone: nothing is made of them where
// nothing waits for one.
func (b *Backend) EndedFor(ctx context.Context, l message.Language, s *State, rules []string, change func(*edit.Document) error) []string {
	if b.Options.Cloud.Waiting == nil {
		return nil
	}
	waiting, err := b.Options.Cloud.Waiting(ctx, s.Workspace.Bus())
	if err == nil && !slices.ContainsFunc(waiting, func(a provision.Waiting) bool { return s.isOneOf(a.Rule, rules) }) {
		return nil
	}
	text, err := s.Edited(change)
	if err != nil {
		return nil // the change itself fails, and says so
	}
	return b.Ended(ctx, l, text)
}

// isOneOf tells whether a rule on the bus, by its key, belongs to one of the
// document's rules.
func (s *State) isOneOf(key string, rules []string) bool {
	key = DocumentRule(key)
	return slices.ContainsFunc(s.Rules, func(r edit.Rule) bool { return (r.Name == key || r.ID == key) && slices.Contains(rules, r.Name) })
}

// Ended says which notifications that wait would never be sent with another
// document: those that a person has to agree to. A bus that cannot be asked has
// none, and its plan says so.
func (b *Backend) Ended(ctx context.Context, l message.Language, text []byte) []string {
	w := b.Documents.Understand(text).Workspace
	if w == nil || b.Options.Cloud.Waiting == nil {
		return nil
	}
	p, _ := b.Plan(ctx, w) // when there is none, the page after the change says why
	if p == nil {
		return nil
	}
	var list []provision.Waiting
	for _, a := range p.Waiting {
		if !a.Sent() {
			list = append(list, a)
		}
	}
	return WaitingLines(l, list)
}

// Agreed tells whether a person has agreed to end what waits.
func Agreed(r *http.Request) bool { return r.PostFormValue("agreed") == "true" }
