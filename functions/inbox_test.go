package functions_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

var href = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

// TestTheInboxShowsNoNameAsALink looks at the pages on which the stand-ins of
// the chat platforms show what they received.
func TestTheInboxShowsNoNameAsALink(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	in := inbox.New(inbox.Options{Rate: 1000})
	s := httptest.NewServer(in)
	defer s.Close()
	const link = "https://pai.console.aliyun.com/?regionId=cn-hangzhou#/dlc/jobs/dlc1"
	for platform, c := range map[string]struct {
		path   string
		styles []string
	}{
		"dingtalk": {in.AddDingtalk("a", ""), []string{"markdown", "action_card"}},
		"wecom":    {in.AddWecom("a"), []string{"markdown", "text", "template_card"}},
		"lark":     {in.AddLark("a", ""), []string{"card", "post", "text"}},
	} {
		for _, style := range c.styles {
			to, err := specOf(t, platform).Open([]byte(fmt.Sprintf(`{"webhook":%q,"style":%q}`, s.URL+c.path, style)))
			require.NoError(t, err)
			for _, name := range targettest.HostileNames() {
				require.NoError(t, targettest.ErrorOf(to.Send(t.Context(), target.Notification{ID: "n", Message: message.Message{
					Language: message.English, Title: name, Next: name, Link: link, LinkText: "Open",
					Fields: []message.Field{{Key: "status", Label: "Status", Value: name}, {Key: "name", Label: "Name", Value: name}},
				}})))
			}
		}
		answer, err := http.Get(s.URL + inbox.PagePath(platform, "a"))
		require.NoError(t, err)
		page, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		assert.Contains(t, string(page), "http://evil.example/login", "an address stays what it says")
		found := href.FindAllSubmatch(page, -1)
		assert.Greater(t, len(found), len(targettest.HostileNames()), platform)
		for _, leads := range found {
			assert.Contains(t, []string{"/page.css", "/inbox/", link}, string(leads[1]), platform)
		}
		assert.NotRegexp(t, `(?i)<(script|img|font|b>|at )`, string(page), platform)
	}
}
