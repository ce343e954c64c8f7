package message

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Values come from events and are not to be trusted: anyone who can name a job
// writes them. These limits, in bytes, keep one value from drowning the rest
// of a message; they are far above what PAI's own names and reasons need.
const (
	maxName  = 256
	maxValue = 1000
)

// clean makes a value one line of visible text: control characters and
// invisible formatting, which can reorder or hide text, are dropped, and white
// space becomes single spaces. Joiners stay, because emoji and some scripts
// need them.
func clean(s string) string {
	if isClean(s) {
		return s
	}
	return cleaned(s)
}

func cleaned(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d':
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r) // an invalid byte was read as U+FFFD and is written as that
	}
	return b.String()
}

// isClean tells of a text that clean would return as it is; it does not see it
// of every such text.
func isClean(s string) bool {
	before := ' '
	for _, r := range s {
		if r == ' ' && before == ' ' || !printed(r) && (r == unicode.ReplacementChar || !unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)) {
			return false
		}
		before = r
	}
	return s == "" || before != ' '
}

// short cuts a value that nobody reads to its end, before work is spent on it.
func short(s string) string {
	if len(s) > 4*maxValue {
		return strings.ToValidUTF8(s[:4*maxValue], "")
	}
	return s
}

// written returns a value as people read it: a number of seconds or minutes as
// a duration, a time with the UTC offset of the event's own time, an image without
// its registry, everything else as it is. A duration of nothing is not worth
// showing and becomes "".
func (u unit) written(value string, l Language, event time.Time) string {
	switch u {
	case seconds, minutes:
		n, ok := whole(value)
		if !ok {
			return value
		}
		if u == minutes {
			n *= 60
		}
		return duration(n, l)
	case moment:
		t, err := time.Parse(time.RFC3339Nano, value)
		if err != nil {
			return value
		}
		if !event.IsZero() {
			t = t.In(event.Location())
		}
		return clock(t)
	case image:
		return withoutRegistry(value)
	}
	return value
}

// whole reads a number that may be a duration, and cuts its fraction off.
func whole(value string) (int64, bool) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		f, err := strconv.ParseFloat(value, 64)
		if err != nil || !(f >= 0 && f <= maxDuration) {
			return 0, false
		}
		n = int64(f)
	}
	return n, n >= 0 && n <= maxDuration
}

// withoutRegistry returns a container image without the host that keeps it, which
// is as long as the rest and the same for all.
func withoutRegistry(image string) string {
	host, rest, ok := strings.Cut(image, "/")
	if ok && rest != "" && strings.ContainsAny(host, ".:") {
		return rest
	}
	return image
}

// A larger number is no duration of anything that runs; it is shown raw.
const maxDuration = 1 << 40

// clock writes a time with its offset from UTC, so that readers in different
// places read the same.
func clock(t time.Time) string { return t.Format("2006-01-02 15:04:05 -07:00") }

// duration writes n seconds shortly, such as "3 d 17 h".
func duration(n int64, l Language) string { return inUnits(n, shortUnits, l) }

// period is a unit of time: how one and how several of it are called; many is
// empty where that is the same.
type period struct {
	seconds   int64
	one, many Text
}

var (
	shortUnits = [4]period{
		{seconds: 86400, one: Text{" d", " 天", " 日"}},
		{seconds: 3600, one: Text{" h", " 小时", " 時間"}},
		{seconds: 60, one: Text{" min", " 分钟", " 分"}},
		{seconds: 1, one: Text{" s", " 秒", " 秒"}},
	}
	spokenUnits = [4]period{
		{86400, Text{" day", " 天", " 日"}, Text{" days", " 天", " 日"}},
		{3600, Text{" hour", " 小时", " 時間"}, Text{" hours", " 小时", " 時間"}},
		{60, Text{" minute", " 分钟", " 分"}, Text{" minutes", " 分钟", " 分"}},
		{1, Text{" second", " 秒", " 秒"}, Text{" seconds", " 秒", " 秒"}},
	}
)

// inUnits writes n seconds by the largest unit and the next, which is what a
// reader compares with; "" for none.
func inUnits(n int64, units [4]period, l Language) string {
	for i, u := range units {
		if n < u.seconds {
			continue
		}
		text := u.count(n/u.seconds, l)
		if i+1 < len(units) {
			if next := n % u.seconds / units[i+1].seconds; next > 0 {
				text += " " + units[i+1].count(next, l)
			}
		}
		return text
	}
	return ""
}

func (p period) count(n int64, l Language) string {
	name := p.many
	if n == 1 || name == (Text{}) {
		name = p.one
	}
	return strconv.FormatInt(n, 10) + name.In(l)
}
