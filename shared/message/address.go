package message

import (
	"net/url"
	"strings"
)

// insideLink encodes what would end a link of markdown, in any of the platforms'
// kinds, or begin something else inside of one.
var insideLink = strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", `"`, "%22", `\`, "%5C", "`", "%60", "*", "%2A")

// Address returns a link fit to be shown, as it stands or behind other words, or
// "" for one that is no page, or has more than limit bytes: cut, it would lead
// elsewhere.
func Address(link string, limit int) string {
	if link == "" || len(link) > limit {
		return ""
	}
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	link = insideLink.Replace(u.String())
	if len(link) > limit || OneLine(link) != link || strings.Contains(link, " ") {
		return ""
	}
	return link
}

// OpenText is the label of a link at the end of a line: the line says what it is
// about.
func OpenText(l Language) string { return Text{"Open", "打开", "開く"}.In(l) }
