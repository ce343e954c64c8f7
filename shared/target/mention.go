package target

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Mobile returns a mobile number of the Chinese mainland as people register
// with DingTalk and WeCom, which is how these match a mention: 11 digits. It
// takes the forms in which people write one, with +86, 0086 or 86 before it and
// with blanks, hyphens, dots or parentheses in it, in full-width characters too.
//
// No form is known in which these platforms match a number abroad, so there is
// an error for one, as for everything else that would remind nobody. It does not
// show the number.
func Mobile(text string) (string, error) {
	number, ok := digits(text)
	if !ok {
		return "", errors.New("is not a phone number: write a mobile number of the Chinese mainland, such as 13800138000")
	}
	abroad := strings.HasPrefix(number, "+") || strings.HasPrefix(number, "00")
	national := strings.TrimPrefix(strings.TrimPrefix(number, "+"), "00")
	if rest, ok := strings.CutPrefix(national, "86"); ok && (abroad || len(national) == len("86")+11) {
		national, abroad = rest, false
	}
	switch {
	case abroad:
		return "", errors.New("is a number outside the Chinese mainland, and no form is known in which one is matched: name this person by user id, under users")
	case len(national) != 11 || national[0] != '1' || national[1] < '3':
		return "", errors.New("is not a mobile number of the Chinese mainland: it has 11 digits and starts with 13 to 19")
	}
	return national, nil
}

// Mentioned returns the form of each name in a list of people to mention, each
// once, without those that would remind nobody. left says of the first of these
// where it stands and why; nil when there is none.
func Mentioned(list string, names []string, form func(name string) (string, error)) (kept []string, left error) {
	for i, written := range names {
		name, err := form(written)
		if everybody(written) {
			err = errors.New("stands for everybody: write all: true")
		}
		switch {
		case err != nil && left == nil:
			left = Invalid(fmt.Sprintf("mention.%s[%d]", list, i), "%v", err)
		case err == nil && !slices.Contains(kept, name):
			kept = append(kept, name)
		}
	}
	return kept, left
}

// mainland begins a mobile number among [Creators]: no id begins so.
const mainland = "+86"

// Creators are how a target mentions people, by their accounts in PAI: an id on its
// platform, or a mobile number of the Chinese mainland with +86. A document does not
// write them: they are made of its contacts.
type Creators map[string]string

// Key is the key under which a target finds its creators. Documents do not have it.
func (Creators) Key() string { return "creators" }

// Of returns those of some accounts, in their order; an account without one is left
// out.
func (c Creators) Of(accounts []string) (mobiles, users []string) {
	for _, account := range accounts {
		who, ok := c[account]
		if mobile, phone := strings.CutPrefix(who, mainland); phone {
			mobiles = append(mobiles, mobile)
		} else if ok {
			users = append(users, who)
		}
	}
	return mobiles, users
}

// Joined returns the people of a list and then others, each once and at most so many.
func Joined(list, others []string, most int) []string {
	joined := slices.Clone(list)
	for _, who := range others {
		if len(joined) < most && !slices.Contains(joined, who) {
			joined = append(joined, who)
		}
	}
	return joined
}

// everybody tells of a name that it means the whole group, which no platform
// takes in a list.
func everybody(name string) bool {
	switch strings.ToLower(strings.Trim(name, "@_<> \t\r\n")) {
	case "all", "everyone", "所有人", "全体成员":
		return true
	}
	return false
}

// digits returns a number without what people put between its digits, with
// full-width digits as plain ones; false when something else stands in it.
func digits(text string) (string, bool) {
	var b strings.Builder
	for _, c := range text {
		if 0xff01 <= c && c <= 0xff5e { // the full-width forms of ASCII
			c -= 0xff01 - '!'
		}
		switch {
		case '0' <= c && c <= '9', c == '+' && b.Len() == 0:
			b.WriteRune(c)
		case unicode.IsSpace(c), unicode.Is(unicode.Cf, c), unicode.Is(unicode.Pd, c), c == '−', c == '.', c == '(', c == ')':
		default:
			return "", false
		}
	}
	return b.String(), b.Len() > 0
}
