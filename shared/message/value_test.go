package message

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestCleanLeavesOneLineOfVisibleText(t *testing.T) {
	for outcome, c := range map[string]struct{ in, want string }{
		"plain text stays":              {"bert-512gpu", "bert-512gpu"},
		"white space becomes one space": {" a\t b\r\n\u2028c\u3000d ", "a b c d"},
		"control characters go":         {"a\x00b\x1b[31mc\x7f\u0085d", "ab[31mc d"},
		"direction overrides go":        {"x\u202egpj.exe\u2066y\u2069\u200f", "xgpj.exey"},
		"invisible characters go":       {"a\u200bb\ufeffc\u00add\U000e0041", "abcd"},
		"emoji keep their joiners":      {"👩\u200d🔬", "👩\u200d🔬"},
		"bytes that are not UTF-8 show": {"a\xffb", "a\ufffdb"},
		"nothing visible is nothing":    {"\u200b \n\x00", ""},
	} {
		t.Run(outcome, func(t *testing.T) { assert.Equal(t, c.want, clean(c.in)) })
	}
}

func TestDurationsAreWrittenForPeople(t *testing.T) {
	for n, want := range map[int64]Text{
		0:           {},
		1:           {"1 s", "1 秒", "1 秒"},
		61:          {"1 min 1 s", "1 分钟 1 秒", "1 分 1 秒"},
		3605:        {"1 h", "1 小时", "1 時間"},
		8130:        {"2 h 15 min", "2 小时 15 分钟", "2 時間 15 分"},
		86400:       {"1 d", "1 天", "1 日"},
		321909:      {"3 d 17 h", "3 天 17 小时", "3 日 17 時間"},
		maxDuration: {"12725829 d", "12725829 天", "12725829 日"},
	} {
		for _, l := range Languages() {
			assert.Equal(t, want.In(l), duration(n, l))
		}
	}
}

func TestUnitsSayWhatANumberMeans(t *testing.T) {
	when := time.Date(2026, 11, 20, 3, 12, 45, 0, time.FixedZone("", 8*3600))
	for outcome, c := range map[string]struct {
		unit     unit
		in, want string
		at       time.Time
	}{
		"seconds":                             {seconds, "90", "1 min 30 s", when},
		"minutes":                             {minutes, "1440", "1 d", when},
		"no duration is not shown":            {seconds, "0", "", when},
		"a negative duration stays raw":       {seconds, "-5", "-5", when},
		"an absurd duration stays raw":        {minutes, "9223372036854775807", "9223372036854775807", when},
		"a duration that is none stays raw":   {seconds, "soon", "soon", when},
		"a time takes the event's offset":     {moment, "2026-11-19T19:12:45.5Z", "2026-11-20 03:12:45 +08:00", when},
		"a time keeps its own without":        {moment, "2026-11-19T19:12:45Z", "2026-11-19 19:12:45 +00:00", time.Time{}},
		"a time that cannot be read is raw":   {moment, "yesterday", "yesterday", when},
		"what has no unit stays as it stands": {asItIs, "0", "0", when},
	} {
		t.Run(outcome, func(t *testing.T) { assert.Equal(t, c.want, c.unit.written(c.in, English, c.at)) })
	}
}

func FuzzCleanTextIsSeenToBeClean(f *testing.F) {
	for _, seed := range []string{"", "a b", " a", "a ", "a  b", "中文 🎉", "\u200d", "\ufffd", "a\nb", "e\u0301", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		assert.Equal(t, cleaned(s), clean(s))
		assert.Equal(t, clean(s), clean(clean(s)))
	})
}
