package phone

import (
	"errors"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Class is what a code means for the message.
type Class int

// The classes.
const (
	// Final is for what a person has to change first.
	Final Class = iota
	// Transient may pass at once.
	Transient
	// Later passes after the row's Wait.
	Later
	// Flow passes after a wait that the platform's words name.
	Flow
	// Correct may be overcome once, by stricter variables.
	Correct
	// Doubtful is a failure that the platform itself reports of a message, after
	// which its records are asked.
	Doubtful
	// Unsure is a failure on the way after which nobody knows, not even the one
	// who reports it.
	Unsure
)

// Row is what one code means. A Code that ends in "*" is for all codes that
// begin so.
type Row struct {
	Code   string
	Class  Class
	Wait   time.Duration
	Advice message.Text
}

// Table is the codes of one API.
type Table []Row

func (t Table) find(code string) (Row, bool) {
	for _, row := range t {
		if prefix, ok := strings.CutSuffix(row.Code, "*"); row.Code == code || ok && strings.HasPrefix(code, prefix) {
			return row, true
		}
	}
	return Row{}, false
}

// Correctable is a refusal that stricter variables may overcome.
type Correctable struct{ *target.Refusal }

// Unwrap gives out the refusal.
func (c *Correctable) Unwrap() error { return c.Refusal }

// IsCorrectable tells whether err is a refusal of the variables.
func IsCorrectable(err error) bool {
	_, ok := errors.AsType[*Correctable](err)
	return ok
}

// Corrected marks what is left of a refusal after the correction.
func Corrected(err error) error {
	if c, ok := errors.AsType[*Correctable](err); ok {
		return target.Permanent(c.Refusal)
	}
	return err
}

// refuse marks a refusal by its row.
func (row Row) refuse(r *target.Refusal) error {
	switch row.Class {
	case Transient:
		return r
	case Later:
		return target.RetryAfter(row.Wait, r)
	case Flow:
		return target.RetryAfter(flowWait(r.Text), r)
	case Correct:
		return &Correctable{r}
	case Doubtful:
		return &Doubt{Refused: true, refusal: r}
	case Unsure:
		return &Doubt{refusal: r}
	default:
		return target.Permanent(r)
	}
}

// flowWait returns how long a flow control lasts. Its words name the level, as
// in "触发分钟级流控Permits:1"; without one an hour is between too soon and
// too late.
func flowWait(text string) time.Duration {
	lower := strings.ToLower(text)
	for _, level := range [...]struct {
		zh, en string
		wait   time.Duration
	}{
		{"分钟", "minute", time.Minute},
		{"小时", "hour", time.Hour},
		{"天", "day", 24 * time.Hour},
	} {
		if strings.Contains(lower, level.zh) || strings.Contains(lower, level.en) {
			return level.wait
		}
	}
	return time.Hour
}
