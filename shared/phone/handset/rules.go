package handset

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limit is how many messages of a kind a number gets in a time. Level is how
// the platform calls it.
type Limit struct {
	Most  int
	Per   time.Duration
	Level string
}

// TooMany counts a message of a kind, unless one of the limits is reached.
func (h *Phone) TooMany(kind string, now time.Time, limits ...Limit) (text string, reached bool) {
	for _, l := range limits {
		recent := 0
		for _, t := range h.sent[kind] {
			if now.Sub(t) < l.Per {
				recent++
			}
		}
		if recent >= l.Most {
			return fmt.Sprintf("触发%s级流控Permits:%d", l.Level, l.Most), true
		}
	}
	h.sent[kind] = append(h.sent[kind], now)
	return "", false
}

// maxVariable is the documented length of a template's variable.
const maxVariable = 35

var (
	variableURL   = regexp.MustCompile(`(?i)://|\bwww\.|[a-z0-9-]\.[a-z]{2,}|\b\d{1,3}(\.\d{1,3}){3}\b|[0-9a-f]*:[0-9a-f]*:[0-9a-f]*:`)
	variablePhone = regexp.MustCompile(`(?:^|[^A-Za-z0-9_])\d{7,}(?:$|[^A-Za-z0-9_])|\d{11,}|1[3-9]\d[- ]?\d{4}[- ]?\d{4}|(?i:qq)\W*\d{5,}`)
	variablePlain = regexp.MustCompile(`^[\p{L}\p{M}0-9 :_-]+$`)
	variableDate  = regexp.MustCompile(`\b20\d{6}\b|_20\d{6}(_|\b)`)
)

// JudgeVariables reads and judges the variables of a template.
func JudgeVariables(text string) (variables map[string]string, code, reason string) {
	if text == "" {
		return nil, "OK", ""
	}
	if json.Unmarshal([]byte(text), &variables) != nil {
		return nil, "isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值"
	}
	for name, v := range variables {
		switch n := utf8.RuneCountInString(v); {
		case n < 1 || n > maxVariable:
			return variables, "isv.PARAM_LENGTH_LIMIT", "参数超过长度限制: " + name
		case variableURL.MatchString(v):
			return variables, "isv.PARAM_NOT_SUPPORT_URL", "变量不支持URL: " + name
		case !variablePlain.MatchString(v), variablePhone.MatchString(variableDate.ReplaceAllString(v, "")):
			return variables, "isv.TEMPLATE_PARAMS_ILLEGAL", "模板变量中存在非法参数: " + name
		}
	}
	return variables, "OK", ""
}

// Filled lists variables as the text of a message, in order of their names.
func Filled(variables map[string]string) string {
	var lines []string
	for name, v := range variables {
		lines = append(lines, "- "+name+": "+Literal(v))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Literal keeps text from being read as markdown.
func Literal(text string) string { return markup.Replace(text) }

var markup = strings.NewReplacer("\\", "\\\\", "_", "\\_", "*", "\\*", "[", "\\[", "<", "\\<", "`", "\\`")
