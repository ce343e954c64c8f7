package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func opened(t *testing.T, dir string, observe func(int, time.Duration)) *store.Store {
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Now: func() time.Time { return noon }}, observe)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

func add(t *testing.T, s *store.Store, id string, now time.Time) (number int64, added bool) {
	require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
		number, added = tx.AddEvent(store.Event{Bus: "b", Source: "s", ID: id, Type: "t", Body: []byte("{}")}, now)
		return nil
	}))
	return number, added
}

func TestWritesOfManyAreCommittedTogether(t *testing.T) {
	var commits, writes atomic.Int64
	s := opened(t, t.TempDir(), func(n int, _ time.Duration) {
		commits.Add(1)
		writes.Add(int64(n))
	})
	held, release := make(chan struct{}), make(chan struct{})
	require.NoError(t, s.Queue(t.Context(), func(*store.Tx) error {
		close(held)
		<-release
		return nil
	}, func(error) {}))
	<-held
	var done sync.WaitGroup
	for i := range 100 {
		done.Add(1)
		require.NoError(t, s.Queue(t.Context(), func(tx *store.Tx) error {
			tx.AddEvent(store.Event{Bus: "b", Source: "s", ID: fmt.Sprint(i), Body: []byte("{}")}, noon)
			return nil
		}, func(err error) {
			assert.NoError(t, err)
			done.Done()
		}))
	}
	close(release)
	done.Wait()
	require.NoError(t, s.Close())
	assert.EqualValues(t, 2, commits.Load(), "one for the first, one for all that came meanwhile")
	assert.EqualValues(t, 101, writes.Load())
}

func TestAWriteThatCannotBeDoneDoesNotKeepOutTheOthers(t *testing.T) {
	s := opened(t, t.TempDir(), nil)
	held, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	require.NoError(t, s.Queue(t.Context(), func(*store.Tx) error {
		once.Do(func() { close(held) })
		<-release
		return nil
	}, func(error) {}))
	<-held
	own := errors.New("refused")
	results := make([]error, 3)
	var done sync.WaitGroup
	for i, run := range []func(tx *store.Tx) error{
		func(tx *store.Tx) error {
			tx.AddEvent(store.Event{Bus: "b", Source: "s", ID: "good", Body: []byte("{}")}, noon)
			return nil
		},
		// A rule needs a bus: the database refuses nothing here, so the same
		// notification twice does it.
		func(tx *store.Tx) error {
			tx.AddEvent(store.Event{Bus: "b", Source: "s", ID: "bad", Body: []byte("{}")}, noon)
			tx.AddNotification(store.Key{Event: 1, Destination: 1})
			tx.AddNotification(store.Key{Event: 1, Destination: 1})
			return nil
		},
		func(*store.Tx) error { return own },
	} {
		done.Add(1)
		require.NoError(t, s.Queue(t.Context(), run, func(err error) {
			results[i] = err
			done.Done()
		}))
	}
	close(release)
	done.Wait()
	assert.NoError(t, results[0])
	problem, ok := errors.AsType[*store.Problem](results[1])
	require.True(t, ok)
	assert.Contains(t, problem.Error(), "the database failed")
	assert.Equal(t, own, results[2])
	_, found, err := s.Find(t.Context(), "b", "s", "good")
	require.NoError(t, err)
	assert.True(t, found)
	_, found, err = s.Find(t.Context(), "b", "s", "bad")
	require.NoError(t, err)
	assert.False(t, found, "what was not committed is forgotten")
	number, added := add(t, s, "bad", noon)
	assert.True(t, added)
	assert.EqualValues(t, 2, number, "and its number is given again")
}

func TestWhatWasPublishedIsKnownAfterMergingAndARestart(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, nil)
	numbers := map[string]int64{}
	for i := range 300 {
		id := fmt.Sprint(i)
		numbers[id], _ = add(t, s, id, noon.Add(time.Duration(i)*time.Minute))
	}
	require.NoError(t, s.Maintain(t.Context(), noon, 1<<62, 1<<40))
	for range 2 {
		for id, want := range numbers {
			number, added := add(t, s, id, noon.Add(300*time.Minute))
			assert.False(t, added, id)
			assert.Equal(t, want, number)
		}
		require.NoError(t, s.Close())
		s = opened(t, dir, nil)
	}
	number, added := add(t, s, "new", noon.Add(301*time.Minute))
	assert.True(t, added)
	assert.EqualValues(t, 301, number)
}

func TestWhatLeftTheHistoryIsKnownForADay(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, nil)
	first, _ := add(t, s, "1", noon)
	require.NoError(t, s.Maintain(t.Context(), noon.Add(time.Minute), 0, 1))
	_, found, err := s.Event(t.Context(), first)
	require.NoError(t, err)
	require.False(t, found)
	again, added := add(t, s, "1", noon.Add(time.Hour))
	assert.Equal(t, []any{first, false}, []any{again, added}, "nobody is told twice for the sake of room")
	require.NoError(t, s.Close())
	s = opened(t, dir, nil)
	again, added = add(t, s, "1", noon.Add(24*time.Hour-time.Minute))
	assert.Equal(t, []any{first, false}, []any{again, added})
	_, added = add(t, s, "1", noon.Add(24*time.Hour))
	assert.True(t, added)
}

func TestNumbersOfRemovedEventsAreNotGivenAgain(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, nil)
	for i := range 10 {
		add(t, s, fmt.Sprint(i), noon)
	}
	require.NoError(t, s.Maintain(t.Context(), noon.Add(time.Hour), 0, 1<<40))
	require.NoError(t, s.Close())
	s = opened(t, dir, nil)
	number, added := add(t, s, "new", noon.Add(time.Minute))
	assert.True(t, added)
	assert.EqualValues(t, 11, number)
}

func TestRoomIsGivenBack(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, nil)
	body := make([]byte, 64<<10)
	for i := range 100 {
		require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
			tx.AddEvent(store.Event{Bus: "b", Source: "s", ID: fmt.Sprint(i), Body: body}, noon)
			return nil
		}))
	}
	require.NoError(t, s.Maintain(t.Context(), noon.Add(time.Hour), 0, 1<<40))
	require.NoError(t, s.Close()) // the log goes into the database
	info, err := os.Stat(filepath.Join(dir, "bus.db"))
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(3<<20))
}

func TestADirectoryWithoutPermissionIsRefused(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o500))
	_, err := store.Open(t.Context(), store.Options{Dir: dir}, nil)
	problem, ok := errors.AsType[*store.Problem](err)
	require.True(t, ok, "%v", err)
	assert.Contains(t, problem.Error(), "cannot be written")
}

func TestAWriteWhoseContextEndedSaysSo(t *testing.T) {
	s := opened(t, t.TempDir(), nil)
	release := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	err := s.Write(ctx, func(*store.Tx) error {
		<-release
		return nil
	})
	assert.ErrorIs(t, err, context.Canceled)
	close(release)
}
