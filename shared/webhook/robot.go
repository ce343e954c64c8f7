package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
)

// Robot describes the webhook URLs of one chat platform's robots.
type Robot struct {
	// Platform is the target type; errors begin with it.
	Platform string
	// Hosts are the platform's own; a URL may also lead to a host that the
	// operator listed by itself in [AllowVariable].
	Hosts []string
	// Path is the one path there is. A segment in braces, such as "{id}", stands
	// for letters, digits and hyphens of the robot's own, which are secret.
	Path string
	// Query are the query parameters, each of which has a secret.
	Query []string
	// Drop are query parameters that people paste along and that are removed.
	Drop []string
	// Source says where people find the webhook, and KeySource where the signing
	// key.
	Source, KeySource string
	// Mistaken tells what people bring in place of a webhook; nil for nothing
	// that is known.
	Mistaken func(raw string) error
}

// Parse checks a webhook URL and returns it, without what r drops. The error
// says what is wrong and what should be there, and does not show the URL.
func (r Robot) Parse(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	if r.Mistaken != nil {
		if err := r.Mistaken(raw); err != nil {
			return nil, err
		}
	}
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
	if _, ok := r.segments(u); !ok {
		if strings.Contains(r.Path, "{") {
			return nil, target.Invalid("webhook", "path must be %s, with the robot's ids in place of what is in braces", r.Path)
		}
		return nil, target.Invalid("webhook", "path must be %s", r.Path)
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

// Reveal returns the webhook that a secret holds or refers to.
func (r Robot) Reveal(ctx context.Context, webhook target.Secret) (*url.URL, error) {
	raw, err := webhook.Reveal(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: webhook: %w", r.Platform, err)
	}
	hook, err := r.Parse(raw)
	if err != nil {
		return nil, target.Permanent(fmt.Errorf("%s: %w", r.Platform, err))
	}
	return hook, nil
}

// Post is [Post] of a JSON body to a robot. The segments of the URL that are the
// robot's own count as secrets.
func (r Robot) Post(ctx context.Context, q Request) (*Answer, error) {
	q.Platform = r.Platform
	q.Header = http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	if u, err := url.Parse(q.URL); err == nil {
		own, _ := r.segments(u)
		q.Secrets = append(own, q.Secrets...)
	}
	return Post(ctx, q)
}

// Words returns a text of an answer as it reads, and what is no text as it
// stands.
func Words(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s
}

// segments returns the robot's own segments of a path, and whether the path is a
// robot's.
func (r Robot) segments(u *url.URL) (own []string, ok bool) {
	want, have := strings.Split(r.Path, "/"), strings.Split(u.EscapedPath(), "/")
	if len(want) != len(have) {
		return nil, false
	}
	for i, segment := range have {
		switch {
		case !strings.HasPrefix(want[i], "{"):
			if segment != want[i] {
				return nil, false
			}
		case segment == "" || strings.ContainsFunc(segment, notID):
			return nil, false
		default:
			own = append(own, segment)
		}
	}
	return own, true
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
	for name := range query {
		switch {
		case slices.Contains(r.Query, name):
		case r.Query == nil:
			return target.Invalid("webhook", "must not have a query (the part after ?)")
		default:
			return target.Invalid("webhook", "must have no query parameter but %s", strings.Join(r.Query, " and "))
		}
	}
	for _, name := range r.Query {
		switch token := query[name]; {
		case len(token) != 1 || strings.TrimSpace(token[0]) == "":
			return target.Invalid("webhook", "must have one query parameter %s with the robot's token", name)
		case strings.Contains(token[0], "://"):
			return target.Invalid("webhook", "%s holds a whole URL where the token alone belongs", name)
		case !asCopied(token[0]):
			return target.Invalid("webhook", "%s has characters that no token has: copy the webhook again, without quotes or a full stop around it", name)
		}
	}
	u.RawQuery = query.Encode()
	return nil
}

// asCopied tells of a token that nothing of a text around it came along when it
// was pasted. What tokens are made of is not documented.
func asCopied(token string) bool {
	return strings.Trim(token, ".,;:!?)") == token && !strings.ContainsFunc(token, func(c rune) bool {
		return c <= ' ' || c > '~' || strings.ContainsRune("<>{}[]()\"'`|\\", c)
	})
}
