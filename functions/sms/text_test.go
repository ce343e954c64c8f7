package sms

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostile are texts that anyone who names a job may write.
func hostile() []string {
	texts := []string{
		"", " ", "节点失联，任务失败。", "👩‍👩‍👧‍👦🚀🚀", "\u202Egnp.exe", "שלום عليكم", "a\x00b\x1b[31mc\r\nd", "\xff\xfe bad bytes",
		"https://evil.example/x?y=1", "www.evil.example", "evil.com", "10.0.0.1", "fe80::1:2:3", "call 13800138000", "call 138-0013-8000", "138 0013 8000",
		"QQ: 1234567", "【fake】【sign】", "${name}", `"},{"a":"`, "★☆￥※", "2026-11-20 03:12:45", "a.b.c.d", "user@evil.example",
		strings.Repeat("失", 400_000), strings.Repeat("👍", 250_000), strings.Repeat("1", 1<<20), strings.Repeat("a.b", 300_000), strings.Repeat("\u0301", 1000),
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same texts in every run
	pieces := []rune("aZ09 .:/-_@★失敗👍\u202e\x00\n【】1388001380006.comwww:")
	for range 100 {
		var b strings.Builder
		for range random.IntN(80) {
			b.WriteRune(pieces[random.IntN(len(pieces))])
		}
		texts = append(texts, b.String())
	}
	return texts
}

func TestAnyTextIsTaken(t *testing.T) {
	for name, config := range map[string]func(string) Config{"alibaba": alibabaConfig, "aws": awsConfig} {
		t.Run("by "+name+" with the job's id kept", func(t *testing.T) {
			for _, text := range hostile() {
				in, base := standIn(t, inbox.Options{})
				n := notification()
				n.Message.What, n.Message.Name, n.Message.Title = text, text, text+"："+text
				n.Message.Fields[0].Value, n.Message.Fields[3].Value = text, text
				c := config(base)
				if name == "alibaba" {
					c.TemplateParams = map[string]string{"event": "event", "name": "name", "job": "id", "status": "status", "why": "reason", "none": "no_such_field"}
				}
				require.NoError(t, targettest.ErrorOf(open(t, c).Send(context.Background(), n)), "%.80q", text)
				seen := in.Received()
				require.Len(t, seen, 1, "%.80q", text)
				assert.True(t, seen[0].Accepted, "%.80q", text)
				assert.True(t, utf8.ValidString(seen[0].Body))
				assert.Contains(t, seen[0].Body, "dlc1abc", "%.80q", text)
				if name == "alibaba" {
					assert.Contains(t, seen[0].Body, "Failed", "%.80q", text)
				}
			}
		})
	}
}
