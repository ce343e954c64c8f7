package preview_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/preview"
	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/functionstest/slack"
	"github.com/pai-notify/pai-notify/functions/functionstest/slack/standin"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

func TestEveryTargetTypeIsShownInEveryLanguage(t *testing.T) {
	s, err := preview.Start(append(standins.All(), standin.Platform)...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	t.Setenv(webhook.AllowVariable, strings.Join(s.Addresses(), ","))
	classifier, err := deliver.NewClassifier(event.Builtin())
	require.NoError(t, err)
	for _, spec := range append(functions.Register(), slack.Spec) {
		for _, language := range message.Languages() {
			t.Run(fmt.Sprintf("%s in %s", spec.Type, language), func(t *testing.T) {
				file := "dlc-job-failed.json"
				if !spec.Carries("dlc") {
					file = "model-version-approved.json"
				}
				text, err := events.Files.ReadFile(file)
				require.NoError(t, err)
				e, err := event.Parse(text)
				require.NoError(t, err)
				source, typ := classifier.Classify(e)
				instead := s.Instead(edit.Target{Type: spec.Type})
				if spec.Contact != target.NoContact {
					instead.Parameters["contact"] = target.Contact{Name: "alice", Phone: "+8613800138000", Email: "alice@example.com"}
					if spec.Contact == target.ContactPhone {
						instead.Parameters["contact"] = target.Contact{Name: "alice", Phone: "+8613800138000"}
					}
				}
				parameters, err := json.Marshal(instead.Parameters)
				require.NoError(t, err)
				m := message.Render(e, source, typ, language, event.Rule{Name: "a-rule"})
				got, err := s.Show(t.Context(), spec, target.Receiver{Type: spec.Type, Name: "n", Parameters: parameters},
					target.Notification{ID: "0123456789abcdef0123456789abcdef", Rule: "a-rule", Event: e, Message: m})
				require.NoError(t, err)
				assert.True(t, got.Accepted, got.Reason)
				html, err := got.HTML()
				require.NoError(t, err)
				assert.Contains(t, string(html), `class="bubble"`)
			})
		}
	}
}

func TestPicturesAreShownToNobodyElse(t *testing.T) {
	s, err := preview.Start(standins.All()...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	at := "http://" + s.Addresses()[0]
	for path, c := range map[string]struct {
		method, host, origin string
		status               int
	}{
		"/":                                 {http.MethodGet, "", "", http.StatusMethodNotAllowed},
		"/inbox/":                           {http.MethodGet, "", "", http.StatusNotFound},
		"/inbox/dingtalk/preview":           {http.MethodGet, "", "", http.StatusNotFound},
		"/messages.json":                    {http.MethodGet, "", "", http.StatusNotFound},
		"/robot/send?access_token=a":        {http.MethodPost, "rebound.example", "", http.StatusMisdirectedRequest},
		"/robot/send?access_token=b":        {http.MethodPost, "", "http://evil.example", http.StatusForbidden},
		"/robot/send?access_token=preview":  {http.MethodPost, "", "", http.StatusOK}, // with the platform's own refusal
		"/cgi-bin/webhook/send?key=preview": {http.MethodPost, "", "", http.StatusOK},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, at+path, strings.NewReader("{}"))
		require.NoError(t, err)
		if r.Host = c.host; c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		res, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, c.status, res.StatusCode, path)
		if c.status == http.StatusOK {
			assert.NotContains(t, string(body), `"errcode":0`, "no name that others could know is a receiver")
		}
	}
}
