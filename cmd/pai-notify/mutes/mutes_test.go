package mutes

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/hold"
)

func TestAMuteByRuleIsForTheRuleOfOneOwner(t *testing.T) {
	list := []Receiver{
		{"lab-a", "jobs", "Jobs", "wecom/oncall"}, {"lab-a", "jobs", "Jobs", "sms/oncall"}, {"lab-b", "jobs", "Jobs", "wecom/oncall"},
		{"lab-b", "models", "Models", "wecom/team"}, {"", "old", "old", "wecom/team"},
	}
	for name, c := range map[string]struct {
		want hold.Mute
		says string
	}{
		"models":       {want: hold.Mute{Owner: "lab-b", Rule: "models"}},
		"Models":       {want: hold.Mute{Owner: "lab-b", Rule: "models"}},
		"old":          {want: hold.Mute{Rule: "old"}},
		"lab-a/jobs":   {want: hold.Mute{Owner: "lab-a", Rule: "jobs"}},
		"lab-b/Jobs":   {want: hold.Mute{Owner: "lab-b", Rule: "jobs"}},
		"jobs":         {says: "several rules on the bus are called jobs: write OWNER/RULE; there are lab-a/Jobs, lab-b/Jobs"},
		"lab-b/models": {want: hold.Mute{Owner: "lab-b", Rule: "models"}},
		"lab-a/models": {says: "no rule lab-a/models is on the bus"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := Rule(list, hold.Mute{}, name)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, m)
		})
	}
	m, err := To(list, hold.Mute{}, "lab-b/jobs/oncall")
	require.NoError(t, err)
	assert.Equal(t, hold.Mute{Owner: "lab-b", Rule: "jobs", Receiver: "wecom/oncall"}, m)
	_, err = To(list, hold.Mute{}, "jobs/wecom/oncall")
	require.ErrorContains(t, err, "write OWNER/RULE")
	m, err = To(list, hold.Mute{}, "wecom/oncall")
	require.NoError(t, err)
	assert.Equal(t, hold.Mute{Receiver: "wecom/oncall"}, m)
}

func TestAMuteOfOneOwnersRuleLeavesTheOthersAlone(t *testing.T) {
	now := time.Now()
	about := func(owner string) hold.Notification {
		return hold.Notification{Owner: owner, Rule: "jobs", Channel: hold.Chat, Began: now}
	}
	for name, c := range map[string]struct {
		mute hold.Mute
		want map[string]hold.Action
	}{
		"of one":           {hold.Mute{Owner: "lab-a", Rule: "jobs"}, map[string]hold.Action{"lab-a": hold.Wait, "lab-b": hold.Send}},
		"from before that": {hold.Mute{Rule: "jobs"}, map[string]hold.Action{"lab-a": hold.Wait, "lab-b": hold.Wait}},
	} {
		t.Run(name, func(t *testing.T) {
			c.mute.Until = now.Add(time.Hour)
			for owner, want := range c.want {
				assert.Equal(t, want, hold.Decide(about(owner), nil, []hold.Mute{c.mute}, now).Action, owner)
			}
		})
	}
}
