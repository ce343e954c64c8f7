package bus

import "context"

// Address is how a target stands on a bus, as the service tells it.
type Address struct {
	Rule string `json:"rule"`
	ID   string `json:"id"`
	// Type is the service's word for what is invoked, and Endpoint what names it.
	Type     string `json:"type"`
	Endpoint string `json:"endpoint"`
	// Ours tells that this project would have written the same.
	Ours bool `json:"ours"`
	// Parameters are in the order of the service. What may hold a secret, or what
	// somebody is sent, stands there by its length alone.
	Parameters []Parameter `json:"parameters,omitempty"`
	// Form is the same as a form that this project can be told to write; empty
	// where it cannot.
	Form string `json:"form,omitempty"`
}

// Parameter is one parameter of a target.
type Parameter struct {
	Name  string `json:"name"`
	Form  string `json:"form,omitempty"`
	Value string `json:"value"`
}

// Addresses tells how the targets of a bus address what they invoke. A [Bus] may
// be one too.
type Addresses interface {
	// Addresses returns the targets of the named rules, by rule and id.
	Addresses(ctx context.Context, bus string, rules []string) ([]Address, error)
}
