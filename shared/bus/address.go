package bus

import "context"

// Address is how a target on a bus addresses what it invokes, as the service
// reports it.
type Address struct {
	Rule string `json:"rule"`
	ID   string `json:"id"`
	// Type is the service's word for what is invoked, and Endpoint names it.
	Type     string `json:"type"`
	Endpoint string `json:"endpoint"`
	// Ours is true when this project would have written the same address.
	Ours bool `json:"ours"`
	// Parameters are in the order of the service. Of what may hold a secret, or a
	// text that somebody is sent, only the length is shown.
	Parameters []Parameter `json:"parameters,omitempty"`
	// Form is the form, of those that this project can be told to write, that
	// gives this address; empty when none does.
	Form string `json:"form,omitempty"`
}

// Parameter is one parameter of a target.
type Parameter struct {
	Name  string `json:"name"`
	Form  string `json:"form,omitempty"`
	Value string `json:"value"`
}

// Addresses returns how the targets of a bus address what they invoke. A [Bus] may
// implement it.
type Addresses interface {
	// Addresses returns the targets of the named rules, by rule and id.
	Addresses(ctx context.Context, bus string, rules []string) ([]Address, error)
}
