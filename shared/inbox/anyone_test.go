package inbox

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnInboxForAnyoneTakesMailForAnyAddressFromAnyLogin(t *testing.T) {
	in, talk := mailServer(t, "login@example.com")
	in.options.Anyone = true
	codes := talk(letter("me@example.com", "other@corp.example"), "AUTH PLAIN AHgAeQ==", "MAIL FROM:<other@corp.example>", "RCPT TO:<new@corp.example>", "DATA", ".")
	assert.Equal(t, []int{235, 250, 250, 354, 250}, codes)
	codes = talk(letter("me@example.com", "other@corp.example"), "MAIL FROM:<other@corp.example>", "RCPT TO:<second@corp.example>", "DATA", ".")
	assert.Equal(t, []int{250, 250, 354, 250}, codes, "without a login")
	require.Len(t, in.Received(), 2)
	assert.Equal(t, "new@corp.example", in.Received()[0].Receiver)
	assert.True(t, in.Received()[0].Accepted)
}

func TestAnInboxForAnyoneAddsRobotsAsTheirMessagesCome(t *testing.T) {
	for _, c := range []struct{ platform, path, body string }{
		{"dingtalk", "/robot/send?access_token=new", `{"msgtype":"markdown","markdown":{"title":"t","text":"x"}}`},
		{"lark", "/open-apis/bot/v2/hook/new", `{"msg_type":"text","content":{"text":"x"}}`},
		{"wecom", "/cgi-bin/webhook/send?key=new", `{"msgtype":"text","text":{"content":"x"}}`},
	} {
		for _, anyone := range []bool{true, false} {
			t.Run(fmt.Sprint(c.platform, " ", anyone), func(t *testing.T) {
				in := New(Options{Anyone: anyone})
				post := func() {
					r := httptest.NewRequest(http.MethodPost, c.path, strings.NewReader(c.body))
					r.Header.Set("Content-Type", "application/json")
					in.ServeHTTP(httptest.NewRecorder(), r)
				}
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

func TestAnInboxForAnyoneHasAnEnd(t *testing.T) {
	in := New(Options{Anyone: true})
	for i := range maxReceivers + 5 {
		in.Expect("wecom", fmt.Sprint(i))
	}
	assert.Len(t, in.receivers, maxReceivers)
	in.Expect("wecom", "1")
	assert.Len(t, in.receivers, maxReceivers, "one that is there is not added again")
}

func TestNumbersAbroadAreNotTakenForChineseOnes(t *testing.T) {
	for given, want := range map[string]string{
		"13800138000": "+8613800138000", "12065550100": "+12065550100", "057112345678": "+8657112345678", "85212345678": "+85212345678", "+8613800138000": "+8613800138000",
	} {
		assert.Equal(t, want, e164(given), given)
	}
}
