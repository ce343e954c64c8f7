package webhook

import (
	"net/url"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
)

// Robot describes the webhook URLs of one chat platform's robots.
type Robot struct {
	// Hosts are the platform's own; a URL may also lead to a host that the
	// operator listed by itself in [AllowVariable].
	Hosts []string
	// Path is the one path there is. If it ends in a slash, one segment of
	// letters, digits and hyphens follows: the robot's id.
	Path string
	// Query is the one query parameter there is, the robot's token; "" for a
	// platform without.
	Query string
	// Drop are query parameters that people paste along and that are removed.
	Drop []string
}

// Parse checks a webhook URL and returns it, without what r drops. The error
// says what is wrong and what should be there, and does not show the URL.
func (r Robot) Parse(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	u, err := parseURL("webhook", raw)
	if err != nil {
		return nil, err
	}
	allow, err := allowed()
	if err != nil {
		return nil, err
	}
	if !allow.namesHost(u.Hostname(), portOf(u)) {
		switch {
		case u.Scheme != "https":
			return nil, target.Invalid("webhook", "must start with https://")
		case !slices.Contains(r.Hosts, strings.ToLower(u.Host)):
			return nil, target.Invalid("webhook", "host must be %s, without a port", strings.Join(r.Hosts, " or "))
		}
	}
	if err := r.checkPath(u); err != nil {
		return nil, err
	}
	return u, r.checkQuery(u)
}

// Canonical returns a webhook URL in one form for all ways to write it. What is
// none, such as a reference to one, stays as it is.
func (r Robot) Canonical(raw string) string {
	u, err := r.Parse(raw)
	if err != nil {
		return raw
	}
	return canonicalURL(u)
}

func (r Robot) checkPath(u *url.URL) error {
	id, ok := strings.CutPrefix(u.EscapedPath(), r.Path)
	switch {
	case strings.HasSuffix(r.Path, "/"):
		if !ok || id == "" || strings.ContainsFunc(id, notID) {
			return target.Invalid("webhook", "path must be %s and the robot's id", r.Path)
		}
	case !ok || id != "":
		return target.Invalid("webhook", "path must be %s", r.Path)
	}
	return nil
}

func notID(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-'
}

func (r Robot) checkQuery(u *url.URL) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return target.Invalid("webhook", "the part after ? is not a query")
	}
	for _, name := range r.Drop {
		query.Del(name)
	}
	token := query[r.Query]
	if r.Query != "" {
		query.Del(r.Query)
	}
	switch {
	case len(query) > 0 && r.Query == "":
		return target.Invalid("webhook", "must not have a query (the part after ?)")
	case len(query) > 0:
		return target.Invalid("webhook", "must have no query parameter but %s", r.Query)
	case r.Query == "":
		u.RawQuery = ""
		return nil
	case len(token) != 1 || strings.TrimSpace(token[0]) == "":
		return target.Invalid("webhook", "must have one query parameter %s with the robot's token", r.Query)
	case strings.Contains(token[0], "://"):
		return target.Invalid("webhook", "%s holds a whole URL where the token alone belongs", r.Query)
	case !asCopied(token[0]):
		return target.Invalid("webhook", "%s has characters that no token has: copy the webhook again, without quotes or a full stop around it", r.Query)
	}
	u.RawQuery = url.Values{r.Query: token}.Encode()
	return nil
}

// asCopied tells of a token that nothing of a text around it came along when it
// was pasted. What tokens are made of is not documented.
func asCopied(token string) bool {
	return strings.Trim(token, ".,;:!?)") == token && !strings.ContainsFunc(token, func(c rune) bool {
		return c <= ' ' || c > '~' || strings.ContainsRune("<>{}[]()\"'`|\\", c)
	})
}
