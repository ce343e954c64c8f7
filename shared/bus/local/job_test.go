package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// jobIn reads what an event is about from its text.
func jobIn(text []byte) (id, name string) {
	_, after, _ := strings.Cut(string(text), `"job":"`)
	id, _, _ = strings.Cut(after, `"`)
	_, after, _ = strings.Cut(string(text), `"called":"`)
	name, _, _ = strings.Cut(after, `"`)
	return id, name
}

// about are the events of the notifications about a job, the newest first.
func about(t *testing.T, b *local.Bus, job string) (ids []string) {
	list, err := local.Query{Job: job}.Find(t.Context(), b.History, 0, nil)
	require.NoError(t, err)
	for _, n := range list {
		assert.Equal(t, job, n.Job)
		ids = append(ids, n.EventID)
	}
	return ids
}

func TestNotificationsAreFoundByWhatTheyAreAbout(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var f functions
	o := local.Options{Dir: t.TempDir(), Invoke: f.invoke, Job: jobIn, HistoryAge: 10 * time.Hour, Now: func() time.Time { return now }}
	looked := 0
	o.Job = func(text []byte) (string, string) {
		looked++
		return jobIn(text)
	}
	b := withRule(t, o, "one")
	event := func(id int, job string) {
		e := parsed(t, fmt.Sprintf(`{"id":"%d","source":"s","type":"t","data":{"job":"%s"}}`, id, job))
		published(t, b, e)
		waited(t, b, e)
		now = now.Add(time.Hour)
	}
	event(1, "a")
	event(2, "b")
	event(3, "")
	require.NoError(t, b.Maintain(t.Context()))
	assert.Zero(t, looked, "who never asks does not pay for it")
	assert.Equal(t, []string{"1"}, about(t, b, "a"))
	event(4, "a")
	assert.Equal(t, []string{"4", "1"}, about(t, b, "a"), "also what came since somebody asked")
	assert.Equal(t, []string{"2"}, about(t, b, "b"))
	assert.Empty(t, about(t, b, "c"))
	list, err := b.History(t.Context(), local.Query{EventID: "2"})
	require.NoError(t, err)
	n, _, _, err := b.Life(t.Context(), list[0].ID)
	require.NoError(t, err)
	assert.Equal(t, "b", n.Job)

	now = now.Add(8 * time.Hour)
	event(5, "a")
	before := looked
	require.NoError(t, b.Maintain(t.Context()))
	assert.Equal(t, before+1, looked, "the next one who asks need not wait")
	assert.Equal(t, []string{"5", "4"}, about(t, b, "a"), "what left the history is not found")
	require.NoError(t, b.Close(context.Background()))
	b = opened(t, o)
	assert.Equal(t, []string{"5", "4"}, about(t, b, "a"))
}

func TestWhatCameBeforeAnUpgradeIsFoundByWhatItIsAbout(t *testing.T) {
	statements := []string{buses, rules, targetOf(t, 1, "train", target("one"))}
	for n := range 1200 { // more than are looked at together, in one block and the next
		number := 3500 + n
		statements = append(statements, strings.Replace(eventOf(number), `"type":"t"}`, fmt.Sprintf(`"type":"t","data":{"job":"%d"}}`, number%600), 1), notificationOf(number, 1, local.Sent, 1))
	}
	b := opened(t, local.Options{Dir: firstVersion(t, strings.Join(statements, "\n")), Job: jobIn})
	assert.Equal(t, []string{"4210", "3610"}, about(t, b, "10"))
}

func TestWhatWaitsOrIsDeadIsCancelled(t *testing.T) {
	f := functions{answers: map[string][]string{"bad": {`!{"status":"failed","class":"permanent","reason":"bad"}`}, "busy": {transient, `{"status":"sent"}`}}}
	o := local.Options{Dir: t.TempDir(), Invoke: f.invoke}
	b := withRule(t, o, "bad", "busy", "good")
	published(t, b, numbered(t, 1))
	require.Eventually(t, func() bool { return len(f.got()) == 3 && b.Waiting() == 1 }, 10*time.Second, time.Millisecond)
	require.NoError(t, b.Settle(t.Context()))
	list, err := b.History(t.Context(), local.Query{})
	require.NoError(t, err)
	require.Len(t, list, 3)
	for _, n := range list {
		was, err := b.Cancel(t.Context(), n.ID)
		if n.Target == "good" {
			assert.ErrorContains(t, err, "it is sent")
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, n.State, was.State)
		now, attempts, _, err := b.Life(t.Context(), n.ID)
		require.NoError(t, err)
		assert.Equal(t, local.Cancelled, now.State)
		assert.Equal(t, "somebody cancelled it", now.Outcome.Reason)
		require.Len(t, attempts, 1, "what was tried is kept")
		assert.Equal(t, n.Outcome, attempts[0].Outcome)
		_, err = b.Cancel(t.Context(), n.ID)
		assert.ErrorContains(t, err, "it is cancelled")
		assert.ErrorContains(t, refused(t, b, local.Redrive{ID: n.ID}), "was cancelled (somebody cancelled it)")
	}
	assert.Zero(t, b.Waiting())
	_, err = b.Cancel(t.Context(), "77-1")
	assert.ErrorContains(t, err, "there is no notification 77-1")
	require.NoError(t, b.Close(context.Background()))

	b = opened(t, o)
	assert.Zero(t, b.Waiting(), "a restart does not revive it")
	redriven(t, b, local.Redrive{ID: list[1].ID, Cancelled: true})
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.Len(t, f.got(), 4)
}

func TestWhatIsBeingSentIsNotCancelled(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	b := withRule(t, local.Options{Invoke: func(context.Context, string, []byte) (json.RawMessage, error) {
		close(begun)
		<-release
		return json.RawMessage(`{"status":"sent"}`), nil
	}}, "slow")
	published(t, b, numbered(t, 1))
	<-begun
	list, err := b.History(t.Context(), local.Query{})
	require.NoError(t, err)
	_, err = b.Cancel(t.Context(), list[0].ID)
	assert.ErrorContains(t, err, "is being sent")
	close(release)
	assert.Equal(t, local.Sent, waited(t, b, numbered(t, 1))[0].State)
}
