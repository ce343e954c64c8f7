package functions_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// invocations is how often Function Compute invokes for one event that fails, as
// s.yaml asks for it.
const invocations = 9

const (
	alice, bob = "+8613800138000", "+8613900139000"

	jobFailed = `{"specversion":"1.0","id":"e1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":"dlc1"}}`
)

// TestCopiesOfAFunctionConfiguredByHand counts what arrives at two receivers of
// one event, when the platform repeats an invocation that failed.
func TestCopiesOfAFunctionConfiguredByHand(t *testing.T) {
	illegal := inbox.Script{Status: 200, Body: `{"Code":"isv.MOBILE_NUMBER_ILLEGAL","Message":"x"}`}
	tooMany := inbox.Script{Status: 200, Body: `{"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"触发天级流控Permits:50"}`}
	gone := inbox.Script{Status: 200, Body: `{"errcode":400101,"errmsg":"x"}`}
	html := inbox.Script{Status: 200, Body: "<html>ok</html>", Took: true}
	once := [2]int{1, 1}
	for name, c := range map[string]struct {
		typ     string
		toAlice *inbox.Script // instead of taking it
		toBob   inbox.Script
		// fresh and same are the requests for alice and for bob, when each
		// invocation is on an instance of its own, and when all are on one.
		fresh, same [2]int
	}{
		"a number that is none costs the other nothing":     {"sms", nil, illegal, once, once},
		"nor does a number that is to wait":                 {"sms", nil, tooMany, once, once},
		"nor a text that may have been taken":               {"sms", &html, illegal, once, once},
		"a person who cannot be called wakes no other":      {"voice", nil, illegal, once, once},
		"nor does one who is to be called later":            {"voice", nil, tooMany, once, once},
		"nor a call that may have been made":                {"voice", &html, tooMany, once, once},
		"a robot that is gone costs the other nothing":      {"dingtalk", nil, gone, once, once},
		"an answer that says nothing is one copy each time": {"dingtalk", nil, html, [2]int{invocations, invocations}, [2]int{1, invocations}},
	} {
		for _, fresh := range []bool{true, false} {
			t.Run(name+map[bool]string{true: " on other instances", false: " on the same instance"}[fresh], func(t *testing.T) {
				in := byHand(t, c.typ)
				names, want := [2]string{alice, bob}, c.same
				if c.typ == "dingtalk" {
					names = [2]string{"alice", "bob"}
				}
				if fresh {
					want = c.fresh
				}
				for range invocations * 3 {
					if c.toAlice != nil {
						in.Script(c.typ, names[0], *c.toAlice)
					}
					in.Script(c.typ, names[1], c.toBob)
				}
				spec := specOf(t, c.typ)
				f := deliver.New(spec, nil)
				for range invocations {
					answer, err := f.Handle(t.Context(), []byte(jobFailed))
					if err == nil {
						var outcomes []outcome.Outcome
						require.NoError(t, json.Unmarshal(answer, &outcomes))
						assert.Len(t, outcomes, 2)
						break
					}
					if fresh {
						f = deliver.New(spec, nil)
					}
				}
				came := map[string]int{}
				for _, m := range in.Received() {
					came[m.Receiver]++
				}
				assert.Equal(t, map[string]int{names[0]: want[0], names[1]: want[1]}, came)
			})
		}
	}
}

// byHand configures the function of a type with one rule for two receivers, and
// returns the platform that they are on.
func byHand(t *testing.T, typ string) *inbox.Inbox {
	t.Helper()
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	in := inbox.New(inbox.Options{}, standins.All()...)
	account := inbox.Keys{ID: "LTAItest0000000000000001", Secret: "secretsecretsecretsecret000001"}
	for _, number := range []string{alice, bob} {
		in.Add("sms", number, account)
		in.Add("voice", number, account)
	}
	s := httptest.NewServer(in)
	t.Cleanup(s.Close)
	keys := `"contacts":["alice","bob"],"access_key_id":"` + account.ID + `","access_key_secret":"` + account.Secret + `","endpoint":"` + s.URL + `"`
	targets := map[string]string{
		"sms":   `{"type":"sms","sign_name":"示例","template_code":"SMS_100000001",` + keys + `}`,
		"voice": `{"type":"voice","tts_code":"TTS_100000001",` + keys + `}`,
		"dingtalk": `{"type":"dingtalk","name":"a","webhook":"` + s.URL + in.Add("dingtalk", "alice", inbox.Keys{}).Text("webhook") + `"},` +
			`{"type":"dingtalk","name":"b","webhook":"` + s.URL + in.Add("dingtalk", "bob", inbox.Keys{}).Text("webhook") + `"}`,
	}[typ]
	t.Setenv(workspace.Variable, `{"workspace":"research","contacts":[{"name":"alice","phone":"`+alice+`"},{"name":"bob","phone":"`+bob+`"}],`+
		`"rules":[{"name":"failed","source":"dlc","events":["job-failed"],"targets":[`+targets+`]}]}`)
	return in
}
