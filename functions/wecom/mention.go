package wecom

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Bounds of mentions. Each of WeCom's lists is said to take 20, which is not
// documented; a user id has at most 64 bytes. Mentions inside a text are never
// cut, so together they have to leave room for the rest.
const (
	maxMentions = 20
	maxUser     = 64
	maxInline   = 512
)

// everyone is how a list of mentions names the whole group.
const everyone = "@all"

func (m Mention) any() bool { return m.All || len(m.Mobiles)+len(m.Users) > 0 }

// normalized returns m with each person once and numbers in the form in which
// WeCom matches them. left tells who is left out because nobody would be
// reminded; it fails for too many.
func (m Mention) normalized() (normalized Mention, left, err error) {
	mobiles, left := target.Mentioned("mobiles", m.Mobiles, target.Mobile)
	users, leftToo := target.Mentioned("users", m.Users, userID)
	m = Mention{Users: users, Mobiles: mobiles, All: m.All}
	listed, _ := m.lists()
	if n := max(len(listed), len(mobiles)); n > maxMentions {
		return m, nil, target.Invalid("mention", "lists %d at once; at most %d users, with all among them, and as many mobiles are possible", n, maxMentions)
	}
	if n := len(m.inline()); n > maxInline {
		return m, nil, target.Invalid("mention.users", "take %d bytes of a message; at most %d are possible, or all", n, maxInline)
	}
	return m, cmp.Or(left, leftToo), nil
}

// and returns m with more people, as many as a message bears.
func (m Mention) and(mobiles, users []string) Mention {
	m.Mobiles = target.Joined(m.Mobiles, mobiles, maxMentions)
	most := maxMentions
	if m.All {
		most--
	}
	for _, user := range users {
		more := m
		more.Users = target.Joined(m.Users, []string{user}, most)
		if len(more.inline()) <= maxInline {
			m = more
		}
	}
	return m
}

func userID(user string) (string, error) {
	switch {
	case strings.HasPrefix(user, "+"):
		return "", errors.New("is a phone number: list it under mobiles")
	case user == "" || len(user) > maxUser || strings.HasPrefix(user, "@") || strings.ContainsAny(user, "<> \t\r\n") || message.OneLine(user) != user:
		return "", errors.New("is not a user id: the address book of WeCom shows it as account")
	}
	return user, nil
}

// inline writes the users as markdown mentions them.
func (m Mention) inline() string {
	var words []string
	for _, user := range m.Users {
		words = append(words, "<@"+user+">")
	}
	return strings.Join(words, " ")
}

// lists returns the users and mobiles as a text message mentions them.
func (m Mention) lists() (users, mobiles []string) {
	users = slices.Clone(m.Users)
	if m.All {
		users = append(users, everyone)
	}
	return users, m.Mobiles
}

// beyond returns whom a message of a style cannot mention itself: markdown
// mentions user ids only, a card nobody.
func (m Mention) beyond(s Style) Mention {
	switch s {
	case Text:
		return Mention{}
	case Markdown:
		m.Users = nil
	case TemplateCard:
	}
	return m
}
