package console_test

import (
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus/local"
)

func TestAPreviewReadsNoDocument(t *testing.T) {
	var documents, parts atomic.Int32
	m := start(t, small, func(o *console.Options, _ *local.Options) {
		o.Settle = func(text []byte) []byte {
			if json.Valid(text) {
				parts.Add(1)
			} else {
				documents.Add(1)
			}
			return text
		}
	})
	look := func(more ...string) {
		shown := m.post(t, "/new-rule", m.dingtalk("fresh", append([]string{
			"t1.type", "email", "t1.was", "-1", "t1.contacts", "alice", "t1.server", "smtp.example.com", "t1.from", "a@example.com",
			"t2.type", "wecom", "t2.was", "-1", "t2.webhook", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x",
		}, more...)...))
		require.Equal(t, http.StatusOK, shown.status)
		assert.Contains(t, shown.body, `class="as wecom"`)
	}
	look()
	read := documents.Load()
	for _, description := range []string{"o", "on", "one", "one "} {
		look("description", description)
	}
	assert.Equal(t, read, documents.Load(), "documents read for a change of a form")
	assert.Positive(t, parts.Load(), "rules and targets checked by themselves")
}
