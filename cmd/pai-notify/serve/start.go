package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/declared"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/files"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/localfunctions"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/localinbox"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/receivers"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/secrets"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	alicloud "github.com/pai-notify/pai-notify/shared/bus/aliyun/account"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/inbox"
)

// start opens the bus of a directory, brings the document onto it, and serves:
// in this order, so that no event is accepted which the document's rules do not
// see, and nothing is sent that the document has changed.
func (c *Up) start(ctx context.Context, directory string, s terminal.Streams, logs io.Writer) (*system, error) {
	keys, err := c.keys()
	if err != nil {
		return nil, err
	}
	u := &system{given: c.Data, consoleURL: c.consoleURL, errors: s.Err}
	if u.login, err = c.login(); err != nil {
		return nil, err
	}
	if u.publishers, err = c.tokenFlags.publishers(); err != nil {
		return nil, err
	}
	if u.server, err = running.Listen(c.Listen); err != nil {
		return nil, err
	}
	if u.consoleURL == "" {
		u.consoleURL = u.server.URL
	}
	if err := c.open(ctx, u, directory, keys, s, logs); err != nil {
		return nil, errors.Join(err, u.stop(ctx))
	}
	return u, nil
}

func (c *Up) open(ctx context.Context, u *system, directory string, keys []account.Key, s terminal.Streams, logs io.Writer) error {
	var err error
	switch {
	case c.own:
		u.inbox, err = localinbox.New(u.server, inbox.Options{})
	case c.Inbox:
		u.inbox, err = localinbox.InPlaceOf(u.server, c.Workspace)
	case c.Workspace == "":
		u.inbox, err = localinbox.ForDemo(u.server)
	}
	if err != nil {
		return err
	}
	document, err := c.consoleDocument(u, directory)
	if err != nil {
		return err
	}
	shown, err := u.prepareConsole(document, directory)
	if err != nil {
		return err
	}
	if u.functions = localfunctions.InProcess(u.declared, u.inbox); c.Isolate {
		if u.functions, err = localfunctions.Isolated(u.declared, u.inbox, c.Build, logs); err != nil {
			return err
		}
	}
	// The bus outlives the interruption, so that what is under way can end.
	u.bus, err = local.Open(context.WithoutCancel(ctx), local.Options{
		Dir: directory, Invoke: u.functions.Invoke, AtMostOnce: input.AtMostOnce, Identify: receivers.Identify, Split: receivers.Split, Job: receivers.Job, Check: u.declared.Check, Storm: new(receivers.Storms).Of, InvokeTimeout: input.FunctionTimeout, NotActivated: c.NotActivated,
		Paused: true, HistoryAge: c.Keep, HistoryBytes: c.KeepBytes, RulesPerBus: c.RulesPerBus, Log: slog.Default(),
	})
	if err != nil {
		return err
	}
	if err := u.functions.Remember(ctx, u.bus); err != nil {
		return err
	}
	u.functions.HoldIn(u.bus)
	u.running = running.Process{
		Endpoint: u.server.URL, Region: account.DefaultRegion, AccountID: account.DefaultID,
		AccessKeyID: "local" + rand.Text(), AccessKeySecret: rand.Text(), Token: rand.Text(), PID: os.Getpid(), RulesPerBus: c.RulesPerBus,
	}
	u.account = &account.Account{
		Keys:   append([]account.Key{{ID: u.running.AccessKeyID, Secret: u.running.AccessKeySecret}}, keys...),
		Invoke: u.invokeForAccount,
		Roles:  serviceRoles, Functions: localfunctions.Names(),
		Since: time.Now(),
	}
	if err := u.openConsole(ctx, shown); err != nil {
		return err
	}
	u.server.Serve(running.API{
		Bus: u.bus, Account: u.account, Applied: u.rulesChanged, Place: u.running, Publishers: u.publishers, Link: u.link,
		Degraded: u.degraded.reason,
	}.On(u.server))
	if err := c.applyDocument(ctx, u, s); err != nil {
		return err
	}
	if err := u.rulesChanged(ctx); err != nil { // these are the rules
		return err
	}
	if err := u.publishPlace(ctx, directory); err != nil { // who finds the doors open finds the keys
		return err
	}
	u.bus.Resume() //nolint:contextcheck // what is sent outlives the start
	u.server.Enter(running.Serving)
	return nil
}

// invokeForAccount calls a function of the account. Who asks it for secrets means
// those of the document as it is now, which is to be applied next.
func (u *system) invokeForAccount(ctx context.Context, function string, payload []byte) ([]byte, error) {
	u.declared.Update(ctx)
	return u.functions.InvokeForAccount(ctx, function, payload)
}

// rulesChanged ends what waits for receivers that the rules do not have any more, and
// looks at what the targets that are left may name.
func (u *system) rulesChanged(ctx context.Context) error {
	err := u.bus.Settle(ctx)
	u.declared.Over(ctx, u.bus)
	u.inbox.Announce(u.errors, declared.ReceiversOn(u.bus)(ctx))
	return err
}

// serviceRoles are the service-linked roles that PAI and EventBridge need, which
// this account has from the beginning.
var serviceRoles = []string{alicloud.WorkspaceRole, alicloud.SendToFCRole}

// publishPlace tells other processes where the bus is. A bus in memory tells it
// in the user's state directory, unless another one runs there or there is none.
func (u *system) publishPlace(ctx context.Context, directory string) error {
	memory := directory == local.Memory
	if memory {
		var err error
		if directory, err = running.DataDirectory(""); err != nil {
			return nil //nolint:nilerr // who has no home finds the bus by what is printed
		}
		if _, err := running.Find(ctx, directory, running.BusFile); err == nil {
			u.displaced = true
			return nil
		}
	}
	if err := u.running.Write(directory, running.BusFile); err != nil {
		if memory {
			slog.Warn("other commands will not find this bus", "error", err.Error())
			return nil
		}
		return fmt.Errorf("%s cannot be written: %w: name another directory with --data", directory, err)
	}
	u.directory = directory
	return nil
}

// stop ends what was started. Notifications under way have until the timeout to
// end; what they need ends after them.
func (u *system) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if u.directory != "" {
		u.running.Remove(u.directory, running.BusFile)
	}
	var err error
	u.server.Enter(running.Stopping)
	if u.bus != nil {
		err = u.bus.Close(ctx)
	}
	if u.functions != nil {
		err = errors.Join(err, u.functions.Close())
	}
	u.server.Close(ctx)
	if u.inbox != nil {
		u.inbox.Close()
	}
	for _, closing := range u.closing {
		err = errors.Join(err, closing())
	}
	return err
}

// accessKeyHint says where the access key of this run stands; nothing when other
// processes are not told.
func (u *system) accessKeyHint() string {
	if u.directory == "" {
		return ""
	}
	return ", access key in " + files.Shown(u.directory) + "/" + running.BusFile
}

// historyHint is what shows the history of this bus, or why no command does.
func (u *system) historyHint() string {
	switch {
	case u.directory != "":
		return "  build/pai-notify history" + u.dataFlag()
	case u.displaced:
		return "Other commands find the bus that ran before it: to have them find this one, and its access key, start it with --data DIR."
	}
	return "Other commands do not find this bus: to have them find it, and its access key, start it with --data DIR."
}

// dataFlag is what other commands need to find this bus.
func (u *system) dataFlag() string {
	if u.given == "" || u.given == local.Memory {
		return ""
	}
	return " --data " + u.given
}

func (c *Up) keys() ([]account.Key, error) {
	if c.Keys == "" {
		return nil, nil
	}
	text, err := secrets.Read(c.Keys)
	if err != nil {
		return nil, fmt.Errorf("--keys: %w", err)
	}
	keys, err := account.ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Keys, err)
	}
	return keys, nil
}
