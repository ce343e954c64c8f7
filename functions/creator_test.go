package functions_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// mentioningWhoCreated is a document with a chat target that mentions the creator.
func mentioningWhoCreated(contacts, to string) ([]target.Receiver, error) {
	w, err := workspace.Parse([]byte(`{"workspace":"lab","contacts":[`+contacts+`],"rules":[{"name":"r","source":"dlc","events":["job-failed"],"targets":[`+to+`]}]}`), "w.json", functions.Register()...)
	if err != nil {
		return nil, err
	}
	return w.Rules[0].Receivers(), nil
}

const colleagues = `{"name":"alice","phone":"13800138000","uid":"2001","mention":{"lark":"ou_alice"}},
	{"name":"bob","phone":"+8613800138001","uid":"200","mention":{"lark":"ou_bob","dingtalk":"bob_7","wecom":"bob_7"}},
	{"name":"carol","phone":"+85251234567","uid":"2002"},{"name":"dan","phone":"13800138003","mention":{"lark":"ou_dan"}}`

func TestAChatMentionsWhoeverCreatedIt(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	for typ, c := range map[string]struct{ alice, bob string }{
		"dingtalk": {"13800138000", "bob_7"}, "wecom": {"13800138000", "bob_7"}, "lark": {"ou_alice", "ou_bob"},
	} {
		t.Run(typ, func(t *testing.T) {
			made, err := mentioningWhoCreated(colleagues, `{"type":"`+typ+`","webhook":"env:HOOK","mention":{"creator":true}}`)
			require.NoError(t, err)
			require.Len(t, made, 1)
			assert.Equal(t, typ+"-HOOK", made[0].Name, "mentions are no part of who it is")
			var parameters struct {
				Creators json.RawMessage
				Mention  json.RawMessage
			}
			require.NoError(t, json.Unmarshal(made[0].Parameters, &parameters))
			in, place := served(t, inbox.Options{Rate: 100_000})
			place.Receiver, place.Keys = addressOf(t, typ, "robot", ""), platformOf(t, typ).Keys
			in.Add(typ, place.Receiver, place.Keys)
			config := asJSON(t, leadTo(t, typ, place, inbox.Parameters{"mention": parameters.Mention, "creators": parameters.Creators}))
			for n, one := range []struct {
				user string
				want []string
			}{
				{`"UserId":"2001"`, []string{c.alice}},
				{`"UserId":2001`, []string{c.alice}},
				{`"UserId":"200"`, []string{c.bob}},
				{`"UserId":"2002"`, nil},
				{`"UserId":"20"`, nil},
				{`"UserId":"20010"`, nil},
				{`"UserId":null`, nil},
				{`"JobName":"2001"`, nil},
			} {
				event := fmt.Sprintf(`{"specversion":"1.0","id":"e%d","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":"j%d",%s}}`, n, n, one.user)
				before := len(in.Received())
				_, err := deliver.New(specOf(t, typ), nil).Handle(t.Context(), []byte(`{"rule":{"name":"r"},"target":{"type":"`+typ+`","name":"x","parameters":`+string(config)+`},"event":`+event+`}`))
				require.NoError(t, err)
				var mentioned []string
				for _, m := range in.Received()[before:] {
					mentioned = append(mentioned, m.Mentions...)
				}
				assert.Equal(t, one.want, mentioned, one.user)
			}
		})
	}
}

func TestWhatADocumentOfMentionedCreatorsMayBe(t *testing.T) {
	var many []string
	for i := range 200 {
		many = append(many, fmt.Sprintf(`{"name":"c%d","phone":"1380013%04d","uid":"20145796231094%04d"}`, i, i, i))
	}
	robot := func(typ, more string) string {
		return `{"type":"` + typ + `","webhook":"env:HOOK","mention":{"creator":true}` + more + `}`
	}
	for name, c := range map[string]struct{ contacts, target, want string }{
		"nobody with an account":     {`{"name":"dan","phone":"13800138003"}`, robot("dingtalk", ""), "mention.creator: no contact can be mentioned as the creator"},
		"a phone for lark":           {`{"name":"alice","phone":"13800138000","uid":"2001"}`, robot("lark", ""), "no contact can be mentioned as the creator"},
		"a number abroad":            {`{"name":"carol","phone":"+85251234567","uid":"2002"}`, robot("wecom", ""), "no contact can be mentioned as the creator"},
		"an id that is none":         {`{"name":"alice","phone":"13800138000","uid":"2001","mention":{"lark":"@alice"}}`, robot("lark", ""), "contacts[0].mention.lark"},
		"a type that mentions none":  {`{"name":"alice","phone":"13800138000","uid":"2001","mention":{"sms":"alice"}}`, robot("dingtalk", ""), "must be one of dingtalk, lark, wecom"},
		"a card that mentions none":  {colleagues, robot("dingtalk", `,"style":"action_card"`), "DingTalk documents no mentions in cards"},
		"more than a target carries": {strings.Join(many, ","), robot("dingtalk", ""), "split the rule by scope created_by"},
		"the mentions written out":   {colleagues, robot("dingtalk", `,"creators":{"2001":"x"}`), `unknown key "creators"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mentioningWhoCreated(c.contacts, c.target)
			assert.ErrorContains(t, err, c.want)
		})
	}
}
