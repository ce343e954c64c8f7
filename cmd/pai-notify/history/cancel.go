package history

import (
	"context"
	"fmt"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
)

type deadCancelCommand struct {
	place
	ID []string `arg:"" help:"Ids of notifications that wait or are dead letters, as history prints them."`
}

// Run cancels notifications. The answer is no when one cannot be.
func (c *deadCancelCommand) Run(ctx context.Context, s terminal.Streams) error {
	a, err := c.open(ctx, s)
	if err != nil {
		return err
	}
	done := 0
	for _, id := range c.ID {
		if _, err := a.Cancel(ctx, id); err != nil {
			fmt.Fprintf(s.Err, "%s cannot be cancelled: %v\n", id, running.Plain(err))
			continue
		}
		done++
	}
	fmt.Fprintf(s.Out, "%d cancelled.\n", done)
	err = a.Close()
	if err == nil && done < len(c.ID) {
		err = terminal.ErrNo
	}
	return err
}
