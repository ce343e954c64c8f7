package functions_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// tools are the functions that serve no target type.
var tools = []string{"provision", "redeliver"}

// project is what there is of the target types, in code and in files.
type project struct {
	specs     []target.Spec
	platforms []inbox.Platform
	// files are the READMEs and main packages of all folders.
	files []string
	// rows are the types of the README's table.
	rows   []string
	schema struct {
		Definitions map[string]any `yaml:"$defs"`
	}
	aws    *stack
	aliyun struct {
		Resources map[string]serverlessDevs `yaml:"resources"`
	}
}

// serverlessDevs is a function of s.yaml.
type serverlessDevs struct {
	Props struct {
		Name    string `yaml:"functionName"`
		Role    string `yaml:"role"`
		Code    string `yaml:"code"`
		Runtime string `yaml:"runtime"`
		Handler string `yaml:"handler"`
		Async   struct {
			Destinations struct {
				OnFailure struct {
					Destination string `yaml:"destination"`
				} `yaml:"onFailure"`
			} `yaml:"destinationConfig"`
		} `yaml:"asyncInvokeConfig"`
	} `yaml:"props"`
}

var row = regexp.MustCompile(`(?m)^\| \[([a-z]+)\]\(functions/([a-z]+)/README\.md\) \|`)

// asItStands is the project with the deploy files as change leaves them.
func asItStands(t *testing.T, change func(template, serverlessDevs *yaml.Node)) *project {
	t.Helper()
	p := &project{specs: functions.Register(), platforms: standins.All()}
	for _, pattern := range []string{"*/README.md", "*/bootstrap/main.go"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		p.files = append(p.files, found...)
	}
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	for _, m := range row.FindAllStringSubmatch(string(readme), -1) {
		assert.Equal(t, m[1], m[2], "the link of the row")
		p.rows = append(p.rows, m[1])
	}
	decode(t, "../docs/workspace.schema.json", &p.schema)
	var template, serverlessDevs yaml.Node
	decode(t, "../template.yaml", &template)
	decode(t, "../s.yaml", &serverlessDevs)
	change(&template, &serverlessDevs)
	p.aws = stackOf(t, &template, "pai-notify", map[string]string{"Workspace": "lab"})
	require.NoError(t, serverlessDevs.Decode(&p.aliyun))
	return p
}

// demand is a piece that each type has somewhere. In the text, TYPE is the type
// and ID the beginning of its names in template.yaml.
type demand struct {
	text string
	// tools tells that the functions which serve no type have it, too.
	tools bool
	met   func(p *project, typ string) bool
}

var demands = []demand{
	{"functions/TYPE/README.md is missing", true, func(p *project, typ string) bool { return slices.Contains(p.files, typ+"/README.md") }},
	{"functions/TYPE/bootstrap/main.go is missing", true, func(p *project, typ string) bool {
		return slices.Contains(p.files, typ+"/bootstrap/main.go")
	}},
	{"functions/functions.go does not register TYPE", false, func(p *project, typ string) bool {
		return slices.ContainsFunc(p.specs, func(s target.Spec) bool { return s.Type == typ })
	}},
	{"functions/standins/standins.go does not register the stand-in of TYPE", false, func(p *project, typ string) bool {
		_, ok := p.platform(typ)
		return ok
	}},
	{"the stand-in of TYPE has no icon", false, func(p *project, typ string) bool {
		platform, ok := p.platform(typ)
		return !ok || platform.Icon != ""
	}},
	{"README.md has no row for TYPE", false, func(p *project, typ string) bool { return slices.Contains(p.rows, typ) }},
	{"docs/workspace.schema.json does not know TYPE: run build/pai-notify schema > docs/workspace.schema.json", false, func(p *project, typ string) bool {
		_, ok := p.schema.Definitions["target-"+typ]
		return ok
	}},

	{"template.yaml: IDFunction does not run TYPE", true, func(p *project, typ string) bool {
		folder := "build/lambda/"
		if typ == "provision" { // it records nothing
			folder = "build/"
		}
		return p.aws.of("AWS::Serverless::Function")[logicalID(typ)+"Function"]["CodeUri"] == folder+typ
	}},
	{"template.yaml: IDFunction does not have the role IDFunctionRole", true, func(p *project, typ string) bool {
		role := logicalID(typ) + "FunctionRole"
		return p.aws.of("AWS::IAM::Role")[role] != nil && p.aws.of("AWS::Serverless::Function")[logicalID(typ)+"Function"]["Role"] == p.aws.attribute(role, "Arn")
	}},
	{"template.yaml: no AWS::Lambda::Permission lets the bus invoke IDFunction", false, func(p *project, typ string) bool {
		return p.aws.permission(typ) != ""
	}},
	{"template.yaml: Rules does not depend on the permission to invoke IDFunction", false, func(p *project, typ string) bool {
		rules := p.aws.template.Resources["Rules"]
		permission := p.aws.permission(typ)
		return permission == "" || slices.Contains(texts(p.aws.value(&rules.DependsOn)), permission)
	}},
	{"template.yaml: IDFunction does not hand what it cannot deliver to a queue with dead letters", false, func(p *project, typ string) bool {
		return p.aws.undelivered(typ) != ""
	}},
	{"template.yaml: IDFunctionRole may not send to the queue of IDFunction", false, func(p *project, typ string) bool {
		queue := p.aws.undelivered(typ)
		return queue == "" || p.aws.may(logicalID(typ)+"FunctionRole", p.aws.attribute(queue, "Arn"), "sqs:SendMessage")
	}},
	{"template.yaml: redeliver does not take up what is in the queue of IDFunction", false, func(p *project, typ string) bool {
		queue := p.aws.undelivered(typ)
		return queue == "" || p.aws.takenUp(queue)
	}},
	{"template.yaml: RedeliverFunctionRole may not invoke IDFunction", false, func(p *project, typ string) bool {
		return p.aws.may("RedeliverFunctionRole", p.aws.function(typ), "lambda:InvokeFunction")
	}},
	{"template.yaml: IDFunctionRole may not read and write rows of the ledger", false, func(p *project, typ string) bool {
		return p.aws.may(logicalID(typ)+"FunctionRole", p.aws.attribute("Ledger", "Arn"), "dynamodb:GetItem", "dynamodb:PutItem")
	}},
	{"template.yaml: ProvisionFunctionRole may not put targets on the bus that are IDFunction", false, func(p *project, typ string) bool {
		return slices.ContainsFunc(p.aws.granted(), func(g statement) bool {
			return g.of == "ProvisionFunctionRole" && slices.Contains(g.actions, "events:PutTargets") &&
				slices.Contains(g.conditions["ForAllValues:ArnEquals events:TargetArn"], p.aws.function(typ))
		})
	}},
	{"template.yaml: ProvisionFunctionRole may not look at IDFunction and test it", false, func(p *project, typ string) bool {
		return p.aws.may("ProvisionFunctionRole", p.aws.function(typ), "lambda:GetFunctionConfiguration", "lambda:GetPolicy", "lambda:InvokeFunction")
	}},
	{"template.yaml: LostAlarm does not watch IDFunction", false, func(p *project, typ string) bool {
		return p.aws.watched("LostAlarm", "DestinationDeliveryFailures", typ)
	}},

	{"s.yaml: TYPE does not run its bootstrap under the name of the type", true, func(p *project, typ string) bool {
		f, folder := p.aliyun.Resources[typ].Props, "./build/fc/"
		if typ == "provision" { // it records nothing
			folder = "./build/"
		}
		return f.Name == "${vars.prefix}"+typ && f.Code == folder+typ && f.Runtime == "go1" && f.Handler == "bootstrap"
	}},
	{"s.yaml: TYPE does not have the role ${vars.roles}TYPE", true, func(p *project, typ string) bool {
		role := typ
		if typ == "redeliver" { // without a ledger it has another's, and does nothing
			role = "${vars.waker}"
		}
		return p.aliyun.Resources[typ].Props.Role == "${vars.roles}"+role
	}},
	{"s.yaml: TYPE has no failure destination", true, func(p *project, typ string) bool {
		return p.aliyun.Resources[typ].Props.Async.Destinations.OnFailure.Destination != ""
	}},
}

// logicalID is what the names of a type begin with in template.yaml.
func logicalID(typ string) string { return strings.ToUpper(typ[:1]) + typ[1:] }

func (d demand) of(typ string) string {
	return strings.NewReplacer("TYPE", typ, "ID", logicalID(typ)).Replace(d.text)
}

// lacks tells what is missing of a type.
func (p *project) lacks(typ string) []string {
	var missing []string
	for _, d := range demands {
		if (d.tools || !slices.Contains(tools, typ)) && !d.met(p, typ) {
			missing = append(missing, d.of(typ))
		}
	}
	return append(missing, p.unsaid(typ)...)
}

// names are those of all functions that anything knows, sorted.
func (p *project) names() []string {
	all := slices.Concat(p.rows, tools)
	for _, spec := range p.specs {
		all = append(all, spec.Type)
	}
	for _, platform := range p.platforms {
		all = append(all, platform.Type)
	}
	for _, file := range p.files {
		if folder, ok := strings.CutSuffix(file, "/bootstrap/main.go"); ok {
			all = append(all, folder)
		}
	}
	for _, f := range p.aws.of("AWS::Serverless::Function") {
		code, _ := f["CodeUri"].(string)
		all = append(all, path.Base(code))
	}
	for name := range p.aliyun.Resources {
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (p *project) platform(typ string) (inbox.Platform, bool) {
	i := slices.IndexFunc(p.platforms, func(platform inbox.Platform) bool { return platform.Type == typ })
	if i < 0 {
		return inbox.Platform{}, false
	}
	return p.platforms[i], true
}

// unsaid tells which texts that people read of a type are missing in a language. A
// secret needs no help of its own: forms say how to enter one.
func (p *project) unsaid(typ string) (missing []string) {
	platform, shown := p.platform(typ)
	i := slices.IndexFunc(p.specs, func(s target.Spec) bool { return s.Type == typ })
	if !shown || i < 0 {
		return nil
	}
	demand := func(what string, text message.Text) {
		if text.EN == "" || text.ZH == "" || text.JA == "" {
			missing = append(missing, "the stand-in of "+typ+" lacks "+what+" in a language")
		}
	}
	demand("the name", platform.Name)
	demand("the help", platform.Help)
	for _, field := range edit.Parameters(p.specs[i]) {
		parameter := platform.Parameter(field.Name)
		demand("the label of "+field.Name, parameter.Label)
		if field.Kind != edit.Secret || parameter.Help != (message.Text{}) {
			demand("the help of "+field.Name, parameter.Help)
		}
	}
	return missing
}

func (s *stack) function(typ string) string { return s.attribute(logicalID(typ)+"Function", "Arn") }

// is tells whether a value names the function of a type.
func (s *stack) is(value any, typ string) bool {
	return value == s.called(logicalID(typ)+"Function") || value == s.function(typ)
}

// permission is the resource that lets the rules of the bus invoke a function.
func (s *stack) permission(typ string) string {
	for id, p := range s.of("AWS::Lambda::Permission") {
		if p["Action"] == "lambda:InvokeFunction" && p["Principal"] == "events.amazonaws.com" && s.is(p["FunctionName"], typ) &&
			p["SourceArn"] == "arn:aws:events:eu-central-1:123456789012:rule/pai-system-lab/*" {
			return id
		}
	}
	return ""
}

// undelivered is the queue of what Lambda's retries could not deliver.
func (s *stack) undelivered(typ string) string {
	function := s.of("AWS::Serverless::Function")[logicalID(typ)+"Function"]
	to := at(function, "EventInvokeConfig", "DestinationConfig", "OnFailure")
	for id, queue := range s.of("AWS::SQS::Queue") {
		if at(to, "Type") == "SQS" && at(to, "Destination") == s.attribute(id, "Arn") && at(queue, "RedrivePolicy", "deadLetterTargetArn") == s.attribute("DeadLetters", "Arn") {
			return id
		}
	}
	return ""
}

// takenUp tells whether redeliver fetches what a queue has, and may.
func (s *stack) takenUp(queue string) bool {
	fetches, _ := environment(s.of("AWS::Serverless::Function")["RedeliverFunction"])["PAI_NOTIFY_UNDELIVERED"].(string)
	return slices.Contains(strings.Split(fetches, ","), s.called(queue)) && s.may("RedeliverFunctionRole", s.attribute(queue, "Arn"), "sqs:ReceiveMessage", "sqs:DeleteMessage")
}

// may tells whether one statement of a role allows all actions on an ARN.
func (s *stack) may(role, arn string, actions ...string) bool {
	return slices.ContainsFunc(s.grantedTo(role), func(g statement) bool {
		return g.effect == "Allow" && slices.Contains(g.resources, arn) &&
			!slices.ContainsFunc(actions, func(a string) bool { return !slices.Contains(g.actions, a) })
	})
}

// watched tells whether an alarm of that name, or one whose name goes on after it,
// has a metric of a function.
func (s *stack) watched(alarm, metric, typ string) bool {
	for id, properties := range s.of("AWS::CloudWatch::Alarm") {
		list, _ := properties["Metrics"].([]any)
		if strings.HasPrefix(id, alarm) && slices.ContainsFunc(list, func(one any) bool {
			dimensions, _ := at(one, "MetricStat", "Metric", "Dimensions").([]any)
			return at(one, "MetricStat", "Metric", "Namespace") == "AWS/Lambda" && at(one, "MetricStat", "Metric", "MetricName") == metric &&
				len(dimensions) == 1 && at(dimensions[0], "Name") == "FunctionName" && s.is(at(dimensions[0], "Value"), typ)
		}) {
			return true
		}
	}
	return false
}

// mostMetrics is how many metrics CloudWatch lets an alarm on an expression have.
const mostMetrics = 10

// crowded names the alarms that CloudWatch would refuse.
func (s *stack) crowded() []string {
	var all []string
	for id, properties := range s.of("AWS::CloudWatch::Alarm") {
		list, _ := properties["Metrics"].([]any)
		if n := len(slices.DeleteFunc(slices.Clone(list), func(one any) bool { return at(one, "MetricStat") == nil })); n > mostMetrics {
			all = append(all, fmt.Sprintf("template.yaml: %s has %d metrics and may have %d: copy it as %s2, and move the last ones there", id, n, mostMetrics, id))
		}
	}
	slices.Sort(all)
	return all
}

// at is a member of a member; nil for none.
func at(value any, keys ...string) any {
	for _, key := range keys {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

func asTheyAre(_, _ *yaml.Node) {}

func TestEveryFunctionIsEverywhereItHasToBe(t *testing.T) {
	p := asItStands(t, asTheyAre)
	assert.True(t, slices.IsSortedFunc(p.specs, func(a, b target.Spec) int { return strings.Compare(a.Type, b.Type) }), "the register is alphabetical")
	assert.Empty(t, p.aws.crowded())
	for _, name := range p.names() {
		t.Run(name, func(t *testing.T) { assert.Empty(t, p.lacks(name)) })
	}
}
