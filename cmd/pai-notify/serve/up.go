// Package serve has the commands that run the bus and the console on this machine:
// up and console.
package serve

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/declared"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/localfunctions"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/localinbox"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/report"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/secrets"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/bus/local/cloudevents"
	"github.com/pai-notify/pai-notify/shared/event"
)

// Up is the command that runs the bus, the functions, an inbox and the console.
type Up struct {
	Workspace    string        `short:"w" type:"path" help:"Workspace document (default: the demo's)." placeholder:"FILE"`
	Data         string        `help:"Data directory: rules, events and notifications (default: in your state directory; with the demo or --inbox, :memory:)." placeholder:"DIR"`
	Events       string        `type:"path" help:"Folder of events to publish at the start (default: the samples for the demo, none for your own document)." placeholder:"DIR"`
	Listen       string        `default:"127.0.0.1:0" help:"Loopback address to serve on; port 0 picks a free port (default: ${default})."`
	Once         bool          `help:"Exit when the events have been handled."`
	Inbox        bool          `help:"Send to a local inbox in place of the receivers. A target whose environment variable you have set still goes to its real receiver; standard error lists each."`
	ShowSkipped  bool          `help:"Also print what was skipped, and why."`
	Isolate      bool          `help:"Run each function as its own process, under the runtime API of Function Compute."`
	Build        string        `default:"build" type:"path" help:"With --isolate: folder with the functions' executables (default: ${default})." placeholder:"DIR"`
	NotActivated bool          `help:"Start with an account that has not activated EventBridge: every API call returns ServiceNotEnable."`
	Keys         string        `type:"path" help:"More access keys for the API, with RAM policies, as JSON." placeholder:"FILE"`
	Keep         time.Duration `default:"720h" help:"How long to keep history (default: ${default})."`
	KeepBytes    int64         `default:"1073741824" help:"Database size in bytes above which the oldest history is deleted (default: ${default})."`
	RulesPerBus  int           `help:"Maximum number of rules per bus, to try out a cloud's quota; 0 for no limit." placeholder:"N"`
	Logs         bool          `help:"Print logs to standard error, as JSON; always on with your own document."`

	tokenFlags

	// own begins with the console's own document, which need not exist yet,
	// and with an inbox that stands in for no platform; consoleURL is where the
	// console is served, if not with the bus.
	own        bool
	consoleURL string
}

// stopTimeout is how long notifications under way have to end when the program
// is stopped. What has not begun waits in the data directory.
const stopTimeout = input.FunctionTimeout

// Run publishes the events, prints what became of them as it goes, and serves
// until it is interrupted. With Once the answer is no when a notification
// failed.
func (c *Up) Run(ctx context.Context, s terminal.Streams) error {
	keepPrivate()
	directory, err := c.directory(ctx)
	if err != nil {
		return err
	}
	samples, unread := c.samples()
	if unread != nil {
		if len(samples) == 0 {
			return unread
		}
		fmt.Fprintln(s.Err, "pai-notify:", unread)
	}
	logs := s.Log(c.Logs || c.Workspace != "")
	u, err := c.start(ctx, directory, s, logs)
	if err != nil && ctx.Err() != nil {
		return nil //nolint:nilerr // being interrupted is a good end
	}
	if err != nil {
		return err
	}
	t := &report.Table{Out: s.Out, ShowSkipped: c.ShowSkipped}
	count := len(u.Workspace.Rules)
	if u.degraded.now() {
		_, count = countRules(ctx, u.bus)
	}
	t.Header(u.Workspace, count, len(samples))
	if err = u.publish(ctx, samples, t); err == nil {
		if u.inbox != nil {
			u.inbox.PrintPages(s.Out)
		}
		if !c.Once {
			u.announce(s.Out)
			<-ctx.Done()
		}
	}
	if stopErr := u.stop(ctx); err == nil {
		err = stopErr
	}
	switch {
	case err != nil:
		return err
	case c.Once && (t.Failed > 0 || unread != nil):
		return terminal.ErrNo
	case !c.Once:
		fmt.Fprintln(s.Out, "\nStopped.")
	}
	return nil
}

// samples returns the events to begin with.
func (c *Up) samples() ([]event.Event, error) {
	switch {
	case c.NotActivated:
		return nil, nil // nobody would take them
	case c.Events != "":
		files, err := filepath.Glob(filepath.Join(c.Events, "*.json"))
		if err == nil && len(files) == 0 {
			err = fmt.Errorf("--events: there is no .json file in %s", c.Events)
		}
		if err != nil {
			return nil, err
		}
		return input.ReadAll(files, terminal.Streams{})
	case c.Workspace != "":
		return nil, nil // its targets may be real, and the samples are invented
	}
	var list []event.Event
	for _, name := range events.Story() {
		text, err := events.Files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		e, err := event.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		list = append(list, e)
	}
	return list, nil
}

// directory returns where the bus keeps its data. A bus that runs there already
// is named before anything else is tried.
func (c *Up) directory(ctx context.Context) (string, error) {
	if err := running.Loopback(c.Listen); err != nil {
		return "", err
	}
	if c.Data == "" && (c.Workspace == "" || c.Inbox) && !c.own {
		return local.Memory, nil
	}
	directory, err := running.DataDirectory(c.Data)
	if err != nil || directory == local.Memory {
		return directory, err
	}
	if err := secrets.Directory(directory); err != nil {
		return "", err
	}
	if r, err := running.Find(ctx, directory, running.BusFile); err == nil {
		return "", fmt.Errorf("process %d runs the bus of %s, at %s: stop it, or name another directory with --data", r.PID, directory, r.Endpoint)
	}
	return directory, running.KeepApart(directory, c.Inbox)
}

// publish publishes events and prints their outcomes, until it is interrupted.
func (u *system) publish(ctx context.Context, samples []event.Event, t *report.Table) error {
	for _, e := range samples {
		outcomes, err := u.Publish(ctx, e)
		if err != nil && ctx.Err() != nil {
			break
		}
		if err != nil {
			return err
		}
		t.Print(outcomes)
	}
	if len(samples) > 0 {
		t.Footer()
	}
	return nil
}

// announce says where everything is.
func (u *system) announce(out io.Writer) {
	bus := u.Workspace.Bus()
	fmt.Fprintf(out, "\nServing on %s:\n", u.server.URL)
	for _, line := range [][2]string{
		{"console", u.link()},
		{"EventBridge API", u.server.URL + ", account " + u.account.Number() + u.accessKeyHint()},
		{"CloudEvents", "POST " + u.server.URL + cloudevents.Path(bus)},
		{"metrics, health", u.server.URL + "/metrics, " + u.server.URL + "/healthz"},
	} {
		fmt.Fprintf(out, "  %s%s\n", terminal.Pad(line[0], 16), line[1])
	}
	if u.directory != "" { // otherwise no command finds it
		fmt.Fprintln(out, "\n"+linkHelp+u.dataFlag())
	}
	if !u.bus.Activated() {
		fmt.Fprintln(out, "\nEventBridge is not activated in this account: every call answers ServiceNotEnable.\nStop with Ctrl-C.")
		return
	}
	fmt.Fprintf(out, "\nPublish an event of your own, each with an id of its own, and see what became of it:\n"+
		`  sed 's/"id": "[^"]*"/"id": "mine-1"/' events/dlc-job-failed.json | curl -H 'Content-Type: application/cloudevents+json' --data-binary @- %s%s`+
		"\n%s\nStop with Ctrl-C.\n", u.server.URL, cloudevents.Path(bus), u.historyHint())
}

// system is all that runs for the command, in the order in which it is started.
type system struct {
	server    *running.Server
	inbox     *localinbox.Inbox // nil without an inbox
	functions *localfunctions.Functions
	bus       *local.Bus
	account   *account.Account
	console   http.Handler
	document  string            // that the console changes
	declared  *declared.Secrets // what targets may name
	closing   []func() error    // what goes last

	*report.Reporter
	degraded  degraded
	directory string // "" when nothing is known to other processes
	displaced bool   // because they know another one
	given     string // the directory as the user named it
	running   running.Process
	errors    io.Writer // standard error while it runs

	login      *access.Login
	consoleURL string
	publishers func(http.Handler) http.Handler // what stands before publishing
}

// link is where one browser gets into the console.
func (u *system) link() string { return u.consoleURL + u.login.Link() }
