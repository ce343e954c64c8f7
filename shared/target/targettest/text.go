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

// hostile is a name that means more than a name somewhere, with words of it that
// have to stay readable.
type hostile struct{ text, shown string }

// hostiles are names that people could give to a job to have a robot say what
// they like. Each was chosen for one kind of mistake: a correction that takes
// out the character between two others, a second decoding, a cut.
var hostiles = []hostile{
	{`[Open console]\(http://evil.example/login)`, "Open console"},
	{"[Open console]🚀(http://evil.example/login)", "Open console"},
	{"[Open console]\u200d(http://evil.example/login)", "Open console"},
	{"[Open console]\x00(http://evil.example/login)", "Open console"},
	{"[Open console]\u202e(http://evil.example/login)", "Open console"},
	{"[Open console]\n(http://evil.example/login)", "Open console"},
	{"[Open console]\\\\(http://evil.example/login)", "Open console"},
	{`\[Open console\]\(http://evil.example/login\)`, "Open console"},
	{"[Open console](http://evil.example/login)", "Open console"},
	{"![picture](http://evil.example/p.png)", "picture"},
	{"[Open [nested](http://a.example)](http://evil.example)", "nested"},
	{"[x][y] [y]: http://evil.example", "evil"},
	{"［Open console］（http://evil.example/login）", "Open console"},
	{"&#91;Open console&#93;(http://evil.example)", "Open console"},
	{"%5BOpen console%5D%28http://evil.example%29", "Open console"},
	{"*🚀*bold*🚀*", "bold"},
	{"*\\*bold*\\*", "bold"},
	{"**bold** __bold__ ~~gone~~ *slanted* _slanted_", "slanted"},
	{"***", ""},
	{"`code` ```fence``` ``", "code"},
	{"<@all>", "all"},
	{"<🚀@all>", "all"},
	{"<\\@zhangsan>", "zhangsan"},
	{"<\u200d@zhangsan>", "zhangsan"},
	{"&lt;@all&gt; &#60;@all&#62; &amp;lt;@all&amp;gt;", "all"},
	{"＜@all＞", "all"},
	{"<at id=all></at> <at user_id=\"all\">everyone</at>", "everyone"},
	{"<🚀at id=all><🚀/at>", "at id"},
	{"&lt;at id=all&gt;&lt;/at&gt;", "at id"},
	{"@all @所有人 @zhangsan train", "train"},
	{"<font color=\"warning\">red</font>", "red"},
	{"<\u200cfont color=\"info\">green<\u200c/font>", "green"},
	{"</font></div><h1>big</h1><script>alert(1)</script>", "big"},
	{"<a href=\"http://evil.example\">Open console</a>", "Open console"},
	{"<http://evil.example> <b>bold</b> <!-- comment", "comment"},
	{"name\n# heading\n> quote\n- item\n\n---\n\n    code", "heading"},
	{"name\r# heading\u2028# heading\u0085# heading\v# heading", "heading"},
	{"# heading", "heading"},
	{"> quote", "quote"},
	{"name\\", "name"},
	{"name\\\\\\", "name"},
	{"name]", "name"},
	{"[name", "name"},
	{"name*", "name"},
	{"name`", "name"},
	{"name<", "name"},
	{"name&", "name"},
	{"(http://evil.example)", "evil"},
	{"\x1b]8;;http://evil.example\x1b\\Open console\x1b]8;;\x1b\\", "Open console"},
	{"| a | b |\n|---|---|\n| c | d |", "d"},
	{":OK: $x$ ${name} {{name}} {name}", "name"},
	{`"},"at":{"isAtAll":true},"x":{"y":"`, "isAtAll"},
	{"name\r\nBcc: eve@evil.example\r\n\r\n.\r\n", "Bcc"},
	{"=?utf-8?B?PGEgaHJlZj1odHRwOi8vZXZpbC5leGFtcGxlPg==?=", "utf"},
	{"a&TemplateCode=SMS_1&PhoneNumbers=13800138000", "TemplateCode"},
	{"http://evil.example/login", "evil"},
	{"dingtalk://dingtalkclient/page/link?url=http%3A%2F%2Fevil.example", "dingtalkclient"},
}

// HostileNames are the names of the suite's check.
func HostileNames() []string {
	var names []string
	for _, h := range hostiles {
		names = append(names, h.text)
	}
	return names
}

// signs are what platforms may give a meaning, and what corrections take away.
var signs = []string{
	"[", "]", "(", ")", "](", "\\", "*", "**", "`", "_", "~~", "!", "<", ">", "&", "&lt;", "&#60;", "&#x5b;", "#", "- ", "> ", ":", "$", "|",
	"@", "<@all>", "at id=all", "</at>", "font", "/", "http://evil.example", "a@b.example", "13800138000",
	"🚀", "\u200d", "\ufe0f", "\u202e", "\u2028", "\x00", "\n", "\r", "\ufffd", "\xff", "\ue000", " ", "x", "任务", "u005d",
}

// anyName is a name of any signs, most of them in a row that nobody thought of.
func anyName(random *rand.Rand) string {
	var b strings.Builder
	for range 1 + random.IntN(24) {
		b.WriteString(signs[random.IntN(len(signs))])
	}
	return b.String()
}
