package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
)

// newParser makes the parser of the command line, with an example in the help of
// each command.
func newParser(s terminal.Streams, exit func(code int), options ...kong.Option) (*kong.Kong, error) {
	parser, err := kong.New(&commands{}, append([]kong.Option{
		kong.Name("pai-notify"),
		kong.Description("Event notifications for Alibaba Cloud PAI workspaces."),
		kong.Writers(s.Out, s.Err),
		kong.Exit(exit),
		kong.ExplicitGroups(groups),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, FlagsLast: true}),
	}, options...)...)
	if err != nil {
		return nil, err
	}
	parser.Model.HelpFlag.Help = "Show help for a command."
	for _, command := range parser.Model.Leaves(true) {
		if command.Depth() > 0 {
			command.Group = &kong.Group{Key: "sub", Title: "Commands:"}
		}
		name := strings.TrimPrefix(command.FullPath(), parser.Model.Name+" ")
		command.Detail = "Examples:\n\n  " + strings.Join(examples[name], "\n  ")
	}
	return parser, nil
}

// examples are shown in the help of each command.
var examples = map[string][]string{
	"up":            {"pai-notify up", "pai-notify up -w workspace.yaml --inbox"},
	"console":       {"pai-notify console", "pai-notify console -w workspace.yaml --bus aliyun --region cn-hangzhou"},
	"match":         {"pai-notify match -w workspace.yaml events/dlc-job-failed.json"},
	"test":          {"pai-notify test -w workspace.yaml --target dingtalk", "pai-notify test -w workspace.yaml --bus aws --yes"},
	"send":          {"pai-notify send --inbox dingtalk events/dlc-job-failed.json"},
	"pattern":       {`echo '{"id":"1","pattern":"{}","event":"{\"type\":\"t\"}"}' | pai-notify pattern --dialect aliyun`},
	"plan":          {"pai-notify plan -w workspace.yaml --bus aliyun", "pai-notify plan -w workspace.yaml --bus aws --exit-code"},
	"apply":         {"pai-notify apply -w workspace.yaml --bus aliyun"},
	"status":        {"pai-notify status -w workspace.yaml --bus aws"},
	"rules":         {"pai-notify rules -w workspace.yaml --bus local"},
	"enable":        {"pai-notify enable -w workspace.yaml --bus aliyun job-failed"},
	"disable":       {"pai-notify disable -w workspace.yaml --bus aliyun job-failed"},
	"delete":        {"pai-notify delete -w workspace.yaml --bus aliyun job-failed"},
	"publish":       {"pai-notify publish -w workspace.yaml --bus aliyun --fresh events/dlc-job-failed.json"},
	"policy":        {"pai-notify policy -w workspace.yaml --bus aws", "pai-notify policy --role dingtalk --region cn-hangzhou --account 1234567890123456"},
	"secrets push":  {"pai-notify secrets push -w workspace.yaml --bus aliyun"},
	"secrets check": {"pai-notify secrets check -w workspace.yaml --bus aws"},
	"secrets list":  {"pai-notify secrets list -w workspace.yaml"},
	"history":       {"pai-notify history --outcome dead --since 24h", "pai-notify history --job dlc1abc --bus aliyun -w workspace.yaml"},
	"dead list":     {"pai-notify dead list --rule job-failed"},
	"dead show":     {"pai-notify dead show ID"},
	"dead redrive":  {"pai-notify dead redrive ID", "pai-notify dead redrive --all --since 24h"},
	"dead cancel":   {"pai-notify dead cancel ID"},
	"mute":          {"pai-notify mute --job dlc1abc --for 2h --why maintenance", "pai-notify mute --rule training --until 18:00"},
	"unmute":        {"pai-notify unmute m1"},
	"mutes":         {"pai-notify mutes --bus aliyun"},
	"learn":         {"pai-notify learn -w workspace.yaml --bus aliyun --since 7d"},
	"json":          {"pai-notify json -w workspace.yaml > build/provision/workspace.json"},
	"schema":        {"pai-notify schema > workspace.schema.json"},
	"completion":    {"source <(pai-notify completion bash)"},
	"help":          {"pai-notify help secrets push"},
}

type helpCommand struct {
	Command []string `arg:"" optional:"" help:"Command to show help for."`
}

// Run shows the help of a command, as --help does.
func (c *helpCommand) Run(app *kong.Kong) error {
	_, err := app.Parse(append(c.Command, "--help"))
	if err != nil {
		text, _ := misuse(err)
		return errors.New(text)
	}
	return nil
}

// misuse says what is wrong with a command line, and which command's help to read.
func misuse(err error) (text, command string) {
	text, command = err.Error(), "pai-notify"
	leaf := false
	if parse, ok := errors.AsType[*kong.ParseError](err); ok && parse.Context.Selected() != nil {
		command, leaf = parse.Context.Selected().FullPath(), parse.Context.Selected().Leaf()
	}
	if argument, ok := strings.CutPrefix(text, `expected "<`); ok {
		text = "missing argument <" + strings.TrimSuffix(argument, `"`)
	} else if word, ok := strings.CutPrefix(text, "unexpected argument "); ok && !leaf {
		text = "unknown command " + word
	}
	return text, command
}

// version is set by the build.
var version string

type versionFlag bool

// BeforeReset prints the version instead of running a command.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	fmt.Fprintln(app.Stdout, versionOf(debug.ReadBuildInfo()))
	app.Exit(exitOK)
	return nil
}

// versionOf is what the build set, or else what Go noted: the module's version
// when the program was installed, the commit when it was built in a checkout.
func versionOf(info *debug.BuildInfo, ok bool) string {
	switch {
	case version != "":
		return version
	case ok && info.Main.Version != "":
		return info.Main.Version
	}
	return "(devel)"
}
