package runtimeapi

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// instance is a function that tells which process it is, and does what it is
// told to.
const instance = `package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	fc "github.com/aliyun/fc-runtime-go-sdk/fc"
)

func main() {
	fc.Start(func(_ context.Context, payload json.RawMessage) (int, error) {
		switch string(payload) {
		case "\"fail\"":
			return 0, errors.New("it broke")
		case "\"exit\"":
			os.Exit(3)
		case "\"hang\"":
			select {}
		}
		return os.Getpid(), nil
	})
}
`

func newPool(t *testing.T) *Pool {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	require.NoError(t, os.WriteFile(source, []byte(instance), 0o600))
	out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "f", "bootstrap"), source).CombinedOutput()
	require.NoError(t, err, "%s", out)
	p := &Pool{Platform: FunctionCompute, Build: dir, Environment: func(string) []string { return append(Environment(), os.ExpandEnv("CHANGED=$CHANGED")) }, Output: t.Output(), Instances: 2}
	t.Cleanup(func() { assert.NoError(t, p.Close()) })
	return p
}

func pid(t *testing.T, p *Pool) int {
	t.Helper()
	answer, err := p.Invoke(t.Context(), "f", []byte(`"who"`))
	require.NoError(t, err)
	var n int
	require.NoError(t, json.Unmarshal(answer, &n))
	return n
}

func alive(pid int) bool {
	_, err := os.Stat("/proc/" + strconv.Itoa(pid))
	return err == nil
}

func TestAnInstanceIsUsedAgainUntilItIsNotFitToBe(t *testing.T) {
	p := newPool(t)
	first := pid(t, p)
	assert.Equal(t, first, pid(t, p), "a free instance is used again")

	_, err := p.Invoke(t.Context(), "f", []byte(`"fail"`))
	var failure *FunctionError
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, "it broke", failure.Message)
	assert.Equal(t, first, pid(t, p), "a failure that was reported ends no instance")

	_, err = p.Invoke(t.Context(), "f", []byte(`"exit"`))
	assert.ErrorContains(t, err, "ended before it answered: exit status 3")
	second := pid(t, p)
	assert.NotEqual(t, first, second)

	ctx, cancel := context.WithCancel(t.Context())
	go func() { // when the invocation is under way
		for len(p.functions["f"].slots) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	_, err = p.Invoke(ctx, "f", []byte(`"hang"`))
	require.Error(t, err)
	assert.False(t, alive(second), "what did not answer may hang, and is not asked again")
	assert.NotEqual(t, second, pid(t, p))
}

func TestIdleInstancesEnd(t *testing.T) {
	p := newPool(t)
	n := pid(t, p)
	t.Setenv("CHANGED", "1")
	again := pid(t, p)
	assert.NotEqual(t, n, again, "what was started before does not know the change")
	assert.False(t, alive(n))
	n = again
	p.reap(time.Now())
	assert.True(t, alive(n))
	p.reap(time.Now().Add(defaultIdle))
	assert.False(t, alive(n))
	assert.NotEqual(t, n, pid(t, p))
}

func TestNoMoreInstancesRunThanMay(t *testing.T) {
	p := newPool(t)
	seen := map[int]bool{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			answer, err := p.Invoke(t.Context(), "f", []byte(`"who"`))
			if !assert.NoError(t, err) {
				return
			}
			n, err := strconv.Atoi(string(answer))
			assert.NoError(t, err)
			mu.Lock()
			defer mu.Unlock()
			seen[n] = true
		})
	}
	all.Wait()
	assert.LessOrEqual(t, len(seen), 2)
}

func TestAClosedPoolLeavesNothingRunning(t *testing.T) {
	p := newPool(t)
	n := pid(t, p)
	require.NoError(t, p.Close())
	assert.False(t, alive(n))
	_, err := p.Invoke(t.Context(), "f", nil)
	assert.ErrorIs(t, err, errClosed)
}

func TestAFunctionThatWasNotBuiltIsNamed(t *testing.T) {
	_, err := newPool(t).Invoke(t.Context(), "other", nil)
	assert.ErrorContains(t, err, "no executable at")
	assert.ErrorContains(t, err, "run make build first")
}

// Whoever asks the runtime API for an event has it, and whoever answers has said
// what became of it.
func TestOnlyTheExecutableReachesItsRuntimeAPI(t *testing.T) {
	for _, platform := range []Platform{FunctionCompute, Lambda} {
		dir := t.TempDir()
		path := filepath.Join(dir, "bootstrap")
		require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\necho $"+platform.variable()+" > api\nexec sleep 600\n"), 0o700)) //nolint:gosec // it is run
		p, err := Start(platform, path, os.Environ(), t.Output())
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, p.Close()) })
		var api string
		require.Eventually(t, func() bool {
			text, err := os.ReadFile(filepath.Join(dir, "api"))
			api = strings.TrimSpace(string(text))
			return err == nil && api != ""
		}, 10*time.Second, 10*time.Millisecond)
		host, secret, ok := strings.Cut(api, "/")
		require.True(t, ok)
		for prefix, want := range map[string]int{"": http.StatusNotFound, "/wrong": http.StatusNotFound, "/" + secret: platform.accepted()} {
			res, err := http.Post("http://"+host+prefix+platform.prefix()+"/invocation/local-1/response", "application/json", strings.NewReader("{}"))
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			assert.Equal(t, want, res.StatusCode, prefix)
		}
	}
}
