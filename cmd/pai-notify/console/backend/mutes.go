package backend

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/journal"
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

// RecordMute records that something was muted or unmuted.
func (b *Backend) RecordMute(r *http.Request, what string, m hold.Mute) string {
	more, err := json.Marshal(m)
	id := ""
	if err == nil {
		id, err = b.Record(r, journal.Change{What: what, Names: []string{mutes.What(m)}, More: more})
	}
	if err != nil { // a mute must end although the disk is full
		b.Log.Error("a mute was not recorded, so it cannot be undone", "error", err.Error())
	}
	return id
}

// UndoMute ends a mute again, or mutes again what was unmuted, for as long as it was
// meant. It returns the key of what was done, and fails with [ErrChanged] when its time
// is over.
func (b *Backend) UndoMute(r *http.Request, s *State, c journal.Change) (done string, err error) {
	var m hold.Mute
	if err := json.Unmarshal(c.More, &m); err != nil || b.Options.History == nil {
		return "", ErrChanged
	}
	if c.What == "muted" {
		ended, _, err := b.Mutes(s).End(r.Context(), []string{m.ID})
		if err == nil && len(ended) == 0 {
			err = ErrChanged
		}
		if len(ended) > 0 {
			b.RecordMute(r, "unmuted", m)
		}
		return "unmuted", err
	}
	if !b.Now().Before(m.Until) {
		return "", ErrChanged
	}
	m.ID, m.From = "", b.Now()
	if m, err = b.Mutes(s).Add(r.Context(), m); err == nil {
		b.RecordMute(r, "muted", m)
	}
	return "muted", err
}
