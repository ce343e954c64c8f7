package message

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClip(t *testing.T) {
	for outcome, c := range map[string]struct {
		in    string
		limit int
		want  string
	}{
		"a text that fits stays":                      {"任务失败", 12, "任务失败"},
		"a text one byte too long is marked":          {"任务失败", 11, "任务…"},
		"ascii is cut to the byte":                    {"abcdefgh", 7, "abcd…"},
		"the mark alone fits in three bytes":          {"abcdefgh", 3, "…"},
		"no room for the mark is nothing":             {"abcdefgh", 2, ""},
		"zero is nothing":                             {"abc", 0, ""},
		"negative is nothing":                         {"abc", math.MinInt, ""},
		"nothing stays nothing":                       {"", 0, ""},
		"nothing under a negative limit":              {"", -1, ""},
		"space before the mark goes":                  {"one two three", 7, "one…"},
		"only space becomes the mark":                 {strings.Repeat(" ", 9), 8, "…"},
		"bytes that are not UTF-8 are replaced":       {"a\xff\xfe", 9, "a\ufffd"},
		"replaced bytes count":                        {"ab\xff", 4, "a…"},
		"a combining mark keeps its letter":           {"xe\u0301yz!!", 5, "x…"},
		"a family stays together":                     {"a👨\u200d👩\u200d👧bcdef", 20, "a…"},
		"a flag stays together":                       {"🇨🇳🇯🇵🇺🇸", 23, "🇨🇳🇯🇵…"},
		"CR LF stays together":                        {"a\r\nbcdefgh", 5, "a…"},
		"a link that fits stays":                      {"see [log](https://a.b/c) and then more", 30, "see [log](https://a.b/c) an…"},
		"a link that does not fit goes whole":         {"see [log](https://a.b/c) and then more", 26, "see…"},
		"a link ends where it fits exactly":           {"[a](b)cdefg", 9, "[a](b)…"},
		"an image keeps its exclamation mark":         {"go ![pic](https://a.b/c.png) on", 12, "go…"},
		"a link with brackets in its text":            {"ab [x [y] z](u) cdefgh", 16, "ab…"},
		"a link with parentheses in its address":      {"ab [x](u(1)(2)) cdefgh", 16, "ab…"},
		"a link with escapes":                         {`ab [x\]y](u\)v) cdefgh`, 16, "ab…"},
		"brackets that are no link may be cut":        {"ab [x y z] cdefghijk", 10, "ab [x y…"},
		"an escaped bracket opens no link":            {`a \[xyz](uvw) defg`, 12, `a \[xyz](…`},
		"an escape keeps its character":               {`abcd\*efghij`, 8, "abcd…"},
		"an address without end is no link":           {"[a](bcdefghijk", 10, "[a](bcd…"},
		"a bare URL goes whole":                       {"at https://a.b/c/d?e=f now", 20, "at…"},
		"the mark does not touch a bare URL":          {"at https://a.b/c defgh", 20, "at https://a.b/c …"},
		"a bare URL without room for the space goes":  {"at https://a.b/c defgh", 19, "at…"},
		"Chinese punctuation ends a bare URL":         {"见https://a.b/c，请尽快处理任务", 26, "见https://a.b/c，请…"},
		"a bracket ends a bare URL":                   {"(https://a.b/c)请尽快处理任务", 24, "(https://a.b/c)请尽…"},
		"a scheme of the client is a URL":             {"go dingtalk://page/link?x=1 now", 20, "go…"},
		"two slashes alone are no URL":                {"ab ://cdefghijk", 11, "ab ://cd…"},
		"a mention goes whole":                        {"hi @13800138000 please look", 14, "hi…"},
		"the mark does not touch a mention":           {"hi @bob please look", 11, "hi @bob …"},
		"a Chinese name goes whole":                   {"请 @张三丰 看一下日志", 14, "请…"},
		"a mail address is no mention":                {"to ann@example.com today", 13, "to ann@exa…"},
		"an at sign alone may be cut":                 {"a @ b c d e f g", 8, "a @ b…"},
		"a user id in brackets goes whole":            {"hi <@zhangwei> please", 15, "hi…"},
		"a user id in brackets that fits stays":       {"hi <@zhangwei> please", 17, "hi <@zhangwei>…"},
		"an at element goes whole":                    {`hi <at user_id="ou_1">Bob Ray</at> please`, 33, "hi…"},
		"an at element that fits stays":               {`hi <at id=ou_1></at> please`, 23, `hi <at id=ou_1></at>…`},
		"an at element without end is a tag":          {`hi <at id=ou_1>Bob Ray and more`, 22, `hi <at id=ou_1>Bob…`},
		"a tag goes whole":                            {`a <font color="warning">b</font>`, 20, "a…"},
		"less than is no tag":                         {"a < b and c < d and more", 14, "a < b and c…"},
		"a link over a mention goes whole":            {"x [@bob](u) y z a b", 11, "x…"},
		"a link after its text was a tag goes whole":  {"x [<@bob>](u) y z a b", 14, "x…"},
		"a text that is one link becomes the mark":    {"[abc](https://a.b/c)", 10, "…"},
		"a text that is one cluster becomes the mark": {"e" + strings.Repeat("\u0301", 50), 40, "…"},
	} {
		t.Run(outcome, func(t *testing.T) {
			got := Clip(c.in, c.limit)
			assert.Equal(t, c.want, got)
			checkClip(t, c.in, c.limit)
		})
	}
}

// These find what must stay whole in another way than Clip does. The last
// group of a match is the part that must not be cut.
var wholes = []*regexp.Regexp{
	regexp.MustCompile(`!?\[[^\[\]\n]*\]\([^()\\\n]*\)`),
	regexp.MustCompile(`<@[^<>\n]+>`),
	regexp.MustCompile(`<at [^<>\n]*>[^<>]*</at>`),
	regexp.MustCompile(`https?://[A-Za-z0-9/._~-]+`),
	regexp.MustCompile(`(?:^|[^0-9A-Za-z])(@[A-Za-z0-9_]+)`),
}

func checkClip(t *testing.T, s string, limit int) {
	t.Helper()
	got := Clip(s, limit)
	require.True(t, utf8.ValidString(got))
	require.LessOrEqual(t, len(got), max(limit, 0))
	s = strings.ToValidUTF8(s, "\ufffd")
	if len(s) <= limit {
		require.Equal(t, s, got)
		return
	}
	if limit < len(ellipsis) {
		require.Empty(t, got)
		return
	}
	kept, marked := strings.CutSuffix(got, ellipsis)
	require.True(t, marked)
	require.True(t, strings.HasPrefix(s, kept))

	boundary := kept == ""
	for rest, at := s, 0; rest != "" && at < len(kept); {
		cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(rest, -1)
		rest, at = rest[len(cluster):], at+len(cluster)
		boundary = boundary || at == len(kept)
	}
	require.True(t, boundary, "%q is cut inside a character", got)

	if strings.Contains(s, `\`) {
		return // the expressions know no escapes
	}
	for _, whole := range wholes {
		for _, m := range whole.FindAllStringSubmatchIndex(s, -1) {
			start, end := m[len(m)-2], m[len(m)-1]
			require.False(t, start < len(kept) && len(kept) < end, "%q cuts %q", got, s[start:end])
		}
	}
}

func FuzzClip(f *testing.F) {
	for _, s := range []string{
		"任务 [日志](https://a.b/c) 失败 @张三 <@li> <at id=x>y</at> 🇨🇳👩\u200d🔬e\u0301",
		"[[a](b)](c)![d](e)", "https://a.b/(c)[d](e)", "@a@b <<@c>> <at >", "\xff\\[a](b)\r\n", "((((((",
	} {
		for limit := -1; limit < len(s)+2; limit += 5 {
			f.Add(s, limit)
		}
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		checkClip(t, s, limit)
		// Every limit up to a length shows more than random ones.
		for n := range min(len(s), 24) {
			checkClip(t, s, n)
		}
	})
}

func TestClipKeepsItsPropertiesAtEveryLimit(t *testing.T) {
	s := "任务 [日志](https://a.b/c?x=(1)) 失败，详见 https://a.b/d，联系 @张三 <@li> 或 <at user_id=\"ou_1\">王 芳</at>。🇨🇳👩\u200d🔬e\u0301 done"
	last := -1
	for limit := -1; limit <= len(s); limit++ {
		checkClip(t, s, limit)
		assert.GreaterOrEqual(t, len(Clip(s, limit)), last, "more room must not show less")
		last = len(Clip(s, limit))
	}
}

func TestClipTakesTimeInProportionToHostileText(t *testing.T) {
	// Each of these makes a scanner that starts over at every character look
	// at the whole rest again. A quarter of a megabyte would then take minutes,
	// and the test would run into its deadline.
	for _, part := range []string{"[", "]", "[a](", "](", "<", "<at>", "<at ", "@", "@a", "a://", "://", "\\", "(", "[](x", "e\u0301", "\u0301", "🇨"} {
		s := strings.Repeat(part, 256<<10/len(part))
		assert.LessOrEqual(t, len(Clip(s, len(s)-1)), len(s)-1, part)
	}
}
