package archive

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

func TestASearchOfALedgerSaysHowFarItLooked(t *testing.T) {
	k := newKept(t)
	for n := range 20 {
		r := ledger.Result{State: ledger.Sent}
		if n%2 == 1 {
			r = dead
		}
		k.add(fmt.Sprintf("n%02d", n), r, func(e *ledger.Entry) { e.Job, e.JobName = fmt.Sprint("dlc", n%5), fmt.Sprint("Train-", n%4) })
	}
	for name, c := range map[string]struct {
		q     local.Query
		most  int
		found int
		ends  int
		whole bool
	}{
		"everything, as far as it looks": {local.Query{}, 10, 3, 10, false},
		"everything":                     {local.Query{}, 21, 3, 20, true},
		"a job's id":                     {local.Query{About: "dlc3"}, 10, 3, 4, true},
		"a job's name":                   {local.Query{About: "Train-1"}, 10, 0, 0, true},
		"a job's name, as a word":        {local.Query{Words: [][]string{{"tRAIN-1"}}}, 10, 2, 2, false},
		"a word of the outcome":          {local.Query{Words: [][]string{{"no SUCH"}}}, 10, 3, 5, false},
		"a word of a kept event":         {local.Query{Words: [][]string{{"acs.paidlc"}}}, 10, 3, 5, false},
		"all words":                      {local.Query{Words: [][]string{{"no such"}, {"train-3", "?"}}}, 10, 3, 3, false},
		"an old one, not reached":        {local.Query{Named: []string{"en00"}}, 10, 0, 0, false},
		"an old one":                     {local.Query{Named: []string{"en00"}}, 21, 1, 1, true},
		"by the type of a kept event":    {local.Query{Named: []string{"paidlc:JobStateChange:JobFailed"}}, 21, 3, 10, true},
		"dead ones, which have an index": {local.Query{States: []local.State{local.Dead}}, 11, 3, 10, true},
		"sent ones, which have none":     {local.Query{States: []local.State{local.Sent}}, 10, 3, 5, false},
		"for a receiver":                 {local.Query{Receiver: "oncall"}, 21, 3, 20, true},
		"for nobody":                     {local.Query{Receiver: "lark"}, 21, 0, 0, true},
		"of one event":                   {local.Query{Beside: "n07"}, 21, 1, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			c.q.Limit = 3
			page, ends, _, back, err := k.Search(t.Context(), c.q, c.most, true)
			require.NoError(t, err)
			assert.Len(t, page, c.found)
			assert.Len(t, ends, c.ends)
			assert.Equal(t, c.whole, back.IsZero())
			if !c.whole {
				assert.WithinDuration(t, k.now, back, time.Duration(c.most+1)*time.Minute)
			}
		})
	}
	ids := map[string]bool{}
	for q := (local.Query{Limit: 3, Words: [][]string{{"no such"}}}); ; {
		page, _, next, _, err := k.Search(t.Context(), q, 5, false)
		require.NoError(t, err)
		for _, n := range page {
			assert.False(t, ids[n.ID], n.ID)
			ids[n.ID] = true
		}
		if q.After = next; q.After == "" {
			break
		}
	}
	assert.Len(t, ids, 10, "the pages join")
}
