package aws

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/pai-notify/pai-notify/shared/bus"
)

// named is how many of the refused entries of a call an error names.
const named = 20

// refusals are the entries of a call, targets or events, that were not taken.
type refusals struct {
	entries []string
	first   *bus.Error
	mixed   bool // they were refused for different kinds of reasons
}

// entryError is why the service did not take one entry of a call.
func (b *Bus) entryError(code, text *string) *bus.Error {
	return &bus.Error{Kind: kindOf(aws.ToString(code), 0), Code: aws.ToString(code), Text: b.keys.redact(aws.ToString(text))}
}

// add notes that an entry was not taken, and why.
func (r *refusals) add(entry string, err error) {
	e, ok := errors.AsType[*bus.Error](err)
	if !ok {
		e = &bus.Error{Cause: err}
	}
	why := strings.TrimSpace(e.Code + " " + e.Text)
	if e.Text == "" && e.Cause != nil {
		why = strings.TrimSpace(e.Code + " " + e.Cause.Error())
	}
	r.entries = append(r.entries, entry+": "+why)
	if r.first == nil {
		r.first = e
	}
	r.mixed = r.mixed || r.first.Kind != e.Kind
}

// err returns what was not taken as one error, of the kind that all have in
// common; nil when everything was.
func (r *refusals) err(action, resource string) error {
	if r.first == nil {
		return nil
	}
	e := &bus.Error{Kind: r.first.Kind, Action: action, Resource: resource, Code: r.first.Code, Cause: r.first.Cause}
	if r.mixed {
		e.Kind, e.Code = bus.Other, ""
	}
	shown := r.entries
	if len(shown) > named {
		shown = append(shown[:named:named], fmt.Sprintf("and %d more", len(r.entries)-named))
	}
	e.Text = fmt.Sprintf("%d not taken: %s", len(r.entries), strings.Join(shown, "; "))
	return e
}
