package redeliver

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// formerFor is how long a bus is looked after that the function served before: what
// waits there goes on, or ends, within a day.
const formerFor = 3 * 24 * time.Hour

// serving is what the control row "redeliver/<function>" has.
type serving struct {
	Bus string `json:"bus"`
	// Former says of buses until when they were served.
	Former map[string]time.Time `json:"former,omitempty"`
}

// former returns the buses that the function served before: a workspace that is
// renamed has another bus, and what waits for the old one would wait for ever.
func (f *Function) former(ctx context.Context) ([]string, error) {
	if f.Name == "" {
		return nil, nil
	}
	var s serving
	_, err := f.Ledger.Update(ctx, "redeliver/"+f.Name, func(value []byte) ([]byte, bool) {
		s = serving{}
		if len(value) > 0 && json.Unmarshal(value, &s) != nil {
			s = serving{} // it is written anew
		}
		before := len(s.Former)
		maps.DeleteFunc(s.Former, func(_ string, until time.Time) bool { return f.Now().Sub(until) > formerFor })
		if s.Bus == f.Bus && len(s.Former) == before {
			return value, false
		}
		if s.Former == nil {
			s.Former = map[string]time.Time{}
		}
		if s.Bus != "" && s.Bus != f.Bus {
			s.Former[s.Bus] = f.Now().UTC()
		}
		delete(s.Former, f.Bus)
		s.Bus = f.Bus
		text, err := json.Marshal(s)
		return text, err == nil
	})
	return slices.Sorted(maps.Keys(s.Former)), err
}

// workspaceOf returns the name of the workspace whose bus it is, which owns the
// rules of a document that names no owner.
func workspaceOf(bus string) string { return strings.TrimPrefix(bus, "pai-system-") }
