package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	target "github.com/pai-notify/pai-notify/functions/http"
	"github.com/pai-notify/pai-notify/shared/event"
	contract "github.com/pai-notify/pai-notify/shared/target"
)

const (
	secret  = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	another = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU="
	// modules is the variable that says where Node finds Express.
	modules = "PAI_NOTIFY_EXPRESS"
)

// running is a receiver that listens; lines ends it and returns what it printed.
type running struct {
	url   string
	lines func() []string
}

func inGo(t *testing.T) running {
	t.Helper()
	hook, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	var out bytes.Buffer
	s := httptest.NewServer(&receiver{hook: hook, out: &out, seen: map[string]bool{}})
	t.Cleanup(s.Close)
	return running{s.URL, func() []string {
		s.Close()
		return strings.Split(strings.TrimSpace(out.String()), "\n")
	}}
}

// program starts a receiver that is a program of its own.
func program(t *testing.T, name string, arguments ...string) running {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("no %s here", name)
	}
	require.NoError(t, err)
	c := exec.Command(path, arguments...)
	c.Env = append(os.Environ(), "WEBHOOK_SECRET="+secret, "PORT=0", "PYTHONUTF8=1", "NODE_PATH="+os.Getenv(modules))
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	stop := func() { _ = c.Process.Kill() }
	t.Cleanup(func() { stop(); _ = c.Wait() })
	read := bufio.NewReader(out)
	line, err := read.ReadString('\n')
	require.NoError(t, err)
	port, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	require.True(t, ok, line)
	return running{"http://127.0.0.1:" + port, func() []string {
		stop()
		rest, _ := io.ReadAll(read)
		return strings.Split(strings.TrimSpace(string(rest)), "\n")
	}}
}

func inPython(t *testing.T) running {
	t.Helper()
	return program(t, "python3", "receiver.py")
}

func inExpress(t *testing.T) running {
	t.Helper()
	needExpress(t)
	return program(t, "node", "express.js")
}

func needExpress(t *testing.T) {
	t.Helper()
	if os.Getenv(modules) == "" {
		t.Skip("make receivers runs this with Express")
	}
}

func send(t *testing.T, to, mode, secret, id string) error {
	t.Helper()
	parameters, err := json.Marshal(map[string]string{"url": to, "secret": secret, "content_mode": mode})
	require.NoError(t, err)
	made, err := target.Spec.Open(parameters)
	require.NoError(t, err)
	sample, err := events.Files.ReadFile("model-version-approved.json")
	require.NoError(t, err)
	e, err := event.Parse(sample)
	require.NoError(t, err)
	_, err = made.Send(context.Background(), contract.Notification{ID: id, Event: e})
	return err
}

func TestEveryReceiverOfTheReadmeTakesWhatIsSentAndNothingElse(t *testing.T) {
	t.Setenv("PAI_NOTIFY_ALLOW", "127.0.0.1")
	for name, start := range map[string]func(*testing.T) running{"Go": inGo, "Python": inPython, "Express": inExpress} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			require.NoError(t, send(t, r.url, "structured", secret, "n1"))
			require.NoError(t, send(t, r.url, "structured", secret, "n1"), "again, as after a lost answer")
			require.NoError(t, send(t, r.url, "binary", secret, "n2"))
			assert.ErrorContains(t, send(t, r.url, "structured", another, "n3"), "HTTP 401")
			assert.ErrorContains(t, send(t, r.url, "binary", another, "n3"), "HTTP 401")
			assert.ErrorContains(t, send(t, r.url, "structured", "", "n3"), "HTTP 401")
			assert.Equal(t, http.StatusUnauthorized, forged(t, r.url, time.Now(), " "), "another body")
			assert.Equal(t, http.StatusUnauthorized, forged(t, r.url, time.Now().Add(-10*time.Minute), ""), "a signature of ten minutes")
			assert.Equal(t, http.StatusNoContent, forged(t, r.url, time.Now(), ""), "what is forged is all that was wrong")

			const line = "paimodel:VersionStatusChange:VersionApproved 信贷风控-xgboost 1.4.0"
			assert.Equal(t, []string{line, line, "x y z"}, r.lines())
		})
	}
}

// forged posts an event that was signed at a time, with something after it.
func forged(t *testing.T, to string, at time.Time, more string) int {
	t.Helper()
	const body = `{"specversion":"1.0","id":"1","source":"s","type":"x","data":{"ModelName":"y","VersionName":"z"}}`
	hook, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	signature, err := hook.Sign("n4", at, []byte(body))
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, to, strings.NewReader(body+more))
	require.NoError(t, err)
	req.Header = http.Header{
		"Content-Type": {"application/cloudevents+json"}, "Webhook-Id": {"n4"},
		"Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {signature},
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}

// plain is a receiver that leaves Express's parser as it comes.
const plain = `const express = require('express'), app = express();
app.use(express.json());
app.post('/', (req, res) => { console.log(req.body ? req.body.ModelName : 'no body'); res.sendStatus(200); });
const server = app.listen(process.env.PORT, () => console.log('listening on', server.address().port));`

func TestExpressReadsBinaryModeAsItComes(t *testing.T) {
	needExpress(t)
	t.Setenv("PAI_NOTIFY_ALLOW", "127.0.0.1")
	r := program(t, "node", "-e", plain)
	require.NoError(t, send(t, r.url, "structured", secret, "n1"))
	require.NoError(t, send(t, r.url, "binary", secret, "n2"))
	assert.Equal(t, []string{"no body", "信贷风控-xgboost"}, r.lines())
}

func TestTheReadmeShowsTheReceiversThatRun(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	for language, file := range map[string]string{"go": "receiver.go", "python": "receiver.py", "js": "express.js"} {
		code, err := os.ReadFile(filepath.Clean(file))
		require.NoError(t, err)
		assert.True(t, strings.Contains(string(readme), "```"+language+"\n"+string(code)+"```\n"), "README.md does not show %s as it is", file)
	}
}
