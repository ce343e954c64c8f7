package refusal

import (
	"bytes"

	"github.com/pai-notify/pai-notify/shared/target"
)

// Draft is a message on its way into a request.
type Draft[D any] interface {
	// Body is what is sent of the message, the same each time.
	Body() ([]byte, error)
	// Corrected returns the draft with a correction made; false when that one
	// cannot be made, or not once more.
	Corrected(Fix) (D, bool)
}

// Resign asks for a fresh signature. It is the one correction that leaves the
// body as it is, so it is made once.
const Resign Fix = "resign"

// Send sends a draft by post. What an answer asks to be corrected is corrected,
// one thing after another, unless that would change nothing: the refusal is
// permanent then. It returns the receipt with the draft as it was taken.
func Send[D Draft[D]](d D, post func(body []byte) (target.Receipt, error)) (target.Receipt, D, error) {
	resigned := false
	body, err := d.Body()
	if err != nil {
		return target.Receipt{}, d, target.Permanent(err)
	}
	for {
		receipt, err := post(body)
		if err == nil {
			return receipt, d, nil
		}
		refused, ok := asCorrectable(err)
		if !ok {
			return target.Receipt{}, d, err
		}
		again, ok := d.Corrected(refused.fix)
		text, err := again.Body()
		same := bytes.Equal(text, body)
		if refused.fix == Resign {
			same, resigned = resigned, true
		}
		if !ok || err != nil || same {
			return target.Receipt{}, again, target.Permanent(refused.Refusal)
		}
		d, body = again, text
	}
}
