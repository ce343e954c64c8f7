package edit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// around is what stands in the document beside the rule.
const around = `workspace: lab
language: ja
quota: 3
contacts:
- {name: alice, phone: "13800000000", email: alice@example.com, language: zh}
- {name: bob, email: bob@example.com}
catalogue:
  types:
  - {name: dlc.job-odd, pattern: {type: ["odd"]}}
`

// said is what findings say, and where.
func said(findings workspace.Findings) []string {
	list := make([]string, len(findings))
	for i, f := range findings {
		list[i] = fmt.Sprintf("%s %s: %s", f.Path, f.Kind, f.Text)
	}
	return list
}

// forms are rules as forms hold them: each value of a part with the usual ones of
// all others, and each target with each source.
func forms() map[string]edit.Rule {
	all := map[string]edit.Rule{}
	robot := func(parameters map[string]any) edit.Target {
		return edit.Target{Type: "dingtalk", Parameters: parameters}
	}
	usual := func() edit.Rule {
		return edit.Rule{Name: "one", Source: "dlc", Events: []string{"job-failed"}, Targets: []edit.Target{robot(map[string]any{"webhook": "env:A"})}}
	}
	add := func(name string, change func(*edit.Rule)) {
		r := usual()
		change(&r)
		all[name] = r
	}
	texts := []string{"", "a", "two words", "UPPER", "训练", "a--b", "# no comment", "null", "true", "017", "1e3", "2026-01-01", "<&>", "x: y", "- x", " blank ", "line\nbreak", strings.Repeat("long", 200), "<<", "*", "env:A", "http://stand-in.invalid"}
	for _, text := range texts {
		add("name "+text, func(r *edit.Rule) { r.Name = text })
		add("id "+text, func(r *edit.Rule) { r.ID = text })
		add("description "+text, func(r *edit.Rule) { r.Description = text })
		add("source "+text, func(r *edit.Rule) { r.Source = text })
		add("event "+text, func(r *edit.Rule) { r.Events = []string{"job-odd", text} })
		add("scope "+text, func(r *edit.Rule) { r.Scope.CreatedBy = []string{text} })
		add("flow "+text, func(r *edit.Rule) { r.Scope.Flows = []string{text, "f"} })
		add("title "+text, func(r *edit.Rule) { r.Title = edit.Facts{{Key: text}} })
		add("fields "+text, func(r *edit.Rule) {
			r.Fields = edit.Facts{{Path: text}, {Key: "name", Label: event.Label{EN: text, ZH: text, JA: text}}, {Path: "a.b", Label: event.Label{ZH: text}}}
		})
		add("type "+text, func(r *edit.Rule) { r.Targets[0].Type = text })
		add("target name "+text, func(r *edit.Rule) { r.Targets[0].Name = text })
		add("language "+text, func(r *edit.Rule) { r.Targets[0].Language = text })
		add("contact "+text, func(r *edit.Rule) {
			r.Targets = append(r.Targets, edit.Target{Type: "email", Contacts: []string{"alice", text}, Parameters: map[string]any{"from": text}})
		})
		add("parameter "+text, func(r *edit.Rule) {
			r.Targets[0].Parameters = map[string]any{"webhook": text, "style": text, "mentions": map[string]any{"phones": []string{text}, "all": true}, text + "x": text}
		})
		add("headers "+text, func(r *edit.Rule) {
			r.Source, r.Events = "model", []string{"*"}
			r.Targets = []edit.Target{{Type: "http", Parameters: map[string]any{"url": text, "retries": text, "headers": map[string]any{text + "-x": text, "b": 7}}}}
		})
	}
	add("nothing", func(r *edit.Rule) { *r = edit.Rule{} })
	add("no target", func(r *edit.Rule) { r.Targets = nil })
	add("events twice", func(r *edit.Rule) { r.Events = []string{"job-failed", "job-failed", "*"} })
	add("disabled", func(r *edit.Rule) { r.Enable(false) })
	add("a target twice", func(r *edit.Rule) { r.Targets = append(r.Targets, r.Targets[0]) })
	add("above the quota", func(r *edit.Rule) {
		r.Targets = append(r.Targets, edit.Target{Type: "email", Contacts: []string{"alice", "bob"}, Parameters: map[string]any{"from": "a@example.com"}}, robot(map[string]any{"webhook": "env:B"}))
	})
	for _, source := range []string{"dlc", "model"} {
		for i, parameters := range []map[string]any{
			nil, {"webhook": 1}, {"webhook": "http://a"}, {"webhook": "https://a", "card": "yes", "mentions": "all"}, {"webhook": nil},
			{"webhook": "https://a", "card": false, "mentions": map[string]any{"phones": []string{}}},
			{"url": "env:A", "retries": 3, "factor": 1.5, "extra": map[string]any{"a": []any{1, nil, "x"}}},
			{"sign_name": "PAI", "template": "refused"}, {"sign_name": "PAI", "template": "T"}, {"from": "env:A"},
		} {
			for _, typ := range []string{"dingtalk", "http", "sms", "voice", "email"} {
				add(fmt.Sprintf("%s of %s %d", typ, source, i), func(r *edit.Rule) {
					r.Source, r.Events = source, []string{"*"}
					r.Targets = []edit.Target{{Type: typ, Contacts: []string{"alice", "bob", "carol"}[:i%4], Parameters: parameters}}
				})
			}
		}
	}
	return all
}

func TestARuleByItselfIsJudgedAsInItsDocument(t *testing.T) {
	w, err := yaml.Parse([]byte(around+"rules: [{name: x, source: dlc, events: [\"*\"], targets: [{type: dingtalk, webhook: env:X}]}]\n"), "w.yaml", documenttest.Specs()...)
	require.NoError(t, err)
	right, wrong := 0, 0
	for name, r := range forms() {
		written, err := edit.Written(r)
		require.NoError(t, err, name)
		document, err := yaml.Parse([]byte(around+"rules:\n"+written), "w.yaml", documenttest.Specs()...)
		text, marshalled := r.JSON()
		require.NoError(t, marshalled, name)

		rule, findings, _ := w.CheckRule(text)
		if err != nil {
			wrong++
			found, ok := errors.AsType[workspace.Findings](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, said(found), said(findings), name)
			continue
		}
		right++
		require.Empty(t, findings, name)
		assert.Equal(t, document.Rules[0], rule, name)

		var receivers int
		for _, one := range r.Targets {
			text, err := one.MarshalJSON()
			require.NoError(t, err, name)
			made, findings := w.CheckTarget(r.Source, text)
			require.Empty(t, findings, name)
			assert.Equal(t, rule.Receivers()[receivers:receivers+len(made)], made, name)
			receivers += len(made)
		}
		assert.Len(t, rule.Receivers(), receivers, name)
	}
	assert.Greater(t, right, 80)
	assert.Greater(t, wrong, 200)
}

func TestATargetByItselfIsRefusedAsInItsRule(t *testing.T) {
	w, err := yaml.Parse([]byte(documenttest.Rule("{type: dingtalk, webhook: env:X}")), "w.yaml", documenttest.Specs()...)
	require.NoError(t, err)
	for name, r := range forms() {
		text, err := r.JSON()
		require.NoError(t, err, name)
		_, whole, _ := w.CheckRule(text)
		for i, one := range r.Targets {
			text, err := one.MarshalJSON()
			require.NoError(t, err, name)
			_, findings := w.CheckTarget(r.Source, text)
			for _, f := range findings {
				f.Path = strings.Replace(f.Path, "targets[0]", fmt.Sprintf("targets[%d]", i), 1)
				assert.Contains(t, said(whole), said(workspace.Findings{f})[0], name)
			}
		}
	}
}

// BenchmarkOneRule checks a rule as each change of a form does: from its values,
// and for comparison as a document in YAML.
func BenchmarkOneRule(b *testing.B) {
	r := edit.Rule{Name: "one", Source: "dlc", Events: []string{"job-failed"}, Targets: []edit.Target{{Type: "dingtalk", Parameters: map[string]any{"webhook": "env:A"}}}}
	w, err := yaml.Parse([]byte(around+"rules: [{name: x, source: dlc, events: [\"*\"], targets: [{type: dingtalk, webhook: env:X}]}]\n"), "w.yaml", documenttest.Specs()...)
	require.NoError(b, err)
	b.Run("values", func(b *testing.B) {
		for b.Loop() {
			text, err := r.JSON()
			require.NoError(b, err)
			_, findings, _ := w.CheckRule(text)
			require.Empty(b, findings)
		}
	})
	b.Run("document", func(b *testing.B) {
		for b.Loop() {
			written, err := edit.Written(r)
			require.NoError(b, err)
			_, err = yaml.Parse([]byte(around+"rules:\n"+written), "w.yaml", documenttest.Specs()...)
			require.NoError(b, err)
		}
	})
}
