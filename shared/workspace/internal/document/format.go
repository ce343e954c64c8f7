package document

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/message"
)

// Format is what a text or number must be like, beyond its kind.
type Format struct {
	// Pattern is a regular expression, for editors; empty for none. The parser
	// has a check of its own for each, because the package regexp would cost
	// every function its initialisation, and a test holds the two together.
	Pattern string
	// MaxLength is the most characters of a text, not bytes; 0 for any.
	MaxLength int
	// Minimum and Maximum bound a number when Maximum is not 0.
	Minimum, Maximum int
	// MaxItems is the most entries of a list; 0 for any.
	MaxItems int
	// Wants completes "must be …".
	Wants message.Sentence

	// matches tells whether a text is as Pattern says; nil for any.
	matches func(text string) bool
}

func wants(format, en, zh, ja string) message.Sentence {
	return message.Sentence{Code: "format-" + format, Text: message.Text{EN: en, ZH: zh, JA: ja}}
}

// segment is a name in a path.
const segment = `[^.*$\[\]\p{Z}\p{Cc}]([^.*\[\]\p{Zl}\p{Zp}\p{Cc}]*[^.*\[\]\p{Z}\p{Cc}])?`

var formats = map[string]*Format{
	// A bus name has at most 127 characters, "pai-system-" among them, starts
	// with a letter or digit and goes on with letters, digits and '-' (Alibaba
	// Cloud EventBridge, Limits). PAI also lets '_' into workspace names.
	"workspace": {
		Pattern: `^[A-Za-z0-9][A-Za-z0-9_-]*$`, MaxLength: 127 - len("pai-system-"),
		Wants:   wants("workspace-name", "letters, digits, '-' and '_', starting with a letter or digit", "字母、数字、“-”和“_”，以字母或数字开头", "英数字、「-」、「_」で、先頭は英数字"),
		matches: func(text string) bool { return word(text, alphanumeric, "-_") },
	},
	// It stands within the mark at the end of a rule's description on the bus.
	"owner": {
		Pattern: `^[A-Za-z0-9][A-Za-z0-9._-]*$`, MaxLength: 64,
		Wants:   wants("owner-name", "letters, digits, '-', '_' and '.', starting with a letter or digit", "字母、数字、“-”“_”和“.”，以字母或数字开头", "英数字、「-」、「_」、「.」で、先頭は英数字"),
		matches: func(text string) bool { return word(text, alphanumeric, "-_.") },
	},
	// A rule name has at most 64 characters of [.\-_A-Za-z0-9] on AWS; on
	// Alibaba Cloud letters, digits and '-' after a letter or digit. 16
	// characters are left for the suffix of sibling rules, and since a name
	// here never holds "--", a suffix that starts with it cannot collide.
	"rule": {
		Pattern: `^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$`, MaxLength: 48,
		Wants:   wants("rule-name", "letters and digits with single '-' between them", "字母和数字，之间用单个“-”连接", "英数字を「-」1 つずつでつないだもの"),
		matches: hyphenated,
	},
	// It may become the rule's name on the bus, with a suffix; see "rule".
	"rule id": {
		Pattern: `^[A-Za-z0-9][A-Za-z0-9._-]*$`, MaxLength: 48,
		Wants:   wants("rule-id", "letters, digits, '-', '_' and '.', starting with a letter or digit", "字母、数字、“-”“_”和“.”，以字母或数字开头", "英数字、「-」、「_」、「.」で、先頭は英数字"),
		matches: func(text string) bool { return word(text, alphanumeric, "-_.") },
	},
	// The description of a rule has at most 255 characters on Alibaba Cloud
	// and 512 on AWS; some are left for a mark of ownership.
	"description": {MaxLength: 200, Wants: wants("description", "a short text", "简短的文本", "短い文")},
	"name": {
		Pattern: `^[\p{L}\p{N}][\p{L}\p{N}._-]*$`, MaxLength: 64,
		Wants:   wants("name", "letters and digits of any script, '-', '_' and '.', starting with a letter or digit", "任意语言的文字、数字、“-”“_”和“.”，以文字或数字开头", "各言語の文字と数字、「-」、「_」、「.」で、先頭は文字か数字"),
		matches: func(text string) bool { return word(text, letterOrNumber, "-_.") },
	},
	// E.164 has at most 15 digits; mobile numbers of mainland China have 11.
	"phone": {
		Pattern: `^(\+[1-9][0-9]{6,14}|1[3-9][0-9]{9})$`,
		Wants:   wants("phone", `"+", the country code and the number without blanks, such as "+8613800138000", or the 11 digits of a mainland number`, `“+”、国家代码和号码（不含空格），例如 "+8613800138000"，或 11 位的中国大陆号码`, `「+」と国番号に続く番号（空白なし、例: "+8613800138000"）、または中国本土の 11 桁の番号`),
		matches: phone,
	},
	"email": {
		Pattern: `^[^@\s<>]+@[^@\s<>]+$`, MaxLength: 254,
		Wants:   wants("email", "an address such as alice@example.com", "邮箱地址，例如 alice@example.com", "alice@example.com のようなメールアドレス"),
		matches: email,
	},
	"id": {
		Pattern: `^\S(.*\S)?$`, MaxLength: 128, Wants: wants("id", "an id on one line without blanks around it, which would match nothing", "单行且首尾无空格的 id，否则无法匹配", "1 行で前後に空白のない id（空白があると一致しません）"),
		matches: func(text string) bool {
			return text != "" && strings.Trim(text, blanks) == text && !strings.Contains(text, "\n")
		},
	},
	// What a lock screen shows of a title, and what somebody reads of a message.
	"title":  {MaxItems: 4},
	"fields": {MaxItems: 20},
	"path": {
		Pattern: `^` + segment + `(\.` + segment + `)*(\.\*(\.` + segment + `)*){0,` + strconv.Itoa(event.MaxStars) + `}$`, MaxLength: event.MaxPath,
		Wants:   wants("path", "names inside the event's data joined by dots, such as JobSpecs.*.Image, where a number is the place in a list and * all of it", "以点连接的事件数据字段名，例如 JobSpecs.*.Image，其中数字表示列表中的位置，* 表示全部", "イベントデータの項目名をドットでつないだもの（例: JobSpecs.*.Image）。数字はリスト内の位置、* はすべて"),
		matches: func(text string) bool { return event.CheckPath(text) == nil },
	},
	// It stands in front of a value, on a phone too.
	"label": {
		Pattern: `^[^\p{Z}\p{Cc}]([^\p{Zl}\p{Zp}\p{Cc}]*[^\p{Z}\p{Cc}])?$`, MaxLength: 60,
		Wants:   wants("label", "a label on one line, without blanks around it", "单行且首尾无空格的标签", "1 行で前後に空白のないラベル"),
		matches: line,
	},
	"clock": {
		Pattern: `^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$`,
		Wants:   wants("clock", `a time of day in hours and minutes, such as "22:00"`, `以时和分表示的时刻，例如 "22:00"`, `"22:00" のような時と分で書いた時刻`),
		matches: func(text string) bool {
			return hold.Interval{From: text, To: text, Zone: "UTC"}.Check() == nil
		},
	},
	"currency": {
		Pattern: `^[A-Z]{3}$`,
		Wants:   wants("currency", "three capital letters such as CNY", "三个大写字母，例如 CNY", "CNY のような 3 文字の大文字"),
		matches: func(text string) bool {
			return len(text) == 3 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
		},
	},
	"wait": {
		Pattern: `^([0-9]{1,5}[hms])+$`, MaxLength: 18,
		Wants:   wants("wait", `a time such as "30s" or "2m"`, `时长，例如 "30s" 或 "2m"`, `"30s" や "2m" のような時間`),
		matches: wait,
	},
	"quota": {Minimum: 1, Maximum: 100, Wants: wants("quota", "a number from 1 to 100: 5 is the default and 100 the most PAI grants", "1 到 100 的数字：默认为 5，PAI 最多批准 100", "1 から 100 の数（既定は 5、PAI が認める最大は 100）")},
}

// Name is the format of the names that a document gives.
var Name = formats["name"]

// Accepts tells whether a text has the format. A nil format accepts all.
func (f *Format) Accepts(text string) bool {
	if f == nil {
		return true
	}
	if f.MaxLength > 0 && utf8.RuneCountInString(text) > f.MaxLength {
		return false
	}
	return f.matches == nil || f.matches(text)
}

// AcceptsInt tells whether a number has the format. A nil format accepts all.
func (f *Format) AcceptsInt(n int64) bool {
	return f == nil || f.Maximum == 0 || (n >= int64(f.Minimum) && n <= int64(f.Maximum))
}
