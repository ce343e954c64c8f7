package rules

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/account"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Publish is the command publish.
type Publish struct {
	Workspace string `short:"w" required:"" type:"path" help:"Workspace document, which names the bus; - for standard input." placeholder:"FILE"`
	account.Place
	Fresh  bool     `help:"Give each event a new id and time; duplicates are dropped otherwise."`
	JSON   bool     `help:"Print JSON."`
	Events []string `arg:"" name:"event" help:"Files with events, in any form that functions accept; - for standard input."`
}

// Run puts the events on the workspace's bus, and prints which it took. What
// cannot be read is reported after the others.
func (c *Publish) Run(ctx context.Context, s terminal.Streams) error {
	document, err := input.ReadFile(c.Workspace, workspace.MaxDocumentBytes, s)
	if err != nil {
		return err
	}
	w, err := input.ParseWorkspace(document, c.Workspace, s)
	if err != nil {
		return err
	}
	list, unread := input.ReadAll(c.Events, s)
	if len(list) == 0 {
		return unread
	}
	if c.Fresh {
		for i, e := range list {
			if list[i], err = fresh(e, time.Now()); err != nil {
				return err
			}
		}
	}
	place, err := c.Open(ctx)
	if err != nil {
		return err
	}
	if err := place.Bus.PutEvents(ctx, w.Bus(), list); err != nil {
		return errors.Join(account.WithRemedy(err, place), unread)
	}
	return errors.Join(c.answer(s.Out, w.Bus(), list), unread)
}

func (c *Publish) answer(out io.Writer, bus string, list []event.Event) error {
	if c.JSON {
		ids := make([]string, len(list))
		for i, e := range list {
			ids[i] = e.ID()
		}
		return terminal.PrintJSON(out, map[string]any{"bus": bus, "taken": ids})
	}
	for _, e := range list {
		fmt.Fprintf(out, "%s  %s\n", terminal.OneLine(e.Type()), terminal.OneLine(e.ID()))
	}
	outcomes := "The outcomes are in the functions' logs."
	if c.Bus == provision.Local {
		outcomes = "To see the outcomes: pai-notify history"
	}
	fmt.Fprintf(out, "Published %s to %s. %s\n", terminal.Count(len(list), "event"), bus, outcomes)
	return nil
}

// fresh returns an event that no bus has seen.
func fresh(e event.Event, now time.Time) (event.Event, error) {
	members := event.Members(e.JSON())
	for name, value := range map[string]string{
		"id":   events.PublishedPrefix + strings.ToLower(rand.Text()),
		"time": now.Format(time.RFC3339),
	} {
		members[name], _ = json.Marshal(value) // a string always encodes
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // an event grows no larger than it came
	if err := encoder.Encode(members); err != nil {
		return e, fmt.Errorf("event %q: %w", e.ID(), err)
	}
	return event.Parse(bytes.TrimSpace(text.Bytes()))
}
