package workspace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// accounts are contacts of whom bob has no account and carol no phone.
const accounts = `contacts:
- {name: alice, phone: "13800138000", email: a@example.com, uid: "2001"}
- {name: bob, phone: "13800138001", email: b@example.com}
- {name: carol, email: c@example.com, uid: "2002"}
- {name: dan, id: daniel, phone: "13800138003", email: d@example.com, uid: "200"}
`

const texts = "{type: sms, contacts: [creator], sign_name: s, template: t}"

func created(t *testing.T, user string) event.Event {
	t.Helper()
	e, err := event.Parse([]byte(`{"specversion":"1.0","id":"e","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"Status":"Failed"` + user + `}}`))
	require.NoError(t, err)
	return e
}

func reached(t *testing.T, r workspace.Rule, user string) (names []string, missed string) {
	t.Helper()
	to, missed, err := r.Reached(created(t, user))
	require.NoError(t, err)
	for _, one := range to {
		names = append(names, one.Name)
	}
	return names, missed
}

func TestWhatSomebodyCreatedReachesNobodyElse(t *testing.T) {
	r := parse(t, accounts+ruleOf("events: [job-failed]", texts+", "+robot)).Rules[0]
	const robotAlone = "dingtalk-A"
	for name, c := range map[string]struct{ user, want, missed string }{
		"its creator":             {`,"UserId":"2001"`, "sms-creator-alice-2001", ""},
		"whose id is a prefix":    {`,"UserId":"200"`, "sms-creator-daniel-200", ""},
		"as a number":             {`,"UserId":2001`, "sms-creator-alice-2001", ""},
		"as a prefix, a number":   {`,"UserId":200`, "sms-creator-daniel-200", ""},
		"longer than an id":       {`,"UserId":"20010"`, "", "created by 20010, who is no contact with a uid"},
		"with a blank":            {`,"UserId":" 2001"`, "", "who is no contact with a uid"},
		"whom no address reaches": {`,"UserId":"2002"`, "", "created by 2002 (carol), whom no target"},
		"who is unknown":          {`,"UserId":"2009"`, "", "created by 2009, who is no contact with a uid"},
		"without the field":       {``, "", "the event has no data.UserId"},
		"with null":               {`,"UserId":null`, "", "the event has no data.UserId"},
		"with another field":      {`,"OwnerId":"2001"`, "", "the event has no data.UserId"},
	} {
		t.Run(name, func(t *testing.T) {
			got, missed := reached(t, r, c.user)
			want := []string{robotAlone}
			if c.want != "" {
				want = []string{c.want, robotAlone}
			}
			assert.Equal(t, want, got)
			if c.missed == "" {
				assert.Empty(t, missed)
			}
			assert.Contains(t, missed, c.missed)
			for _, receiver := range r.Receivers() { // patterns that a bus carries say the same
				narrow := r.Narrowed(receiver, []string{r.Patterns()[0].String()})
				assert.Equal(t, receiver.Type == "sms", narrow != nil, receiver.Name)
			}
		})
	}
}

func TestNobodyIsToldTwiceAsTheCreator(t *testing.T) {
	r := parse(t, accounts+ruleOf("events: [job-failed]", "{type: sms, contacts: [alice, creator], sign_name: s, template: t}")).Rules[0]
	got, missed := reached(t, r, `,"UserId":"2001"`)
	assert.Equal(t, []string{"sms-alice"}, got)
	assert.Empty(t, missed)
	got, _ = reached(t, r, `,"UserId":"200"`)
	assert.Equal(t, []string{"sms-alice", "sms-creator-daniel-200"}, got)
	r = parse(t, accounts+ruleOf("events: [job-failed]", "{type: sms, name: oncall, contacts: [alice], sign_name: s, template: t}, "+texts)).Rules[0]
	got, _ = reached(t, r, `,"UserId":"2001"`)
	assert.Equal(t, []string{"oncall-alice"}, got, "another target of the type names her")
}

func TestAScopeNarrowsWhoCanBeTheCreator(t *testing.T) {
	r := parse(t, accounts+ruleOf("events: [job-failed]\n  scope: {created_by: ['200', '2009']}", texts)).Rules[0]
	require.Len(t, r.Receivers(), 1)
	got, _ := reached(t, r, `,"UserId":"200"`)
	assert.Equal(t, []string{"sms-creator-daniel-200"}, got)
	got, missed := reached(t, r, `,"UserId":"2001"`)
	assert.Empty(t, got, "she has an account, and is outside of the scope")
	assert.Contains(t, missed, "created by 2001 (alice), whom no target")
}

func TestAnotherAccountIsAnotherReceiver(t *testing.T) {
	before := parse(t, accounts+ruleOf("events: [job-failed]", texts)).Rules[0].Receivers()[0]
	after := parse(t, strings.ReplaceAll(accounts, `"2001"`, `"2003"`)+ruleOf("events: [job-failed]", texts)).Rules[0].Receivers()[0]
	assert.NotEqual(t, before.Name, after.Name, "what waits for the old account is not sent to her")
	corrected := parse(t, strings.ReplaceAll(accounts, "13800138000", "13800138009")+ruleOf("events: [job-failed]", texts)).Rules[0].Receivers()[0]
	assert.Equal(t, before.Name, corrected.Name)
}

func TestFindingsOfTheCreator(t *testing.T) {
	many := "contacts:\n"
	for i := range 7 {
		many += fmt.Sprintf("- {name: c%d, phone: '1380013800%d', uid: '300%d'}\n", i, i, i)
	}
	for name, c := range map[string]struct {
		text string
		kind workspace.Kind
		want string
	}{
		"a contact of the name": {"contacts: [{name: creator, phone: '13800138000'}]\n" + ruleOf("events: [job-failed]", robot), workspace.KindContact, "creator\" stands for whoever created"},
		"nobody with an account": {
			"contacts: [{name: bob, phone: '13800138001'}]\n" + ruleOf("events: [job-failed]", texts), workspace.KindContact, "contacts[0]: no contact can be notified as the creator: add a contact with a uid and phone",
		},
		"nobody within the scope": {accounts + ruleOf("events: [job-failed]\n  scope: {created_by: ['2009']}", texts), workspace.KindContact, "no contact can be notified as the creator"},
		"more than the quota":     {many + ruleOf("events: [job-failed]", texts+", "+robot), workspace.KindQuota, "sms: creator (7) = 7; dingtalk = 1; 8 of 5"},
		"a reference for an id":   {"contacts: [{name: bob, phone: '13800138001', uid: 'env:UID'}]\n" + ruleOf("events: [job-failed]", robot), workspace.KindReference, "contacts[0].uid"},
		"a condition on the field": {
			accounts + ruleOf("events: [odd]", texts) + "catalogue:\n  types: [{name: dlc.odd, severity: info, pattern: {source: [acs.paidlc], data: {UserId: [{prefix: '2'}]}}}]\n",
			workspace.KindScope, "already has a condition on data.UserId",
		},
	} {
		t.Run(name, func(t *testing.T) { refused(t, "workspace: w\n"+c.text, c.kind, c.want) })
	}
	t.Run("nobody else is notified", func(t *testing.T) {
		ws := parse(t, accounts+ruleOf("events: [job-failed]", texts))
		require.Len(t, ws.Warnings, 1)
		assert.Contains(t, ws.Warnings[0].Text, "an event whose creator is no contact with a uid notifies nobody")
		assert.Empty(t, parse(t, accounts+ruleOf("events: [job-failed]", texts+", "+robot)).Warnings)
	})
}
