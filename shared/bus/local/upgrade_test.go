package local_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// firstVersion makes a data directory of the first version, which knew a
// notification by the names of a bus's rule and of a target's id, and runs
// statements in it.
func firstVersion(t *testing.T, statements ...string) string {
	return leftBy(t, "first-version.sql", statements...)
}

// leftBy makes a data directory with what a version has left in a database, and
// runs statements in it.
func leftBy(t *testing.T, version string, statements ...string) string {
	dir := t.TempDir()
	schema, err := os.ReadFile(filepath.Join("testdata", version))
	require.NoError(t, err)
	db, err := sql.Open("sqlite", filepath.Join(dir, "bus.db"))
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	for _, s := range append([]string{string(schema)}, statements...) {
		_, err := db.ExecContext(t.Context(), s)
		require.NoError(t, err, s)
	}
	require.NoError(t, db.Close())
	return dir
}

// targetOf is the row of a target of the first version.
func targetOf(t *testing.T, destination int, rule string, target local.Target) string {
	settings, err := json.Marshal(target)
	require.NoError(t, err)
	return fmt.Sprintf(`INSERT INTO destinations VALUES (%d, 'b', '%s', '%s'); INSERT INTO targets VALUES ('b', '%s', '%s', %d, %d, '%s');`,
		destination, rule, target.ID, rule, target.ID, destination, destination, settings)
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func eventOf(number int) string {
	at := time.Now().Add(-time.Hour).UnixMilli()
	return fmt.Sprintf(`INSERT INTO events VALUES (%d, %d, %d, 1, 'b', 's', '%d', 't', '{"id":"%d","source":"s","type":"t"}');`, number, at, at, number, number)
}

// notificationOf is the row of one in a state; those that have ended or are under
// way have an attempt.
func notificationOf(event, destination int, state local.State, attempts int) string {
	s := fmt.Sprintf(`INSERT INTO notifications (event, destination, state, attempts) VALUES (%d, %d, %d, %d);`, event, destination, int(state), attempts)
	for n := range attempts {
		s += fmt.Sprintf(`INSERT INTO attempts VALUES (%d, %d, %d, 1, 2, '{"status":"failed","class":"transient","reason":"by way of %d"}');`, event, destination, n+1, destination)
	}
	return s
}

const (
	buses = `INSERT INTO buses VALUES ('b', '', 1);`
	rules = `INSERT INTO rules VALUES ('b', 'train', '', '{"type":["t"]}', 1, 1), ('b', 'train--2', '', '{"type":["u"]}', 1, 1);`
)

func TestSiblingsOfTheFirstVersionBecomeOneReceiver(t *testing.T) {
	type end struct {
		way, attempts int
		state         local.State
	}
	// One event for each pair of states in which the two ways may have been.
	furthest := []local.State{local.Sent, local.Unknown, local.Started, local.Waiting, local.Skipped, local.Dead}
	statements := []string{
		buses, rules,
		targetOf(t, 1, "train", to("oncall", "f", "train/train/oncall/a")),
		targetOf(t, 2, "train--2", to("oncall", "f", "train/train/oncall/a")),
	}
	var want []end
	attempts := map[local.State]int{local.Sent: 1, local.Unknown: 1, local.Started: 1, local.Waiting: 2, local.Skipped: 1}
	for i, one := range furthest {
		for j, two := range furthest {
			n := len(want) + 1
			statements = append(statements, eventOf(n), notificationOf(n, 1, one, attempts[one]), notificationOf(n, 2, two, attempts[two]))
			if i <= j {
				want = append(want, end{1, attempts[one], one})
			} else {
				want = append(want, end{2, attempts[two], two})
			}
		}
	}
	alone := len(want) + 1
	statements = append(statements, eventOf(alone), notificationOf(alone, 2, local.Waiting, 0))
	b := opened(t, local.Options{Dir: firstVersion(t, statements...), Identify: byBody, Paused: true})
	require.NoError(t, b.Settle(t.Context()))

	list, err := b.History(t.Context(), local.Query{Limit: 1000})
	require.NoError(t, err)
	require.Len(t, list, len(want)+1, "each event was told once")
	assert.Equal(t, []any{local.Waiting, "train", "chat/oncall"}, []any{list[0].State, list[0].RuleKey, list[0].Target})
	for i, w := range want {
		n := list[len(list)-1-i]
		if w.state == local.Started {
			w.state = local.Unknown // nobody learned its end
		}
		assert.Equal(t, []any{w.state, w.attempts, "train"}, []any{n.State, n.Attempts, n.Rule}, n.ID)
		_, made, _, err := b.Life(t.Context(), n.ID)
		require.NoError(t, err)
		require.Len(t, made, w.attempts, n.ID)
		if w.attempts > 0 && w.state != local.Unknown {
			assert.Equal(t, fmt.Sprintf("by way of %d", w.way), made[0].Outcome.Reason)
		}
	}
}

func TestWhatWaitsSinceTheFirstVersionGoesToItsOwnReceiver(t *testing.T) {
	dir := firstVersion(
		t, buses, rules,
		targetOf(t, 1, "train", to("dingtalk", "f", "train/train/dingtalk/a")),
		targetOf(t, 2, "train", to("dingtalk-2", "f", "train/train/dingtalk-2/b")),
		targetOf(t, 3, "train", target("foreign")),
		`INSERT INTO destinations VALUES (4, 'b', 'old', 'gone');`,
		eventOf(1), notificationOf(1, 2, local.Waiting, 1), notificationOf(1, 3, local.Waiting, 0), notificationOf(1, 4, local.Waiting, 1),
		eventOf(2), notificationOf(2, 4, local.Dead, 1),
	)
	var f functions
	o := local.Options{Dir: dir, Identify: byBody, Invoke: f.invoke, Paused: true}
	b, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	// The document of today has another target before them, and keys that say
	// where they lead.
	put(t, b, "train", to("dingtalk", "f", "train/train/dingtalk-aa/a"), to("dingtalk-2", "f", "train/train/dingtalk-bb/b"), to("new", "f", "train/train/dingtalk-cc/c"))
	counts, err := b.WaitingFor(t.Context(), "b")
	require.NoError(t, err)
	assert.Equal(t, []local.WaitingCount{
		{Rule: "old", RuleName: "old", Receiver: "gone", Count: 1},
		{Rule: "train", RuleName: "train", Receiver: "chat/dingtalk-bb", Count: 1},
		{Rule: "train", RuleName: "train", Receiver: "foreign", Count: 1},
	}, counts)
	require.NoError(t, b.Settle(t.Context()))
	require.NoError(t, b.Close(context.Background()))

	o.Paused = false
	b = opened(t, o)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.ElementsMatch(t, []string{"f train/train/dingtalk-bb/b", "foreign 1"}, f.got())
	dead, err := b.History(t.Context(), local.Query{Rule: "old", Target: "gone", States: []local.State{local.Dead}})
	require.NoError(t, err)
	require.Len(t, dead, 2, "what has no receiver stays, and can be seen")
	assert.Contains(t, dead[1].Outcome.Reason, "the receiver was removed")
}

func TestAnUpgradeThatCannotBeDoneChangesNothing(t *testing.T) {
	dir := firstVersion(t, buses, rules, `INSERT INTO destinations VALUES (1, 'b', 'train', 'x'); INSERT INTO targets VALUES ('b', 'train', 'x', 1, 1, 'no JSON');`)
	_, err := local.Open(t.Context(), local.Options{Dir: dir, Identify: byBody})
	require.Error(t, err)
	db, err := sql.Open("sqlite", filepath.Join(dir, "bus.db"))
	require.NoError(t, err)
	defer db.Close()
	var version, tables int
	require.NoError(t, db.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&version))
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM sqlite_master WHERE name IN ('moves', 'merged', 'moving')").Scan(&tables))
	assert.Equal(t, []int{1, 0}, []int{version, tables})
	_, err = db.ExecContext(t.Context(), "UPDATE targets SET settings = '{\"id\":\"x\",\"type\":\"acs.fc.function\"}'")
	require.NoError(t, err)
	opened(t, local.Options{Dir: dir, Identify: byBody})
}

func TestWhatPassedBeforeAnUpgradeIsFoundAfterIt(t *testing.T) {
	// Blocks of ids on both sides of a border, and one far behind.
	dir := firstVersion(t, buses, rules, eventOf(1), eventOf(4095), eventOf(4096), eventOf(40960))
	b := opened(t, local.Options{Dir: dir, Identify: byBody})
	list, err := b.Events(t.Context(), local.EventQuery{Bus: "b"})
	require.NoError(t, err)
	var found []string
	for _, e := range list {
		found = append(found, e.ID)
		one, err := b.Event(t.Context(), "b", "", e.ID)
		require.NoError(t, err)
		assert.Equal(t, e.Number, one.Number)
		assert.JSONEq(t, `{"id":"`+e.ID+`","source":"s","type":"t"}`, string(one.Body))
	}
	assert.Equal(t, []string{"40960", "4096", "4095", "1"}, found)
	published(t, b, parsed(t, `{"id":"1","source":"other","type":"t"}`))
	one, err := b.Event(t.Context(), "b", "", "1")
	require.NoError(t, err)
	assert.Equal(t, "other", one.Source, "the newest comes first")
}

func TestNamesOfJobsAreFoundAfterAnUpgradeOfABusThatHadNone(t *testing.T) {
	o := local.Options{Dir: t.TempDir(), Invoke: (&functions{}).invoke, Job: jobIn}
	b := withRule(t, o, "one")
	published(t, b, parsed(t, `{"id":"1","source":"s","type":"t","data":{"job":"dlc1","called":"Train-7B"}}`))
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, []string{"1"}, about(t, b, "dlc1"), "the table is filled")
	require.NoError(t, b.Close(context.Background()))
	db, err := sql.Open("sqlite", filepath.Join(o.Dir, "bus.db"))
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "DELETE FROM jobs WHERE job LIKE char(9) || '%'; PRAGMA user_version = 6") // as the version before left it
	require.NoError(t, err)
	require.NoError(t, db.Close())

	b = opened(t, o)
	for _, named := range []string{"train", "dlc1"} {
		page, _, _, _, err := b.Search(t.Context(), local.Query{About: named, Limit: 9}, 10, false)
		require.NoError(t, err)
		assert.Len(t, page, 1, named)
	}
}
