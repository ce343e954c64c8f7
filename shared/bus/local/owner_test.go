package local_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// twoTeams is a bus with a rule train of each of two teams, which have one key and
// receivers of one name.
func twoTeams(t *testing.T, o local.Options) (*local.Bus, *functions) {
	f := &functions{answers: map[string][]string{}}
	o.Invoke = f.invoke
	b := withBus(t, o)
	ruleOf(t, b, "train", to("one", "f", "train/train/oncall/a/team-a"))
	ruleOf(t, b, "train--b", to("one", "g", "train/train/oncall/b/team-b"))
	return b, f
}

// kept are the notifications of a bus as "event state owner", sorted.
func kept(t *testing.T, b *local.Bus, q local.Query) []string {
	t.Helper()
	list, err := b.History(t.Context(), q)
	require.NoError(t, err)
	var got []string
	for _, n := range list {
		got = append(got, strings.TrimSpace(n.EventID+" "+n.State.String()+" "+n.Owner))
	}
	slices.Sort(got)
	return got
}

func TestTwoTeamsWithOneKeyAreBothTold(t *testing.T) {
	b, f := twoTeams(t, local.Options{})
	published(t, b, numbered(t, 1))
	list := waited(t, b, numbered(t, 1))
	require.Len(t, list, 2)
	for i, owner := range []string{"team-a", "team-b"} {
		assert.Equal(t, []any{"train", "chat/oncall", owner, local.Sent}, []any{list[i].RuleKey, list[i].Target, list[i].Owner, list[i].State})
	}
	assert.ElementsMatch(t, []string{"f train/train/oncall/a/team-a", "g train/train/oncall/b/team-b"}, f.got())
}

func TestWhatWaitsOfOneTeamOutlivesTheRuleOfTheOther(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, b *local.Bus)
		state  local.State
	}{
		"removed": {func(t *testing.T, b *local.Bus) { require.NoError(t, b.DeleteRule(t.Context(), "b", "train")) }, local.Dead},
		"disabled": {func(t *testing.T, b *local.Bus) {
			require.NoError(t, b.SetRuleEnabled(t.Context(), "b", "train", false))
		}, local.Cancelled},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b, f := twoTeams(t, local.Options{})
				f.answers = map[string][]string{"f": {transient, `{"status":"sent"}`}, "g": {transient, `{"status":"sent"}`}}
				published(t, b, numbered(t, 1))
				time.Sleep(time.Second)
				counts, err := b.WaitingFor(t.Context(), "b")
				require.NoError(t, err)
				assert.Equal(t, []local.WaitingCount{
					{Owner: "team-a", Rule: "train", RuleName: "train", Receiver: "chat/oncall", Count: 1},
					{Owner: "team-b", Rule: "train", RuleName: "train", Receiver: "chat/oncall", Count: 1},
				}, counts)
				c.change(t, b)
				require.NoError(t, b.Settle(t.Context()))
				time.Sleep(time.Minute)
				assert.Equal(t, []string{"1 " + c.state.String() + " team-a", "1 sent team-b"}, kept(t, b, local.Query{}))
				assert.Equal(t, []string{"g train/train/oncall/b/team-b"}, f.got()[2:], "the other team goes on, and nobody gets its work")
			})
		})
	}
}

func TestADeadLetterGoesToNoOtherTeam(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, f := twoTeams(t, local.Options{})
		f.answers["g"] = []string{`!{"status":"failed","class":"permanent","reason":"bad key"}`, `{"status":"sent"}`}
		ruleOf(t, b, "boss", to("one", "h", "boss/boss/boss/c/team-a"))
		published(t, b, numbered(t, 1))
		var letter local.Notification
		for _, n := range waited(t, b, numbered(t, 1)) {
			if n.State == local.Dead {
				letter = n
			}
		}
		require.Equal(t, "team-b", letter.Owner)
		for to, says := range map[string]string{
			"boss":       "the rule boss belongs to team-a, and the notification to team-b: name a rule of team-b",
			"boss/boss":  "the rule boss belongs to team-a",
			"train/boss": "the rule train has no receiver boss: name one of chat/oncall",
		} {
			assert.ErrorContains(t, refused(t, b, local.Redrive{ID: letter.ID, To: to}), says)
		}
		done := redriven(t, b, local.Redrive{ID: letter.ID, To: "train"})
		assert.Equal(t, letter.ID, done.As, "it is the same receiver")
		time.Sleep(time.Minute)
		got := f.got()
		slices.Sort(got)
		assert.Equal(t, []string{"f train/train/oncall/a/team-a", "g train/train/oncall/b/team-b", "g train/train/oncall/b/team-b", "h boss/boss/boss/c/team-a"}, got)
	})
}

// fourthVersion is the bus as the fourth version left it, a minute later.
func fourthVersion(t *testing.T, f *functions, paused bool, statements ...string) local.Options {
	left := time.UnixMilli(1795873265083)
	return local.Options{Dir: leftBy(t, "fourth-version.sql", statements...), Identify: byBody, Invoke: f.invoke, Paused: paused, Now: func() time.Time { return left.Add(time.Minute) }}
}

func TestEachTeamHasItsPartOfWhatTheFourthVersionKept(t *testing.T) {
	var f functions
	o := fourthVersion(t, &f, true)
	b, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	train := local.Query{Rule: "train", Limit: 1000}
	assert.Equal(t, []string{
		// What was sent had gone to the first of the two.
		"a-dead dead team-a", "a-sent sent team-a", "a-waiting waiting team-a",
		"b-dead dead team-b", "b-sent sent team-a", "b-waiting waiting team-b",
		"both-dead dead team-a", "both-dead dead team-b", "both-sent sent team-a", "both-waiting waiting team-a", "both-waiting waiting team-b",
	}, kept(t, b, train))
	assert.Equal(t, []string{"gpu-dead dead team-a", "gpu-sent sent team-a", "gpu-waiting waiting team-a"}, kept(t, b, local.Query{Rule: "gpu"}))
	assert.Equal(t, []string{"old-dead dead", "old-sent sent", "old-waiting waiting"}, kept(t, b, local.Query{Rule: "night", Target: "duty"}), "nobody said whose it is")
	assert.Equal(t, []string{"gone-dead dead"}, kept(t, b, local.Query{Rule: "gone"}), "whose it was nobody knows")
	letters, err := b.History(t.Context(), local.Query{Rule: "train", EventID: "b-dead"})
	require.NoError(t, err)
	_, attempts, _, err := b.Life(t.Context(), letters[0].ID)
	require.NoError(t, err)
	require.Len(t, attempts, 1)
	assert.Equal(t, "no such robot", attempts[0].Outcome.Reason)
	// The first document of today says whose its old rule is.
	put(t, b, "night", to("one", "f", "night/night/duty/c2/team-a"))
	require.NoError(t, b.Settle(t.Context()))
	require.NoError(t, b.Close(context.Background()))

	o.Paused = false
	b = opened(t, o)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 20*time.Second, time.Millisecond)
	assert.ElementsMatch(t, []string{
		"f train/train/oncall/a/team-a", "f train/train/oncall/a/team-a", "f train/train/oncall/b/team-b", "f train/train/oncall/b/team-b",
		"f night/night/duty/c2/team-a", "foreign old-waiting", "f gpu/gpu/oncall/d/team-a",
	}, f.got())
	redriven(t, b, local.Redrive{ID: letters[0].ID})
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 20*time.Second, time.Millisecond)
	assert.Equal(t, "f train/train/oncall/b/team-b", f.got()[7], "a dead letter goes to whose it is")
	assert.Equal(t, []string{"old-dead dead team-a", "old-sent sent team-a", "old-waiting sent team-a"}, kept(t, b, local.Query{Rule: "night", Target: "duty"}))
}

func TestWhatOneTeamAloneHadOnABusStaysIts(t *testing.T) {
	var f functions
	b := opened(t, fourthVersion(t, &f, false, "DELETE FROM targets WHERE rule = 'train-b'; DELETE FROM rules WHERE name = 'train-b';"))
	assert.Equal(t, []string{"gone-dead dead team-a"}, kept(t, b, local.Query{Rule: "gone"}))
	ruleOf(t, b, "gone", to("one", "g", "gone/gone/oncall/e/team-a"))
	list, err := b.History(t.Context(), local.Query{Rule: "gone"})
	require.NoError(t, err)
	redriven(t, b, local.Redrive{ID: list[0].ID})
	require.Eventually(t, func() bool { return slices.Contains(f.got(), "g gone/gone/oncall/e/team-a") }, 20*time.Second, time.Millisecond)
}

func TestADisabledRuleGetsNoPartOfWhatWasForTwo(t *testing.T) {
	var f functions
	b := opened(t, fourthVersion(t, &f, true, "UPDATE rules SET enabled = 0 WHERE name = 'train'"))
	assert.Equal(t, []string{
		"a-dead dead team-a", "a-sent sent team-b", "a-waiting waiting team-a", "b-dead dead team-b", "b-sent sent team-b", "b-waiting waiting team-b",
		"both-dead dead team-b", "both-sent sent team-b", "both-waiting waiting team-b",
	}, kept(t, b, local.Query{Rule: "train"}))
}
