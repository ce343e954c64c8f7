package main

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

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/function"
	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

type sendCommand struct {
	Workspace string        `short:"w" type:"path" help:"Workspace document with the rules for an event that carries none (default: the demo's)." placeholder:"FILE"`
	On        string        `enum:"process,fc,lambda" default:"process" help:"Where to run the function: in this process, or as its executable under the runtime API of Function Compute or Lambda (${enum}; default: ${default})."`
	Build     string        `default:"build" type:"path" help:"Folder with the functions' executables (default: ${default})." placeholder:"DIR"`
	Inbox     bool          `help:"Send to a local inbox in place of every receiver, and print what it received."`
	Timeout   time.Duration `default:"30s" help:"Deadline of the invocation (default: ${default})."`
	Logs      bool          `help:"Print the function's logs to standard error."`
	Function  string        `arg:"" help:"Target type of the function, such as dingtalk."`
	Event     string        `arg:"" help:"File with the event, in any form that functions accept; - for standard input."`
}

// Run hands the payload to the function and prints its answer. The answer is
// no when a notification failed, or a record of a queue.
func (c *sendCommand) Run(ctx context.Context, s streams) error {
	payload, err := readInput(c.Event, s)
	if err != nil {
		return err
	}
	var d *demo
	if c.Inbox {
		var stop func()
		if d, stop, err = startInbox(c.Workspace); err != nil {
			return err
		}
		d.nothingReal = true
		defer stop()
		defer func() {
			for _, m := range d.inbox.Received() {
				fmt.Fprintf(s.err, "%s, to %s:\n%s\n", m.Platform, oneLine(m.Receiver), m.Plain())
			}
		}()
	}
	forget, err := c.configure(d, s)
	if err != nil {
		return err
	}
	defer forget()
	var log bytes.Buffer
	logs := io.Writer(&log)
	if c.Logs {
		logs = io.MultiWriter(&log, s.err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	answer, err := c.invoke(ctx, d, payload, logs)
	if failure, ok := errors.AsType[*runtimeapi.FunctionError](err); ok && json.Valid([]byte(failure.Message)) {
		printJSON(s.out, []byte(failure.Message))
		return errNo
	}
	if failure, ok := errors.AsType[function.Failure](err); ok {
		printJSON(s.out, []byte(failure.Error()))
		return errNo
	}
	if err != nil {
		return err
	}
	printJSON(s.out, answer)
	return judge(bytes.TrimSpace(answer), log.Bytes(), s)
}

// configure gives the function its rules for events that come bare, in a file
// that forget removes.
func (c *sendCommand) configure(d *demo, s streams) (forget func(), err error) {
	forget = func() {}
	apart := d != nil && c.On != "process" // where the inbox is not known
	var document []byte
	switch {
	case os.Getenv(workspace.Variable) == "" || c.Workspace != "":
		document, err = readJSON(c.Workspace, d, s)
	case apart:
		document, _, err = workspace.Configured(c.Function)
	default:
		return forget, nil
	}
	if err == nil && apart {
		document, err = d.redirected(document)
	}
	if err != nil {
		return forget, err
	}
	file, err := os.CreateTemp("", "workspace-*.json")
	if err != nil {
		return forget, err
	}
	forget = func() { _ = os.Remove(file.Name()) }
	// An event that comes with its target may name what the document does.
	w, err := workspace.Parse(document, c.Workspace, functions.Register()...)
	if err != nil {
		return forget, err
	}
	declared, err := declaredFor(w)
	if err != nil {
		return forget, err
	}
	if err := os.Setenv(target.SecretsVariable, declared.String()); err != nil {
		return forget, err
	}
	if _, err := file.Write(document); err != nil {
		return forget, err
	}
	if err := file.Close(); err != nil {
		return forget, err
	}
	return forget, os.Setenv(workspace.Variable, "file:"+file.Name())
}

func (c *sendCommand) invoke(ctx context.Context, d *demo, payload []byte, logs io.Writer) ([]byte, error) {
	if c.On == "process" {
		for _, spec := range functions.Register() {
			if spec.Type == c.Function {
				slog.SetDefault(slog.New(function.NewLogHandler(slog.NewJSONHandler(logs, nil))))
				return deliver.Handler(d.instead(spec), nil)(ctx, payload)
			}
		}
		return nil, unknownFunction(c.Function)
	}
	if !known(c.Function) {
		return nil, unknownFunction(c.Function)
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
	if payload, err = d.redirect(payload); err != nil {
		return nil, err
	}
	return process.Invoke(ctx, payload)
}

func known(name string) bool {
	for _, spec := range functions.Register() {
		if spec.Type == name {
			return true
		}
	}
	return false
}

func unknownFunction(name string) error {
	var names []string
	for _, spec := range functions.Register() {
		names = append(names, spec.Type)
	}
	return fmt.Errorf("there is no function %q: use one of %v", name, names)
}

func printJSON(w io.Writer, text []byte) {
	var indented bytes.Buffer
	if json.Indent(&indented, text, "", "  ") != nil {
		fmt.Fprintln(w, string(text))
		return
	}
	fmt.Fprintln(w, indented.String())
}
