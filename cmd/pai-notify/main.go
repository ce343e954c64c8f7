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

// The exit codes of every command.
const (
	exitOK     = 0
	exitNo     = 1 // the answer is no: nothing matched, or a notification failed
	exitTrying = 2 // the question could not be answered: usage, bad input, no access

	// plan alone answers as other tools that plan do, which scripts rely on.
	exitPlanFailed  = 1
	exitPlanChanges = 2
)

// version is set by the build.
var version = "devel"

// commands is the command line. Each command has a Run method in a file of its
// own.
type commands struct {
	Up      upCommand      `cmd:"" help:"Run bus, functions and an inbox on this machine, publish the sample events, and keep serving."`
	Console consoleCommand `cmd:"" help:"Serve the page on which people configure notifications, over the bus of this machine or of a cloud."`
	Match   matchCommand   `cmd:"" help:"Tell which rules of a workspace match an event, and why the others do not."`
	Learn   learnCommand   `cmd:"" help:"Tell what really passed the bus of a workspace, which rules fire for it, and propose what the catalogue lacks."`
	Send    sendCommand    `cmd:"" help:"Hand one event to one function as its platform would, and print the outcome."`
	Test    testCommand    `cmd:"" help:"Send a test message to the targets of a workspace and show what their platforms said."`
	Plan    planCommand    `cmd:"" help:"Show what apply would change on the bus of a workspace. Exits 0 when nothing, 2 when something, 1 when it cannot tell."`
	Apply   applyCommand   `cmd:"" help:"Make bus, rules and targets of a workspace as its document says."`
	Status  statusCommand  `cmd:"" help:"Check what a workspace needs in an account: activation, roles, permissions, bus, rules, functions."`
	Rules   rulesCommand   `cmd:"" help:"List the rules on the bus of a workspace."`
	Enable  enableCommand  `cmd:"" help:"Enable a rule on the bus until the next apply."`
	Disable disableCommand `cmd:"" help:"Disable a rule on the bus until the next apply."`
	Delete  deleteCommand  `cmd:"" help:"Delete a rule, or all rules of a workspace and the bus that was made for them."`
	Policy  policyCommand  `cmd:"" help:"Print the least-privilege policy for whoever runs plan and apply, or with --role for the role of a function."`
	Publish publishCommand `cmd:"" help:"Put events on the bus of a workspace."`
	Pattern patternCommand `cmd:"" help:"Judge event patterns against events, as one of the clouds would: standard input has a line of JSON for each, with an id, and pattern and event as texts, such as {\"id\": \"1\", \"pattern\": \"{}\", \"event\": \"{}\"}."`
	History historyCommand `cmd:"" help:"Show what became of every notification of this machine's bus."`
	Dead    deadCommand    `cmd:"" help:"List, explain and send again the notifications that were given up."`
	Secrets secretsCommand `cmd:"" help:"Fill and check the one secret of a deployment that a document's env: references are taken from."`
	JSON    jsonCommand    `cmd:"" name:"json" help:"Check a workspace document and print its JSON form, which functions read."`
	Schema  schemaCommand  `cmd:"" help:"Print the JSON Schema of workspace documents, for editors."`
	Version versionFlag    `help:"Print the version and exit."`
}

type versionFlag bool

// BeforeReset prints the version instead of running a command.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	fmt.Fprintln(app.Stdout, version)
	app.Exit(exitOK)
	return nil
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
	parser, err := kong.New(&commands{},
		kong.Name("pai-notify"),
		kong.Description("Event notifications for Alibaba Cloud PAI workspaces."),
		kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.err, "pai-notify:", err)
		return exitTrying
	}
	command, err := parser.Parse(arguments)
	if exited >= 0 {
		return exited
	}
	trying := exitTrying
	if len(arguments) > 0 && arguments[0] == "plan" {
		trying = exitPlanFailed
	}
	if err != nil {
		fmt.Fprintf(s.err, "pai-notify: %s\nTry: pai-notify --help\n", function.VisibleText(err.Error()))
		return trying
	}
	switch err := command.Run(); {
	case err == nil:
		return exitOK
	case errors.Is(err, errNo):
		return exitNo
	case errors.Is(err, errChanges):
		return exitPlanChanges
	default:
		fmt.Fprintln(s.err, "pai-notify:", function.VisibleText(err.Error()))
		return trying
	}
}
