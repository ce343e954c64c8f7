package phone

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
)

// How numbers are written where no signs are possible.
var (
	point   = message.Text{EN: " point ", ZH: "点", JA: "点"}
	minus   = message.Text{EN: "minus ", ZH: "负", JA: "マイナス"}
	percent = message.Text{EN: "%s percent", ZH: "百分之%s", JA: "%sパーセント"}
	ofMany  = message.Text{EN: "%[1]s of %[2]s", ZH: "%[2]s分之%[1]s", JA: "%[2]s中%[1]s"}
	ofTimes = message.Text{EN: "%[1]s of %[2]s", ZH: "%[2]s次已用%[1]s次", JA: "%[2]s回中%[1]s回"}
)

// maxDecimals are the digits after a point that are worth reading.
const maxDecimals = 4

// readable writes the numbers of a text without signs, which the variables of a
// template do not take. Without them 10/10 would read as a date, 0.871 as a range,
// and the offset of a time as another time. of is how a fraction is said.
func readable(s string, of message.Text, l message.Language) string {
	if !strings.ContainsAny(s, "0123456789") {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		n, text := 1, s[i:i+1]
		switch {
		case numeral(s[i]) && begins(s, i):
			text, n = number(s[i:], of, l)
		case s[i] == '-' && (i == 0 || strings.IndexByte(" (=:,[", s[i-1]) >= 0) && i+1 < len(s) && numeral(s[i+1]):
			text, n = number(s[i+1:], of, l)
			text, n = minus.In(l)+text, n+1
		}
		out.WriteString(text)
		i += n
	}
	return out.String()
}

func numeral(b byte) bool { return '0' <= b && b <= '9' }

// begins tells of a place in a text that a number may begin there: it is not
// within a word, a version, a path or a time of day.
func begins(s string, i int) bool {
	if i == 0 {
		return true
	}
	before := s[i-1]
	if before == ':' && i > 1 {
		return !numeral(s[i-2])
	}
	return !numeral(before) && !letter(before) && strings.IndexByte("_-./", before) < 0
}

// digits is how many a text begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && numeral(s[n]) {
		n++
	}
	return n
}

// number writes the number that s begins with, and tells how long it is there.
// Those with more digits than a number of ours has stay as they are, to be masked.
func number(s string, of message.Text, l message.Language) (string, int) {
	if text, n := moment(s); n > 0 {
		return text, n
	}
	end := digits(s)
	whole := s[:end]
	for end <= 3 && strings.HasPrefix(s[end:], ",") && digits(s[end+1:]) == 3 {
		whole += s[end+1 : end+4]
		end += 4
	}
	var groups []string
	for strings.HasPrefix(s[end:], ".") && digits(s[end+1:]) > 0 {
		n := digits(s[end+1:])
		groups = append(groups, s[end+1:end+1+n])
		end += 1 + n
	}
	rest := s[end:]
	if len(whole) > maxDigits || strings.HasPrefix(rest, ".") && len(rest) > 1 && letter(rest[1]) {
		return s[:end], end
	}
	switch len(groups) {
	case 0:
		if text, n := day(s); n > 0 {
			return text, n
		}
		if n := fraction(rest); n > 0 && len(whole)+n <= maxDigits {
			return fmt.Sprintf(of.In(l), whole, rest[1:1+n]), end + 1 + n
		}
		if skip, n := product(rest); n > 0 && len(whole)+n <= maxDigits {
			return whole + "x" + rest[skip:skip+n], end + skip + n
		}
	case 1:
		if n := min(len(groups[0]), maxDecimals, maxDigits-len(whole)); n > 0 {
			whole += point.In(l) + groups[0][:n]
		}
	case 2:
		if len(whole)+len(groups[0])+len(groups[1]) > maxDigits {
			return s[:end], end
		}
		whole += point.In(l) + groups[0] + point.In(l) + groups[1]
	default:
		return s[:end], end
	}
	if strings.HasPrefix(rest, "%") {
		return fmt.Sprintf(percent.In(l), whole), end + 1
	}
	return whole, end
}

// fraction is how many digits stand below, where rest goes on as a fraction.
func fraction(rest string) int {
	if !strings.HasPrefix(rest, "/") {
		return 0
	}
	n := digits(rest[1:])
	if after := rest[1+n:]; after != "" && (letter(after[0]) || strings.IndexByte("/._-", after[0]) >= 0) {
		return 0
	}
	return n
}

// product is where the second number stands, and how many digits it has, where
// rest goes on as a product.
func product(rest string) (skip, n int) {
	after, ok := strings.CutPrefix(strings.TrimLeft(rest, " "), "×")
	after = strings.TrimLeft(after, " ")
	if !ok {
		return 0, 0
	}
	return len(rest) - len(after), digits(after)
}

// day reads a date with slashes, such as 2026/11/20, as one with hyphens.
func day(s string) (string, int) {
	const written = "2006/01/02"
	if len(s) < len(written) || digits(s[len(written):]) > 0 {
		return "", 0
	}
	t, err := time.Parse(written, s[:len(written)])
	if err != nil {
		return "", 0
	}
	return t.Format(time.DateOnly), len(written)
}

// shortTime is how a time is written in a variable: in the zone it came with, which
// needs no saying, as the year does.
const shortTime = "01-02 15:04"

// saidTime is a time as a voice reads it: without words between them, its numbers
// would be taken for somebody's.
func saidTime(t time.Time, l message.Language) string {
	switch l {
	case message.Chinese:
		return t.Format("1月2日") + strconv.Itoa(t.Hour()) + t.Format("点4分")
	case message.Japanese:
		return soundedTime(t)
	}
	return t.Format("January 2 15:04")
}

// moment reads a date with a time of day, as messages and logs write it, by what
// of it fits a variable.
func moment(s string) (string, int) {
	const written = "2006-01-02 15:04"
	if len(s) < len(written) || s[10] != ' ' && s[10] != 'T' {
		return "", 0
	}
	t, err := time.Parse(written, s[:10]+" "+s[11:len(written)])
	if err != nil {
		return "", 0
	}
	n := len(written)
	if rest := s[n:]; len(rest) >= 3 && rest[0] == ':' && digits(rest[1:]) == 2 {
		n += 3
		if rest = s[n:]; len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') {
			if fine := digits(rest[1:]); fine > 0 {
				n += 1 + fine
			}
		}
	}
	return t.Format(shortTime), n + offset(s[n:])
}

// offset is how long the offset from UTC is that a time goes on with.
func offset(rest string) int {
	zone := strings.TrimPrefix(rest, " ")
	skipped := len(rest) - len(zone)
	switch {
	case zone == "":
	case zone[0] == 'Z' && (len(zone) == 1 || !letter(zone[1])):
		return skipped + 1
	case zone[0] != '+' && zone[0] != '-':
	case digits(zone[1:]) == 4:
		return skipped + len("+0800")
	case digits(zone[1:]) == 2 && len(zone) >= len("+08:00") && zone[3] == ':' && digits(zone[4:]) == 2:
		return skipped + len("+08:00")
	}
	return 0
}
