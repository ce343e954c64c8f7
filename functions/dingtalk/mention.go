package dingtalk

import (
	"fmt"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
)

// Bounds that keep mentions and the keyword, which are never cut, within a
// quarter of a message.
const (
	maxMentions = 50
	maxMention  = 64
	maxKeyword  = 64
)

func (m Mention) any() bool { return m.All || len(m.Mobiles)+len(m.Users) > 0 }

func (m Mention) check() error {
	if n := len(m.Mobiles) + len(m.Users); n > maxMentions {
		return fmt.Errorf("mention: names %d people; at most %d are possible, or all", n, maxMentions)
	}
	for i, mobile := range m.Mobiles {
		if len(mobile) < 5 || len(mobile) > 20 || strings.Trim(mobile, "+-0123456789") != "" {
			return fmt.Errorf("mention: mobiles[%d] is not a phone number: write digits, with + and the country code outside the mainland", i)
		}
	}
	for i, user := range m.Users {
		if user == "" || len(user) > maxMention || strings.ContainsAny(user, " @\t\r\n") || message.OneLine(user) != user {
			return fmt.Errorf("mention: users[%d] is not a user id", i)
		}
	}
	return nil
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
