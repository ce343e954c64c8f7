package wecom

import (
	"fmt"
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

// settled returns m with each person once and numbers in the form in which
// WeCom matches them. It fails for a mention that would remind nobody.
func (m Mention) settled() (Mention, error) {
	mobiles, err := target.Mobiles(m.Mobiles)
	if err != nil {
		return m, fmt.Errorf("mention: %w", err)
	}
	var once []string
	for i, user := range m.Users {
		switch {
		case target.Everybody(user):
			return m, fmt.Errorf("mention: users[%d] stands for everybody: write all: true", i)
		case strings.HasPrefix(user, "+"):
			return m, fmt.Errorf("mention: users[%d] is a phone number: list it under mobiles", i)
		case user == "" || len(user) > maxUser || strings.HasPrefix(user, "@") || strings.ContainsAny(user, "<> \t\r\n") || message.OneLine(user) != user:
			return m, fmt.Errorf("mention: users[%d] is not a user id: the address book of WeCom shows it as account", i)
		case !slices.Contains(once, user):
			once = append(once, user)
		}
	}
	m = Mention{Users: once, Mobiles: mobiles, All: m.All}
	users, _ := m.lists()
	if n := max(len(users), len(mobiles)); n > maxMentions {
		return m, fmt.Errorf("mention: lists %d at once; at most %d users, with all among them, and as many mobiles are possible", n, maxMentions)
	}
	if n := len(m.inline()); n > maxInline {
		return m, fmt.Errorf("mention: users take %d bytes of a message; at most %d are possible, or all", n, maxInline)
	}
	return m, nil
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
