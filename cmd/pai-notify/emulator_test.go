package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/aws/mototest"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// samVariable names the SAM CLI. Without it a test is skipped: make containers
// installs it and sets the variable.
const samVariable = "PAI_NOTIFY_SAM"

// emulator is AWS's runtime interface emulator, which comes with the SAM CLI.
func emulator(t *testing.T) string {
	t.Helper()
	sam := os.Getenv(samVariable)
	if sam == "" {
		t.Skip(samVariable + " is not set: make containers sets it")
	}
	found, err := filepath.Glob(filepath.Join(filepath.Dir(sam), "../lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-x86_64"))
	require.NoError(t, err)
	require.Len(t, found, 1, "the SAM CLI has no emulator, or several")
	return found[0]
}

// invocation is where Lambda, its emulator and sam take an event.
const invocation = "/2015-03-31/functions/function/invocations"

// emulated runs an executable under the emulator until the test ends, and
// returns what invokes it.
func emulated(t *testing.T, rie, executable string, environment ...string) func(t *testing.T, payload []byte) []byte {
	t.Helper()
	address := free(t)
	c := exec.Command(rie, "--runtime-interface-emulator-address", address, "--runtime-api-address", free(t), executable) //nolint:gosec // of the tester's own setting
	c.Env = append(environment, "AWS_LAMBDA_FUNCTION_TIMEOUT=30", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128")
	var log bytes.Buffer
	c.Stdout, c.Stderr = &log, &log
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		_ = c.Wait() // it was killed
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return func(t *testing.T, payload []byte) []byte {
		t.Helper()
		return post(t, "http://"+address+invocation, payload)
	}
}

// post invokes a function; whoever serves it may just be starting.
func post(t *testing.T, url string, payload []byte) []byte {
	t.Helper()
	var answer []byte
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		r, err := http.Post(url, "application/json", bytes.NewReader(payload))
		require.NoError(c, err)
		defer func() { _ = r.Body.Close() }()
		require.Equal(c, http.StatusOK, r.StatusCode)
		answer, err = io.ReadAll(r.Body)
		require.NoError(c, err)
	}, 3*time.Minute, 50*time.Millisecond) // sam is slow on a machine that is busy
	return answer
}

// free returns a loopback address that nobody listens at.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestFunctionsUnderTheEmulatorOfLambda(t *testing.T) {
	rie := emulator(t)
	p := newReceivingEnd(t, "127.0.0.1")
	build, without := packed(t, p.document(t)), packed(t, nil)
	for _, name := range functionNames() {
		if name == "provision" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			invoke := emulated(t, rie, filepath.Join(build, packageOf(name), "bootstrap"), "PAI_NOTIFY_ALLOW="+p.host)
			bare := p.eventFile(t, bareFor(name), p.known)

			o := ended(t, invoke(t, p.eventFile(t, name+".json", p.known)))
			assert.Equal(t, outcome.Sent, o.Status, o.Reason)
			assert.Equal(t, 1, p.accepted(name))
			o = ended(t, invoke(t, bare))
			assert.Equal(t, outcome.Skipped, o.Status, "the rule on the bus and the one of the package are one")
			assert.JSONEq(t, `{"batchItemFailures":[]}`, string(invoke(t, p.eventFile(t, name+"-queue.json", p.known))))
			assert.Equal(t, 1, p.accepted(name))

			o = ended(t, invoke(t, []byte(`{"specversion":"1.0","type":"x"}`)))
			assert.Equal(t, outcome.Permanent, o.Class, o.Reason)

			fresh := emulated(t, rie, filepath.Join(without, packageOf(name), "bootstrap"), "PAI_NOTIFY_ALLOW="+p.host)
			o = ended(t, fresh(t, p.eventFile(t, name+".json", p.unknown)))
			assert.Equal(t, outcome.Failed, o.Status)
			assert.Contains(t, []outcome.Class{outcome.Permanent, outcome.Gone}, o.Class, o.Reason)
			assert.JSONEq(t, `{"batchItemFailures":[{"itemIdentifier":"e84af65d-cf92-441b-a08c-f02700350a0f"}]}`, string(fresh(t, p.eventFile(t, name+"-queue.json", p.unknown))))
			assert.Equal(t, 1, p.accepted(name))
			o = ended(t, fresh(t, bare))
			assert.Equal(t, outcome.Permanent, o.Class)
			assert.Contains(t, o.Reason, "json -w workspace.yaml > build/"+name+"/workspace.json")
		})
	}
	t.Run("provision", func(t *testing.T) {
		invoke := emulated(t, rie, filepath.Join(build, "provision", "bootstrap"), "PAI_NOTIFY_ALLOW="+p.host, "AWS_ENDPOINT_URL="+mototest.Start(t),
			"AWS_REGION=ap-southeast-1", "AWS_ACCESS_KEY_ID=testing", "AWS_SECRET_ACCESS_KEY=testing")
		for _, c := range []struct {
			action  string
			changed bool
		}{{"plan", true}, {"apply", true}, {"plan", false}, {"list", false}, {"disable", true}, {"enable", true}, {"status", false}, {"delete", true}} {
			var answer struct {
				Changed                  bool
				Error, ErrorMessage, Bus string
			}
			text := invoke(t, p.eventFile(t, "provision-"+c.action+".json", p.known))
			require.NoError(t, json.Unmarshal(text, &answer), "%s", text)
			assert.Empty(t, answer.ErrorMessage, c.action)
			assert.Equal(t, "pai-system-llm_lab", answer.Bus, "%s", text)
			assert.Equal(t, c.changed, answer.Changed, "%s", text)
		}
		assert.Contains(t, string(invoke(t, []byte(`{"action":"sing"}`))), `"errorType":"Permanent"`)
	})
}
