package provision

import (
	"bytes"
	"encoding/json"
	"strings"
)

// canonical returns JSON text in one form, because the clouds give back what they
// were given with other spaces or in another order. Text that is not JSON is
// returned unchanged.
func canonical(text string) string {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return text
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return text
	}
	return strings.TrimSpace(b.String())
}

// sameJSON reports whether two texts are the same JSON value.
func sameJSON(a, b string) bool { return a == b || canonical(a) == canonical(b) }
