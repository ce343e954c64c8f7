package voice

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// rendered is a sample event as a message.
func rendered(t *testing.T, sample string, l message.Language) message.Message {
	t.Helper()
	payload, err := events.Files.ReadFile(sample + ".json")
	require.NoError(t, err)
	e, err := event.Parse(payload)
	require.NoError(t, err)
	source, what, _ := strings.Cut(sample, "-")
	s, ok := event.Builtin().Source(source)
	require.True(t, ok)
	typ, ok := event.Builtin().Type(source + "." + what)
	require.True(t, ok)
	return message.Render(e, s, typ, l, "demo")
}

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
		says(200, `{"Code":"OK","CallId":"1","MessageId":"1"}`)(w, r)
	}))
	defer s.Close()
	require.NoError(t, open(t, config(s.URL)).Send(context.Background(), target.Notification{ID: "n1", Message: m}))
	var pretty bytes.Buffer
	require.NoError(t, json.Indent(&pretty, body, "", "  "))
	return append(pretty.Bytes(), '\n')
}

func TestRequest(t *testing.T) {
	for _, file := range events.Story() {
		sample := strings.TrimSuffix(file, ".json")
		if source, _, _ := strings.Cut(sample, "-"); !Spec.Carries(source) {
			continue
		}
		for _, l := range message.Languages() {
			for cloud, config := range map[string]func(string) Config{"alibaba": alibabaConfig, "aws": awsConfig} {
				t.Run("of "+sample+" by "+cloud+" in "+string(l)+" is the golden one", func(t *testing.T) {
					got := captured(t, config, rendered(t, sample, l))
					path := filepath.Join("testdata", sample+"."+string(l)+"."+cloud+".json")
					if *update {
						require.NoError(t, os.WriteFile(path, got, 0o644))
					}
					want, err := os.ReadFile(path)
					require.NoError(t, err, "run the test with -update")
					assert.Equal(t, string(want), string(got))
				})
			}
		}
	}
}
