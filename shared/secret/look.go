package secret

import (
	"context"
	"strings"
	"sync"
)

// Missing is a reference that leads to no value.
type Missing struct {
	Reference string `json:"reference"`
	// Reason says why, without a value.
	Reason string `json:"reason"`
	// Unknown tells that a value may be there: the store did not answer.
	Unknown bool `json:"unknown,omitempty"`
}

// maxLooks is how many references are looked up at the same time.
const maxLooks = 8

// Look returns which of the references lead to no value that ctx declares and
// this process has, in their order. Nothing is sent.
func Look(ctx context.Context, references []string) []Missing {
	ctx = Fresh(ctx)
	reasons := make([]error, len(references))
	var all sync.WaitGroup
	places := make(chan struct{}, maxLooks)
	for i, reference := range references {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			if _, _, ok := Secret(reference).reference(); !ok {
				reasons[i] = permanent(errMalformed)
				return
			}
			_, reasons[i] = Secret(reference).Reveal(ctx)
		})
	}
	all.Wait()
	missing := []Missing{}
	for i, err := range reasons {
		if err != nil {
			missing = append(missing, Missing{references[i], strings.TrimPrefix(err.Error(), "target: "), !isPermanent(err)})
		}
	}
	return missing
}
