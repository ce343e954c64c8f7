package local_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

func TestADirectoryIsOneProcess(t *testing.T) {
	dir := t.TempDir()
	b := opened(t, local.Options{Dir: dir})
	_, err := local.Open(t.Context(), local.Options{Dir: dir})
	require.Equal(t, "InternalError", code(t, err))
	assert.Contains(t, err.Error(), "uses this directory: wait if it is starting or ending, else stop it, or name another directory")
	require.NoError(t, b.Close(t.Context()))
	opened(t, local.Options{Dir: dir})
}

func TestADirectoryThatCannotBeUsedIsRefusedWithTheReason(t *testing.T) {
	for name, c := range map[string]struct {
		make func(t *testing.T, dir string)
		says string
	}{
		"a file in its place": {func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(dir, nil, 0o600))
		}, "cannot be written"},
		"a database that is none": {func(t *testing.T, dir string) {
			require.NoError(t, os.Mkdir(dir, 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "bus.db"), []byte(strings.Repeat("garbage ", 1000)), 0o600))
		}, "damaged or is none"},
		"a database of a later version": {func(t *testing.T, dir string) {
			b, err := local.Open(t.Context(), local.Options{Dir: dir})
			require.NoError(t, err)
			require.NoError(t, b.Close(t.Context()))
			text, err := os.ReadFile(filepath.Join(dir, "bus.db"))
			require.NoError(t, err)
			text[63] = 200 // user_version, SQLite's file format
			require.NoError(t, os.WriteFile(filepath.Join(dir, "bus.db"), text, 0o600))
		}, "a later version wrote the database"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			c.make(t, dir)
			_, err := local.Open(t.Context(), local.Options{Dir: dir})
			require.Equal(t, "InternalError", code(t, err))
			assert.Contains(t, err.Error(), c.says)
		})
	}
}

func TestAFullDiskRefusesEventsAndLosesNone(t *testing.T) {
	var f functions
	o := local.Options{Dir: t.TempDir(), MaxBytes: 400 << 10, Invoke: f.invoke}
	b, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: "r", Bus: "b", FilterPattern: `{"type":["t"]}`, Enabled: true, Targets: targets("f")}))
	accepted := 0
	publish := func() error {
		e := parsed(t, strings.Replace(`{"id":"#","source":"s","type":"t","data":"`+strings.Repeat("x", 10<<10)+`"}`, "#", strings.Repeat("i", accepted+1), 1))
		puts, err := b.Publish(t.Context(), "b", e)
		if err != nil {
			require.Equal(t, "TooManyRequests", code(t, err))
			assert.Contains(t, err.Error(), "the disk is full")
			assert.Positive(t, refusal(t, err).RetryAfter)
			return err
		}
		require.Empty(t, puts[0].Text)
		accepted++
		return nil
	}
	for publish() == nil {
	}
	assert.Greater(t, accepted, 10)
	// What is smaller than an event may still find room, and the store is well
	// again then.
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		require.Error(c, publish())
		require.ErrorContains(c, b.Healthy(), "the disk is full")
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, b.Close(t.Context()))

	o.MaxBytes = 0
	b = opened(t, o)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	events, _, err := b.EventCount(t.Context(), time.Time{})
	require.NoError(t, err)
	assert.Equal(t, accepted, events)
	list, err := b.History(t.Context(), local.Query{States: []local.State{local.Sent}, Limit: 1000})
	require.NoError(t, err)
	assert.Len(t, list, accepted)
	published(t, b, numbered(t, 1))
}

func TestAnAttemptThatWasCutOffIsRepeatedForChatAndUnknownForTexts(t *testing.T) {
	// A process that ends is a copy of its directory, opened by another.
	dir, copied := t.TempDir(), t.TempDir()
	var calls atomic.Int64
	begun, release := make(chan struct{}, 2), make(chan struct{})
	o := local.Options{Dir: dir, AtMostOnce: func(function string) bool { return function == "sms" },
		Invoke: func(context.Context, string, []byte) (json.RawMessage, error) {
			begun <- struct{}{}
			<-release
			return json.RawMessage(`{"status":"sent"}`), nil
		}}
	b := withRule(t, o, "chat", "sms")
	published(t, b, numbered(t, 1))
	<-begun
	<-begun
	require.NoError(t, os.CopyFS(copied, os.DirFS(dir)))
	close(release)

	o.Dir = copied
	o.Invoke = func(_ context.Context, function string, _ []byte) (json.RawMessage, error) {
		calls.Add(1)
		assert.Equal(t, "chat", function)
		return json.RawMessage(`{"status":"sent"}`), nil
	}
	again := opened(t, o)
	require.Eventually(t, func() bool { return again.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	list := waited(t, again, numbered(t, 1))
	assert.Equal(t, []local.State{local.Sent, local.Unknown}, []local.State{list[0].State, list[1].State})
	assert.Contains(t, list[1].Outcome.Reason, "may have been taken")
	assert.EqualValues(t, 1, calls.Load())
	assert.Equal(t, "RequestParameterInvalid", code(t, refused(t, again, local.Redrive{ID: list[1].ID})), "it is never repeated")
}

func TestClosingWaitsForWhatIsUnderWayAndParksTheRest(t *testing.T) {
	begun, release := make(chan struct{}, 1), make(chan struct{})
	o := local.Options{Dir: t.TempDir(), Invoke: func(context.Context, string, []byte) (json.RawMessage, error) {
		begun <- struct{}{}
		<-release
		return json.RawMessage(`{"status":"sent"}`), nil
	}}
	b := withRule(t, o, "f")
	published(t, b, numbered(t, 1), numbered(t, 2))
	<-begun
	closed := make(chan error)
	go func() { closed <- b.Close(context.Background()) }()
	select {
	case <-closed:
		t.Fatal("closed while a notification was under way")
	case <-time.After(20 * time.Millisecond):
	}
	close(release)
	require.NoError(t, <-closed)

	var f functions
	o.Invoke = f.invoke
	b = opened(t, o)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, []string{"f 2"}, f.got())
}

func TestWhatIsCutOffWhenTheTimeIsUpGoesOnLater(t *testing.T) {
	begun := make(chan struct{}, 1)
	o := local.Options{Dir: t.TempDir(), Invoke: func(ctx context.Context, _ string, _ []byte) (json.RawMessage, error) {
		begun <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	b := withRule(t, o, "f")
	published(t, b, numbered(t, 1))
	<-begun
	over, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, b.Close(over))

	var f functions
	o.Invoke = f.invoke
	b = opened(t, o)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, []string{"f 1"}, f.got())
}

func TestAClockThatWasSetBackKeepsNothingWaitingForYears(t *testing.T) {
	now := time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
	f := functions{answers: map[string][]string{"f": {`!{"status":"failed","class":"rate-limited","retry_after":1}`, `{"status":"sent"}`}}}
	o := local.Options{Dir: t.TempDir(), Invoke: f.invoke, Now: func() time.Time { return now }}
	b := withRule(t, o, "f")
	published(t, b, numbered(t, 1))
	waited(t, b, numbered(t, 1))
	require.NoError(t, b.Close(t.Context()))
	now = now.AddDate(-14, 0, 0)
	b = opened(t, o)
	n := waited(t, b, numbered(t, 1))[0]
	assert.Equal(t, 1, b.Waiting())
	assert.True(t, n.Due.After(now))
	published(t, b, numbered(t, 2))
	require.Eventually(t, func() bool { return b.Waiting() == 1 }, 10*time.Second, time.Millisecond)
	list, err := b.History(t.Context(), local.Query{})
	require.NoError(t, err)
	assert.Equal(t, "2", list[0].EventID, "events keep their order when the clock is set back")
}

func TestAReceiverThatAskedToBeSparedIsSparedAcrossARestart(t *testing.T) {
	f := functions{answers: map[string][]string{"f": {`!{"status":"failed","class":"rate-limited","reason":"slow","retry_after":600}`, `{"status":"sent"}`}}}
	o := local.Options{Dir: t.TempDir(), Invoke: f.invoke}
	b, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: "r", Bus: "b", FilterPattern: `{}`, Enabled: true, Targets: targets("f", "g")}))
	published(t, b, numbered(t, 1))
	waited(t, b, numbered(t, 1))
	require.NoError(t, b.Close(t.Context()))

	b = opened(t, o)
	published(t, b, numbered(t, 2))
	// The other target, which nothing holds back, tells that this one had its turn.
	require.Eventually(t, func() bool { return b.Waiting() == 2 }, 10*time.Second, time.Millisecond)
	published(t, b, numbered(t, 3))
	require.Eventually(t, func() bool { return b.Waiting() == 3 }, 10*time.Second, time.Millisecond)
	calls := 0
	for _, call := range f.got() {
		if strings.HasPrefix(call, "f ") {
			calls++
		}
	}
	assert.Equal(t, 1, calls, "neither what it refused nor what came later is sent before the ten minutes")
}
