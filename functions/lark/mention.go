package lark

import (
	"errors"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Bounds that keep mentions and the keyword, which are never cut, within a
// quarter of a message.
const (
	maxMentions = 50
	maxMention  = 64
	maxKeyword  = 64
)

// everyone is the id that reminds the whole group.
const everyone = "all"

// normalized returns m with each person once. left tells who is left out because
// nobody would be reminded; it fails for too many.
func (m Mention) normalized() (normalized Mention, left, err error) {
	if n := len(m.Users); n > maxMentions {
		return m, nil, target.Invalid("mention", "names %d people; at most %d are possible, or all", n, maxMentions)
	}
	users, left := target.Mentioned("users", m.Users, userID)
	return Mention{Users: users, All: m.All}, left, nil
}

func userID(user string) (string, error) {
	_, noMobile := target.Mobile(user)
	switch {
	case strings.Contains(user, "@"), strings.HasPrefix(user, "+"), noMobile == nil:
		return "", errors.New("is a mail address or phone number, by which a custom bot finds nobody: use the open id (ou_...) or the user id")
	case strings.HasPrefix(user, "on_"):
		return "", errors.New("is a union id, which a custom bot does not know: use the open id (ou_...) or the user id")
	case user == "" || len(user) > maxMention || strings.ContainsFunc(user, notID):
		return "", errors.New("is not an open id (ou_...) or user id")
	}
	return user, nil
}

func notID(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-'
}

// ids lists who is reminded, everyone first.
func (m Mention) ids() []string {
	if !m.All {
		return m.Users
	}
	return append([]string{everyone}, m.Users...)
}

// inCard is the markdown of a card that reminds them.
func (m Mention) inCard() string {
	var tags []string
	for _, id := range m.ids() {
		tags = append(tags, "<at id="+id+"></at>")
	}
	return strings.Join(tags, " ")
}

// inPost are the elements of a post that remind them.
func (m Mention) inPost() []span {
	var spans []span
	for _, id := range m.ids() {
		spans = append(spans, span{Tag: "at", User: id})
	}
	return spans
}

// inText is the text that reminds them. What stands inside a tag is shown for
// an id that nobody in the group has.
func (m Mention) inText(l message.Language) string {
	var tags []string
	for _, id := range m.ids() {
		name := id
		if id == everyone {
			name = message.Text{EN: "everyone", ZH: "所有人", JA: "全員"}.In(l)
		}
		tags = append(tags, `<at user_id="`+id+`">`+name+"</at>")
	}
	return strings.Join(tags, " ")
}
