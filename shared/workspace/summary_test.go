package workspace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
)

const summing = "events: [job-failed]\n  summary: true"

func TestPricesAreCarriedOnlyWithASummary(t *testing.T) {
	const costs = "prices: {currency: CNY, gpus: {any: 0.07}}\n"
	want := &hold.Prices{Currency: "CNY", GPUs: map[string]int64{"any": 700}}
	ws := parse(t, costs+alice+hours(lunch)+ruleOf(summing, robot+", {type: voice, contacts: [alice]}"))
	r := ws.Rules[0]
	assert.Equal(t, &hold.Policy{Summary: true, Prices: want}, r.Policy(r.Receivers()[0]))
	assert.False(t, r.Policy(r.Receivers()[1]).Summary, "a call has no room for it")
	assert.Nil(t, r.Policy(r.Receivers()[1]).Prices)
	assert.Equal(t, patterns(r), patterns(r.OnBus()), "no further events are needed")

	other, findings, _ := ws.CheckRule([]byte(`{"name":"x","source":"flow","events":["*"],"summary":true,"targets":[{"type":"dingtalk","webhook":"env:A"}]}`))
	require.Empty(t, findings)
	assert.Equal(t, want, other.Carried().Policy.Prices, "of the document, also for a rule that is checked alone")

	r = parse(t, costs+ruleOf("events: [job-failed]\n  recovered: true", robot)).Rules[0]
	assert.Nil(t, r.Policy(r.Receivers()[0]).Prices)
	r = parse(t, ruleOf(summing, robot)).Rules[0]
	assert.Equal(t, &hold.Policy{Summary: true}, r.Policy(r.Receivers()[0]), "without prices nothing costs")
}

func TestWhatIsWrongWithPricesIsFound(t *testing.T) {
	costs := func(text string) string { return "prices: " + text + "\n" + ruleOf(summing, robot) }
	var many []string
	for i := range 51 {
		many = append(many, fmt.Sprintf("t%d: 1", i))
	}
	for want, text := range map[string]string{
		`prices.currency: must be three capital letters such as CNY`:                     costs(`{currency: yuan, gpus: {any: 1}}`),
		`prices: key "currency" is missing: Currency of the prices`:                      costs(`{gpus: {any: 1}}`),
		`prices: unknown key "gpu": did you mean "gpus"?`:                                costs(`{currency: CNY, gpu: {any: 1}}`),
		`prices.gpus.any: must be from 0 to 1000000 with at most 4 digits`:               costs(`{currency: CNY, gpus: {any: -1}}`),
		`prices.gpus.H20: must be from 0 to 1000000 with at most 4 digits`:               costs(`{currency: CNY, gpus: {H20: 1000000.0001}}`),
		`prices.instances.a: must be from 0 to 1000000 with at most 4 digits`:            costs(`{currency: CNY, instances: {a: 0.00001}}`),
		`prices.gpus.any: must be a number in decimal digits, not a text`:                costs(`{currency: CNY, gpus: {any: "15"}}`),
		`prices.gpus: must be an object (key: value), not a number`:                      costs(`{currency: CNY, gpus: 15}`),
		`prices.gpus.a b: the name must be letters and digits of any script`:             costs(`{currency: CNY, gpus: {a b: 15}}`),
		`prices: has 51 prices, and each rule with a summary carries all of them: leave`: costs(`{currency: CNY, gpus: {` + strings.Join(many, ", ") + `}}`),
		`rules[0].summary: must be true or false, not a text`:                            ruleOf("events: [job-failed]\n  summary: short", robot),
	} {
		t.Run(want, func(t *testing.T) {
			_, err := workspace.Parse(asJSON(t, text), "w.yaml", documenttest.Specs()...)
			require.Error(t, err)
			assert.Contains(t, err.Error(), want)
			var findings workspace.Findings
			require.ErrorAs(t, err, &findings)
			assert.Len(t, findings, 1)
			for _, l := range message.Languages() {
				assert.NotContains(t, findings[0].In(l), "{")
			}
		})
	}
}

func TestASummaryOrPricesWithoutEffectAreWarnedOf(t *testing.T) {
	const any = "prices: {currency: CNY, gpus: {any: 1}}\n"
	for want, text := range map[string]string{
		"rules[0].summary: has no effect: all targets of this rule are HTTP endpoints":                                                                                   "workspace: w\nrules: [{name: ab, source: model, events: ['*'], summary: true, targets: [{type: http, url: env:A}]}]\n",
		"rules[0].summary: has no effect: nothing that this rule asks for tells that a job or flow has ended; of dlc, these do: job-succeeded, job-failed, job-stopped ": ruleOf("events: [job-queued, job-running]\n  summary: true", robot),
		"rules[0].summary: has no effect: nothing that this rule asks for tells that a job or flow has ended ":                                                           "workspace: w\nrules: [{name: ab, source: dsw, events: [instance-failed], summary: true, targets: [" + robot + "]}]\n",
		"prices: has no effect: it has no prices":          "prices: {currency: CNY}\n" + ruleOf(summing, robot),
		"prices: has no effect: no rule has summary: true": any + ruleOf("events: [job-failed]", robot),
	} {
		ws := parse(t, text)
		if assert.Len(t, ws.Warnings, 1, want) {
			assert.Equal(t, workspace.KindIdle, ws.Warnings[0].Kind)
			assert.Contains(t, ws.Warnings[0].Error()+" ", want)
		}
	}
	for _, events := range []string{"['*']", "[job-timeout]", "[job-queued, job-stopped]"} {
		assert.Empty(t, parse(t, any+ruleOf("events: "+events+"\n  summary: true", robot)).Warnings, events)
	}
	of := "workspace: w\ncatalogue: {types: [{name: dsw.instance-stopped, ends: true}]}\nrules: [{name: ab, source: dsw, events: [instance-stopped], summary: true, targets: [" + robot + "]}]\n"
	assert.Empty(t, parse(t, of).Warnings, "a document says itself what ends")
}
