package local_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

func TestEveryPageIsSearchedUntilThereAreEnough(t *testing.T) {
	const all = 2500
	history := func(_ context.Context, q local.Query) ([]local.Notification, error) {
		from := all
		if q.After != "" {
			_, err := fmt.Sscanf(q.After, "%d-1", &from)
			require.NoError(t, err)
		}
		var page []local.Notification
		for i := from - 1; i >= 0 && len(page) < q.Limit; i-- {
			page = append(page, local.Notification{ID: fmt.Sprintf("%d-1", i), Rule: fmt.Sprint("r", i%10)})
		}
		return page, nil
	}
	tenth := func(n local.Notification) bool { return n.Rule == "r0" }
	oldest := func(n local.Notification) bool { return n.ID == "0-1" }
	for name, c := range map[string]struct {
		limit int
		keep  func(local.Notification) bool
		want  int
		last  string
	}{
		"all, where the first is not kept":    {0, tenth, all / 10, "0-1"},
		"one, which is on the last page":      {1, oldest, 1, "0-1"},
		"all, of which the last page has one": {0, oldest, 1, "0-1"},
		"more than a page":                    {1200, nil, 1200, "1300-1"},
		"all of them":                         {0, nil, all, "0-1"},
		"some":                                {3, tenth, 3, "2470-1"},
		"none that is kept":                   {0, func(local.Notification) bool { return false }, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := local.Query{}.Find(t.Context(), history, c.limit, c.keep)
			require.NoError(t, err)
			require.Len(t, list, c.want)
			if c.want > 0 {
				assert.Equal(t, c.last, list[c.want-1].ID)
			}
		})
	}
}

func TestATargetIsKnownByItsTypeItsNameAndItsID(t *testing.T) {
	known := local.Notification{Target: "on-call-1a2b3c4d", Receiver: "dingtalk/on call"}
	for target, want := range map[string]bool{
		"dingtalk/on call": true, "dingtalk": true, "on call": true, "on-call-1a2b3c4d": true,
		"lark/on call": false, "lark": false, "call": false, "dingtalk/": false, "/on call": false,
	} {
		assert.Equal(t, want, known.For(target), target)
	}
	removed := local.Notification{Target: "oncall"}
	assert.True(t, removed.For("oncall"))
	assert.True(t, removed.For("dingtalk/oncall"), "nothing says that it was of another type")
	assert.False(t, removed.For("dingtalk/other"))
}
