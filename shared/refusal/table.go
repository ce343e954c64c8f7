// Package refusal classifies the errors of a platform by one table of its codes.
// When a refusal asks for a correction, it corrects the message and sends it once
// more, in the same way for all platforms.
package refusal

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Mark marks a refusal by what it means for the message.
type Mark func(*target.Refusal) error

// Gone is for a receiver that no longer exists.
func Gone(r *target.Refusal) error { return target.Gone(r) }

// Transient is for what may pass at once.
func Transient(r *target.Refusal) error { return r }

// Later is for what passes after a wait.
func Later(wait time.Duration) Mark {
	return func(r *target.Refusal) error { return target.RetryAfter(wait, r) }
}

// Fix names what may be corrected in a message after a refusal.
type Fix string

// Row is what one code means, or several.
type Row struct {
	// Codes are separated by blanks. One that ends in "*" stands for all codes
	// that begin so.
	Codes string
	// Words tell the meanings of one code apart: one of them is in the platform's
	// text. One with "…" in it is there when its parts are, in this order. They
	// are in lower case; a row without any is for every text.
	Words []string
	// Unless are like Words, and none of them is in the text.
	Unless []string
	// Fix is what a corrected message may overcome; empty for nothing.
	Fix Fix
	// Mark marks the refusal otherwise, as permanent when it is nil.
	Mark Mark
	// Advice is one line on what a person can do.
	Advice message.Text
}

// Table has the codes of one platform, the narrower row of a code first.
type Table []Row

// Find returns the first row for a code and the text that came with it.
func (t Table) Find(code, text string) (Row, bool) {
	text = strings.ToLower(text)
	i := slices.IndexFunc(t, func(r Row) bool {
		return r.has(code) && (r.Words == nil || speaksOf(text, r.Words)) && !speaksOf(text, r.Unless)
	})
	if i < 0 {
		return Row{}, false
	}
	return t[i], true
}

// Advice returns what the rows advise.
func (t Table) Advice() []message.Text {
	all := make([]message.Text, 0, len(t))
	for _, r := range t {
		all = append(all, r.Advice)
	}
	return all
}

// Refuse returns the refusal as the row for its code and text says; the table has
// one for every code.
func (t Table) Refuse(r *target.Refusal, l message.Language) error {
	row, _ := t.Find(r.Code, r.Text)
	return row.Refuse(r, l)
}

func (r Row) has(code string) bool {
	for one := range strings.FieldsSeq(r.Codes) {
		if prefix, begins := strings.CutSuffix(one, "*"); one == code || begins && strings.HasPrefix(code, prefix) {
			return true
		}
	}
	return false
}

func speaksOf(text string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool {
		rest := text
		for part := range strings.SplitSeq(word, "…") {
			_, after, found := strings.Cut(rest, part)
			if !found {
				return false
			}
			rest = after
		}
		return true
	})
}

// Refuse returns the refusal with the row's advice and mark.
func (r Row) Refuse(refused *target.Refusal, l message.Language) error {
	refused.Advice = r.Advice.In(l)
	switch {
	case r.Fix != "":
		return &correctable{refused, r.Fix}
	case r.Mark != nil:
		return r.Mark(refused)
	}
	return target.Permanent(refused)
}

// correctable is a refusal that a corrected message may overcome.
type correctable struct {
	*target.Refusal
	fix Fix
}

// Unwrap gives out the refusal.
func (c *correctable) Unwrap() error { return c.Refusal }

func asCorrectable(err error) (*correctable, bool) { return errors.AsType[*correctable](err) }
