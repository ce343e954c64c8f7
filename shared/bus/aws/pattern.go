package aws

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/pai-notify/pai-notify/shared/rule"
)

// wrap returns the pattern that matches the envelopes whose CloudEvents a
// pattern of Alibaba Cloud's dialect matches. It fails for one that AWS would
// refuse or read as something else.
func wrap(pattern string) (string, error) {
	p, err := rule.Compile(rule.Alibaba, []byte(pattern))
	if err != nil {
		return "", err
	}
	if err := p.Portable(); err != nil {
		return "", err
	}
	wrapped := `{"detail":` + strings.TrimSpace(pattern) + `}`
	if _, err := rule.Compile(rule.AWS, []byte(wrapped)); err != nil {
		return "", err
	}
	return wrapped, nil
}

// unwrap returns the pattern that wrap made text of; text itself when it is of
// somebody else's making.
func unwrap(text string) string {
	var envelope map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &envelope); err != nil || len(envelope) != 1 {
		return text
	}
	var inner bytes.Buffer
	if err := json.Compact(&inner, envelope["detail"]); err != nil {
		return text
	}
	if _, err := wrap(inner.String()); err != nil {
		return text
	}
	return inner.String()
}
