// Command pai-notify runs the notification system on one machine and shows
// what it would do and did, and it provisions workspaces on this machine and in
// the clouds.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/fatih/color"

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
	Up      upCommand      `cmd:"" group:"machine" help:"Run the bus, the functions, an inbox and the console on this machine."`
	Console consoleCommand `cmd:"" group:"machine" help:"Configure notifications in a browser, on this machine's bus or a cloud's."`

	Match   matchCommand   `cmd:"" group:"try" help:"Show which rules match an event, and why the others do not."`
	Test    testCommand    `cmd:"" group:"try" help:"Send a test message to each target and show what its platform answered."`
	Send    sendCommand    `cmd:"" group:"try" help:"Invoke one function with one event and print the outcome."`
	Pattern patternCommand `cmd:"" group:"try" help:"Test event patterns against events, one JSON object per line of standard input."`

	Plan    planCommand    `cmd:"" group:"bus" help:"Show what apply would change on the bus."`
	Apply   applyCommand   `cmd:"" group:"bus" help:"Make the bus, its rules and targets match the workspace document."`
	Status  statusCommand  `cmd:"" group:"bus" help:"Check activation, roles, permissions, bus, rules and functions."`
	Rules   rulesCommand   `cmd:"" group:"bus" help:"List the rules on the bus."`
	Enable  enableCommand  `cmd:"" group:"bus" help:"Enable a rule on the bus until the next apply."`
	Disable disableCommand `cmd:"" group:"bus" help:"Disable a rule on the bus until the next apply."`
	Delete  deleteCommand  `cmd:"" group:"bus" help:"Delete one rule, or all rules of the document's owner."`
	Publish publishCommand `cmd:"" group:"bus" help:"Publish events to the bus."`
	Policy  policyCommand  `cmd:"" group:"bus" help:"Print the least-privilege policy for whoever runs plan and apply, or for a function's role."`
	Secrets secretsCommand `cmd:"" group:"bus" help:"Fill and check the secret that a document's env: references are read from."`

	History historyCommand `cmd:"" group:"past" help:"List the notifications of this machine's bus and their outcomes."`
	Dead    deadCommand    `cmd:"" group:"past" help:"List, show and resend dead letters of this machine's bus."`
	Learn   learnCommand   `cmd:"" group:"past" help:"Report the events that passed the bus, and propose catalogue entries for unknown ones."`

	JSON       jsonCommand       `cmd:"" name:"json" group:"other" help:"Check a workspace document and print it as JSON, the form that functions read."`
	Schema     schemaCommand     `cmd:"" group:"other" help:"Print the JSON Schema of workspace documents, for editors."`
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

// streams are the standard streams of a command.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// errNo ends a command whose answer is no and was printed already.
var errNo = errors.New("no")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// run parses the arguments, runs the command and returns the exit code. Names
// and reasons come from others: nothing that a command prints steers a terminal.
func run(ctx context.Context, arguments []string, s streams) int {
	s.out, s.err = function.Visible(s.out, !color.NoColor), function.Visible(s.err, !color.NoColor)
	exited := -1
	parser, err := newParser(s, func(code int) { exited = code }, kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s))
	if err != nil {
		fmt.Fprintln(s.err, "pai-notify:", err)
		return exitTrying
	}
	switch {
	case len(arguments) == 0:
		arguments = []string{"--help"}
	case arguments[0] == completing:
		for _, word := range completions(parser.Model.Node, arguments[1:]) {
			fmt.Fprintln(s.out, word)
		}
		return exitOK
	}
	command, err := parser.Parse(arguments)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(s.err, "pai-notify: %s\nTry: pai-notify --help\n", function.VisibleText(err.Error()))
		return exitTrying
	}
	switch err := command.Run(); {
	case exited >= 0: // help
		return exited
	case err == nil:
		return exitOK
	case errors.Is(err, errNo):
		return exitNo
	default:
		fmt.Fprintln(s.err, "pai-notify:", function.VisibleText(err.Error()))
		return exitTrying
	}
}
