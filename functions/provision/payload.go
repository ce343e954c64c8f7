package provision

import (
	"cmp"
	"fmt"
	"os"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// PayloadVariable is "yes" where a payload may bring its own document and its
// own options. Without it the function applies the document of its package, with
// the options that its deployment gave it, whatever it is invoked with: who may
// invoke it chooses neither receivers nor somebody else's rules.
const PayloadVariable = "PAI_NOTIFY_PAYLOAD_DOCUMENT"

// asked is what a payload brings beside what the function was deployed with.
type asked struct {
	document []byte
	// documentKey is what the payload calls the document, and keys the options.
	documentKey string
	keys        struct{ owner, takeOver, deleteCopies, prefix, deadLetter string }
	options     provision.Options
	deadLetter  string
}

// resolve returns what the function works with, or what the payload may not ask
// for.
func (a asked) resolve() (w *workspace.Workspace, o provision.Options, deadLetter string, err error) {
	trusted, err := payloadTrusted()
	if err != nil {
		return nil, o, "", err
	}
	text, name := a.document, a.documentKey
	switch {
	case len(text) > 0 && !trusted:
		return nil, o, "", notTrusted(a.documentKey)
	case len(text) == 0:
		if text, name, err = workspace.Configured("provision"); err != nil {
			return nil, o, "", err
		}
	}
	if w, err = workspace.Parse(text, name, functions.Register()...); err != nil {
		return nil, o, "", err
	}
	deadLetter = os.Getenv(provision.DeadLetterVariable)
	if !trusted {
		// What only repeats the deployment asks for nothing.
		for _, option := range []struct {
			key   string
			asked bool
		}{
			{a.keys.prefix, a.options.Prefix != "" && a.options.Prefix != cmp.Or(os.Getenv(provision.PrefixVariable), policy.DefaultPrefix)},
			{a.keys.owner, a.options.Owner != "" && a.options.Owner != cmp.Or(w.Owner, w.Name)},
			{a.keys.takeOver, a.options.TakeOver != ""},
			{a.keys.deleteCopies, a.options.DeleteCopies},
			{a.keys.deadLetter, a.deadLetter != "" && a.deadLetter != deadLetter},
		} {
			if option.asked {
				return nil, o, "", notTrusted(option.key)
			}
		}
	}
	o = a.options
	o.Prefix = cmp.Or(o.Prefix, os.Getenv(provision.PrefixVariable))
	o, err = o.Complete()
	return w, o, cmp.Or(a.deadLetter, deadLetter), err
}

func payloadTrusted() (bool, error) {
	switch value := os.Getenv(PayloadVariable); value {
	case "yes":
		return true, nil
	case "", "no":
		return false, nil
	default:
		return false, fmt.Errorf("provision: %s is %q: use yes, or leave it out", PayloadVariable, value)
	}
}

func notTrusted(key string) error {
	return fmt.Errorf("provision: %s is not taken from a payload: this function works with the document of its package and the variables of its deployment; change those, or set %s=yes, which lets everybody who may invoke it choose receivers and rules", key, PayloadVariable)
}
