package lark

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// window is the minute in which messages are counted.
const window = time.Minute

// fix is what may be corrected after a refusal.
type fix int

const (
	shorten fix = iota + 1
	resign
	hide
	simplify
	reword
)

// correctable is a refusal that a corrected request may overcome.
type correctable struct {
	*target.Refusal
	fix fix
}

// Unwrap gives out the refusal.
func (c *correctable) Unwrap() error { return c.Refusal }

// row is what one code means.
type row struct {
	code int64
	// words tell apart the meanings of one code; a row without any is for
	// every other text. They are compared in lower case.
	words  []string
	mark   func(error) error
	fix    fix
	advice message.Text
}

func later(wait time.Duration) func(error) error {
	return func(err error) error { return target.RetryAfter(wait, err) }
}

func transient(err error) error { return err }

// cardRefused is the code around those of cards.
const cardRefused = 230099

// ofCard tells whether a code says why a card was refused, as they stand
// inside the text of cardRefused. That all from 200000 to 200999 do is
// inferred from those that were seen.
func ofCard(code int64) bool {
	return code == 11310 || code == 100290 || (code >= 200000 && code <= 200999)
}

// refusal classes a code other than 0. A code that is not in the table may be
// transient: the error is unmarked and keeps the code.
func refusal(code int64, status int, text string, l message.Language, pause time.Duration) error {
	r := &target.Refusal{Platform: platform, Status: status, Code: strconv.FormatInt(code, 10), Text: text}
	lower := strings.ToLower(text)
	if ofCard(code) {
		code, lower = cardRefused, r.Code+" "+lower
	}
	i := slices.IndexFunc(rows, func(row row) bool {
		return row.code == code && (row.words == nil || slices.ContainsFunc(row.words, func(w string) bool {
			return strings.Contains(lower, w)
		}))
	})
	if i < 0 {
		r.Advice = unknownAdvice.In(l)
		return r
	}
	r.Advice = rows[i].advice.In(l)
	switch {
	case rows[i].fix != 0:
		return &correctable{r, rows[i].fix}
	case rows[i].mark == nil:
		return target.RetryAfter(pause, r)
	}
	return rows[i].mark(r)
}
