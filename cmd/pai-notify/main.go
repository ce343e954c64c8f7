// Command pai-notify runs the notification system on one machine and shows
// what it would do and did, and it provisions workspaces on this machine and in
// the clouds.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/history"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/match"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/rules"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/serve"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/traffic"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/try"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/vault"
	"github.com/pai-notify/pai-notify/shared/function"
)

// The exit codes of every command, as those of diff and grep.
const (
	exitOK     = 0
	exitNo     = 1 // the answer is no: nothing matched, or a notification failed
	exitTrying = 2 // the question could not be answered: usage, bad input, no access
)

// commands is the command line. Each command has a Run method in a file of its
// own.
type commands struct {
	Up      serve.Up      `cmd:"" group:"machine" help:"Run the bus, the functions, an inbox and the console on this machine."`
	Console serve.Console `cmd:"" group:"machine" help:"Configure notifications in a browser, on this machine's bus or a cloud's."`

	Match   match.Match   `cmd:"" group:"try" help:"Show which rules match an event, and why the others do not."`
	Test    try.Test      `cmd:"" group:"try" help:"Send a test message to each target and show what its platform answered."`
	Send    try.Send      `cmd:"" group:"try" help:"Invoke one function with one event and print the outcome."`
	Pattern match.Pattern `cmd:"" group:"try" help:"Test event patterns against events, one JSON object per line of standard input."`

	Plan    rules.Plan    `cmd:"" group:"bus" help:"Show what apply would change on the bus."`
	Apply   rules.Apply   `cmd:"" group:"bus" help:"Make the bus, its rules and targets match the workspace document."`
	Status  rules.Status  `cmd:"" group:"bus" help:"Check activation, roles, permissions, bus, rules and functions."`
	Rules   rules.Rules   `cmd:"" group:"bus" help:"List the rules on the bus."`
	Enable  rules.Enable  `cmd:"" group:"bus" help:"Enable a rule on the bus until the next apply."`
	Disable rules.Disable `cmd:"" group:"bus" help:"Disable a rule on the bus until the next apply."`
	Delete  rules.Delete  `cmd:"" group:"bus" help:"Delete one rule, or all rules of the document's owner."`
	Publish rules.Publish `cmd:"" group:"bus" help:"Publish events to the bus."`
	Policy  rules.Policy  `cmd:"" group:"bus" help:"Print the least-privilege policy for whoever runs plan and apply, or for a function's role."`
	Secrets vault.Secrets `cmd:"" group:"bus" help:"Fill and check the secret that a document's env: references are read from."`

	History history.List   `cmd:"" group:"past" help:"List the notifications of a bus and their outcomes."`
	Dead    history.Dead   `cmd:"" group:"past" help:"List, show, resend and cancel dead letters of a bus."`
	Mute    history.Mute   `cmd:"" group:"past" help:"Hold back notifications of a job, a rule or a receiver for a while."`
	Unmute  history.Unmute `cmd:"" group:"past" help:"End mutes."`
	Mutes   history.Mutes  `cmd:"" group:"past" help:"List the mutes of a bus."`
	Learn   traffic.Learn  `cmd:"" group:"past" help:"Report the events that passed the bus, and propose catalogue entries for unknown ones."`

	JSON       input.JSON        `cmd:"" name:"json" group:"other" help:"Check a workspace document and print it as JSON, the form that functions read."`
	Schema     input.Schema      `cmd:"" group:"other" help:"Print the JSON Schema of workspace documents, for editors."`
	Completion completionCommand `cmd:"" group:"other" help:"Print the completion script for a shell."`
	Help       helpCommand       `cmd:"" group:"other" help:"Show help for a command."`
	Version    versionFlag       `help:"Print the version and exit."`
}

// groups are the titles under which help lists the commands.
var groups = []kong.Group{
	{Key: "machine", Title: "Run on this machine:"},
	{Key: "try", Title: "Try rules and targets:"},
	{Key: "bus", Title: "Manage the rules on a bus:"},
	{Key: "past", Title: "See what happened:"},
	{Key: "other", Title: "Other commands:"},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], terminal.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}

// run parses the arguments, runs the command and returns the exit code. Names
// and reasons come from others: nothing that a command prints steers a terminal.
func run(ctx context.Context, arguments []string, s terminal.Streams) int {
	s.Out, s.Err = function.Visible(s.Out, !color.NoColor), function.Visible(s.Err, !color.NoColor)
	exited := -1
	parser, err := newParser(s, func(code int) { exited = code }, kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s))
	if err != nil {
		fmt.Fprintln(s.Err, "pai-notify:", err)
		return exitTrying
	}
	switch {
	case len(arguments) == 0:
		arguments = []string{"--help"}
	case arguments[0] == completing:
		for _, word := range completions(parser.Model.Node, arguments[1:]) {
			fmt.Fprintln(s.Out, word)
		}
		return exitOK
	}
	command, err := parser.Parse(arguments)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		text, command := misuse(err)
		fmt.Fprintf(s.Err, "pai-notify: %s\nTry: %s --help\n", function.VisibleText(text), command)
		return exitTrying
	}
	switch err := command.Run(); {
	case exited >= 0: // help
		return exited
	case err == nil:
		return exitOK
	case errors.Is(err, terminal.ErrNo):
		return exitNo
	default:
		fmt.Fprintln(s.Err, "pai-notify:", function.VisibleText(err.Error()))
		return exitTrying
	}
}
