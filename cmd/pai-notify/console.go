package main

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
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/preview"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/secrets"
	"github.com/pai-notify/pai-notify/functions/provision"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/function"
	"github.com/pai-notify/pai-notify/shared/target"
)

type consoleCommand struct {
	Workspace    string `short:"w" type:"path" help:"Workspace document; workspace.yaml in the data directory when left out. It need not exist yet." placeholder:"FILE"`
	Bus          string `enum:"aliyun,aws,local" default:"local" help:"Whose EventBridge it is: ${enum}; local starts bus and functions on this machine." placeholder:"aliyun|aws|local"`
	Region       string `help:"Region of the cloud." placeholder:"REGION"`
	Endpoint     string `help:"Address of the cloud's service, instead of the region's." placeholder:"URL"`
	DeadLetter   string `help:"ARN of the queue that keeps what the cloud's bus cannot deliver." env:"PAI_NOTIFY_DEAD_LETTER" placeholder:"ARN"`
	Functions    string `help:"What the names of the functions begin with." env:"PAI_NOTIFY_FUNCTIONS_PREFIX" default:"pai-notify-" placeholder:"PREFIX"`
	Owner        string `help:"Whose mark the rules bear; the document's owner, or the workspace's name." placeholder:"OWNER"`
	TakeOver     string `help:"Treat the rules of this other owner as this document's, or one rule of it." placeholder:"OWNER[/RULE]"`
	Data         string `help:"Directory of the bus of this machine, of the document and of pasted secrets; the one in your state directory when left out." placeholder:"DIR"`
	Listen       string `default:"127.0.0.1:8788" help:"Address of the console. Others than loopback ask for a token."`
	Token        string `env:"PAI_NOTIFY_CONSOLE_TOKEN" help:"Token that the console asks for; made up when it is needed and left out." placeholder:"TOKEN"`
	NotActivated bool   `help:"Begin with an account of this machine that has not activated EventBridge."`
	Logs         bool   `help:"Show log lines on standard error, in JSON."`
}

// shortestToken is as long as nobody tries out.
const shortestToken = 16

// Run serves the console until it is interrupted.
func (c *consoleCommand) Run(ctx context.Context, s streams) error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("--listen %s: %w: give host:port, such as 127.0.0.1:8788", c.Listen, err)
	}
	switch {
	case c.Token == "" && loopback(c.Listen) != nil:
		c.Token = rand.Text()
	case c.Token != "" && len(c.Token) < shortestToken:
		return fmt.Errorf("--token: give at least %d characters, or leave it out to have one made up", shortestToken)
	}
	logs := io.Discard
	if c.Logs {
		logs = s.err
	}
	slog.SetDefault(slog.New(function.NewLogHandler(slog.NewJSONHandler(logs, nil))))
	if c.Bus == provision.Local {
		return c.here(ctx, s, logs)
	}
	return c.over(ctx, s)
}

// here serves it together with bus and functions in this process.
func (c *consoleCommand) here(ctx context.Context, s streams, logs io.Writer) error {
	u := upCommand{
		Workspace: c.Workspace, Data: c.Data, Listen: c.Listen, NotActivated: c.NotActivated, Build: "build", own: true, token: c.Token,
		Keep: 30 * 24 * time.Hour, KeepBytes: 1 << 30,
	}
	apart := loopback(c.Listen) != nil || c.Token != ""
	if apart {
		u.Listen = "127.0.0.1:0" // the bus and its functions stay on this machine
	}
	directory, err := u.directory(ctx)
	if err != nil {
		return err
	}
	running, err := u.start(ctx, directory, s, logs)
	if err != nil && ctx.Err() != nil {
		return nil // interrupted before it ran
	}
	if err != nil {
		return err
	}
	shown := running.server
	if apart {
		if shown, err = listen(c.Listen); err != nil {
			return errors.Join(err, running.stop(ctx))
		}
		shown.serve(running.console)
		defer shown.close(context.WithoutCancel(ctx))
	}
	c.announce(s.out, shown.url, running.document)
	<-ctx.Done()
	err = running.stop(ctx)
	fmt.Fprintln(s.out, "\nStopped.")
	return err
}

// over serves it over the bus of a cloud.
func (c *consoleCommand) over(ctx context.Context, s streams) error {
	place := placeFlags{Bus: c.Bus, Region: c.Region, Endpoint: c.Endpoint, DeadLetter: c.DeadLetter}
	cloud, err := place.open(ctx)
	if err != nil {
		return err
	}
	directory, err := dataDirectory(c.Data)
	if err != nil {
		return err
	}
	if directory == local.Memory {
		return errors.New("--data :memory: is for the bus of this machine: name a directory for pasted secrets")
	}
	options := provision.Options{Prefix: c.Functions, Owner: c.Owner, TakeOver: c.TakeOver}
	if err := options.Check(); err != nil {
		return err
	}
	document := c.Workspace
	if document == "" {
		document = filepath.Join(directory, documentFile)
	}
	declares := &declares{path: document, inbox: &target.Declared{}}
	o, closing, err := consoleOptions(declares, filepath.Join(directory, secretsFile))
	if err != nil {
		return err
	}
	defer func() { _ = closing() }()
	o.Cloud, o.Provision, o.Token = cloud, options, c.Token
	server, err := listen(c.Listen)
	if err != nil {
		return err
	}
	if text, err := os.ReadFile(document); err == nil {
		// The console shows what is wrong with a document.
		if w, err := parseWorkspace(text, document, streams{s.in, s.out, io.Discard}); err == nil {
			warnUnset(s.err, w, "tests from here fail; whether the functions have it, the check-up asks them")
		}
	}
	server.serve(console.New(o))
	c.announce(s.out, server.url, document)
	<-ctx.Done()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	server.close(ctx)
	fmt.Fprintln(s.out, "\nStopped.")
	return nil
}

func (c *consoleCommand) announce(out io.Writer, url, document string) {
	elsewhere := ""
	if all := strings.NewReplacer("//0.0.0.0:", "//127.0.0.1:", "//[::]:", "//127.0.0.1:").Replace(url); all != url {
		url, elsewhere = all, "From elsewhere, write the name of this machine instead of 127.0.0.1.\n"
	}
	if c.Token != "" {
		url += "/login?token=" + c.Token
	}
	fmt.Fprintf(out, "The console is at %s\n%sIt keeps the workspace document in %s.\nStop with Ctrl-C.\n", url, elsewhere, console.ShownPath(document))
}

// What the console keeps in a data directory.
const (
	documentFile = "workspace.yaml"
	secretsFile  = "secrets.env"
)

// consoleOptions opens what every console needs. closing ends it.
func consoleOptions(d *declares, secretsPath string) (o console.Options, closing func() error, err error) {
	kept, err := secrets.Open(secretsPath)
	if err != nil {
		return o, nil, err
	}
	d.kept = kept.Names
	specs, err := d.specs()
	if err != nil {
		return o, nil, err
	}
	standIn, err := preview.Start()
	if err != nil {
		return o, nil, err
	}
	if err := allow(standIn.Addresses()...); err != nil {
		return o, nil, errors.Join(err, standIn.Close())
	}
	return console.Options{
		Document: d.path, Specs: specs, Secrets: kept, Declared: d.declared, Preview: standIn, Log: slog.Default(),
	}, standIn.Close, nil
}

// prepareConsole opens what the console of a bus of this machine needs, the
// secrets among it. That is before the bus goes on with what waits: a message
// would fail for good whose webhook is not there yet.
func (u *up) prepareConsole(document, directory, token string) (console.Options, error) {
	secretsPath := ""
	if directory != local.Memory {
		secretsPath = filepath.Join(directory, secretsFile)
	}
	u.declares = &declares{path: document, inbox: &target.Declared{}}
	if u.demo != nil {
		u.declares.settle = u.demo.settle
	}
	o, closing, err := consoleOptions(u.declares, secretsPath)
	if err != nil {
		return o, err
	}
	u.closing = append(u.closing, closing)
	o.Token, u.document = token, document
	if u.demo == nil {
		return o, nil
	}
	o.Settle = u.demo.settle
	o.Inbox, o.InboxPage, err = u.demo.first()
	u.declares.inbox = u.demo.declared()
	if token != "" {
		o.InboxPage = u.server.url + o.InboxPage
	}
	return o, err
}

// openConsole serves the console at "/".
func (u *up) openConsole(ctx context.Context, o console.Options) error {
	var err error
	if o.Cloud, err = u.running.cloud(ctx); err != nil {
		return err
	}
	o.Cloud.Waiting, o.Cloud.Applied = waitingAt(u.bus), u.Settle
	o.History, o.Activate = u.bus, u.bus.Activate
	o.Degraded = func(ctx context.Context) error { return u.degraded.reason(ctx) }
	u.console = console.New(o)
	u.server.mux.Handle("/", u.console)
	return nil
}

// consoleDocument is where the console finds the document: the one that was
// given, or one in the data directory, which begins as the demo's unless the
// console is to begin with none.
func (c *upCommand) consoleDocument(u *up, directory string) (string, error) {
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
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return "", err
	}
	file, err := os.OpenFile(document, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return document, nil
	}
	if err != nil {
		return "", err
	}
	_, err = file.Write(demoWorkspace)
	return document, errors.Join(err, file.Close())
}
