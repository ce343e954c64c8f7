package wecom

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
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

func (m Mention) check() error {
	users, mobiles := m.lists()
	if n := max(len(users), len(mobiles)); n > maxMentions {
		return fmt.Errorf("mention: lists %d at once; at most %d users, with all among them, and as many mobiles are possible", n, maxMentions)
	}
	for i, mobile := range m.Mobiles {
		if len(mobile) < 5 || len(mobile) > 20 || strings.Trim(mobile, "+-0123456789") != "" {
			return fmt.Errorf("mention: mobiles[%d] is not a phone number: write digits, with + and the country code outside the mainland", i)
		}
	}
	for i, user := range m.Users {
		switch {
		case strings.EqualFold(strings.TrimPrefix(user, "@"), "all"):
			return fmt.Errorf("mention: users[%d] stands for everybody: write all: true", i)
		case user == "" || len(user) > maxUser || strings.HasPrefix(user, "@") || strings.ContainsAny(user, "<> \t\r\n") || message.OneLine(user) != user:
			return fmt.Errorf("mention: users[%d] is not a user id: the address book of WeCom shows it as account", i)
		}
	}
	if n := len(m.inline()); n > maxInline {
		return fmt.Errorf("mention: users take %d bytes of a message; at most %d are possible, or all", n, maxInline)
	}
	return nil
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
