package account_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local/account"
)

func TestPoliciesDecideByActionAndResource(t *testing.T) {
	const rule = "acs:eventbridge:local:1000000000000000:eventbus/pai-system-lab/rule/job-died"
	for name, c := range map[string]struct {
		policies         []string
		action, resource string
		allowed          bool
	}{
		"nothing is allowed by itself":          {nil, "eventbridge:GetRule", rule, false},
		"an action by its name":                 {[]string{statement("Allow", `"eventbridge:GetRule"`, `"*"`)}, "eventbridge:GetRule", rule, true},
		"another action":                        {[]string{statement("Allow", `"eventbridge:GetRule"`, `"*"`)}, "eventbridge:GetRules", rule, false},
		"an action in a list":                   {[]string{statement("Allow", `["a:B","eventbridge:GetRule"]`, `"*"`)}, "eventbridge:GetRule", rule, true},
		"a star reaches over slashes":           {[]string{statement("Allow", `"eventbridge:*"`, `"acs:eventbridge:*:*:eventbus/*"`)}, "eventbridge:GetRule", rule, true},
		"a star for nothing":                    {[]string{statement("Allow", `"eventbridge:GetRule*"`, `"*"`)}, "eventbridge:GetRule", rule, true},
		"stars that must go back":               {[]string{statement("Allow", `"*e*R*le"`, `"*rule/*d"`)}, "eventbridge:GetRule", rule, true},
		"a question mark for one character":     {[]string{statement("Allow", `"eventbridge:?etRule"`, `"*"`)}, "eventbridge:GetRule", rule, true},
		"a question mark for none":              {[]string{statement("Allow", `"eventbridge:GetRule?"`, `"*"`)}, "eventbridge:GetRule", rule, false},
		"a bus is not its rules":                {[]string{statement("Allow", `"*"`, `"acs:eventbridge:*:*:eventbus/pai-system-lab"`)}, "eventbridge:GetRule", rule, false},
		"the rules of a bus":                    {[]string{statement("Allow", `"*"`, `"acs:eventbridge:*:*:eventbus/pai-system-lab/rule/*"`)}, "eventbridge:GetRule", rule, true},
		"the rules of another bus":              {[]string{statement("Allow", `"*"`, `"acs:eventbridge:*:*:eventbus/other/rule/*"`)}, "eventbridge:GetRule", rule, false},
		"another region":                        {[]string{statement("Allow", `"*"`, `"acs:eventbridge:cn-hangzhou:*:eventbus/*"`)}, "eventbridge:GetRule", rule, false},
		"a denial wins, whichever stands first": {[]string{statement("Allow", `"*"`, `"*"`), statement("Deny", `"eventbridge:Get*"`, `"*"`)}, "eventbridge:GetRule", rule, false},
		"an action in other letters":            {[]string{statement("Allow", `"EventBridge:getRULE"`, `"*"`)}, "eventbridge:GetRule", rule, true},
		"a denial in other letters":             {[]string{statement("Allow", `"eventbridge:*"`, `"*"`), statement("Deny", `"EventBridge:GetRule"`, `"*"`)}, "eventbridge:GetRule", rule, false},
		"a denial in one of several policies":   {[]string{statement("Allow", `"*"`, `"*"`), statement("Deny", `["a:B","EVENTBRIDGE:get*"]`, `"acs:eventbridge:*"`), statement("Allow", `"*"`, `"*"`)}, "eventbridge:GetRule", rule, false},
		"a resource in other letters":           {[]string{statement("Allow", `"*"`, `"acs:eventbridge:*:*:eventbus/PAI-system-lab/*"`)}, "eventbridge:GetRule", rule, false},
		"a denial of something else":            {[]string{statement("Deny", `"eventbridge:Delete*"`, `"*"`), statement("Allow", `"*"`, `"*"`)}, "eventbridge:GetRule", rule, true},
	} {
		t.Run(name, func(t *testing.T) {
			k := account.Key{ID: "id", User: "alice"}
			for _, text := range c.policies {
				p, err := account.ParsePolicy([]byte(text))
				require.NoError(t, err)
				k.Policies = append(k.Policies, p)
			}
			err := k.Authorize(c.action, c.resource)
			if c.allowed {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, "AccessDenied The RAM user alice is not authorized to perform "+c.action+" on "+c.resource)
		})
	}
	assert.NoError(t, account.Key{ID: "id"}.Authorize("eventbridge:GetRule", rule), "the account's own key may do everything")
}

func statement(effect, action, resource string) string {
	return `{"Version":"1","Statement":[{"Effect":"` + effect + `","Action":` + action + `,"Resource":` + resource + `}]}`
}

func TestAPolicyThatWouldMeanLessThanItSaysIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"no JSON":               {`{`, "unexpected end"},
		"null":                  {`null`, `Version is ""`},
		"a list":                {`[]`, "a policy is an object"},
		"a second text":         {`{"Version":"1","Statement":[]}{}`, "after top-level value"},
		"another age":           {`{"Version":"2012-10-17","Statement":[]}`, `Version is "2012-10-17"`},
		"a number for an age":   {`{"Version":1,"Statement":[]}`, "number"},
		"nothing":               {`{"Version":"1","Statement":[]}`, "has no Statement"},
		"no list":               {`{"Version":"1","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`, "a list Statement"},
		"a member beside it":    {`{"Version":"1","Id":"x","Statement":[]}`, `unknown member "Id"`},
		"statements twice":      {`{"Version":"1","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}],"Statement":[]}`, `"Statement" comes twice`},
		"in other letters":      {`{"Version":"1","statement":[]}`, `unknown member "statement"`},
		"no statement":          {`{"Version":"1","Statement":[null]}`, `Statement[0]: its Effect is ""`},
		"a condition":           {inStatement(`"Condition":{}`), `Statement[0]: unknown member "Condition"`},
		"all but one":           {inStatement(`"NotAction":"a:B"`), `unknown member "NotAction"`},
		"all but one resource":  {inStatement(`"NotResource":"*"`), `unknown member "NotResource"`},
		"somebody":              {inStatement(`"Principal":{"RAM":["*"]}`), `unknown member "Principal"`},
		"an action twice":       {inStatement(`"Action":"a:B"`), `"Action" comes twice`},
		"an effect beside it":   {inStatement(`"effect":"Allow"`), `unknown member "effect"`},
		"no effect":             {`{"Version":"1","Statement":[{"Action":"*","Resource":"*"}]}`, `its Effect is ""`},
		"an effect in capitals": {statement("DENY", `"*"`, `"*"`), `its Effect is "DENY"`},
		"no action":             {`{"Version":"1","Statement":[{"Effect":"Allow","Resource":"*"}]}`, "Statement[0]: it has no Action"},
		"no actions":            {statement("Deny", `[]`, `"*"`), "it has no Action"},
		"no resource":           {`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*"}]}`, "Statement[0]: it has no Resource"},
		"no resources":          {statement("Deny", `"*"`, `[]`), "it has no Resource"},
		"the second statement":  {`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"PutEvents","Resource":"*"}]}`, `Statement[1]: its Action "PutEvents"`},
	} {
		_, err := account.ParsePolicy([]byte(c.text))
		assert.ErrorContains(t, err, c.says, name)
	}
}

func TestWhatCanNeverApplyIsRefused(t *testing.T) {
	for _, action := range []string{`""`, `null`, `"PutEvents"`, `"eventbridge"`, `"eventbridge:"`, `":PutEvents"`, `"eventbridge:PutEvents "`, `"eventbridge:Put:Events"`, `"eventbridge?PutEvents"`, `"eventbridge/PutEvents"`, `1`, `["a:B",""]`, `["a:B",["c:D"]]`, `{"a":"b"}`} {
		_, err := account.ParsePolicy([]byte(statement("Deny", action, `"*"`)))
		assert.ErrorContains(t, err, "Statement[0]", action)
	}
	for _, resource := range []string{`""`, `null`, `"eventbus/b"`, `"acs:EventBridge:*:*:eventbus/b"`, `"ACS:eventbridge:*:*:eventbus/b"`, `"acs:eventbridge:local:1"`, `"acs:eventbridge:local:1:"`, `" *"`, `"arn:aws:events:*"`, `"acs:eventbridge:????"`, `1`} {
		_, err := account.ParsePolicy([]byte(statement("Deny", `"*"`, resource)))
		assert.ErrorContains(t, err, "Statement[0]", resource)
	}
	for _, resource := range []string{`"*"`, `"acs:*"`, `"ac*"`, `"acs:eventbridge:*"`, `"acs:eventbridge:local:1:eventbus/b"`, `"acs:eventbridge:?????:1:eventbus/b"`, `"acs:fc:*:*:functions/*"`, `"acs:ram:*:*:role/aliyunx"`} {
		_, err := account.ParsePolicy([]byte(statement("Deny", `"*"`, resource)))
		assert.NoError(t, err, resource)
	}
}

func inStatement(more string) string {
	return `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*",` + more + `}]}`
}
