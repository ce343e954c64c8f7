package backend

import (
	"context"
	"slices"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/mutes"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Mutes are those of the bus of a document. There are none without a history.
func (b *Backend) Mutes(s *State) mutes.Of {
	return mutes.Of{Archive: b.Options.History, Bus: s.Workspace.Bus(), Here: b.Options.Cloud.Name == provision.Local, Now: b.Now}
}

// Muted is a mute that concerns a rule, as a page shows it.
type Muted struct {
	hold.Mute
	// Text says by whom, until when and why.
	Text string
}

// MutesThat returns the mutes that are wanted.
func (b *Backend) MutesThat(ctx context.Context, l message.Language, s *State, wanted func(hold.Mute) bool) (found []Muted) {
	if b.Options.History == nil {
		return nil
	}
	list, err := b.Mutes(s).List(ctx)
	if err != nil {
		b.Log.Error("the mutes could not be read", "error", err.Error())
	}
	for _, m := range list {
		if wanted(m) {
			found = append(found, Muted{m, MutedText(l, m)})
		}
	}
	return found
}

// MutesOfRules returns the mutes that concern rules of a document, by the names of
// the rules. A mute of one job alone concerns no rule as such.
func (b *Backend) MutesOfRules(ctx context.Context, l message.Language, s *State) map[string][]Muted {
	found := map[string][]Muted{}
	for _, m := range b.MutesThat(ctx, l, s, func(hold.Mute) bool { return true }) {
		for _, r := range s.Workspace.Rules {
			ours := slices.ContainsFunc(r.Receivers(), func(to target.Receiver) bool { return to.Type+"/"+to.Name == m.Receiver })
			if m.Everything() || m.Rule == r.Key() && (m.Owner == "" || m.Owner == s.Workspace.Owner) || m.Rule == "" && ours {
				found[r.Name] = append(found[r.Name], m)
			}
		}
	}
	return found
}

// MutedText says by whom something is muted, until when, and why.
func MutedText(l message.Language, m hold.Mute) string {
	text := Book.Say(l, "muted", frame.Exact(m.Until))
	if m.By != "" {
		text = Book.Say(l, "muted.by", m.By, frame.Exact(m.Until))
	}
	if m.Why != "" {
		text = Book.Say(l, "muted.why", text, m.Why)
	}
	for _, only := range []string{m.Job, m.Receiver} {
		if only != "" {
			text = Book.Say(l, "muted.only", text, only)
		}
	}
	return frame.Visible(text)
}
