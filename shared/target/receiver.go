package target

import (
	"encoding/json"

	"github.com/pai-notify/pai-notify/shared/message"
)

// Receiver is one target as the bus carries it beside an event: the type,
// what to call it, the language to write in, and the type's own parameters.
type Receiver struct {
	Type string `json:"type"`
	// Name tells the targets of one rule apart; it is part of the
	// notification's id and stands in outcomes.
	Name     string           `json:"name"`
	Language message.Language `json:"language,omitempty"`
	// Parameters are decoded by the type's [Spec]; secrets in them are
	// references wherever the document used references.
	Parameters json.RawMessage `json:"parameters,omitempty"`
}
