package try

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/localinbox"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/function"
	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Send is the command that invokes one function with one event.
type Send struct {
	Workspace string        `short:"w" type:"path" help:"Workspace document with the rules for an event that carries none (default: the demo's)." placeholder:"FILE"`
	On        string        `enum:"process,fc,lambda" default:"process" help:"Where to run the function: in this process, or as its executable under the runtime API of Function Compute or Lambda (${enum}; default: ${default})."`
	Build     string        `default:"build" type:"path" help:"Folder with the functions' executables (default: ${default})." placeholder:"DIR"`
	Inbox     bool          `help:"Send to a local inbox in place of every receiver, and print what it received."`
	Timeout   time.Duration `default:"30s" help:"Deadline of the invocation (default: ${default})."`
	Logs      bool          `help:"Print the function's logs to standard error."`
	Function  string        `arg:"" help:"Target type of the function, such as dingtalk."`
	Event     string        `arg:"" help:"File with the event, in any form that functions accept; - for standard input."`
}

// Run invokes the function with the payload and prints its answer. It returns the
// answer no when a notification, or a record of a queue, failed.
func (c *Send) Run(ctx context.Context, s terminal.Streams) error {
	payload, err := input.ReadInput(c.Event, s)
	if err != nil {
		return err
	}
	var in *localinbox.Inbox
	if c.Inbox {
		var stop func()
		if in, stop, err = localinbox.Start(c.Workspace); err != nil {
			return err
		}
		in.TakeAll()
		defer stop()
		defer func() { in.PrintMessages(s.Err) }()
	}
	forget, err := c.configure(in, s)
	if err != nil {
		return err
	}
	defer forget()
	var log bytes.Buffer
	logs := io.Writer(&log)
	if c.Logs {
		logs = io.MultiWriter(&log, s.Err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	answer, err := c.invoke(ctx, in, payload, logs)
	if failure, ok := errors.AsType[*runtimeapi.FunctionError](err); ok && json.Valid([]byte(failure.Message)) {
		terminal.Indent(s.Out, []byte(failure.Message))
		return terminal.ErrNo
	}
	if failure, ok := errors.AsType[function.Failure](err); ok {
		terminal.Indent(s.Out, []byte(failure.Error()))
		return terminal.ErrNo
	}
	if err != nil {
		return err
	}
	terminal.Indent(s.Out, answer)
	return judge(bytes.TrimSpace(answer), log.Bytes(), s)
}

// configure gives the function rules for events that come without a wrapper, in a
// file that forget removes.
func (c *Send) configure(in *localinbox.Inbox, s terminal.Streams) (forget func(), err error) {
	forget = func() {}
	apart := in != nil && c.On != "process" // where the inbox is not known
	var document []byte
	switch {
	case os.Getenv(workspace.Variable) == "" || c.Workspace != "":
		document, err = input.ReadJSON(c.Workspace, in.Completer(), s)
	case apart:
		document, _, err = workspace.Configured(c.Function)
	default:
		return forget, nil
	}
	if err == nil && apart {
		document, err = in.RedirectJSON(document)
	}
	if err != nil {
		return forget, err
	}
	// An event that comes with its target may name what the document does.
	w, err := workspace.Parse(document, c.Workspace, functions.Register()...)
	if err != nil {
		return forget, err
	}
	declared, err := input.DeclaredFor(w)
	if err != nil {
		return forget, err
	}
	folder, err := os.MkdirTemp("", "pai-notify-")
	if err != nil {
		return forget, err
	}
	file := filepath.Join(folder, "workspace.json")
	return func() { _ = os.RemoveAll(folder) }, errors.Join(
		os.WriteFile(file, document, 0o600), os.Setenv(secret.DeclaredVariable, declared.String()), os.Setenv(workspace.Variable, "file:"+file))
}

func (c *Send) invoke(ctx context.Context, in *localinbox.Inbox, payload []byte, logs io.Writer) ([]byte, error) {
	spec, ok := functions.Lookup(c.Function)
	if !ok {
		return nil, fmt.Errorf("there is no function %q: use one of %v", c.Function, input.FunctionTypes())
	}
	if c.On == "process" {
		slog.SetDefault(slog.New(function.NewLogHandler(slog.NewJSONHandler(logs, nil))))
		return deliver.Handler(in.Instead(spec), nil, nil)(ctx, payload)
	}
	platform, err := runtimeapi.ParsePlatform(c.On)
	if err != nil {
		return nil, err
	}
	process, err := runtimeapi.Start(platform, filepath.Join(c.Build, c.Function, "bootstrap"), runtimeapi.Environment(), logs)
	if err != nil {
		return nil, err
	}
	defer process.Close()
	if payload, err = in.Redirect(payload); err != nil {
		return nil, err
	}
	return process.Invoke(ctx, payload)
}
