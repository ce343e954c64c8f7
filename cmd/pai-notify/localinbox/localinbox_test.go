package localinbox

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/functionstest/slack"
	"github.com/pai-notify/pai-notify/functions/functionstest/slack/standin"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

const jobFailed = `{"specversion":"1.0","id":"1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":"dlc1","WorkspaceName":"lab","Status":"Failed"}}`

func TestAPayloadWhoseReceiversAreNotFoundIsNotSentBesideAnInbox(t *testing.T) {
	in := &Inbox{standsIn: true, platforms: standins.All(), url: "http://127.0.0.1:1", smtp: "127.0.0.1:2"}
	target := `{"type":"wecom","name":"t","parameters":{"webhook":"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"}}`
	event := jobFailed
	wrapper := fmt.Sprintf(`{"rule":"r","target":%s,"event":%s}`, target, event)
	queued, err := json.Marshal(wrapper)
	require.NoError(t, err)
	for name, c := range map[string]struct{ payload, err string }{
		"an event":            {event, ""},
		"a wrapper":           {wrapper, ""},
		"several":             {"[" + wrapper + "," + wrapper + "]", ""},
		"a list of rules":     {fmt.Sprintf(`{"rules":[{"rule":"r","patterns":[{}],"targets":[%s]}],"event":%s}`, target, event), ""},
		"a test":              {fmt.Sprintf(`{"test":true,"rule":"r","target":%s}`, target), ""},
		"a queue's records":   {fmt.Sprintf(`{"Records":[{"messageId":"m","eventSource":"aws:sqs","body":%s}]}`, queued), "give the event alone"},
		"no JSON, but a text": {strings.Replace(wrapper, `"data":{`, `"data":worker died {`, 1), "the inbox cannot stand in"},
	} {
		t.Run(name, func(t *testing.T) {
			changed, err := in.Redirect([]byte(c.payload))
			if c.err != "" {
				assert.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.NotContains(t, string(changed), "weixin")
			assert.Equal(t, strings.Contains(c.payload, `"id":"1"`), strings.Contains(string(changed), `"id":"1"`))
		})
	}
	var none *Inbox
	same, err := none.Redirect([]byte(wrapper))
	require.NoError(t, err)
	assert.Equal(t, wrapper, string(same))
}

func TestAProcessesAnswerSaysWhatTheInboxTook(t *testing.T) {
	in := &Inbox{standsIn: true, users: []string{"OWN_SET"}}
	payload := fmt.Sprintf(`{"rules":[{"rule":"r","patterns":[{}],"targets":[{"type":"wecom","name":"t","parameters":{"webhook":"env:OWN_UNSET"}},{"type":"wecom","name":"u","parameters":{"webhook":"env:OWN_SET"}}]}],"event":%s}`, jobFailed)
	const took = `,"reason":"accepted by the inbox, not by the real receiver"`
	for name, c := range map[string]struct{ answer, want string }{
		"sent":              {`{"status":"sent","rule":"r","target":"wecom/t"}`, `{"status":"sent","rule":"r","target":"wecom/t"` + took + `}`},
		"a real receiver":   {`{"status":"sent","rule":"r","target":"wecom/u"}`, `{"status":"sent","rule":"r","target":"wecom/u"}`},
		"failed":            {`{"status":"failed","rule":"r","target":"wecom/t"}`, `{"status":"failed","rule":"r","target":"wecom/t"}`},
		"several":           {`[{"status":"sent","rule":"r","target":"wecom/t"},{"status":"sent","rule":"r","target":"wecom/u"}]`, `[{"status":"sent","rule":"r","target":"wecom/t"` + took + `},{"status":"sent","rule":"r","target":"wecom/u"}]`},
		"no outcome":        {`{"batchItemFailures":[]}`, `{"batchItemFailures":[]}`},
		"nothing":           {``, ``},
		"a crash's message": {`out of memory`, `out of memory`},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, string(in.Annotate([]byte(payload), []byte(c.answer)))) })
	}
	var none *Inbox
	assert.Equal(t, "{}", string(none.Annotate([]byte(payload), []byte("{}"))))
}

func TestAnInboxSaysAgainWhereMessagesGoWhenThatChanges(t *testing.T) {
	in := &Inbox{standsIn: true, users: []string{"OWN_SET"}, Inbox: inbox.New(inbox.Options{Anyone: true}, standins.All()...)}
	robot := func(variable string) target.Receiver {
		return target.Receiver{Type: "wecom", Name: "team", Parameters: json.RawMessage(`{"webhook":"env:` + variable + `"}`)}
	}
	const (
		taken = "--inbox: wecom/team: to the inbox, in place of OWN_ROBOT\n"
		other = "--inbox: wecom/team: to the inbox, in place of OTHER_ROBOT\n"
		real  = "--inbox: wecom/team: to its REAL receiver, because OWN_SET is set; unset it and start again to have the inbox take its messages\n"
	)
	for _, step := range []struct {
		name      string
		variables []string
		want      string
	}{
		{"two of one name", []string{"OWN_ROBOT", "OTHER_ROBOT", "OWN_ROBOT"}, taken + other},
		{"the same", []string{"OTHER_ROBOT", "OWN_ROBOT"}, ""},
		{"a real one", []string{"OWN_SET"}, real},
		{"and back", []string{"OWN_ROBOT"}, taken},
	} {
		var out strings.Builder
		var receivers []target.Receiver
		for _, variable := range step.variables {
			receivers = append(receivers, robot(variable))
		}
		in.Announce(&out, receivers)
		assert.Equal(t, step.want, out.String(), step.name)
	}
}

func TestAnInboxStandsInForATypeByTheRegistersAlone(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	t.Setenv("SLACK_WEBHOOK", "")
	received := inbox.New(inbox.Options{Anyone: true}, standin.Platform)
	served := httptest.NewServer(received)
	t.Cleanup(served.Close)
	in := &Inbox{standsIn: true, platforms: []inbox.Platform{standin.Platform}, Inbox: received, url: served.URL}
	send := func(config string) {
		to, err := in.Instead(slack.Spec).Open([]byte(config))
		require.NoError(t, err)
		_, err = to.Send(t.Context(), target.Notification{ID: "n", Message: message.Message{Title: "a title"}})
		require.NoError(t, err)
	}
	send(`{"webhook":"https://hooks.slack.example/services/T1/B1/secret"}`)
	send(`{"webhook":"env:UNSET_SLACK"}`)
	var names []string
	for _, m := range in.Received() {
		assert.True(t, m.Accepted)
		names = append(names, m.Receiver)
	}
	require.Len(t, names, 2)
	assert.Regexp(t, "^robot-[0-9a-f]{8}$", names[0])
	assert.Equal(t, "UNSET-SLACK", names[1], "as its webhooks are spelt")

	document := "workspace: w\nrules: [{name: r, source: dlc, events: [job-failed], targets: [{type: slack, webhook: env:SLACK_WEBHOOK}]}]\n"
	require.NoError(t, in.addReceivers([]byte(document), []target.Spec{slack.Spec}, true))
	assert.Equal(t, served.URL+"/services/T0INBOX/B0INBOX/inbox", os.Getenv("SLACK_WEBHOOK"))
	assert.Contains(t, in.shown, receiver{"slack", "inbox"})
}
