package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/require"
)

// captured returns what a send puts on the wire: the parameters of Alibaba's
// query, or AWS's body.
func captured(t *testing.T, config func(string) Config, m message.Message) []byte {
	t.Helper()
	environment(t)
	var body []byte
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		if len(body) == 0 {
			flat := map[string]string{}
			for name, values := range r.URL.Query() {
				flat[name] = values[0]
			}
			body, _ = json.Marshal(flat)
		}
		says(200, `{"Code":"OK","BizId":"1","MessageId":"1"}`)(w, r)
	}))
	defer s.Close()
	require.NoError(t, targettest.ErrorOf(open(t, config(s.URL)).Send(context.Background(), target.Notification{ID: "n1", Message: m})))
	var pretty bytes.Buffer
	require.NoError(t, json.Indent(&pretty, body, "", "  "))
	return append(pretty.Bytes(), '\n')
}

func TestRequest(t *testing.T) {
	targettest.EveryMessage(t, Spec, func(t *testing.T, name string, n target.Notification) {
		for cloud, config := range map[string]func(string) Config{"alibaba": alibabaConfig, "aws": awsConfig} {
			targettest.Golden(t, name+"."+cloud+".json", captured(t, config, n.Message))
		}
	})
}
