// Package clients tests the local bus with third-party clients, and the functions
// with third-party receivers. The tests need build/pai-notify and what make
// clients installs.
package clients

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	workspace     = "clients"
	bus           = "pai-system-" + workspace
	webhookSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	sample        = "../../events/"
)

// delivered are the requests that the http target made, by the event's id.
type delivered struct {
	mu       sync.Mutex
	requests map[string]request
	*httptest.Server
}

// request is what a webhook's receiver got, as the verifying scripts read it.
type request struct {
	Secret  string            `json:"secret"`
	Body    string            `json:"body"`
	Headers map[string]string `json:"headers"`
}

func receiver(t *testing.T) *delivered {
	d := &delivered{requests: map[string]request{}}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var event struct{ ID string }
		if err == nil {
			err = json.Unmarshal(body, &event)
		}
		if !assert.NoError(t, err) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		got := request{webhookSecret, string(body), map[string]string{}}
		for name := range r.Header {
			got.Headers[strings.ToLower(name)] = r.Header.Get(name)
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.requests[event.ID] = got
	}))
	t.Cleanup(d.Close)
	return d
}

// got waits for the event of an id.
func (d *delivered) got(t *testing.T, id string) request {
	t.Helper()
	var r request
	require.Eventually(t, func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		found := false
		r, found = d.requests[id]
		return found
	}, 20*time.Second, 20*time.Millisecond, "%s was not delivered", id)
	return r
}

// machine is a bus that runs, as its local.json describes it to clients.
type machine struct {
	URL    string `json:"endpoint"`
	KeyID  string `json:"access_key_id"`
	Secret string `json:"access_key_secret"`

	host string
}

// up starts the bus with a document.
func up(t *testing.T, document string, variables ...string) machine {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "workspace.yaml")
	require.NoError(t, os.WriteFile(path, []byte(document), 0o600))
	command := exec.Command("../../build/pai-notify", "up", "-w", path, "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0")
	command.Env = append(os.Environ(), variables...)
	log := &output{}
	command.Stdout, command.Stderr = log, log
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	var m machine
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(filepath.Join(dir, "data", "local.json"))
		if err != nil || json.Unmarshal(text, &m) != nil {
			return false
		}
		answer, err := http.Get(m.URL + "/healthz")
		return err == nil && answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	}, 30*time.Second, 50*time.Millisecond, "up did not start")
	m.host = strings.TrimPrefix(m.URL, "http://")
	return m
}

// output is what a process writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// script runs one of the scripts beside this file; it prints what passed.
func script(t *testing.T, m machine, stdin any, program string, args ...string) {
	t.Helper()
	text, err := json.Marshal(stdin)
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), program, args...)
	command.Stdin = bytes.NewReader(text)
	command.Env = append(os.Environ(), "BUS_URL="+m.URL, "BUS="+bus, "ACCESS_KEY_ID="+m.KeyID, "ACCESS_KEY_SECRET="+m.Secret)
	said, err := command.CombinedOutput()
	require.NoError(t, err, "%s", said)
	fmt.Print(string(said))
}

// approved is an event of a model, which the http target is sent.
func approved(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile(sample + "model-version-approved.json")
	require.NoError(t, err)
	var event map[string]any
	require.NoError(t, json.Unmarshal(text, &event))
	return event
}

func passed(format string, args ...any) { fmt.Printf("ok: "+format+"\n", args...) }

// tool returns what make clients installed in .tools/clients.
func tool(t *testing.T, path string) string {
	t.Helper()
	full, err := filepath.Abs(filepath.Join("../../.tools/clients", path))
	require.NoError(t, err)
	_, err = os.Stat(full)
	require.NoError(t, err, "run make clients, which installs it")
	return full
}

func TestClientsPublishAndManage(t *testing.T) {
	d := receiver(t)
	m := up(t, fmt.Sprintf(`workspace: %s
rules:
  - name: models
    source: model
    events: ["*"]
    targets:
      - {type: http, url: env:MODEL_WEBHOOK_URL, secret: env:MODEL_WEBHOOK_SECRET}
`, workspace), "MODEL_WEBHOOK_URL="+d.URL, "MODEL_WEBHOOK_SECRET="+webhookSecret, "PAI_NOTIFY_ALLOW="+strings.TrimPrefix(d.URL, "http://"))
	python, node := tool(t, "python/bin/python"), tool(t, "node/node_modules")
	event := approved(t)

	t.Run("the RPC library of Terraform's provider", func(t *testing.T) { teaRPC(t, m) })
	t.Run("Go", func(t *testing.T) {
		officialGo(t, m)
		cloudEventsGo(t, m, event)
		d.got(t, "cloudevents-go")
		passed("CloudEvents SDK of Go: published and delivered")
	})
	t.Run("Python", func(t *testing.T) {
		script(t, m, event, python, "clients.py", "manage")
		for _, id := range []string{"data-plane-python", "cloudevents-python"} {
			d.got(t, id)
		}
		passed("data plane SDK and CloudEvents SDK of Python: delivered")
		script(t, m, d.got(t, "cloudevents-python"), python, "clients.py", "verify")
	})
	t.Run("Node", func(t *testing.T) {
		t.Setenv("NODE_MODULES", node)
		script(t, m, event, "node", "clients.mjs", "manage")
		for _, id := range []string{"data-plane-node", "cloudevents-node"} {
			d.got(t, id)
		}
		passed("data plane SDK and CloudEvents SDK of Node: delivered")
		script(t, m, d.got(t, "cloudevents-node"), "node", "clients.mjs", "verify")
	})
}
