package dingtalk

import (
	"cmp"
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

func (m Mention) any() bool { return m.All || len(m.Mobiles)+len(m.Users) > 0 }

// normalized returns m with each person once and numbers in the form in which
// DingTalk matches them: the list and the text must name them alike. left tells
// who is left out because nobody would be reminded; it fails for too many.
func (m Mention) normalized() (normalized Mention, left, err error) {
	if n := len(m.Mobiles) + len(m.Users); n > maxMentions {
		return m, nil, target.Invalid("mention", "names %d people; at most %d are possible, or all", n, maxMentions)
	}
	mobiles, left := target.Mentioned("mobiles", m.Mobiles, target.Mobile)
	users, leftToo := target.Mentioned("users", m.Users, userID)
	return Mention{Mobiles: mobiles, Users: users, All: m.All}, cmp.Or(left, leftToo), nil
}

// and returns m with more people, as many as a message bears.
func (m Mention) and(mobiles, users []string) Mention {
	m.Mobiles = target.Joined(m.Mobiles, mobiles, maxMentions-len(m.Users))
	m.Users = target.Joined(m.Users, users, maxMentions-len(m.Mobiles))
	return m
}

func userID(user string) (string, error) {
	switch {
	case strings.HasPrefix(user, "+"):
		return "", errors.New("is a phone number: list it under mobiles")
	case user == "" || len(user) > maxMention || strings.ContainsAny(user, " @\t\r\n") || message.OneLine(user) != user:
		return "", errors.New("is not a user id: write it as the organisation's address book has it, without @")
	}
	return user, nil
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
