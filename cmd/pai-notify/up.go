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
	Workspace    string        `short:"w" type:"path" help:"Workspace document; the demo's when left out." placeholder:"FILE"`
	Data         string        `help:"Directory of the bus: its rules, events and notifications. Left out, a workspace of your own has it in your state directory, and the demo, or anything with --inbox, keeps all in memory, as :memory: does." placeholder:"DIR"`
	Events       string        `type:"path" help:"Folder of events to publish at the start. Left out, the demo gets the samples, and a workspace of your own nothing." placeholder:"DIR"`
	Listen       string        `default:"127.0.0.1:0" help:"Loopback address of everything that is served; port 0 takes a free one."`
	Once         bool          `help:"End when the events are published instead of serving on."`
	Inbox        bool          `help:"Have an inbox of this machine take the messages in place of all contacts, robots and endpoints of the document. A target that names a variable which you have set is real all the same; standard error says so of each."`
	Isolate      bool          `help:"Run each function's built executable under the runtime API of Function Compute, and not in this process."`
	Build        string        `default:"build" type:"path" help:"Folder with the executables that make build writes, for --isolate." placeholder:"DIR"`
	NotActivated bool          `help:"Begin with an account that has not activated EventBridge: every call answers ServiceNotEnable."`
	Keys         string        `type:"path" help:"Further access keys of the API, with RAM policies: JSON." placeholder:"FILE"`
	Keep         time.Duration `default:"720h" help:"How long the history is kept."`
	KeepBytes    int64         `default:"1073741824" help:"Size of the database in bytes above which the oldest of the history goes."`
	RulesPerBus  int           `help:"How many rules a bus may have, to try the quota of a cloud, such as 50; 0 for any number." placeholder:"N"`
	Logs         bool          `help:"Show log lines on standard error, in JSON; a workspace of your own always does."`

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
	t := newTable(s.out)
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
