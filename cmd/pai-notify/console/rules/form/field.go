package form

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// Field is one parameter of a target.
type Field struct {
	edit.Field
	// ID is its name in the form.
	ID string
	// Value is what is shown. Of a secret nothing is shown: Token stands for it.
	Value, Token string
	// Odd tells that a line of secrets had no name, so that it was dropped: it
	// may be a secret as a whole.
	Odd    bool
	Errors []string
	// local tells that the functions run on this machine, in this process.
	local bool
}

// Unset are the variables that the field refers to and this machine does not
// have.
func (f *Field) Unset() []string {
	var list []string
	for _, name := range secret.Variables(f.references()) {
		if !secret.Set(name) {
			list = append(list, name)
		}
	}
	return list
}

// references are the texts of the field in which references can stand.
func (f *Field) references() json.RawMessage {
	texts := []string{f.Token, f.Value}
	if f.Kind == edit.Map {
		texts = slices.AppendSeq(slices.Collect(maps.Values(entries(f.Token))), maps.Values(entries(f.Value)))
	}
	text, _ := json.Marshal(texts) // texts can always be written
	return text
}

// State says what is known of the secret: "set", "unset" on the machine where
// its function runs, "unchecked" where it runs elsewhere, and "elsewhere" when
// it can be read on AWS alone.
func (f *Field) State() string {
	switch {
	case !censor.IsReference(f.Token):
		return "set"
	case !f.local:
		return "unchecked"
	case !strings.HasPrefix(f.Token, "env:"):
		return "elsewhere"
	case len(f.Unset()) > 0, len(secret.Variables(f.references())) == 0:
		return "unset"
	}
	return "set"
}

// Warns is the key of what is to be said of variables that are not set.
func (f *Field) Warns() string {
	if f.local {
		return "secret.unset.local"
	}
	return "secret.unset.cloud"
}

// Shown is what a person may know of a secret: its reference.
func (f *Field) Shown() string {
	if censor.IsReference(f.Token) {
		return f.Token
	}
	return ""
}

// Important tells that the field stands in view; the others are folded away.
func (f *Field) Important() bool {
	return f.Required || f.Kind == edit.Secret || f.Token != "" || f.Value != "" || len(f.Errors) > 0
}
