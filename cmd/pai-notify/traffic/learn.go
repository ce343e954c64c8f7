// Package traffic has the command learn, which reports the events that passed a
// bus.
package traffic

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/account"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/learn"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Learn is the command learn.
type Learn struct {
	Workspace string `short:"w" required:"" type:"path" help:"Workspace document; - for standard input." placeholder:"FILE"`
	account.Place
	LogGroup string `help:"With --bus aws: CloudWatch log group that a rule of the bus writes every event to (default: /aws/events/<bus>)." placeholder:"NAME"`
	Since    string `default:"24h" help:"Read events accepted since a date (2026-01-02), a time (2026-01-02T15:04:05Z) or an age (36h, 7d; default: ${default})." placeholder:"TIME"`
	Until    string `help:"Read events accepted until this time, in the same forms (default: now)." placeholder:"TIME"`
	Events   int    `default:"10000" help:"Maximum number of events to read (default: ${default})." placeholder:"N"`
	Write    bool   `help:"Write the proposed entries to the document."`
	Samples  string `type:"path" help:"Save one sample of each unknown event type in this directory, with personal data replaced. Existing files are kept." placeholder:"DIR"`
	JSON     bool   `help:"Print JSON."`
}

// Learned is what the command prints as JSON.
type Learned struct {
	learn.Report
	// Published is how many events were left out, because pai-notify published
	// them: they say nothing about PAI's.
	Published int `json:"published,omitempty"`
	// Targets are those on the bus, as the service tells them.
	Targets []bus.Address `json:"targets,omitempty"`
	// Adopted is the report by the document with the proposals in it.
	Adopted *learn.Report `json:"adopted,omitempty"`
	// Samples are the files that were saved, and Written tells that the document
	// has the proposals now.
	Samples []string `json:"samples,omitempty"`
	Written bool     `json:"written,omitempty"`
}

// Run tells what passed the bus. The answer is no when nothing did, or when
// something is proposed and was not written.
func (c *Learn) Run(ctx context.Context, s terminal.Streams) error {
	if c.Events <= 0 {
		return errors.New("--events must be at least 1")
	}
	if c.LogGroup != "" && c.Bus != provision.AWS {
		return errors.New("--log-group is for --bus aws alone")
	}
	if c.Write && c.Workspace == "-" {
		return errors.New("--write needs a document in a file")
	}
	now := time.Now()
	since, err := input.ReadTime(c.Since, now)
	if err != nil {
		return fmt.Errorf("--since: %w", err)
	}
	until, err := input.ReadTime(c.Until, now)
	if err != nil {
		return fmt.Errorf("--until: %w", err)
	}
	if until.IsZero() {
		until = now
	}
	if epoch := time.Unix(0, 0); since.Before(epoch) {
		since = epoch // services count from there; "" is the beginning
	}
	if !since.Before(until) {
		return errors.New("--since must be before --until")
	}
	text, err := input.ReadFile(c.Workspace, workspace.MaxDocumentBytes, s)
	if err != nil {
		return err
	}
	w, err := input.ParseWorkspace(text, c.Workspace, s)
	if err != nil {
		return err
	}
	c.LearnFrom = c.LogGroup
	cloud, err := c.Open(ctx)
	if err != nil {
		return err
	}
	if cloud.Traces == nil {
		return errors.New("this bus does not remember what passed it")
	}
	var found Learned
	from := cloud.TracesOfOthers()
	found.Report, err = learn.Read(ctx, from, w, learn.Options{Bus: w.Bus(), Since: since, Until: until, Events: c.Events})
	found.Published = from.Published
	if err != nil {
		if found.Events > 0 && !c.JSON { // what was read before is worth to be seen
			c.print(s.Out, found, cloud)
		}
		if remedy := unreadable(err, cloud, c.Workspace, w.Bus(), c.LogGroup); remedy != "" {
			return fmt.Errorf("%w\n  %s", err, remedy)
		}
		return err
	}
	adopted, unfit := c.adopt(text, found.Report)
	if unfit != nil && c.Write {
		return unfit
	}
	if unfit != nil {
		fmt.Fprintln(s.Err, "warning:", unfit)
	}
	if adopted != nil {
		found.Adopted = &adopted.report
	}
	found.Targets = targetsOn(ctx, cloud, w.Bus(), s)
	if c.Samples != "" {
		if found.Samples, err = saveSamples(c.Samples, found.Report, s); err != nil {
			return err
		}
	}
	if adopted != nil && c.Write {
		if !c.JSON {
			printDiff(s.Out, c.Workspace, text, adopted)
		}
		if err := adopted.write(c.Workspace, text); err != nil {
			return err
		}
		found.Written = true
	}
	if c.JSON {
		err = terminal.PrintJSON(s.Out, found)
	} else {
		c.print(s.Out, found, cloud)
	}
	if err == nil && (found.Events == 0 || len(found.Proposals) > 0 && !found.Written) {
		return terminal.ErrNo
	}
	return err
}

// targetsOn returns how the targets on the bus address functions. Learning goes
// on without.
func targetsOn(ctx context.Context, cloud provision.Cloud, on string, s terminal.Streams) []bus.Address {
	if cloud.Addresses == nil {
		return nil
	}
	rules, err := cloud.Bus.ListRules(ctx, on)
	var names []string
	for _, r := range rules {
		names = append(names, r.Name)
	}
	var list []bus.Address
	if err == nil {
		list, err = cloud.Addresses.Addresses(ctx, on, names)
	}
	if err != nil {
		fmt.Fprintln(s.Err, "warning: how the bus's targets address functions could not be read:", terminal.OneLine(err.Error()))
	}
	return list
}

// saveSamples writes a sample of each kind that the catalogue has no type for. A
// file that is there stays.
func saveSamples(dir string, r learn.Report, s terminal.Streams) ([]string, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	scrubber := learn.NewScrubber()
	var saved []string
	for _, k := range r.Kinds {
		e, ok := k.Sample()
		if len(k.KnownTypes) > 0 || !ok {
			continue
		}
		text, err := scrubber.Sample(e)
		if err != nil {
			return saved, err
		}
		name := learn.FileName(k)
		file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, os.ErrExist) {
			fmt.Fprintf(s.Err, "%s stays as it is\n", name)
			continue
		}
		if err != nil {
			return saved, err
		}
		_, err = file.Write(text)
		if err = errors.Join(err, file.Close()); err != nil {
			return saved, err
		}
		saved = append(saved, name)
	}
	return saved, nil
}
