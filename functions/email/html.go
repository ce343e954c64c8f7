package email

import (
	"html"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// Mail programs know little CSS: styles stand at each element, and one table
// lays the fields out. The style sheet is for those that also turn dark.
const (
	htmlHead = `<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
`
	htmlStyle = `<style>
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
.back { background: #17181a !important; }
.card { background: #242528 !important; border-right-color: #3a3c40 !important; border-bottom-color: #3a3c40 !important; border-left-color: #3a3c40 !important; }
.text { color: #ebebeb !important; }
.soft { color: #a0a4ab !important; }
.line { border-color: #3a3c40 !important; }
.link { color: #7aa7ff !important; }
}
</style>
`
	// No font is named for Chinese and Japanese: programs choose one by the
	// mail's language, and one of the other shows some characters wrongly.
	fontStyle   = `font-family:-apple-system,'Segoe UI',Roboto,sans-serif;`
	hiddenStyle = `display:none;max-height:0;overflow:hidden;opacity:0;mso-hide:all;`
	backStyle   = `margin:0;padding:16px 12px;background:#f2f3f5;` + fontStyle
	cardStyle   = `max-width:600px;margin:0 auto;padding:20px;background:#ffffff;border:1px solid #dee0e3;border-radius:10px;border-top:4px solid `
	breakStyle  = `overflow-wrap:anywhere;word-break:break-word;`
	titleStyle  = `margin:0 0 12px;line-height:1.4;font-weight:600;color:#1f2329;` + breakStyle
	reasonStyle = `margin:0 0 12px;font-size:15px;line-height:1.5;color:#1f2329;` + breakStyle
	nextStyle   = `margin:0;padding:2px 0 2px 12px;font-size:14px;line-height:1.6;color:#1f2329;border-left:3px solid #dee0e3;` + breakStyle
	buttonStyle = `display:inline-block;padding:12px 22px;font-size:15px;font-weight:600;color:#ffffff;background:#1664ff;border-radius:8px;text-decoration:none;`
	tableStyle  = `width:100%;margin-top:12px;border-collapse:collapse;font-size:14px;line-height:1.5;`
	labelStyle  = `padding:6px 12px 6px 0;text-align:left;vertical-align:top;font-weight:400;color:#646a73;border-bottom:1px solid #eceef0;`
	valueStyle  = `padding:6px 0;vertical-align:top;color:#1f2329;border-bottom:1px solid #eceef0;` + breakStyle
	linkStyle   = `display:inline-block;padding:7px 16px 7px 0;color:#1664ff;`
	footerStyle = `max-width:600px;margin:12px auto 0;font-size:12px;line-height:1.5;color:#646a73;` + breakStyle
	// A label of the catalogue is one line as wide as it is; a longer one, which
	// a document may bring, shares the width with the values.
	shortStyle = `width:1%;white-space:nowrap;`
	longStyle  = `width:40%;` + breakStyle
)

// colour shows the severity.
func colour(s event.Severity) string {
	switch s {
	case event.Critical:
		return "#d92d20"
	case event.Warning:
		return "#e07b00"
	case event.Success:
		return "#1a7f37"
	case event.Info:
	}
	return "#1664ff"
}

// html is what most programs show: what somebody needs who is woken by it, and
// the button, on the first screen of a phone, and the other facts below. Every
// text is escaped, whoever wrote it, and set in a direction of its own, so that
// one cannot turn its neighbours.
func (d draft) html() string {
	var b strings.Builder
	b.Grow(12 << 10)
	write := func(parts ...string) {
		for _, part := range parts {
			b.WriteString(part)
		}
	}
	title, size := html.EscapeString(d.title), "19px"
	if columns(d.title) > longTitle {
		size = "14px"
	}
	write(`<!doctype html>`, "\n", `<html lang="`, languageTag(d.language), `">`, "\n<head>\n", htmlHead,
		"<title>", title, "</title>\n", htmlStyle, "</head>\n",
		`<body class="back" style="`, backStyle, `">`, "\n",
		`<div style="`, hiddenStyle, `">`, html.EscapeString(d.preview()), "</div>\n",
		`<div class="card" style="`, cardStyle, colour(d.severity), `;">`, "\n",
		`<h1 class="text" dir="auto" style="font-size:`, size, `;`, titleStyle, `">`, message.Mark(d.severity), " ", title, "</h1>\n")
	if d.reason.Value != "" {
		write(`<p class="text" style="`, reasonStyle, `"><span class="soft" style="color:#646a73;">`, html.EscapeString(d.reason.Label), message.Colon(d.language),
			`</span><span dir="auto">`, html.EscapeString(d.reason.Value), "</span></p>\n")
	}
	if d.next != "" {
		write(`<p class="text line" dir="auto" style="`, nextStyle, `">`, html.EscapeString(d.next), "</p>\n")
	}
	if d.link != "" {
		write(`<p style="margin:16px 0 0;"><a href="`, html.EscapeString(d.link), `" style="`, buttonStyle, `">`, html.EscapeString(d.linkText), "</a></p>\n")
	}
	write(`<table class="text" style="`, tableStyle, `">`, "\n")
	row := func(f message.Field) {
		width := shortStyle
		if columns(f.Label) > maxColumns {
			width = longStyle
		}
		write(`<tr><th class="soft line" scope="row" style="`, width, labelStyle, `">`, html.EscapeString(f.Label),
			`</th><td class="text line" dir="auto" style="`, valueStyle, `">`, html.EscapeString(f.Value))
		if f.Link != "" {
			write(`<br><a class="link" href="`, html.EscapeString(f.Link), `" style="`, linkStyle, `">`, message.OpenText(d.language), "</a>")
		}
		write("</td></tr>\n")
	}
	for _, f := range d.fields {
		row(f)
	}
	if d.more {
		row(message.Field{Label: "…"})
	}
	write("</table>\n</div>\n", `<p class="soft" style="`, footerStyle, `">`, d.sentBy())
	if d.rule != "" {
		write(`<br><span dir="auto">`, html.EscapeString(d.rule), "</span>")
	}
	write("</p>\n</body>\n</html>\n")
	return b.String()
}

// longTitle is the width of a title, in Latin letters, that is written small, so
// that the whole of it leaves room for the rest: some four lines of a phone.
const longTitle = 100

// maxColumns is how wide a label may be that is not broken, in Latin letters:
// half of the width of a phone.
const maxColumns = 24

// columns is how wide a text is, in Latin letters; a Chinese or Japanese
// character is as wide as two.
func columns(text string) int {
	n := 0
	for _, c := range text {
		n++
		if c >= 0x1100 {
			n++
		}
	}
	return n
}
