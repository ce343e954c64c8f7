package aws

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/rule"
)

// Patterns returns the patterns that AWS is given for those of a rule, in the
// dialect of AWS and about the envelope.
func Patterns(patterns []*rule.Pattern) ([]*rule.Pattern, error) {
	list := make([]*rule.Pattern, len(patterns))
	for i, p := range patterns {
		text, err := wrap(p.String())
		if err != nil {
			return nil, err
		}
		if list[i], err = rule.Compile(rule.AWS, []byte(text)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Envelope returns an event as rules on AWS see it once [Bus.PutEvents] has
// published it. It fails for one that AWS does not take.
func Envelope(e event.Event) ([]byte, error) {
	entry := entryOf("", e)
	if size := sizeOf(entry); size > callBytes {
		return nil, &bus.Error{Kind: bus.Invalid, Text: tooLarge(size)}
	}
	// The service adds its own version, id, account, time, region and resources,
	// which no pattern of ours asks for.
	return json.Marshal(struct {
		ID         string          `json:"id"`
		Source     string          `json:"source"`
		DetailType string          `json:"detail-type"`
		Time       time.Time       `json:"time,omitzero"`
		Detail     json.RawMessage `json:"detail"`
	}{e.ID(), *entry.Source, *entry.DetailType, e.Time(), json.RawMessage(*entry.Detail)})
}

func tooLarge(size int) string {
	return fmt.Sprintf("it has %d bytes where EventBridge takes %d", size, callBytes)
}
