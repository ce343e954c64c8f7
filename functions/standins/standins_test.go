package standins_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/inbox/inboxtest"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

func TestPeopleReadOfEveryTargetTypeInEveryLanguage(t *testing.T) {
	said := func(text message.Text, what string, arguments ...any) {
		t.Helper()
		for _, in := range []string{text.EN, text.ZH, text.JA} {
			assert.NotEmpty(t, in, fmt.Sprintf(what, arguments...))
		}
	}
	for _, p := range standins.All() {
		said(p.Name, "the name of %s", p.Type)
		said(p.Help, "the help of %s", p.Type)
		assert.NotEmpty(t, p.Icon, p.Type)
		known := map[string]bool{}
		spec, ok := functions.Lookup(p.Type)
		require.True(t, ok, p.Type)
		for _, field := range edit.Parameters(spec) {
			known[field.Name] = true
			said(p.Label(field.Name), "the label of %s of %s", field.Name, p.Type)
		}
		for key, about := range p.Parameters {
			assert.True(t, known[key], "%s has no parameter %s", p.Type, key)
			for what, text := range map[string]message.Text{"help": about.Help, "example": about.Example} {
				if text != (message.Text{}) || what == "example" && about.Wanted {
					said(text, "the %s of %s of %s", what, key, p.Type)
				}
			}
		}
	}
}

func TestAnInboxForAnyoneAddsRobotsAsTheirMessagesCome(t *testing.T) {
	for _, c := range []struct{ platform, path, body string }{
		{"dingtalk", "/robot/send?access_token=new", `{"msgtype":"markdown","markdown":{"title":"t","text":"x"}}`},
		{"lark", "/open-apis/bot/v2/hook/new", `{"msg_type":"text","content":{"text":"x"}}`},
		{"wecom", "/cgi-bin/webhook/send?key=new", `{"msgtype":"text","text":{"content":"x"}}`},
	} {
		for _, anyone := range []bool{true, false} {
			t.Run(fmt.Sprint(c.platform, " ", anyone), func(t *testing.T) {
				in := inbox.New(inbox.Options{Anyone: anyone}, standins.All()...)
				post := func() { inboxtest.Do(in, http.MethodPost, c.path, "application/json", c.body) }
				post()
				post()
				if !anyone {
					assert.Empty(t, in.Received())
					return
				}
				require.Len(t, in.Received(), 2)
				assert.True(t, in.Received()[1].Accepted, in.Received()[1].Reason)
				assert.Equal(t, "new", in.Received()[1].Receiver)
			})
		}
	}
}
