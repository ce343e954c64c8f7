package http

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

func TestAReceiverWithAnSDKReadsWhatABusTook(t *testing.T) {
	for name, written := range map[string]string{
		"a time of the service": `{"specversion":"1.0","id":"1","source":"acs.paimodel","type":"t","time":"2020-08-17T16:04:46.149Asia/Shanghai","data":{"ModelId":"m"}}`,
		"no specversion":        `{"id":"1","source":"acs.paimodel","type":"t","data":{"ModelId":"m"}}`,
		"JSON in base64":        `{"specversion":"1.0","id":"1","source":"acs.paimodel","type":"t","data_base64":"eyJNb2RlbElkIjoibSJ9"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(webhook.AllowVariable, "127.0.0.1")
			var got cloudevents.Event
			var unread error
			s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				unread = json.Unmarshal(body, &got)
			}))
			defer s.Close()
			e, err := event.Parse([]byte(written))
			require.NoError(t, err)
			require.NoError(t, targettest.ErrorOf(open(t, Config{URL: target.Secret(s.URL)}).Send(t.Context(), target.Notification{ID: "n", Event: e})))
			require.NoError(t, unread)
			require.NoError(t, got.Validate())
			assert.JSONEq(t, `{"ModelId":"m"}`, string(got.Data()))
		})
	}
}
