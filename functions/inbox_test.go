package functions_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
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
	in, place := served(t, inbox.Options{Rate: 1000})
	place.Receiver = "a"
	const link = "https://pai.console.aliyun.com/?regionId=cn-hangzhou#/dlc/jobs/dlc1"
	for _, spec := range types() {
		if spec.Contact != target.NoContact || spec.Apart {
			continue // no chat
		}
		platform := spec.Type
		in.Add(platform, "a", inbox.Keys{})
		for _, style := range styles(t, platform) {
			to, err := spec.Open(asJSON(t, leadTo(t, platform, place, style)))
			require.NoError(t, err)
			for _, name := range targettest.HostileNames() {
				require.NoError(t, targettest.ErrorOf(to.Send(t.Context(), target.Notification{ID: "n", Message: message.Message{
					Language: message.English, Title: name, Next: name, Link: link, LinkText: "Open",
					Fields: []message.Field{{Key: "status", Label: "Status", Value: name}, {Key: "name", Label: "Name", Value: name}},
				}})))
			}
		}
		page := ""
		of, _ := in.Receiver(platform, "a")
		for _, m := range of.Messages {
			html, err := m.HTML()
			require.NoError(t, err)
			page += string(html)
		}
		assert.Contains(t, page, "http://evil.example/login", "an address stays what it says")
		found := href.FindAllStringSubmatch(page, -1)
		assert.Greater(t, len(found), len(targettest.HostileNames()), platform)
		for _, leads := range found {
			assert.Equal(t, link, leads[1], platform)
		}
		assert.NotRegexp(t, `(?i)<(script|img|font|b>|at )`, page, platform)
	}
}

func TestAnInboxForAnyoneAddsRobotsAsTheirMessagesCome(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	for _, spec := range types() {
		if spec.Contact != target.NoContact {
			continue
		}
		for _, anyone := range []bool{true, false} {
			t.Run(fmt.Sprint(spec.Type, " ", anyone), func(t *testing.T) {
				in, place := served(t, inbox.Options{Anyone: anyone})
				place.Receiver = "new"
				to, err := spec.Open(asJSON(t, leadTo(t, spec.Type, place, nil)))
				require.NoError(t, err)
				e, err := event.Parse([]byte(modelApproved))
				require.NoError(t, err)
				for range 2 {
					_, err = to.Send(t.Context(), target.Notification{ID: "n", Event: e, Message: message.Message{Title: "t"}})
				}
				if !anyone {
					assert.Error(t, err)
					assert.Empty(t, in.Received())
					return
				}
				require.NoError(t, err)
				require.Len(t, in.Received(), 2)
				assert.True(t, in.Received()[1].Accepted, in.Received()[1].Reason)
				assert.Equal(t, "new", in.Received()[1].Receiver)
			})
		}
	}
}
