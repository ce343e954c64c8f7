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
		"no JSON":       {`{`, "unexpected EOF"},
		"a condition":   {`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}]}`, "Condition"},
		"all but one":   {`{"Version":"1","Statement":[{"Effect":"Allow","NotAction":"a","Resource":"*"}]}`, "NotAction"},
		"another age":   {`{"Version":"2012-10-17","Statement":[]}`, `Version is "2012-10-17"`},
		"no effect":     {`{"Version":"1","Statement":[{"Action":"*","Resource":"*"}]}`, `Statement[0]: Effect is ""`},
		"no action":     {`{"Version":"1","Statement":[{"Effect":"Allow","Resource":"*"}]}`, "Statement[0] has no Action"},
		"no resource":   {`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*"}]}`, "Statement[0] has no Resource"},
		"a second text": {`{"Version":"1","Statement":[]}{}`, "something follows"},
	} {
		_, err := account.ParsePolicy([]byte(c.text))
		assert.ErrorContains(t, err, c.says, name)
	}
}
