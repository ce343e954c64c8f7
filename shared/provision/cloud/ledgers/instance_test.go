package ledgers

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
)

// region is where names of instances are taken or free, and where a new instance is
// known after some looks.
type region struct {
	*memory.Store
	there   map[string]bool // the account's own, or not
	unknown int
	hidden  bool
	made    []string
}

func (r *region) Instance(_ context.Context, name string) error {
	if r.hidden {
		return &bus.Error{Kind: bus.Denied, Action: "ots:GetInstance", Resource: name}
	}
	if !r.there[name] {
		return &bus.Error{Kind: bus.NotFound, Action: "ots:GetInstance", Resource: name}
	}
	return nil
}

func (r *region) CreateInstance(_ context.Context, name string) error {
	if _, taken := r.there[name]; taken {
		return &bus.Error{Kind: bus.Exists, Action: "ots:CreateInstance", Resource: name, Text: "it is there"}
	}
	r.there[name] = true
	r.made = append(r.made, "instance "+name)
	return nil
}

func (r *region) Missing(context.Context) ([]string, error) { return []string{"table t"}, nil }

func (r *region) Create(context.Context) error {
	if r.unknown--; r.unknown >= 0 {
		return &bus.Error{Kind: []bus.Kind{bus.Unavailable, bus.NotFound}[r.unknown%2], Action: "ots:DescribeTable", Text: "no such host"}
	}
	r.made = append(r.made, "tables")
	return nil
}

func TestAnInstanceIsMadeWhereThereIsNone(t *testing.T) {
	for name, c := range map[string]struct {
		there   map[string]bool
		missing string
		made    []string
		fails   string
	}{
		"none":                        {map[string]bool{}, "instance lab of Tablestore in cn-hangzhou, with the tables and indexes", []string{"instance lab", "tables"}, ""},
		"one":                         {map[string]bool{"lab": true}, "table t", []string{"tables"}, ""},
		"one that is somebody else's": {map[string]bool{"lab": false}, "instance lab of Tablestore in cn-hangzhou, with the tables and indexes", nil, "the name lab is somebody else's in cn-hangzhou"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &region{Store: memory.New(), there: c.there}
			if name == "none" {
				r.unknown = 4 // the new instance's name is not known yet
			}
			var l ledger.Maker = &onInstance{tables: r, instances: r, name: "lab", region: "cn-hangzhou", pause: time.Nanosecond}
			missing, err := l.Missing(t.Context())
			require.NoError(t, err)
			assert.Equal(t, []string{c.missing}, missing)
			err = l.Create(t.Context())
			assert.Equal(t, c.made, r.made)
			if c.fails != "" {
				assert.ErrorContains(t, err, c.fails)
				return
			}
			assert.NoError(t, err)
		})
	}
}

func TestAnInstanceThatWasThereIsNotWaitedFor(t *testing.T) {
	r := &region{Store: memory.New(), there: map[string]bool{"lab": true}, unknown: 1}
	l := &onInstance{tables: r, instances: r, name: "lab", region: "cn-hangzhou", pause: time.Hour}
	assert.Equal(t, bus.Unavailable, bus.KindOf(l.Create(t.Context())))
}

func TestWhoMayNotAskForAnInstanceMayUseItsTables(t *testing.T) {
	r := &region{Store: memory.New(), hidden: true}
	l := &onInstance{tables: r, instances: r, name: "lab", region: "cn-hangzhou"}
	missing, err := l.Missing(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"table t"}, missing)
	require.NoError(t, l.Create(t.Context()))
	assert.Equal(t, []string{"tables"}, r.made)
}
