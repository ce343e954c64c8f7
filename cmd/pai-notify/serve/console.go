package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/account"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/archive"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/home"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/preview"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/declared"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/demo"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/files"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/secrets"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/secret"
)

// Console is the command that serves the console.
type Console struct {
	Workspace  string `short:"w" type:"path" help:"Workspace document, which need not exist yet (default: workspace.yaml in the data directory)." placeholder:"FILE"`
	Bus        string `enum:"aliyun,aws,local" default:"local" help:"Which EventBridge to use; local runs the bus and the functions on this machine (default: ${default})." placeholder:"aliyun|aws|local"`
	Region     string `help:"Region of the cloud (default: from your credentials)." placeholder:"REGION"`
	Endpoint   string `help:"Address of the cloud's service (default: the region's)." placeholder:"URL"`
	DeadLetter string `help:"ARN of the queue for events that the cloud's bus cannot deliver." env:"PAI_NOTIFY_DEAD_LETTER" placeholder:"ARN"`
	Functions  string `help:"Function name prefix." env:"PAI_NOTIFY_FUNCTIONS_PREFIX" default:"pai-notify-" placeholder:"PREFIX"`
	Ledger     string `help:"Ledger that the history is read from, with --bus aliyun or aws (default: that of the deployed functions)." env:"PAI_NOTIFY_LEDGER" placeholder:"REF"`
	Owner      string `help:"Owner of the rules (default: the document's owner, or the workspace's name)." placeholder:"OWNER"`
	TakeOver   string `help:"Take over the rules of another owner, or one of them." placeholder:"OWNER[/RULE]"`
	Data       string `help:"Data directory: the local bus, the document, and secrets pasted into the console (default: in your state directory)." placeholder:"DIR"`
	Listen     string `default:"127.0.0.1:8788" help:"Address to serve the console on (default: ${default}). Use 0.0.0.0:8788 to serve other machines too."`
	Link       bool   `help:"Print a new login link for the running console and exit."`
	tokenFlags
	addressFlags
	NotActivated bool `help:"Start with an account that has not activated EventBridge (local only)."`
	Logs         bool `help:"Print logs to standard error, as JSON."`
}

// Run serves the console until it is interrupted.
func (c *Console) Run(ctx context.Context, s terminal.Streams) error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("--listen %s: %w: give host:port, such as 127.0.0.1:8788", c.Listen, err)
	}
	if c.Link {
		return c.printLink(ctx, s)
	}
	keepPrivate()
	logs := s.Log(c.Logs)
	if c.Bus == provision.Local {
		return c.onThisMachine(ctx, s, logs)
	}
	return c.onCloud(ctx, s)
}

// onThisMachine serves it together with bus and functions in this process.
func (c *Console) onThisMachine(ctx context.Context, s terminal.Streams, logs io.Writer) error {
	up := Up{
		Workspace: c.Workspace, Data: c.Data, Listen: c.Listen, NotActivated: c.NotActivated, Build: "build", own: true, tokenFlags: c.tokenFlags,
		Keep: 30 * 24 * time.Hour, KeepBytes: 1 << 30,
	}
	separate := c.separate(c.Listen)
	if separate {
		up.Listen = "127.0.0.1:0" // the bus and its functions stay on this machine
	}
	directory, err := up.directory(ctx)
	if err != nil {
		return err
	}
	var shown *running.Server
	if separate {
		if shown, err = c.listen(c.Listen); err != nil {
			return err
		}
		defer shown.Close(context.WithoutCancel(ctx))
		up.consoleURL = c.address(shown)
	}
	running, err := up.start(ctx, directory, s, logs)
	if err != nil && ctx.Err() != nil {
		return nil // interrupted before it ran
	}
	if err != nil {
		return err
	}
	if separate {
		shown.Serve(running.console)
	}
	c.announce(s, running.link(), running.document)
	<-ctx.Done()
	err = running.stop(ctx)
	fmt.Fprintln(s.Out, "\nStopped.")
	return err
}

// onCloud serves it over the bus of a cloud.
func (c *Console) onCloud(ctx context.Context, s terminal.Streams) error {
	options, err := provision.Options{Prefix: c.Functions, Owner: c.Owner, TakeOver: c.TakeOver}.Complete()
	if err != nil {
		return err
	}
	place := account.Place{Bus: c.Bus, Region: c.Region, Endpoint: c.Endpoint, DeadLetter: c.DeadLetter}
	cloud, err := place.Open(ctx)
	if err != nil {
		return err
	}
	directory, err := running.DataDirectory(c.Data)
	if err != nil {
		return err
	}
	if directory == local.Memory {
		return errors.New("--data :memory: is for the bus of this machine: name a directory for pasted secrets")
	}
	if err := secrets.Directory(directory); err != nil {
		return err
	}
	login, err := c.login()
	if err != nil {
		return err
	}
	document := c.Workspace
	if document == "" {
		document = filepath.Join(directory, documentFile)
	}
	o, closing, err := consoleOptions(&declared.Secrets{Path: document, Inbox: &secret.Declared{}}, filepath.Join(directory, secretsFile))
	if err != nil {
		return err
	}
	defer func() { _ = closing() }()
	o.Cloud, o.Provision, o.Login = cloud, options, login
	if o.History, err = c.history(ctx, s, cloud, document); err != nil {
		fmt.Fprintf(s.Err, "warning: the console shows no history: %s\n", cloud.Explained(err))
	}
	o.HistoryMost = archive.CountMost
	server, err := c.listen(c.Listen)
	if err != nil {
		return err
	}
	link := func() string { return c.address(server) + login.Link() }
	closeLinker, err := serveLinks(directory, link)
	if err != nil {
		return errors.Join(err, server.Listener.Close())
	}
	defer closeLinker()
	if text, err := os.ReadFile(document); err == nil {
		// The console shows what is wrong with a document.
		if w, err := input.ParseWorkspace(text, document, terminal.Streams{In: s.In, Out: s.Out, Err: io.Discard}); err == nil {
			warnUnset(s.Err, w, nil, "tests from here fail; whether the functions have it, the check-up asks them")
		}
	}
	server.Serve(console.New(o))
	c.announce(s, link(), document)
	<-ctx.Done()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	server.Close(ctx)
	fmt.Fprintln(s.Out, "\nStopped.")
	return nil
}

// history is what the ledger of the cloud's functions has of the document's
// workspace; nil when they have none.
func (c *Console) history(ctx context.Context, s terminal.Streams, cloud provision.Cloud, document string) (backend.History, error) {
	where := archive.Where{Ledger: c.Ledger, Prefix: c.Functions}
	if text, err := os.ReadFile(document); err == nil { // it need not be there, nor be right
		if w, err := input.ParseWorkspace(text, document, terminal.Streams{In: s.In, Out: s.Out, Err: io.Discard}); err == nil {
			where.Bus = w.Bus()
		}
	}
	a, err := archive.Open(ctx, cloud, where)
	if err != nil {
		if errors.Is(err, archive.ErrNone) {
			err = nil
		}
		return nil, err
	}
	return a, nil
}

// serveLinks serves the links of a console over a cloud's bus to commands on this
// machine, which find the address in the data directory.
func serveLinks(directory string, link func() string) (closing func(), err error) {
	server, err := running.Listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	place := running.Process{Endpoint: server.URL, Token: rand.Text(), PID: os.Getpid()}
	if err := place.Write(directory, running.ConsoleFile); err != nil {
		return nil, errors.Join(err, server.Listener.Close())
	}
	server.Serve(place.Only(running.Linker(link)))
	return func() {
		place.Remove(directory, running.ConsoleFile)
		_ = server.HTTP.Close()
	}, nil
}

func (c *Console) announce(s terminal.Streams, link, document string) {
	if running.Loopback(c.Listen) != nil && c.TLSCert == "" && !c.BehindProxy {
		fmt.Fprintln(s.Err, "warning: without TLS, everybody on the way to this console can read it and take over the login: give --tls-cert and --tls-key, or put a proxy with TLS before it and give --behind-proxy")
	}
	flags := ""
	if c.Bus != provision.Local {
		flags = " --bus " + c.Bus
	}
	if c.Data != "" && c.Data != local.Memory {
		flags += " --data " + c.Data
	}
	fmt.Fprintf(s.Out, "The console is at %s\n%s\n", link, linkHelp+flags)
	if running.Loopback(c.Listen) != nil && c.URL == "" {
		fmt.Fprintln(s.Out, "From elsewhere, write the name of this machine instead of its address.")
	}
	fmt.Fprintf(s.Out, "It keeps the workspace document in %s.\nStop with Ctrl-C.\n", files.Shown(document))
}

// linkHelp is what people need to know about a link.
const linkHelp = "The link logs one browser in, within 15 minutes. For another: build/pai-notify console --link"

// What the console keeps in a data directory.
const (
	documentFile = "workspace.yaml"
	secretsFile  = "secrets.env"
)

// consoleOptions opens what every console needs. closing ends it.
func consoleOptions(d *declared.Secrets, secretsPath string) (o console.Options, closing func() error, err error) {
	kept, err := secrets.Open(secretsPath)
	if err != nil {
		return o, nil, err
	}
	d.Kept = kept.Names
	specs, err := d.Specs()
	if err != nil {
		return o, nil, err
	}
	platforms := standins.All()
	standIn, err := preview.Start(platforms...)
	if err != nil {
		return o, nil, err
	}
	if err := demo.Allow(standIn.Addresses()...); err != nil {
		return o, nil, errors.Join(err, standIn.Close())
	}
	data := ""
	if secretsPath != "" {
		data = filepath.Dir(secretsPath)
	}
	return console.Options{
		Document: d.Path, Data: data, Specs: specs, Platforms: platforms, Secrets: kept, Declared: d.Declared, Preview: standIn, Log: slog.Default(),
	}, standIn.Close, nil
}

// prepareConsole opens what the console of a bus of this machine needs, the
// secrets among it. That is before the bus goes on with what waits: a message
// would fail for good whose webhook is not there yet.
func (u *system) prepareConsole(document, directory string) (console.Options, error) {
	secretsPath := ""
	if directory != local.Memory {
		secretsPath = filepath.Join(directory, secretsFile)
	}
	u.declared = &declared.Secrets{Path: document, Inbox: &secret.Declared{}}
	if u.inbox != nil {
		u.declared.Complete = u.inbox.Complete
	}
	o, closing, err := consoleOptions(u.declared, secretsPath)
	if err != nil {
		return o, err
	}
	u.closing = append(u.closing, closing)
	o.Login, u.document = u.login, document
	if u.inbox == nil {
		return o, nil
	}
	o.Settle, o.Instead = u.inbox.Complete, u.inbox.Instead
	o.Received = u.inbox.Inbox
	o.Inbox, o.InboxPage, err = u.inbox.AddFirst(home.FirstSource)
	u.declared.Inbox = u.inbox.Declared()
	return o, err
}

// openConsole serves the console at "/".
func (u *system) openConsole(ctx context.Context, o console.Options) error {
	var err error
	if o.Cloud, err = u.running.Cloud(ctx); err != nil {
		return err
	}
	o.Cloud.Update, o.Cloud.Rows = u.bus.Update, archive.RowsOf(u.bus.History)
	o.Cloud.Waiting, o.Cloud.Applied = running.WaitingAt(u.bus), u.rulesChanged
	o.History, o.Activate = u.bus, u.bus.Activate
	o.Degraded = u.degraded.reason
	u.console = console.New(o)
	u.server.Mux.Handle("/", u.console)
	return nil
}

// consoleDocument is where the console finds the document: the one that was
// given, or one in the data directory, which begins as the demo's unless the
// console is to begin with none.
func (c *Up) consoleDocument(u *system, directory string) (string, error) {
	if c.Workspace != "" {
		return filepath.Abs(c.Workspace)
	}
	if directory == local.Memory {
		temporary, err := os.MkdirTemp("", "pai-notify-")
		if err != nil {
			return "", err
		}
		u.closing = append(u.closing, func() error { return os.RemoveAll(temporary) })
		directory = temporary
	}
	document := filepath.Join(directory, documentFile)
	if c.own {
		return document, nil
	}
	file, err := os.OpenFile(document, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return document, nil
	}
	if err != nil {
		return "", err
	}
	_, err = file.Write(demo.Workspace)
	return document, errors.Join(err, file.Close())
}
