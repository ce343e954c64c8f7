package message_test

import (
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/stretchr/testify/assert"
)

func TestFit(t *testing.T) {
	const longest = 500
	long := strings.Repeat("x", 200)
	fit := func(room int, texts ...string) (string, int, bool) {
		lines, missing, whole := message.Fit(len(texts), room, 5, longest, func(i, limit int, linked bool) (string, int) {
			line := message.Clip(texts[i], limit)
			if linked {
				line += "(link)"
			}
			return line + "\n", len(line) + 1
		})
		text := strings.Join(lines, "")
		assert.LessOrEqual(t, len(text), room, "within the room")
		return text, missing, whole
	}
	t.Run("leaves everything whole that fits to the byte", func(t *testing.T) {
		text, missing, whole := fit(18, "a", "b")
		assert.Equal(t, "a(link)\nb(link)\n", text)
		assert.Zero(t, missing)
		assert.True(t, whole)
	})
	t.Run("gives up the last links first", func(t *testing.T) {
		text, missing, whole := fit(14, "a", "b")
		assert.Equal(t, "a(link)\nb\n", text)
		assert.Zero(t, missing)
		assert.False(t, whole)
	})
	t.Run("cuts the last texts before the first, and has no link where a text before is cut", func(t *testing.T) {
		text, missing, _ := fit(450, long, long, long)
		lines := strings.Split(strings.TrimSpace(text), "\n")
		assert.Zero(t, missing)
		assert.Equal(t, long+"(link)", lines[0])
		assert.Contains(t, lines[1], "…")
		assert.InDelta(t, 60, len(lines[2]), 3, "what is worth reading")
		assert.Equal(t, 1, strings.Count(text, "(link)"))
	})
	t.Run("leaves out the last ones that have no room for their beginning", func(t *testing.T) {
		text, missing, _ := fit(130, long, long, long)
		assert.Equal(t, 2, strings.Count(text, "\n"))
		assert.Equal(t, 1, missing)
		text, missing, _ = fit(3, long)
		assert.Empty(t, text)
		assert.Equal(t, 1, missing)
	})
	t.Run("takes nothing and less", func(t *testing.T) {
		text, missing, whole := fit(0)
		assert.Empty(t, text)
		assert.Zero(t, missing)
		assert.True(t, whole)
		lines, missing, _ := message.Fit(1, -9, 5, longest, func(int, int, bool) (string, int) { return "a", 1 })
		assert.Empty(t, lines)
		assert.Equal(t, 1, missing)
	})
}

func TestBounded(t *testing.T) {
	m := message.Message{Title: "a\nb" + strings.Repeat("c", 99), Fields: []message.Field{{Key: "k", Label: "l\u202e", Value: strings.Repeat("失", 9), Link: "x"}}}
	b := m.Bounded(10, 20, 9)
	assert.Equal(t, "a bcccc…", b.Title)
	assert.Equal(t, []message.Field{{Key: "k", Label: "l", Value: "失失…", Link: "x"}}, b.Fields)
	assert.Equal(t, strings.Repeat("失", 9), m.Fields[0].Value, "the message itself stays as it is")
}
