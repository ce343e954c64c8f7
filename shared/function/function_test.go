package function_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/function"
	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
)

// roleVariable makes the test executable play a function, so that the real
// SDKs are tested in a real process.
const roleVariable = "PAI_NOTIFY_TEST_FUNCTION"

func TestMain(m *testing.M) {
	if os.Getenv(roleVariable) != "" {
		function.Start(handle)
		return
	}
	os.Exit(m.Run())
}

type refused struct{}

func (refused) Error() string       { return `{"status":"failed"}` }
func (refused) FailureType() string { return "Permanent" }

func handle(ctx context.Context, payload []byte) (json.RawMessage, error) {
	slog.InfoContext(ctx, "handled")
	deadline, ok := ctx.Deadline()
	switch string(payload) {
	case "fail":
		return nil, refused{}
	case "error":
		return nil, errors.New("plain trouble")
	case "exit":
		os.Exit(3)
	case "partly":
		return json.RawMessage(`[{"status":"sent"},{"status":"failed"}]`), nil
	case "case":
		return json.RawMessage(`{"status":"failed","Status":"sent","batchitemfailures":[]}`), nil
	case "queue":
		return json.RawMessage(`{"batchItemFailures":[{"itemIdentifier":"m1"}]}`), nil
	case "limit":
		return json.Marshal(debug.SetMemoryLimit(-1))
	case "repeated":
		return json.Marshal(event.IsRepeated(ctx))
	case "hang":
		<-ctx.Done()
		time.Sleep(time.Minute)
	}
	return json.Marshal(map[string]any{"payload": string(payload), "deadline": ok && time.Until(deadline) > 0})
}

func start(t *testing.T, platform runtimeapi.Platform) (*runtimeapi.Process, *lines) {
	t.Helper()
	var output lines
	p, err := runtimeapi.Start(platform, os.Args[0], append(runtimeapi.Environment(), roleVariable+"=1"), &output)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Close()) })
	return p, &output
}

// lines is an output that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func platforms(t *testing.T, run func(t *testing.T, p runtimeapi.Platform)) {
	for _, p := range []runtimeapi.Platform{runtimeapi.FunctionCompute, runtimeapi.Lambda} {
		t.Run("on "+string(p), func(t *testing.T) { run(t, p) })
	}
}

func TestAFunctionKeepsWithinTheMemoryThatItHas(t *testing.T) {
	run := func(environment ...string) string {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(environment, roleVariable+"=1")
		cmd.Stdin = strings.NewReader("limit")
		out, err := cmd.Output()
		require.NoError(t, err)
		return strings.TrimSpace(string(out))
	}
	const limit = "100663296" // 96 MB
	assert.Equal(t, limit, run("FC_FUNCTION_MEMORY_SIZE=128"))
	assert.Equal(t, limit, run("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128"))
	assert.Equal(t, "67108864", run("FC_FUNCTION_MEMORY_SIZE=128", "GOMEMLIMIT=64MiB"), "what somebody set stays")
	assert.Equal(t, run(), run("FC_FUNCTION_MEMORY_SIZE=much"))
}

func TestThePayloadArrivesAsItIsWithADeadline(t *testing.T) {
	platforms(t, func(t *testing.T, platform runtimeapi.Platform) {
		p, _ := start(t, platform)
		for _, payload := range []string{`{"a":1}`, `not JSON at all`, `[1, 2]`, ``} {
			answer, err := p.Invoke(t.Context(), []byte(payload))
			require.NoError(t, err)
			var got struct {
				Payload  string
				Deadline bool
			}
			require.NoError(t, json.Unmarshal(answer, &got), "%s", answer)
			assert.Equal(t, payload, got.Payload)
			assert.True(t, got.Deadline, "the handler has a deadline")
		}
	})
}

func TestFunctionComputeTellsWhatItRepeats(t *testing.T) {
	platforms(t, func(t *testing.T, platform runtimeapi.Platform) {
		p, _ := start(t, platform)
		for repeats, says := range []bool{false, platform == runtimeapi.FunctionCompute} {
			answer, err := p.Invoke(runtimeapi.WithRepeats(t.Context(), repeats), []byte("repeated"))
			require.NoError(t, err)
			assert.Equal(t, strconv.FormatBool(says), string(answer))
		}
	})
}

func TestAFailureReachesThePlatformWithItsTypeAndText(t *testing.T) {
	platforms(t, func(t *testing.T, platform runtimeapi.Platform) {
		p, _ := start(t, platform)
		_, err := p.Invoke(t.Context(), []byte("fail"))
		var failure *runtimeapi.FunctionError
		require.ErrorAs(t, err, &failure)
		assert.Equal(t, runtimeapi.FunctionError{Type: "Permanent", Message: `{"status":"failed"}`}, *failure)

		_, err = p.Invoke(t.Context(), []byte("error"))
		require.ErrorAs(t, err, &failure)
		assert.Equal(t, "plain trouble", failure.Message)

		_, err = p.Invoke(t.Context(), []byte("ok"))
		assert.NoError(t, err, "the instance serves on")
	})
}

func TestLogLinesCarryTheRequestID(t *testing.T) {
	platforms(t, func(t *testing.T, platform runtimeapi.Platform) {
		p, output := start(t, platform)
		_, err := p.Invoke(t.Context(), []byte("ok"))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return strings.Contains(output.String(), `"request_id":"local-1"`) }, 10*time.Second, time.Millisecond)
	})
}

func TestAFunctionThatEndsIsReported(t *testing.T) {
	platforms(t, func(t *testing.T, platform runtimeapi.Platform) {
		p, _ := start(t, platform)
		_, err := p.Invoke(t.Context(), []byte("exit"))
		assert.ErrorContains(t, err, "ended before it answered: exit status 3")
		_, err = p.Invoke(t.Context(), []byte("ok"))
		assert.ErrorContains(t, err, "ended before it answered")
	})
}

func TestAFunctionThatHangsIsReported(t *testing.T) {
	platforms(t, func(t *testing.T, platform runtimeapi.Platform) {
		p, _ := start(t, platform)
		_, err := p.Invoke(t.Context(), []byte("ok"))
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err = p.Invoke(ctx, []byte("hang"))
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestInvocationsAtTheSameTimeGetTheirOwnAnswers(t *testing.T) {
	p, _ := start(t, runtimeapi.FunctionCompute)
	var invoked sync.WaitGroup
	for _, payload := range strings.Fields("a b c d e f g h") {
		invoked.Go(func() {
			answer, err := p.Invoke(t.Context(), []byte(payload))
			if assert.NoError(t, err) {
				assert.Contains(t, string(answer), `"payload":"`+payload+`"`)
			}
		})
	}
	invoked.Wait()
}

func TestStartRefusesAMissingExecutable(t *testing.T) {
	_, err := runtimeapi.Start(runtimeapi.Lambda, "nowhere/bootstrap", nil, os.Stderr)
	assert.ErrorContains(t, err, "run make build first")
}

func TestStandardInputIsAnsweredOnce(t *testing.T) {
	for name, c := range map[string]struct {
		payload, out, err string
		code              int
	}{
		"an answer is printed":         {payload: "ok", out: `{"deadline":true,"payload":"ok"}` + "\n"},
		"a failure is printed":         {payload: "fail", out: `{"status":"failed"}` + "\n", code: 1},
		"a failure beside a success":   {payload: "partly", out: `[{"status":"sent"},{"status":"failed"}]` + "\n", code: 1},
		"a failure and other letters":  {payload: "case", out: `{"status":"failed","Status":"sent","batchitemfailures":[]}` + "\n", code: 1},
		"a message of a queue":         {payload: "queue", out: `{"batchItemFailures":[{"itemIdentifier":"m1"}]}` + "\n", code: 1},
		"an error goes to diagnostics": {payload: "error", err: "plain trouble\n", code: 1},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(runtimeapi.Environment(), roleVariable+"=1")
			cmd.Stdin = strings.NewReader(c.payload)
			var out, diagnostics bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &diagnostics
			_ = cmd.Run() // the exit code is asserted below
			assert.Equal(t, c.code, cmd.ProcessState.ExitCode())
			assert.Equal(t, c.out, out.String())
			assert.True(t, strings.HasSuffix(diagnostics.String(), c.err), diagnostics.String())
			assert.Contains(t, diagnostics.String(), `"msg":"handled"`, "log lines do not mix with the answer")
		})
	}
}
