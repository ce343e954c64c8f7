package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/secrets"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/cloudevents"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/function"
)

type upCommand struct {
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
const stopTimeout = functionTimeout

// Run publishes the events, prints what became of them as it goes, and serves
// until it is interrupted. With Once the answer is no when a notification
// failed.
func (c *upCommand) Run(ctx context.Context, s streams) error {
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
		fmt.Fprintln(s.err, "pai-notify:", unread)
	}
	logs := io.Discard
	if c.Logs || c.Workspace != "" {
		logs = s.err
	}
	slog.SetDefault(slog.New(function.NewLogHandler(slog.NewJSONHandler(logs, nil))))
	u, err := c.start(ctx, directory, s, logs)
	if err != nil {
		return unlessInterrupted(ctx, err)
	}
	t := &table{out: s.out, showSkipped: c.ShowSkipped}
	count := len(u.workspace.Rules)
	if u.degraded != nil {
		_, count = standing(ctx, u.bus)
	}
	t.header(u.workspace, count, len(samples))
	err = u.tell(ctx, samples, t)
	if err == nil && len(samples) > 0 {
		t.footer()
	}
	if err == nil && u.demo != nil {
		t.received(u.demo)
	}
	if err == nil && !c.Once {
		u.announce(s.out)
		<-ctx.Done()
	}
	if stopErr := u.stop(ctx); err == nil {
		err = stopErr
	}
	switch {
	case err != nil:
		return err
	case c.Once && (t.failed > 0 || unread != nil):
		return errNo
	case !c.Once:
		fmt.Fprintln(s.out, "\nStopped.")
	}
	return nil
}

// directory returns where the bus keeps its data. A bus that runs there already
// is named before anything else is tried.
func (c *upCommand) directory(ctx context.Context) (string, error) {
	if err := loopback(c.Listen); err != nil {
		return "", err
	}
	if c.Data == "" && (c.Workspace == "" || c.Inbox) && !c.own {
		return local.Memory, nil
	}
	directory, err := dataDirectory(c.Data)
	if err != nil || directory == local.Memory {
		return directory, err
	}
	if err := secrets.Directory(directory); err != nil {
		return "", err
	}
	if r, err := findRunning(ctx, directory, runningFile); err == nil {
		return "", fmt.Errorf("process %d runs the bus of %s, at %s: stop it, or name another directory with --data", r.PID, directory, r.Endpoint)
	}
	return directory, keepApart(directory, c.Inbox)
}

// tell publishes events and prints what becomes of them.
func (u *up) tell(ctx context.Context, samples []event.Event, t *table) error {
	for _, e := range samples {
		rows, err := u.publish(ctx, e)
		if err != nil {
			return unlessInterrupted(ctx, err)
		}
		t.print(rows)
	}
	return nil
}

// unlessInterrupted returns err, or nil when it comes of the interruption, which
// is a good end.
func unlessInterrupted(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return nil
	default:
		return err
	}
}

// announce says where everything is.
func (u *up) announce(out io.Writer) {
	bus := u.workspace.Bus()
	fmt.Fprintf(out, "\nServing on %s:\n", u.server.url)
	for _, line := range [][2]string{
		{"console", u.link()},
		{"EventBridge API", u.server.url + ", account " + u.account.Number() + u.keyPlace()},
		{"CloudEvents", "POST " + u.server.url + cloudevents.Path(bus)},
		{"metrics, health", u.server.url + "/metrics, " + u.server.url + "/healthz"},
	} {
		fmt.Fprintf(out, "  %s%s\n", pad(line[0], 16), line[1])
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
		"\n%s\nStop with Ctrl-C.\n", u.server.url, cloudevents.Path(bus), u.lookCommand())
}

// up is the system on one machine.
type up struct {
	*parts
	*reporter
	degraded  *degraded // nil when the document is on the bus
	directory string    // "" when nothing is known to other processes
	displaced bool      // because they know another one
	given     string    // the directory as the user named it
	running   running
	said      io.Writer // what goes on while it runs

	login      *access.Login
	consoleURL string
	publishers func(http.Handler) http.Handler // what stands before publishing
}

// link is where one browser gets into the console.
func (u *up) link() string { return u.consoleURL + u.login.Link() }
