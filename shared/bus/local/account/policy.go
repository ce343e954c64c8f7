package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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
// heed, conditions above all: a policy that means less than it says is none.
func ParsePolicy(text []byte) (Policy, error) {
	var document struct {
		Version   string
		Statement []statement
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&document); err != nil {
		return Policy{}, fmt.Errorf("account: a policy holds Version and Statement, and a statement Effect, Action and Resource: %w", err)
	}
	if decoder.More() {
		return Policy{}, errors.New("account: something follows the policy")
	}
	if document.Version != "1" {
		return Policy{}, fmt.Errorf("account: the policy's Version is %q: RAM knows \"1\"", document.Version)
	}
	for i, s := range document.Statement {
		switch {
		case s.Effect != "Allow" && s.Effect != "Deny":
			return Policy{}, fmt.Errorf("account: Statement[%d]: Effect is %q: use Allow or Deny", i, s.Effect)
		case len(s.Action) == 0:
			return Policy{}, fmt.Errorf("account: Statement[%d] has no Action", i)
		case len(s.Resource) == 0:
			return Policy{}, fmt.Errorf("account: Statement[%d] has no Resource", i)
		}
	}
	return Policy{document.Statement}, nil
}

// Authorize fails with AccessDenied, naming the action, unless the key's
// policies allow an action such as "eventbridge:CreateRule" on a resource. What
// one statement denies no other can allow.
func (k Key) Authorize(action, resource string) error {
	if k.User == "" {
		return nil
	}
	allowed := false
	for _, p := range k.Policies {
		for _, s := range p.statements {
			if !s.Action.match(action) || !s.Resource.match(resource) {
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
