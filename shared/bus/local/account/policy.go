package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pai-notify/pai-notify/shared/exactjson"
)

// Policy is a RAM policy.
type Policy struct{ statements []statement }

type statement struct {
	Effect   string
	Action   oneOrMore
	Resource oneOrMore
}

// oneOrMore is a text or a list of them, as policies are written.
type oneOrMore []string

// UnmarshalJSON reads either form.
func (l *oneOrMore) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		*l = make(oneOrMore, 1)
		return json.Unmarshal(text, &(*l)[0])
	}
	return json.Unmarshal(text, (*[]string)(l))
}

// ParsePolicy reads a policy of version 1. It fails on everything it would not
// heed, conditions above all, and on what can never apply: a policy that means
// less than it says, a denial above all, is none.
func ParsePolicy(text []byte) (Policy, error) {
	var document struct {
		Version   string
		Statement []json.RawMessage
	}
	if err := strict(text, &document); err != nil {
		return Policy{}, fmt.Errorf("account: a policy is an object with Version and a list Statement: %w", err)
	}
	switch {
	case document.Version != "1":
		return Policy{}, fmt.Errorf("account: the policy's Version is %q: RAM knows \"1\"", document.Version)
	case len(document.Statement) == 0:
		return Policy{}, errors.New("account: the policy has no Statement")
	}
	p := Policy{statements: make([]statement, len(document.Statement))}
	for i, text := range document.Statement {
		s := &p.statements[i]
		err := strict(text, s)
		if err == nil {
			err = s.check()
		}
		if err != nil {
			return Policy{}, fmt.Errorf("account: Statement[%d]: %w; a statement has Effect, Action and Resource, and nothing else is supported here, such as Condition, NotAction, NotResource or Principal", i, err)
		}
	}
	return p, nil
}

// strict decodes by exact names, without the name of the package that does.
func strict(text []byte, v any) error {
	err := exactjson.Strict(text, v)
	if err == nil {
		return nil
	}
	return errors.New(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "exactjson: "), "json: "))
}

func (s *statement) check() error {
	switch {
	case s.Effect != "Allow" && s.Effect != "Deny":
		return fmt.Errorf("its Effect is %q: use Allow or Deny", s.Effect)
	case len(s.Action) == 0:
		return errors.New("it has no Action")
	case len(s.Resource) == 0:
		return errors.New("it has no Resource")
	}
	for i, action := range s.Action {
		if !possibleAction(action) {
			return fmt.Errorf("its Action %q is none: use <service>:<action>, such as eventbridge:PutEvents or eventbridge:*, or *", action)
		}
		s.Action[i] = strings.ToLower(action)
	}
	for _, resource := range s.Resource {
		if !possibleResource(resource) {
			return fmt.Errorf("its Resource %q is none: use acs:<service>:<region>:<account>:<resource>, with the service in lower case, such as acs:eventbridge:*:*:eventbus/*, or *", resource)
		}
	}
	return nil
}

// possibleAction tells whether a pattern can match an action: a service and a
// name with a colon between them, which a star may stand for.
func possibleAction(pattern string) bool {
	outside := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.:*?", r)
	}
	if strings.ContainsFunc(pattern, outside) {
		return false
	}
	service, name, found := strings.Cut(pattern, ":")
	if !found {
		return strings.Contains(pattern, "*")
	}
	return service != "" && name != "" && !strings.Contains(name, ":")
}

// possibleResource tells whether a pattern can match the name of a resource, as
// far as that stands before its first star or question mark.
func possibleResource(pattern string) bool {
	const parts = 5 // acs, service, region, account and what the service calls it
	literal := pattern
	at := strings.IndexAny(pattern, "*?")
	if at >= 0 {
		literal = pattern[:at]
	}
	is := strings.SplitN(literal, ":", parts)
	switch {
	case at < 0 && (len(is) < parts || is[parts-1] == ""), strings.TrimSpace(pattern) != pattern:
		return false
	case len(is) == 1:
		return strings.HasPrefix("acs", is[0])
	}
	// Without a star, what follows must bring the colons that are missing.
	enough := at < 0 || strings.Contains(pattern[at:], "*") || strings.Count(pattern, ":") >= parts-1
	return is[0] == "acs" && is[1] == strings.ToLower(is[1]) && enough
}

// Authorize fails with AccessDenied, naming the action, unless the key's
// policies allow an action such as "eventbridge:CreateRule" on a resource. What
// one statement denies no other can allow.
//
// Actions are compared without regard to case. Whether RAM does so with
// resources is not published: they are compared as they are written, as names of
// buses and rules are everywhere.
func (k Key) Authorize(action, resource string) error {
	if k.User == "" {
		return nil
	}
	lower, allowed := strings.ToLower(action), false
	for _, p := range k.Policies {
		for _, s := range p.statements {
			if !s.Action.match(lower) || !s.Resource.match(resource) {
				continue
			}
			if s.Effect == "Deny" {
				return denied(action, resource, k.User, true)
			}
			allowed = true
		}
	}
	if !allowed {
		return denied(action, resource, k.User, false)
	}
	return nil
}

func denied(action, resource, user string, explicit bool) error {
	why := "no policy allows it"
	if explicit {
		why = "a policy denies it"
	}
	return &Error{Code: "AccessDenied", Status: http.StatusForbidden, Action: action, Explicit: explicit,
		Text: fmt.Sprintf("The RAM user %s is not authorized to perform %s on %s: %s.", user, action, resource, why)}
}

func (l oneOrMore) match(text string) bool {
	for _, pattern := range l {
		if wildcard(pattern, text) {
			return true
		}
	}
	return false
}

// wildcard tells whether text is what pattern says: '*' stands for any text,
// '/' and ':' included, and '?' for one character.
func wildcard(pattern, text string) bool {
	p, t, star, from := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0: // the last star takes one more
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
