package dingtalk

import (
	"fmt"
	"slices"
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

func (m Mention) any() bool { return m.All || len(m.Mobiles)+len(m.Users) > 0 }

// settled returns m with each person once and numbers in the form in which
// DingTalk matches them: the list and the text must name them alike. It fails
// for a mention that would remind nobody.
func (m Mention) settled() (Mention, error) {
	if n := len(m.Mobiles) + len(m.Users); n > maxMentions {
		return m, fmt.Errorf("mention: names %d people; at most %d are possible, or all", n, maxMentions)
	}
	mobiles, err := target.Mobiles(m.Mobiles)
	if err != nil {
		return m, fmt.Errorf("mention: %w", err)
	}
	var users []string
	for i, user := range m.Users {
		switch {
		case target.Everybody(user):
			return m, fmt.Errorf("mention: users[%d] stands for everybody: write all: true", i)
		case strings.HasPrefix(user, "+"):
			return m, fmt.Errorf("mention: users[%d] is a phone number: list it under mobiles", i)
		case user == "" || len(user) > maxMention || strings.ContainsAny(user, " @\t\r\n") || message.OneLine(user) != user:
			return m, fmt.Errorf("mention: users[%d] is not a user id: write it as the organisation's address book has it, without @", i)
		case !slices.Contains(users, user):
			users = append(users, user)
		}
	}
	return Mention{Mobiles: mobiles, Users: users, All: m.All}, nil
}

// text is what has to stand in the markdown itself: DingTalk reminds nobody
// whose number or id is only in the list beside it.
func (m Mention) text(l message.Language) string {
	var words []string
	if m.All {
		words = append(words, message.Text{EN: "@all", ZH: "@所有人", JA: "@all"}.In(l))
	}
	for _, who := range m.Mobiles {
		words = append(words, "@"+who)
	}
	for _, who := range m.Users {
		words = append(words, "@"+who)
	}
	return strings.Join(words, " ")
}
