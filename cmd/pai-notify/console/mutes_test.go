package console_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

func TestAJobIsMutedAndUnmutedInTheConsole(t *testing.T) {
	c := startOverCloud(t)
	row := func() []hold.Mute {
		value, err := c.ledger.Update(t.Context(), hold.MutesKey("pai-system-lab"), func([]byte) ([]byte, bool) { return nil, false })
		require.NoError(t, err)
		return hold.ReadMutes(value, time.Now())
	}
	c.add(t, "n1", "dlc1", refusedByRobot)
	life := c.get(t, "/history/n1").body
	for _, link := range []string{`href="/mutes?job=dlc1"`, `href="/mutes?rule=good"`, `href="/mutes?receiver=dingtalk/x"`} {
		assert.Contains(t, life, link)
	}
	assert.Contains(t, c.get(t, "/rules").body, `href="/mutes?rule=good"`)
	assert.Contains(t, c.get(t, "/history").body, `href="/mutes"`)
	assert.Contains(t, c.get(t, "/mutes?job=dlc1").body, `name="job" value="dlc1"`)

	a := c.post(t, "/mutes", form("job", "dlc1", "hours", "4", "by", "alice", "why", "moving data"))
	require.Equal(t, http.StatusSeeOther, a.status, a.body)
	list := row()
	require.Len(t, list, 1)
	assert.Equal(t, []string{"m1", "dlc1", "alice", "moving data"}, []string{list[0].ID, list[0].Job, list[0].By, list[0].Why})
	assert.WithinDuration(t, time.Now().Add(4*time.Hour), list[0].Until, time.Minute)
	for _, language := range []string{"en", "zh", "ja"} {
		page := c.get(t, "/mutes?done=muted", "Accept-Language", language)
		assert.Equal(t, http.StatusOK, page.status)
		assert.Contains(t, page.body, "moving data")
	}

	c.now = time.Now()
	because := list[0].Because()
	c.add(t, "n2", "dlc1", ledger.Result{State: ledger.Waiting, Held: true, Due: list[0].Until, Because: because, Outcome: outcome.Outcome{Status: outcome.Waiting, Reason: because}})
	assert.Contains(t, c.get(t, "/history/n2").body, because)
	a = c.post(t, "/mutes/end", form("id", "m1"))
	require.Equal(t, http.StatusSeeOther, a.status, a.body)
	assert.Empty(t, row())
	e, err := c.ledger.Get(t.Context(), "n2")
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now().Add(31*time.Second), e.Due, 5*time.Second)

	a = c.post(t, "/mutes", form("hours", "1", "by", "bob", "drop", "true"))
	assert.Equal(t, http.StatusOK, a.status)
	assert.Contains(t, a.body, "this mutes all notifications, critical ones included")
	assert.Empty(t, row(), "nothing is muted before somebody confirms it")
	a = c.post(t, "/mutes", form("hours", "1", "by", "bob", "drop", "true", "agreed", "true"))
	require.Equal(t, http.StatusSeeOther, a.status)
	require.Len(t, row(), 1)
	assert.True(t, row()[0].Everything() && row()[0].Drop)
	assert.Contains(t, c.get(t, "/mutes").body, "Everything is muted")

	for says, f := range map[string][]string{
		"There is no rule nobody in the document": {"rule", "nobody"},
		"There is no target dingtalk/none":        {"receiver", "dingtalk/none"},
	} {
		a = c.post(t, "/mutes", form(append(f, "hours", "1")...))
		assert.Equal(t, http.StatusUnprocessableEntity, a.status)
		assert.Contains(t, a.body, says)
	}
	assert.Len(t, row(), 1)
}
