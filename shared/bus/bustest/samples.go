package bustest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	busName = "pai-system-suite"
	pattern = `{"source":["acs.paidlc"],"data":{"Status":["Failed"]}}`
)

var ctx = context.Background()

// made makes the bus that a check works on.
func made(t T, f Fixture) bus.Bus {
	t.Helper()
	require.NoError(t, f.Bus.CreateEventBus(ctx, bus.EventBus{Name: busName}))
	return f.Bus
}

// ruled makes the bus and rules on it, enabled and with one pattern.
func ruled(t T, f Fixture, names ...string) bus.Bus {
	t.Helper()
	b := made(t, f)
	for _, name := range names {
		require.NoError(t, b.CreateRule(ctx, busName, bus.Rule{Name: name, Pattern: pattern, Enabled: true}))
	}
	return b
}

// sample is a target like those of a workspace.
func sample(id string) bus.Target {
	return bus.Target{
		ID: id, Function: "pai-notify-dingtalk",
		Rule: event.Rule{Name: "gpu-job-died", ID: "r.7", Owner: "team-7", OnBus: "r-7"},
		Receiver: target.Receiver{
			Type: "dingtalk", Name: id, Language: message.Chinese,
			Parameters: json.RawMessage(`{"webhook":"env:DINGTALK","signing_key":"ssm:/pai/key"}`),
		},
	}
}

// odd are targets whose texts mean something to some template or other.
func odd() []bus.Target {
	var list []bus.Target
	for i, text := range []string{
		"夜班 GPU 任务 🚨 通知", `say "hi" \ and \"bye\"`, "<b>&amp;</b> <aws.events.event.json> a<b>c",
		"${event} $.data ${jsonEscape(id)} $$ #{x} {{y}} %s", "line\nbreak\ttab \u2028 \u0000 \u007f",
		`\u003c is not <`, " ends with blanks ", "",
	} {
		parameters, err := json.Marshal(map[string]any{"title": text, "list": []any{text, 1.5, 12345678901234567, true, nil}, text + "k": map[string]any{}})
		if err != nil {
			panic(err) // strings always encode
		}
		t := sample(fmt.Sprintf("odd-%d_x.y", i))
		t.Rule.Name, t.Rule.Description = "rule "+text, text
		t.Rule.Title = []event.Fact{{Key: "name"}, {Path: "path." + text}}
		t.Rule.Fields = []event.Fact{{Key: "key " + text, Label: event.Label{EN: text, ZH: "<${x}>"}}, {Path: "A.*.B", Label: event.Label{EN: "x" + text, ZH: "x" + text, JA: "x" + text}}}
		t.Receiver.Name = "name " + text
		t.Receiver.Parameters = parameters
		list = append(list, t)
	}
	bare := bus.Target{ID: "bare", Function: "f", Rule: event.Rule{Name: "r"}, Receiver: target.Receiver{Type: "http", Name: "n"}}
	own := sample("own-catalogue")
	own.Rule.Catalogue = event.Catalogue{
		Sources: []event.Source{{Name: "dlc", Pattern: json.RawMessage(`{"source":["<acs>.paidlc"]}`), Console: "https://example.com/{id}?a=1&b=<2>"}},
		Types:   []event.Type{{Name: "dlc.job-failed", Severity: event.Critical, Pattern: json.RawMessage(pattern)}},
	}
	coarse := sample("coarse")
	coarse.Patterns = oddPatterns()
	return append(list, bare, own, coarse, listed("list"))
}

// oddPatterns are patterns of the forms that a workspace's rules lead to, and
// texts that mean something to some template or other.
func oddPatterns() []string {
	return []string{
		`{"source":["acs.paidlc"],"data":{"Cost":[{"numeric":[">",5]}],"JobName":[{"prefix":"<b>${data} \\u003c & "}]}}`,
		`{"data":{"Status":[{"anything-but":["夜班","$.data"]}]}}`,
	}
}

// listed is a target that stands for several rules of a document, which have a
// catalogue of their own.
func listed(id string) bus.Target {
	own := event.Catalogue{Types: []event.Type{{Name: "dlc.job-failed", Severity: event.Critical, Pattern: json.RawMessage(pattern)}}}
	first, second := sample(id), sample(id)
	first.Rule.Description, first.Rule.Fields = "for <${data}>", []event.Fact{{Key: "reason"}, {Path: "Envs.TEAM", Label: event.Label{JA: "チーム"}}}
	first.Rule.Catalogue, second.Rule.Catalogue = own, own
	second.Rule.ID, second.Rule.Name = "", `say "${hi}" <b>`
	boss := sample("boss").Receiver
	boss.Parameters = json.RawMessage(`{"title":"${data} <aws.events.event.json>"}`)
	return bus.Target{ID: id, Function: first.Function, List: []bus.Carried{
		{Rule: first.Rule, Patterns: oddPatterns(), Receivers: []target.Receiver{first.Receiver, boss}},
		{Rule: second.Rule, Patterns: []string{pattern}, Receivers: []target.Receiver{first.Receiver}},
	}}
}

// sameTargets compares targets by what they say: JSON may come back written
// otherwise.
func sameTargets(t T, want, got []bus.Target, about string) {
	t.Helper()
	assert.Equal(t, texts(t, want), texts(t, got), about)
}

func texts(t T, targets []bus.Target) []string {
	t.Helper()
	list := make([]string, len(targets))
	for i, g := range targets {
		plain, err := json.Marshal(g)
		require.NoError(t, err)
		var v any
		require.NoError(t, json.Unmarshal(plain, &v))
		sorted, err := json.Marshal(v)
		require.NoError(t, err)
		list[i] = string(sorted)
	}
	return list
}

func sameRule(t T, want, got bus.Rule) {
	t.Helper()
	assert.JSONEq(t, want.Pattern, got.Pattern, "the pattern of %s", want.Name)
	want.Pattern, got.Pattern = "", ""
	assert.Equal(t, want, got)
}

func names(rules []bus.Rule) []string {
	list := make([]string, len(rules))
	for i, r := range rules {
		list[i] = r.Name
	}
	return list
}

func eventOf(t T, id string, size int) event.Event {
	t.Helper()
	text := `{"specversion":"1.0","id":"` + id + `","source":"acs.paidlc","type":"paidlc:Job:StatusChange","time":"2026-05-04T03:02:01Z","data":{"Status":"Failed","说明":"` + strings.Repeat("x", size) + `"}}`
	e, err := event.Parse([]byte(text))
	require.NoError(t, err)
	return e
}

// fails asserts that err is a [bus.Error] of one kind which names what was
// called and shows no key.
func fails(t T, f Fixture, err error, kind bus.Kind, about string) {
	t.Helper()
	e, ok := errors.AsType[*bus.Error](err)
	if !assert.True(t, ok, "%s: not a *bus.Error: %v", about, err) {
		return
	}
	assert.Equal(t, kind, e.Kind, "%s: the kind of: %v", about, err)
	assert.Regexp(t, `^[a-z]+:[A-Z][A-Za-z]+$`, e.Action, "%s: the action of: %v", about, err)
	hides(t, f, err)
}

func hides(t T, f Fixture, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
			for _, key := range f.Keys {
				assert.NotContains(t, text, key)
			}
		}
	}
}
