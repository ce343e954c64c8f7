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
)

func TestEveryTargetTypeHasAStandIn(t *testing.T) {
	var registered, standing []string
	for _, spec := range functions.Register() {
		registered = append(registered, spec.Type)
	}
	for _, p := range standins.All() {
		standing = append(standing, p.Type)
	}
	assert.Equal(t, registered, standing)
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
