package backend

import (
	"context"
	"net/http"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// WaitingLines says what becomes of the notifications that wait.
func WaitingLines(l message.Language, list []provision.Waiting) []string {
	var lines []string
	for _, a := range list {
		lines = append(lines, Book.Say(l, "waiting."+string(a.Fate), a.Rule, a.Receiver, a.Count))
	}
	return lines
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
