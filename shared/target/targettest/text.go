package targettest

import (
	"iter"
	"math/rand/v2"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
)

// pieces are what texts are made of that people and programs may write: of all
// scripts, in both directions, invisible, invalid, and with a meaning to the
// markup, the URLs or the filters of platforms.
var pieces = [][]string{
	runes("节点失联任务"), runes("👩‍👩‍👧‍👦🇨🇳"), runes("عربىשלום"), runes("\x00\x01\x1b\x7f\u2028\u202e"), runes("a b"),
	runes("\\\"'`*_[](){}<>~!&$#|:=-.@+/%"), {"\xff", "\xfe", "\xe5"}, runes("\n\r\t"), {"e", "\u0301"},
	{"<@all>", "<at id=all></at>", "[x](", "https://a.example/", "${name}", "【】", "13800138000 ", "10.0.0.1", "\r\nBcc: "},
}

func runes(s string) []string { return strings.Split(s, "") }

// AnyText returns messages of any text: that of sample, with the address of its
// link and the fields "id" and "status" as they are, every other text
// replaced, and fields added. Some texts are a megabyte.
func AnyText(sample message.Message) iter.Seq[message.Message] {
	return func(yield func(message.Message) bool) {
		random := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // the same texts in every run
		short := func() string {
			from := pieces[random.IntN(len(pieces))]
			var b strings.Builder
			for range random.IntN(500) {
				b.WriteString(from[random.IntN(len(from))])
			}
			return b.String()
		}
		for range 20 {
			if !yield(rewritten(sample, message.Languages()[random.IntN(3)], random.IntN(40), short)) {
				return
			}
		}
		for _, whole := range []string{"失", "👩‍👩‍👧‍👦", "\\<[", "\x00\xff"} {
			m := rewritten(sample, message.English, 1, short)
			m.Title = strings.Repeat(whole, 1<<20/len(whole))
			m.Fields[len(m.Fields)-1].Value = m.Title
			if !yield(m) {
				return
			}
		}
	}
}

func rewritten(m message.Message, l message.Language, more int, text func() string) message.Message {
	m.Language, m.Title, m.Next, m.LinkText = l, text(), text(), text()
	fields := make([]message.Field, 0, len(m.Fields)+more)
	for _, f := range m.Fields {
		if f.Key != "id" && f.Key != "status" {
			f.Value = text()
		}
		fields = append(fields, f)
	}
	for range more {
		fields = append(fields, message.Field{Key: "reason", Label: text(), Value: text()})
	}
	m.Fields = fields
	return m
}
