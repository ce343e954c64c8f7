package http

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRequest(t *testing.T) {
	targettest.EveryEvent(t, Spec, func(t *testing.T, name string, n target.Notification) {
		sample, _, _ := strings.Cut(name, ".") // the same in every language
		for mode, file := range map[ContentMode]string{"": sample + ".http", Binary: sample + ".binary.http"} {
			r := open(t, Config{URL: "https://models.example/hooks", Secret: signing, ContentMode: mode})
			r.now = func() time.Time { return time.Unix(1700000000, 0) }
			req, err := r.request(context.Background(), target.Notification{ID: "n1", Event: n.Event, Message: message.Message{Language: n.Message.Language}})
			require.NoError(t, err)

			var b bytes.Buffer
			fmt.Fprintf(&b, "POST %s\n", req.URL)
			for _, header := range slices.Sorted(maps.Keys(req.Header)) {
				fmt.Fprintf(&b, "%s: %s\n", header, req.Header.Get(header))
			}
			fmt.Fprintf(&b, "\n%s\n", bytes.TrimRight(req.Body, "\n"))
			targettest.Golden(t, file, b.Bytes())
		}
	})
}

func TestAnyTextOfAnEventIsSentAsItCame(t *testing.T) {
	r := open(t, Config{URL: "https://models.example/hooks", Secret: signing})
	for m := range targettest.AnyText(message.Message{Fields: []message.Field{{Key: "id", Value: "dlc1abc"}, {Key: "status", Value: "Failed"}}}) {
		text, err := json.Marshal(map[string]any{
			"specversion": "1.0", "id": "e1", "source": "acs.paimodel", "type": "t", "data": m,
		})
		require.NoError(t, err)
		e, err := event.Parse(text)
		require.NoError(t, err)
		req, err := r.request(context.Background(), target.Notification{ID: "n1", Event: e})
		require.NoError(t, err)
		assert.Equal(t, string(text), string(req.Body))
	}
}
