package learn

import "github.com/pai-notify/pai-notify/shared/event"

// propose finds the overrides that would make the kinds known.
func (r *Report) propose(*event.Catalogue) { r.Proposals, r.Undecided = nil, nil }
