package history

import (
	"context"
	"errors"
	"fmt"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/bus/local"
)

type deadRedriveCommand struct {
	selection
	All       bool     `help:"Resend all dead letters, or all that the filters select."`
	Cancelled bool     `help:"Resend notifications that were cancelled, by hand or because their rule was disabled; with --all, only those."`
	To        string   `help:"Send to another receiver on the same bus, as new notifications; RULE alone means its receiver of the same name." placeholder:"RULE[/RECEIVER]"`
	Yes       bool     `short:"y" help:"Do not ask for confirmation."`
	ID        []string `arg:"" optional:"" help:"Ids of dead letters, as dead list prints them."`
}

// Run tells what is sent again and whom to, and sends it. The answer is no when
// something cannot be sent.
func (c *deadRedriveCommand) Run(ctx context.Context, s terminal.Streams) error {
	if c.All == (len(c.ID) > 0) {
		return errors.New("name the dead letters to send again, or all of them with --all")
	}
	if only := c.selection; !c.All && only != (selection{place: only.place}) {
		return errors.New("filters go with --all")
	}
	a, err := c.open(ctx, s)
	if err != nil {
		return err
	}
	return errors.Join(c.redrive(ctx, s, a), a.Close())
}

func (c *deadRedriveCommand) redrive(ctx context.Context, s terminal.Streams, a *running.Opened) error {
	ids, err := c.ids(ctx, a)
	if err != nil {
		return err
	}
	missing := 0
	var list []local.Redrive
	secrets := secretsOn(ctx, a)
	for _, id := range ids {
		r := local.Redrive{ID: id, Cancelled: c.Cancelled, To: c.To, Try: true}
		would, err := a.Redrive(ctx, r)
		if err == nil {
			err = secrets.missing(ctx, would)
		}
		if err != nil {
			missing++
			fmt.Fprintf(s.Err, "%s cannot be sent: %v\n", id, running.Plain(err))
			continue
		}
		fmt.Fprintf(s.Out, "%s %s goes to %s of the rule %s.\n", terminal.Pad(id, terminal.IDWidth), terminal.OneLine(eventName(would.Notification)), terminal.OneLine(would.ToTarget), terminal.OneLine(would.ToRule))
		r.Try = false
		list = append(list, r)
	}
	if c.All && !c.Yes && len(list) > 0 && terminal.IsTerminal(s.In) {
		if err := terminal.Confirm(ctx, s, fmt.Sprintf("Send %d again?", len(list))); err != nil {
			return err
		}
	}
	done := 0
	for _, r := range list {
		if _, err := a.Redrive(ctx, r); err != nil {
			missing++
			fmt.Fprintf(s.Err, "%s cannot be sent: %v\n", r.ID, running.Plain(err))
			continue
		}
		done++
	}
	switch {
	case done == 0:
		fmt.Fprintln(s.Out, "0 redriven.")
	default:
		fmt.Fprintf(s.Out, "%d redriven. %s\n", done, a.When)
	}
	if missing > 0 {
		return terminal.ErrNo
	}
	return nil
}

// ids are those that are named, or those of all that the filters select.
func (c *deadRedriveCommand) ids(ctx context.Context, a running.Archive) ([]string, error) {
	if !c.All {
		return c.ID, nil
	}
	state := local.Dead
	if c.Cancelled {
		state = local.Cancelled
	}
	list, err := c.of(ctx, a, 0, state)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(list))
	for i, n := range list {
		ids[i] = n.ID
	}
	return ids, nil
}
