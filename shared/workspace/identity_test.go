package workspace_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/target"
)

// people are contacts of whom one has an id.
const people = "quota: 100\ncontacts: [{name: alice, phone: '13800138000', email: alice@example.com}, {name: bob, id: b7, phone: '13900139000'}]\n"

func keys(t *testing.T, targets string) []string {
	t.Helper()
	var list []string
	for _, r := range parse(t, people+rule(targets)).Rules[0].Receivers() {
		list = append(list, r.Name)
	}
	return list
}

func TestAReceiverIsKnownByWhatNamesItDurably(t *testing.T) {
	for name, c := range map[string]struct {
		targets string
		want    []string
	}{
		"the name of a target":                   {"{type: dingtalk, name: oncall, webhook: env:A}", []string{"oncall"}},
		"a variable":                             {"{type: dingtalk, webhook: env:DINGTALK_WEBHOOK}", []string{"dingtalk-DINGTALK_WEBHOOK"}},
		"a parameter":                            {"{type: dingtalk, webhook: 'ssm:/pai/dingtalk'}", []string{"dingtalk-pai-dingtalk"}},
		"a secret":                               {"{type: dingtalk, webhook: secretsmanager:hook}", []string{"dingtalk-hook"}},
		"a digest of an address":                 {"{type: dingtalk, webhook: 'https://example.com/a'}", []string{"dingtalk-2dce0a4c50"}},
		"the same digest with other words to it": {"{type: dingtalk, webhook: 'https://example.com/a', style: rich, card: true}", []string{"dingtalk-2dce0a4c50"}},
		"a type and a contact, by its id if it has one": {"{type: sms, contacts: [alice, bob], sign_name: a, template: b}", []string{"sms-alice", "sms-b7"}},
		"a name and a contact":                          {"{type: sms, name: urgent, contacts: [bob], sign_name: a, template: b}", []string{"urgent-b7"}},
		"a reference and an address beside each other":  {"{type: dingtalk, webhook: env:A}, {type: dingtalk, webhook: 'https://example.com/a'}", []string{"dingtalk-A", "dingtalk-2dce0a4c50"}},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, keys(t, c.targets)) })
	}
}

func TestNobodyIsAnybodyElseInAnotherOrder(t *testing.T) {
	targets := []string{
		"{type: dingtalk, webhook: env:A}", "{type: dingtalk, webhook: env:B}", "{type: dingtalk, name: oncall, webhook: env:C}",
		"{type: dingtalk, webhook: 'https://example.com/a'}", "{type: dingtalk, name: dingtalk-2, webhook: env:D}",
		"{type: sms, contacts: [alice, bob], sign_name: a, template: b}", "{type: sms, name: urgent, contacts: [bob, alice], sign_name: a, template: c}",
		"{type: voice, contacts: [bob]}",
	}
	// known is who has which key, by what is sent with.
	known := map[string]string{}
	r := rand.New(rand.NewPCG(11, 11))
	for range 50 {
		var some []string
		for _, i := range r.Perm(len(targets))[:1+r.IntN(len(targets))] {
			some = append(some, targets[i])
		}
		for _, one := range parse(t, people+rule(strings.Join(some, ", "))).Rules[0].Receivers() {
			is := one.Type + "/" + one.Name
			if was, seen := known[is]; seen {
				assert.Equal(t, was, string(one.Parameters), is)
			}
			known[is] = string(one.Parameters)
		}
	}
	assert.Len(t, known, 10)
}

func TestARuleAndAContactOutliveTheirNames(t *testing.T) {
	before := parse(t, people+rule("{type: voice, contacts: [alice]}")).Rules[0]
	renamed := strings.NewReplacer("name: alice,", "name: lucy, id: alice,", "[alice]", "[lucy]", "name: ab", "name: night\n  id: ab", "13800138000", "13800138009").
		Replace(people + rule("{type: voice, contacts: [alice]}"))
	after := parse(t, renamed).Rules[0]
	assert.Equal(t, "night", after.Name)
	assert.Equal(t, before.Key(), after.Key())
	named := func(r []target.Receiver) string { return r[0].Name }
	assert.Equal(t, named(before.Receivers()), named(after.Receivers()))
	assert.Contains(t, string(after.Receivers()[0].Parameters), `"+8613800138009"`, "the corrected number is used")
}
