package webhook

import (
	"cmp"
	"html"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/pai-notify/pai-notify/shared/message"
)

const (
	redacted = "<redacted>"
	// Shorter values are no secrets, and hiding them would blot out texts.
	minSecret = 6
	// Segments of a path this long are taken for a token.
	minSegment = 8
	// maxExtract is how many bytes of a receiver's words errors hold.
	maxExtract = 200
)

// redactor blots out everything in a request that opens its receiver: the URL
// and its parts, header values and Secrets, in the encodings in which a
// receiver may say them back. It prepares itself when it is first used, which
// for a message that is taken is never.
type redactor struct {
	request  Request
	once     sync.Once
	replacer *strings.Replacer
}

func (r *redactor) hide(s string) string {
	r.once.Do(func() { r.replacer = strings.NewReplacer(hidden(r.request)...) })
	return r.replacer.Replace(s)
}

// hidden returns pairs of what must not be shown and what is shown instead.
func hidden(r Request) []string {
	secrets := slices.Clone(r.Secrets)
	for _, values := range r.Header {
		for _, v := range values {
			secrets = append(append(secrets, v), strings.Fields(v)...)
		}
	}
	if u, err := url.Parse(r.URL); err == nil {
		secrets = append(secrets, r.URL, u.String(), u.RequestURI(), u.RawQuery)
		for _, values := range u.Query() {
			secrets = append(secrets, values...)
		}
		for segment := range strings.SplitSeq(u.Path, "/") {
			if len(segment) >= minSegment {
				secrets = append(secrets, segment)
			}
		}
	}
	var forms []string
	for _, s := range secrets {
		if len(s) < minSecret {
			continue
		}
		query := url.QueryEscape(s)
		forms = append(forms, s, query, lowerEscapes(query), url.PathEscape(s),
			strings.ReplaceAll(s, "/", `\/`), strings.ReplaceAll(s, "&", `\u0026`), html.EscapeString(s))
	}
	// Longer forms first, so that none is left half hidden.
	slices.SortFunc(forms, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	var pairs []string
	for _, f := range slices.Compact(forms) {
		pairs = append(pairs, f, redacted)
	}
	return pairs
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}

// extract returns the beginning of text as one clean line of at most
// maxExtract bytes. Secrets go before anything else, or a cut or a removed
// character could leave a part of one.
func extract(text string, r *redactor) string {
	text = r.hide(text)
	if head := strings.ToLower(strings.TrimSpace(text)); strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html") {
		return "(a page of HTML)"
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case r == unicode.ReplacementChar || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	// What was removed may have stood inside a secret.
	return message.Clip(r.hide(strings.Join(strings.Fields(text), " ")), maxExtract)
}
