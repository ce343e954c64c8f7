package secretstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
)

var (
	errAway = errors.New("the store is away")
	errGone = target.Permanent(errors.New("the secret is gone"))
)

// fakeStore is a store whose answer tests change.
type fakeStore struct {
	value string
	err   error
	reads int
	now   time.Time
	get   secret.Store
}

func newFakeStore() *fakeStore {
	s := &fakeStore{value: "one", now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	s.get = cached("kms", func() time.Time { return s.now }, func(context.Context, string) (string, error) {
		s.reads++
		return s.value, s.err
	})
	return s
}

func TestAValueIsUsedForItsTimeAndThenReadAgain(t *testing.T) {
	for _, c := range []struct {
		name    string
		steps   func(s *fakeStore)
		fresh   bool
		want    string
		wantErr error
		reads   int
	}{
		{"within five minutes the old value", func(s *fakeStore) { s.value, s.now = "two", s.now.Add(lifetime-1) }, false, "one", nil, 1},
		{"after five minutes the new one", func(s *fakeStore) { s.value, s.now = "two", s.now.Add(lifetime) }, false, "two", nil, 2},
		{"who wants it fresh gets the new one", func(s *fakeStore) { s.value, s.now = "two", s.now.Add(briefPause) }, true, "two", nil, 2},
		{"fresh is what was read seconds ago", func(s *fakeStore) { s.value, s.now = "two", s.now.Add(briefPause-1) }, true, "one", nil, 1},
		{"an outage is survived with the old value", func(s *fakeStore) { s.err, s.now = errAway, s.now.Add(grace-1) }, false, "one", nil, 2},
		{"but not for ever", func(s *fakeStore) { s.err, s.now = errAway, s.now.Add(grace) }, false, "", errAway, 2},
		{"what was taken away is not used", func(s *fakeStore) { s.err, s.now = errGone, s.now.Add(lifetime) }, false, "", errGone, 2},
		{"what was taken away is not used in an outage that follows", func(s *fakeStore) {
			s.err, s.now = errGone, s.now.Add(lifetime)
			_, _ = s.get(context.Background(), "a")
			s.err, s.now = errAway, s.now.Add(pause)
		}, false, "", errAway, 3},
		{"in an outage the store is not asked for every message", func(s *fakeStore) {
			s.err, s.now = errAway, s.now.Add(lifetime)
			for range 10 {
				_, _ = s.get(context.Background(), "a")
			}
		}, false, "one", nil, 2},
		{"after an outage the new value", func(s *fakeStore) {
			s.err, s.now = errAway, s.now.Add(lifetime)
			_, _ = s.get(context.Background(), "a")
			s.err, s.value, s.now = nil, "two", s.now.Add(pause)
		}, false, "two", nil, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newFakeStore()
			got, err := s.get(t.Context(), "a")
			require.NoError(t, err)
			require.Equal(t, "one", got)
			c.steps(s)
			ctx := t.Context()
			if c.fresh {
				ctx = secret.Fresh(ctx)
			}
			got, err = s.get(ctx, "a")
			assert.Equal(t, c.wantErr, err)
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.reads, s.reads)
		})
	}
}

func TestAFailureIsNotAskedForAgainAtOnce(t *testing.T) {
	for _, c := range []struct {
		err  error
		wait time.Duration
	}{{errAway, briefPause}, {errGone, pause}} {
		s := newFakeStore()
		s.err = c.err
		for range 5 {
			_, err := s.get(t.Context(), "a")
			assert.Equal(t, c.err, err)
		}
		assert.Equal(t, 1, s.reads)
		s.err, s.now = nil, s.now.Add(c.wait)
		got, err := s.get(t.Context(), "a")
		require.NoError(t, err)
		assert.Equal(t, "one", got)
	}
}

func TestManyAtOnceReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		reads := 0
		get := cached("kms", time.Now, func(ctx context.Context, _ string) (string, error) {
			mu.Lock()
			reads++
			mu.Unlock()
			select {
			case <-time.After(time.Second):
				return "value", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		})
		// One whose time is over does not take the reading from the others.
		short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			_, err := get(short, "a")
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
		synctest.Wait()
		for range 50 {
			all.Go(func() {
				got, err := get(t.Context(), "a")
				assert.NoError(t, err)
				assert.Equal(t, "value", got)
			})
		}
		all.Wait()
		assert.Equal(t, 1, reads)
	})
}

func TestAStoreThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		get := cached("kms", time.Now, func(ctx context.Context, _ string) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		})
		began := time.Now()
		_, err := get(t.Context(), "a")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, readTimeout, time.Since(began))
	})
}

func TestNamesDoNotFillTheMemory(t *testing.T) {
	c := &cache{now: time.Now, known: map[string]answer{}, read: func(context.Context, string) (string, error) { return "", errGone }}
	for i := range 10 * maxSecrets {
		_, _ = c.get(t.Context(), fmt.Sprint(i))
	}
	assert.LessOrEqual(t, len(c.known), maxSecrets)
}

// What a message needs may have been pushed since the secret was read.
func TestASecretThatWasJustPushedIsFound(t *testing.T) {
	t.Setenv(secret.DeclaredVariable, "kms:pai-notify#* kms:later")
	for name, reveal := range map[string]func(ctx context.Context) error{
		"by a message": func(ctx context.Context) error { _, err := target.Secret("env:B").Reveal(ctx); return err },
		"by a member":  func(ctx context.Context) error { _, err := target.Secret("kms:pai-notify#B").Reveal(ctx); return err },
		"by who asks": func(ctx context.Context) error {
			if len(secret.Look(ctx, []string{"env:B"})) > 0 {
				return errAway
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFakeStore()
			s.value = `{"A":"a"}`
			ctx := secret.DeclaredHere(map[string]secret.Store{"kms": s.get}).In(t.Context())
			require.Error(t, reveal(ctx))
			s.value, s.now = `{"A":"a","B":"b"}`, s.now.Add(briefPause)
			assert.NoError(t, reveal(ctx))
		})
	}
}

func TestTheUseOfAnOldValueIsLogged(t *testing.T) {
	var log bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	defer slog.SetDefault(old)
	s := newFakeStore()
	s.value = "the-secret-value"
	_, err := s.get(t.Context(), "pai-notify")
	require.NoError(t, err)
	s.err, s.now = errAway, s.now.Add(lifetime)
	_, err = s.get(t.Context(), "pai-notify")
	require.NoError(t, err)
	assert.Contains(t, log.String(), `"secret":"kms:pai-notify"`)
	assert.Contains(t, log.String(), `"reason":"the store is away"`)
	assert.NotContains(t, log.String(), "the-secret-value")
}
