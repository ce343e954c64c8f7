package console_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// unset names a variable that nobody sets, in a field, in a map of secrets and
// in a rule that is disabled.
const unset = `workspace: lab
language: en
rules:
  - name: one
    source: model
    events: [version-approved]
    targets:
      - {type: dingtalk, webhook: env:INBOX_WEBHOOK, signing_key: env:NOBODY_SETS_THIS}
      - {type: http, url: env:INBOX_WEBHOOK, headers: {Authorization: env:NOR_THIS}}
  - name: off
    enabled: false
    source: dlc
    events: [job-failed]
    targets: [{type: wecom, webhook: env:NOR_THAT}]
`

func TestAVariableThatIsNotSetIsShownWhereItMatters(t *testing.T) {
	m := start(t, unset, func(o *console.Options, _ *local.Options) {
		o.Cloud.Invoke = func(_ context.Context, function string, _ []byte) ([]byte, bool, error) {
			if function != "pai-notify-dingtalk" {
				return []byte(`{"missing":[]}`), false, nil
			}
			return []byte(`{"missing":[{"reference":"env:NOBODY_SETS_THIS","reason":"it is not set"}]}`), false, nil
		}
	})
	for language, c := range map[string]struct{ set, notSet, here, rule, check string }{
		"en": {">set<", ">not set<", "env:NOBODY_SETS_THIS is not set on this machine, so messages cannot be sent.", "env:NOR_THIS is not set on this machine, so this rule cannot send its messages.", "the function pai-notify-dingtalk does not have it, so notifications that need it fail: it is not set"},
		"zh": {">已设置<", ">未设置<", "本机未设置 env:NOBODY_SETS_THIS，", "本机未设置 env:NOR_THIS，此规则", "函数 pai-notify-dingtalk 未设置，相关通知将投递失败："},
		"ja": {">設定済み<", ">未設定<", "env:NOBODY_SETS_THIS がこのマシンで設定されていないため、メッセージ", "env:NOR_THIS がこのマシンで設定されていないため、このルール", "関数 pai-notify-dingtalk に未設定です。"},
	} {
		t.Run(language, func(t *testing.T) {
			form := m.get(t, "/rules/one", "Accept-Language", language).body
			assert.Equal(t, 2, strings.Count(form, c.set), "webhook and URL")
			assert.Contains(t, form, c.notSet)
			assert.Contains(t, form, c.here)
			assert.Contains(t, form, "env:NOR_THIS")
			rules := m.get(t, "/rules", "Accept-Language", language).body
			assert.Contains(t, rules, c.rule)
			assert.NotContains(t, rules, "env:NOR_THAT", "a rule that is disabled sends nothing")
			setup := m.get(t, "/setup", "Accept-Language", language).body
			assert.Contains(t, setup, c.check)
			assert.Contains(t, setup, "NOBODY_SETS_THIS")
			assert.NotContains(t, setup, "NOR_THAT")
		})
	}
	t.Setenv("NOBODY_SETS_THIS", "x")
	assert.NotContains(t, m.get(t, "/rules/one").body, "env:NOBODY_SETS_THIS is not set")
}

func TestOverACloudThisMachinesVariablesSayNothingOfTheFunctions(t *testing.T) {
	m := start(t, unset, func(o *console.Options, _ *local.Options) { o.Cloud.Name = "aws" })
	form := m.get(t, "/rules/one").body
	assert.NotContains(t, form, ">set<", "nobody has looked")
	assert.Contains(t, form, ">not checked here<")
	assert.Contains(t, form, "env:NOBODY_SETS_THIS is not set on this machine, so a test from here fails. The functions in the cloud have their own variables")
	assert.NotContains(t, m.get(t, "/rules").body, "not set")
	assert.Equal(t, http.StatusOK, m.get(t, "/setup").status)
}

func TestACheckUpThatCouldNotLookIsNotSaidToBeWell(t *testing.T) {
	m := start(t, small, func(o *console.Options, _ *local.Options) {
		o.Cloud.Invoke = func(context.Context, string, []byte) ([]byte, bool, error) { return []byte(`{"hello":1}`), false, nil }
	})
	body := m.get(t, "/setup").body
	assert.NotContains(t, body, "Everything is set up")
	assert.Contains(t, body, "Some items could not be checked")
}
