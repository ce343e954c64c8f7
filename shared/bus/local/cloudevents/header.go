package cloudevents

import (
	"encoding/hex"
	"errors"
	"strings"
	"unicode/utf8"
)

// attributeOf returns the attribute that the value of a header stands for
// (CloudEvents 1.0.2, HTTP protocol binding, 3.1.3.2): without the double quotes
// around it, and with what is percent-encoded decoded, once. A percent sign that
// begins no code stays, because not every SDK encodes it.
func attributeOf(header string) (string, error) {
	value := header
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		value = unescape(value[1 : len(value)-1])
	}
	var decoded strings.Builder
	for {
		before, after, found := strings.Cut(value, "%")
		decoded.WriteString(before)
		if !found {
			break
		}
		value = after
		code, err := hex.DecodeString(after[:min(2, len(after))])
		if err != nil || len(code) == 0 {
			decoded.WriteByte('%')
			continue
		}
		decoded.Write(code)
		value = after[2:]
	}
	if !utf8.ValidString(decoded.String()) {
		return "", errors.New("is not UTF-8, also percent-decoded")
	}
	return decoded.String(), nil
}

// unescape removes the backslashes of a quoted string of HTTP.
func unescape(text string) string {
	var plain strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		plain.WriteByte(text[i])
	}
	return plain.String()
}
