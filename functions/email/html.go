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
}
</style>
`
	fontStyle   = `font-family:-apple-system,'Segoe UI',Roboto,'PingFang SC','Hiragino Sans','Noto Sans CJK SC',sans-serif;`
	hiddenStyle = `display:none;max-height:0;overflow:hidden;opacity:0;`
	backStyle   = `margin:0;padding:16px 12px;background:#f2f3f5;` + fontStyle
	cardStyle   = `max-width:600px;margin:0 auto;padding:20px;background:#ffffff;border:1px solid #dee0e3;border-radius:10px;border-top:4px solid `
	titleStyle  = `margin:0 0 14px;font-size:19px;line-height:1.4;font-weight:600;color:#1f2329;overflow-wrap:anywhere;word-break:break-word;`
	tableStyle  = `width:100%;border-collapse:collapse;font-size:14px;line-height:1.5;`
	labelStyle  = `width:32%;padding:6px 12px 6px 0;text-align:left;vertical-align:top;font-weight:400;color:#646a73;border-bottom:1px solid #eceef0;`
	valueStyle  = `padding:6px 0;vertical-align:top;color:#1f2329;border-bottom:1px solid #eceef0;overflow-wrap:anywhere;word-break:break-word;`
	nextStyle   = `margin:16px 0 0;padding:2px 0 2px 12px;font-size:14px;line-height:1.6;color:#1f2329;border-left:3px solid #dee0e3;overflow-wrap:anywhere;`
	buttonStyle = `display:inline-block;padding:12px 22px;font-size:15px;font-weight:600;color:#ffffff;background:#1664ff;border-radius:8px;text-decoration:none;`
	footerStyle = `max-width:600px;margin:12px auto 0;font-size:12px;line-height:1.5;color:#646a73;overflow-wrap:anywhere;`
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

// html is what most programs show. Every text is escaped, whoever wrote it,
// and set in a direction of its own, so that one cannot turn its neighbours.
func (d draft) html() string {
	var b strings.Builder
	b.Grow(12 << 10)
	write := func(parts ...string) {
		for _, part := range parts {
			b.WriteString(part)
		}
	}
	title := html.EscapeString(d.title)
	write(`<!doctype html>`, "\n", `<html lang="`, languageTag(d.language), `">`, "\n<head>\n", htmlHead,
		"<title>", title, "</title>\n", htmlStyle, "</head>\n",
		`<body class="back" style="`, backStyle, `">`, "\n",
		`<div style="`, hiddenStyle, `">`, html.EscapeString(d.preview()), "</div>\n",
		`<div class="card" style="`, cardStyle, colour(d.severity), `;">`, "\n",
		`<h1 class="text" dir="auto" style="`, titleStyle, `">`, message.Mark(d.severity), " ", title, "</h1>\n",
		`<table class="text" style="`, tableStyle, `">`, "\n")
	row := func(label, value string) {
		write(`<tr><th class="soft line" scope="row" style="`, labelStyle, `">`, html.EscapeString(label),
			`</th><td class="text line" dir="auto" style="`, valueStyle, `">`, html.EscapeString(value), "</td></tr>\n")
	}
	for _, f := range d.fields {
		row(f.Label, f.Value)
	}
	if d.more {
		row("…", "")
	}
	write("</table>\n")
	if d.next != "" {
		write(`<p class="text line" dir="auto" style="`, nextStyle, `">`, html.EscapeString(d.next), "</p>\n")
	}
	if d.link != "" {
		write(`<p style="margin:20px 0 0;"><a href="`, html.EscapeString(d.link), `" style="`, buttonStyle, `">`, html.EscapeString(d.linkText), "</a></p>\n")
	}
	write("</div>\n", `<p class="soft" style="`, footerStyle, `">`, html.EscapeString(d.footer()), "</p>\n</body>\n</html>\n")
	return b.String()
}
