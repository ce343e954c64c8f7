package bustest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func contains(err error, text string) bool { return strings.Contains(err.Error(), text) }

// network is an [http.RoundTripper] made of a function.
type network func(*http.Request) (*http.Response, error)

func (n network) RoundTrip(r *http.Request) (*http.Response, error) { return n(r) }

var errLost = errors.New("connection reset by the suite")

// lossy loses every second call, in turn before it arrives and after it was
// answered.
func lossy() network {
	var calls atomic.Int64
	return func(r *http.Request) (*http.Response, error) {
		switch calls.Add(1) % 4 {
		case 2:
			return nil, errLost
		case 0:
			res, err := http.DefaultTransport.RoundTrip(r)
			if err == nil {
				_, _ = io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
			return nil, errLost
		}
		return http.DefaultTransport.RoundTrip(r)
	}
}

func concurrentUseIsSafe(t T, f Fixture) {
	b := made(t, f)
	const many = 8
	var done sync.WaitGroup
	for i := range many {
		done.Go(func() {
			rule := fmt.Sprintf("rule-%d", i)
			r := bus.Rule{Name: rule, Pattern: pattern}
			assert.NoError(t, b.CreateRule(ctx, busName, r))
			assert.NoError(t, b.UpdateTargets(ctx, busName, rule, []bus.Target{sample("a"), sample("b")}))
			assert.NoError(t, b.EnableRule(ctx, busName, rule))
			assert.NoError(t, b.DeleteTargets(ctx, busName, rule, []string{"a"}))
			got, err := b.GetRule(ctx, busName, rule)
			assert.NoError(t, err)
			r.Enabled = true
			sameRule(t, r, got)
			_, err = b.ListRules(ctx, busName)
			assert.NoError(t, err)
		})
	}
	done.Wait()
	rules, err := b.ListRules(ctx, busName)
	require.NoError(t, err)
	require.Len(t, rules, many)
	targets, err := b.ListTargets(ctx, busName, names(rules))
	require.NoError(t, err)
	for _, r := range rules {
		sameTargets(t, []bus.Target{sample("b")}, targets[r.Name], r.Name)
	}
}

func deadlineIsKept(t T, f Fixture) {
	ruled(t, f, "job-died")
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	b := f.Through(t, network(func(r *http.Request) (*http.Response, error) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return nil, errLost
	}))
	for name, call := range methods(t, b) {
		short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		failed := make(chan error, 1)
		go func() { failed <- call(short) }()
		select {
		case err := <-failed:
			fails(t, f, err, bus.Unavailable, name)
			assert.ErrorIs(t, err, context.DeadlineExceeded, name)
		case <-time.After(f.grace):
			assert.Fail(t, "the deadline passed and nothing happened", name)
		}
		cancel()
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	for name, call := range methods(t, f.Bus) {
		err := call(gone)
		fails(t, f, err, bus.Unavailable, name)
		assert.ErrorIs(t, err, context.Canceled, name)
	}
	_, err := f.Bus.GetRule(ctx, busName, "job-died")
	assert.NoError(t, err, "a call whose context had ended took effect")
}

func cutIsUnavailable(t T, f Fixture) {
	b := f.Through(t, network(func(*http.Request) (*http.Response, error) { return nil, errLost }))
	for name, call := range methods(t, b) {
		fails(t, f, call(ctx), bus.Unavailable, name)
	}
}

// lossyNeverLies makes rules over a network that loses half of the calls. What
// was reported as done must be there.
func lossyNeverLies(t T, f Fixture) {
	sure := made(t, f)
	b := f.Through(t, lossy())
	for i := range 12 {
		rule := fmt.Sprintf("rule-%02d", i)
		done := func(name string, err error) bool {
			if err != nil {
				fails(t, f, err, bus.Unavailable, name+" "+rule)
			}
			return err == nil
		}
		if !done("CreateRule", b.CreateRule(ctx, busName, bus.Rule{Name: rule, Pattern: pattern, Enabled: true})) {
			continue
		}
		r, err := sure.GetRule(ctx, busName, rule)
		require.NoError(t, err, "a rule reported as made")
		assert.True(t, r.Enabled)
		if done("UpdateTargets", b.UpdateTargets(ctx, busName, rule, []bus.Target{sample("a")})) {
			targets, err := sure.ListTargets(ctx, busName, []string{rule})
			require.NoError(t, err)
			sameTargets(t, []bus.Target{sample("a")}, targets[rule], "targets reported as written")
		}
		list, err := b.ListRules(ctx, busName)
		if done("ListRules", err) {
			all, err := sure.ListRules(ctx, busName)
			require.NoError(t, err)
			assert.Equal(t, names(all), names(list), "rules reported as all")
		}
		if i%2 == 0 && done("DisableRule", b.DisableRule(ctx, busName, rule)) {
			r, err := sure.GetRule(ctx, busName, rule)
			require.NoError(t, err)
			assert.False(t, r.Enabled, "a rule reported as disabled")
		}
		if i%3 == 0 && done("DeleteRule", b.DeleteRule(ctx, busName, rule)) {
			_, err := sure.GetRule(ctx, busName, rule)
			fails(t, f, err, bus.NotFound, "a rule reported as deleted")
		}
	}
}

func keysNeverShow(t T, f Fixture) {
	require.NotEmpty(t, f.Keys)
	for name, call := range methods(t, f.Stranger(t)) {
		fails(t, f, call(ctx), bus.NoCredentials, name)
	}
}
