package lark

import (
	"strconv"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
	"github.com/pai-notify/pai-notify/shared/target"
)

// second and window are the times in which messages are counted.
const (
	second = time.Second
	window = time.Minute
)

// What a refusal may ask for, besides a fresh signature.
const (
	shorten  refusal.Fix = "shorten"
	hide     refusal.Fix = "hide numbers and addresses"
	simplify refusal.Fix = "use a plainer style"
	reword   refusal.Fix = "write the keyword"
)

// cardRefused is the code around those of cards.
const cardRefused = "230099"

// ofCard tells whether a code says why a card was refused, as they stand
// inside the text of cardRefused. That all from 200000 to 200999 do is
// inferred from those that were seen.
func ofCard(code int64) bool {
	return code == 11310 || code == 100290 || (code >= 200000 && code <= 200999)
}

// refused classes a code other than 0. Functions that sent too much in one second
// wait for a pause each, not to come back together.
func refused(code int64, status int, text string, l message.Language, pause time.Duration) error {
	r := &target.Refusal{Platform: platform, Status: status, Code: strconv.FormatInt(code, 10), Text: text}
	listed := r.Code
	if ofCard(code) {
		listed, text = cardRefused, r.Code+" "+text
	}
	row, _ := codes.Find(listed, text)
	err := row.Refuse(r, l)
	if wait, ok := target.Wait(err); ok && wait == second {
		return target.RetryAfter(pause, r)
	}
	return err
}
