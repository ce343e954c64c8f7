package history

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"time"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/mutes"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// Mute keeps people from being told for a while.
type Mute struct {
	place
	Job      string        `help:"Mute what events are about: the id of a job, an instance, a flow run or a model." placeholder:"ID"`
	Rule     string        `help:"Mute a rule." placeholder:"RULE"`
	Receiver string        `help:"Mute a receiver of one rule, or of all rules: <type>/<name> as history shows it." placeholder:"RULE/RECEIVER"`
	All      bool          `help:"Mute all notifications of the bus, critical ones included."`
	For      time.Duration `help:"For how long, such as 2h; at most 24h, with --drop 720h." placeholder:"DURATION"`
	Until    string        `help:"Until when: 2026-01-02T15:04:05Z, or 15:04 of this machine's clock." placeholder:"TIME"`
	Why      string        `help:"Reason, which the history shows." placeholder:"TEXT"`
	By       string        `help:"Who mutes (default: your user name)." placeholder:"NAME"`
	Drop     bool          `help:"Drop notifications instead of holding them until the end."`
	Yes      bool          `short:"y" help:"Do not ask for confirmation."`
}

// Run mutes.
func (c *Mute) Run(ctx context.Context, s terminal.Streams) error {
	m := hold.Mute{Rule: c.Rule, Receiver: c.Receiver, Job: strings.TrimSpace(c.Job), By: c.By, Why: strings.TrimSpace(c.Why), Drop: c.Drop}
	if m.Everything() != c.All {
		return errors.New("name what to mute with --job, --rule or --receiver, or all notifications with --all alone")
	}
	now := time.Now()
	var err error
	if m.Until, err = c.end(now); err != nil {
		return err
	}
	if err := m.Check(now); err != nil {
		return err
	}
	if m.By == "" {
		if u, err := user.Current(); err == nil {
			m.By = u.Username
		}
	}
	o, err := c.mutes(ctx, s)
	if err != nil {
		return err
	}
	return errors.Join(c.add(ctx, s, o, m), o.close())
}

// end is when the mute ends.
func (c *Mute) end(now time.Time) (time.Time, error) {
	switch {
	case c.For < 0:
		return time.Time{}, fmt.Errorf("--for %s: the end is in the past", c.For)
	case (c.For > 0) == (c.Until != ""):
		return time.Time{}, errors.New("a mute needs an end: say how long with --for, such as --for 2h, or until when with --until")
	case c.For > 0:
		return now.Add(c.For), nil
	}
	if t, err := time.Parse(time.RFC3339, c.Until); err == nil {
		return t, nil
	}
	clock, err := time.Parse("15:04", c.Until)
	if err != nil {
		return time.Time{}, fmt.Errorf("--until %s: invalid time: write 2026-01-02T15:04:05Z, or 15:04 of this machine's clock", c.Until)
	}
	at := now.Local()
	t := time.Date(at.Year(), at.Month(), at.Day(), clock.Hour(), clock.Minute(), 0, 0, time.Local)
	if !t.After(now) {
		t = t.AddDate(0, 0, 1)
	}
	return t, nil
}

func (c *Mute) add(ctx context.Context, s terminal.Streams, o *openMutes, m hold.Mute) error {
	m, err := c.narrowed(ctx, s, o, m)
	if err != nil {
		return err
	}
	if m.Everything() && !c.Yes {
		if !terminal.IsTerminal(s.In) {
			return errors.New("this mutes all notifications of the bus, critical ones included: say so with --yes")
		}
		if err := terminal.Confirm(ctx, s, fmt.Sprintf("Mute all notifications of the bus %s, critical ones included, until %s?", o.Bus, moment(m.Until))); err != nil {
			return err
		}
	}
	if m, err = o.Add(ctx, m); err != nil {
		return running.Plain(err)
	}
	fmt.Fprintf(s.Out, "%s mutes %s on %s until %s.\n", m.ID, terminal.OneLine(mutes.What(m)), o.Bus, moment(m.Until))
	if m.Drop {
		fmt.Fprintln(s.Out, "What happens meanwhile is not sent; the history says why.")
	} else {
		fmt.Fprintln(s.Out, "Chat and email are held and sent then, together; SMS, calls and HTTP endpoints are skipped.")
	}
	fmt.Fprintf(s.Out, "Functions follow within %s. End it: pai-notify unmute %s\n", seconds(o.Sees()), m.ID)
	return nil
}

// narrowed is the mute with what it names as it is on the bus. What cannot be
// checked is said.
func (c *Mute) narrowed(ctx context.Context, s terminal.Streams, o *openMutes, m hold.Mute) (hold.Mute, error) {
	if m.Job != "" {
		if list, err := o.History(ctx, historyOf(o.Bus, m.Job)); err == nil && len(list) == 0 {
			fmt.Fprintf(s.Err, "Note: no notification about %s is in the history so far. Check the id, unless that is as you expect.\n", terminal.OneLine(m.Job))
		}
	}
	if m.Rule == "" && m.Receiver == "" {
		return m, nil
	}
	have, err := o.rules(ctx)
	if err != nil {
		fmt.Fprintf(s.Err, "Note: whether the bus has that rule or receiver could not be checked: %v\n", err)
		return m, nil
	}
	list := mutes.Receivers(have)
	if m.Rule != "" {
		if m, err = mutes.Rule(list, m, m.Rule); err != nil {
			return m, err
		}
	}
	if name := m.Receiver; name != "" {
		return mutes.To(list, m, name)
	}
	return m, nil
}

// Unmute ends mutes.
type Unmute struct {
	place
	All bool     `help:"End all mutes."`
	ID  []string `arg:"" optional:"" help:"Ids of mutes, as mutes prints them."`
}

// Run ends mutes. The answer is no when there is none of a name.
func (c *Unmute) Run(ctx context.Context, s terminal.Streams) error {
	if c.All == (len(c.ID) > 0) {
		return errors.New("name the mutes to end, or all of them with --all")
	}
	o, err := c.mutes(ctx, s)
	if err != nil {
		return err
	}
	return errors.Join(c.end(ctx, s, o), o.close())
}

func (c *Unmute) end(ctx context.Context, s terminal.Streams, o *openMutes) error {
	ids := c.ID
	if c.All {
		list, err := o.List(ctx)
		if err != nil {
			return running.Plain(err)
		}
		for _, m := range list {
			ids = append(ids, m.ID)
		}
	}
	ended, freed, err := o.End(ctx, ids)
	left := map[string]bool{}
	for _, id := range ids {
		left[id] = true
	}
	for _, m := range ended {
		delete(left, m.ID)
		fmt.Fprintf(s.Out, "%s has ended: %s.\n", m.ID, terminal.OneLine(mutes.What(m)))
	}
	if err != nil {
		if len(ended) > 0 {
			err = fmt.Errorf("what was held is sent when it is due, because it could not be sent earlier: %w", running.Plain(err))
		}
		return running.Plain(err)
	}
	switch {
	case len(ended) == 0 && c.All:
		fmt.Fprintln(s.Out, "Nothing is muted.")
	case freed > 0:
		fmt.Fprintf(s.Out, "Notifications held by it that are sent now: %d%s\n", freed, o.soon())
	}
	for _, id := range ids {
		if left[id] {
			fmt.Fprintf(s.Err, "There is no mute %s on %s: pai-notify mutes lists them.\n", id, o.Bus)
		}
	}
	if len(left) > 0 {
		return terminal.ErrNo
	}
	return nil
}

// Mutes lists mutes.
type Mutes struct {
	place
	JSON bool `help:"Print JSON."`
}

// Run lists the mutes that have not ended.
func (c *Mutes) Run(ctx context.Context, s terminal.Streams) error {
	o, err := c.mutes(ctx, s)
	if err != nil {
		return err
	}
	list, err := o.List(ctx)
	if closed := o.close(); err == nil {
		err = closed
	}
	switch {
	case err != nil:
		return running.Plain(err)
	case c.JSON:
		if list == nil {
			list = []hold.Mute{}
		}
		return terminal.PrintJSON(s.Out, list)
	case len(list) == 0:
		fmt.Fprintln(s.Out, "Nothing is muted.")
		return nil
	}
	const whatWidth, byWidth = 40, 12
	color.New(color.Faint).Fprintln(s.Out, terminal.Pad("ID", terminal.IDWidth)+terminal.Pad("UNTIL", terminal.TimeWidth)+terminal.Pad("MUTED", whatWidth)+terminal.Pad("BY", byWidth)+"WHY")
	for _, m := range list {
		what := mutes.What(m)
		if m.Drop {
			what += " (dropped)"
		}
		line := terminal.Pad(m.ID, terminal.IDWidth) + terminal.Pad(m.Until.Local().Format(time.DateTime), terminal.TimeWidth) + terminal.Pad(terminal.OneLine(what), whatWidth) +
			terminal.Pad(terminal.OneLine(m.By), byWidth) + terminal.OneLine(m.Why)
		fmt.Fprintln(s.Out, strings.TrimRight(line, " "))
	}
	return nil
}

// openMutes are the mutes of a bus that is open.
type openMutes struct {
	mutes.Of
	rules func(ctx context.Context) (provision.State, error)
	close func() error
}

// soon says when what was held is sent.
func (o *openMutes) soon() string {
	if o.Here {
		return "."
	}
	return ". The function that sends what waits takes them up within two minutes."
}

func seconds(d time.Duration) string { return fmt.Sprintf("%d s", int(d.Seconds())) }
