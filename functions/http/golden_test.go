package http

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestRequest(t *testing.T) {
	for _, sample := range []string{"model-version-approved", "model-version-rejected"} {
		for _, l := range message.Languages() {
			t.Run("of "+sample+" is the golden one, in "+string(l)+" too", func(t *testing.T) {
				payload, err := events.Files.ReadFile(sample + ".json")
				require.NoError(t, err)
				e, err := event.Parse(payload)
				require.NoError(t, err)
				r := open(t, Config{URL: "https://models.example/hooks", Secret: secret})
				r.now = func() time.Time { return time.Unix(1700000000, 0) }
				req, err := r.request(context.Background(), target.Notification{ID: "n1", Event: e, Message: message.Message{Language: l}})
				require.NoError(t, err)

				var b bytes.Buffer
				fmt.Fprintf(&b, "POST %s\n", req.URL)
				for _, name := range slices.Sorted(maps.Keys(req.Header)) {
					fmt.Fprintf(&b, "%s: %s\n", name, req.Header.Get(name))
				}
				fmt.Fprintf(&b, "\n%s\n", bytes.TrimRight(req.Body, "\n"))
				path := filepath.Join("testdata", sample+".http")
				if *update {
					require.NoError(t, os.MkdirAll("testdata", 0o755))
					require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
				}
				want, err := os.ReadFile(path)
				require.NoError(t, err, "run the test with -update")
				assert.Equal(t, string(want), b.String())
			})
		}
	}
}
