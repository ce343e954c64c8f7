package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/history"
	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
)

const (
	robotKey   = "SECe2e00000000000000000000000000000000000000000000000000000000001"
	httpSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
)

// everything asks for every event type, on as many robots as the platform's
// rate needs, and for models over HTTP as well.
const everything = `
workspace: e2e
language: en
rules:
  - name: jobs
    source: dlc
    events: ["*"]
    targets: [{type: dingtalk, name: jobs, webhook: env:ROBOT_A, signing_key: env:ROBOT_KEY}]
  - name: flows
    source: flow
    events: ["*"]
    targets: [{type: dingtalk, name: flows, language: zh, webhook: env:ROBOT_B, signing_key: env:ROBOT_KEY}]
  - name: models
    source: model
    events: ["*"]
    targets:
      - {type: dingtalk, name: models, language: ja, webhook: env:ROBOT_B, signing_key: env:ROBOT_KEY}
      - {type: http, name: registry, url: env:RECEIVER, secret: env:RECEIVER_SECRET}
  - name: notebooks
    source: dsw
    events: ["*"]
    targets: [{type: dingtalk, name: notebooks, webhook: env:ROBOT_B, signing_key: env:ROBOT_KEY}]
`

// standIns serves an inbox and returns the environment that leads to it.
func standIns(t *testing.T) (*inbox.Inbox, []string) {
	t.Helper()
	in := inbox.New(inbox.Options{}, standins.All()...)
	in.Add("dingtalk", "a", inbox.Keys{Secret: robotKey})
	in.Add("dingtalk", "b", inbox.Keys{Secret: robotKey})
	in.Add("http", "models", inbox.Keys{Secret: httpSecret})
	server := httptest.NewServer(in)
	t.Cleanup(server.Close)
	return in, []string{
		"ROBOT_A=" + server.URL + "/robot/send?access_token=a",
		"ROBOT_B=" + server.URL + "/robot/send?access_token=b",
		"ROBOT_KEY=" + robotKey,
		"RECEIVER=" + server.URL + "/receive/models",
		"RECEIVER_SECRET=" + httpSecret,
		"PAI_NOTIFY_ALLOW=127.0.0.1",
	}
}

func sample(t *testing.T, name string) event.Event {
	t.Helper()
	text, err := events.Files.ReadFile(name)
	require.NoError(t, err)
	e, err := event.Parse(text)
	require.NoError(t, err)
	return e
}

func TestEveryEventTypeReachesEveryTargetThatMayHaveIt(t *testing.T) {
	in, environment := standIns(t)
	document := filepath.Join(t.TempDir(), "workspace.yaml")
	require.NoError(t, os.WriteFile(document, []byte(everything), 0o600))

	r := command(t, environment, "", "up", "--once", "--events", "events", "-w", document)
	require.Equal(t, exitOK, r.code, "%s%s", r.out, r.err)

	byHTTP := map[string]inbox.Message{}
	var read []string
	for _, m := range in.Received() {
		require.True(t, m.Accepted, "%+v", m)
		assert.Equal(t, "valid", m.Signature)
		if m.Platform == "dingtalk" {
			read = append(read, m.Receiver+": "+m.Title)
			continue
		}
		var e struct{ ID string }
		require.NoError(t, json.Unmarshal([]byte(m.Body), &e))
		byHTTP[e.ID] = m
	}
	languages := map[string]message.Language{"dlc": message.English, "flow": message.Chinese, "model": message.Japanese, "dsw": message.English}
	sent := 0
	for _, name := range events.Story() {
		e := sample(t, name)
		source, typ, robot := sourceOf(t, name), typeOf(name), "b"
		if source.Name == "dlc" {
			robot = "a"
		}
		known, ok := event.Builtin().Type(typ)
		require.True(t, ok)
		m := message.Render(e, source, known, languages[source.Name], event.Rule{})
		assert.True(t, slices.ContainsFunc(read, func(title string) bool {
			return strings.HasPrefix(title, robot+": ") && strings.Contains(title, " "+m.Title)
		}), "robot %s shows %q among %q", robot, m.Title, read)
		assert.Contains(t, m.Title, e.Lookup(source.Title))
		assert.Regexp(t, regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(typ)+` .*dingtalk/\S+ +sent`), r.out)
		sent++
		if strings.HasPrefix(name, "model-") {
			sent++
			m, ok := byHTTP[e.ID()]
			if assert.True(t, ok, "%s reached the HTTP endpoint", name) {
				assert.JSONEq(t, string(e.JSON()), m.Body, "the event arrives as it was published")
			}
		}
	}
	assert.Len(t, in.Received(), sent, "each message exactly once")
	assert.Contains(t, r.out, fmt.Sprintf("%d sent, 0 skipped, 0 failed.", sent))
}

// sourceOf returns the catalogue's source that a sample's file is named after.
func sourceOf(t *testing.T, name string) event.Source {
	t.Helper()
	prefix, _, _ := strings.Cut(name, "-")
	source, ok := event.Builtin().Source(prefix)
	require.True(t, ok)
	return source
}

// typeOf returns the event type that a sample's file is named after.
func typeOf(name string) string {
	return strings.Replace(strings.TrimSuffix(name, ".json"), "-", ".", 1)
}

// upProcess is the program while it serves.
type upProcess struct {
	cmd  *exec.Cmd
	url  string
	path string // of events
	home string
	out  *printed
	err  *bytes.Buffer // complete when it has ended
	end  chan struct{}
	at   chan []string
}

// printed is what a program has printed so far.
type printed struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// startUp starts the program and returns when it serves.
func startUp(t *testing.T, environment []string, arguments ...string) *upProcess {
	t.Helper()
	r := launch(t, environment, arguments...)
	r.serves(t)
	return r
}

// launch starts the program.
func launch(t *testing.T, environment []string, arguments ...string) *upProcess {
	t.Helper()
	r := &upProcess{out: &printed{}, err: &bytes.Buffer{}, end: make(chan struct{}), at: make(chan []string, 1), home: t.TempDir()}
	r.cmd = exec.Command(filepath.Join(built(t), "pai-notify"), append([]string{"up"}, arguments...)...)
	r.cmd.Dir = "../.."
	r.cmd.Env = append([]string{"NO_COLOR=1", "HOME=" + r.home}, environment...)
	stdout, err := r.cmd.StdoutPipe()
	require.NoError(t, err)
	r.cmd.Stderr = io.MultiWriter(os.Stderr, r.err)
	require.NoError(t, r.cmd.Start())
	go func() {
		defer close(r.end)
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			fmt.Fprintln(r.out, lines.Text())
			if m := regexp.MustCompile(`(http://[^/]+)(/eventbuses/\S+/events)$`).FindStringSubmatch(lines.Text()); m != nil {
				select {
				case r.at <- m[1:]:
				default: // it says so more than once
				}
			}
		}
	}()
	t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	return r
}

// link has the program make a new link to its console.
func (r *upProcess) link(t *testing.T, arguments ...string) string {
	t.Helper()
	made := command(t, []string{"HOME=" + r.home}, "", append([]string{"console", "--link"}, arguments...)...)
	require.Equal(t, exitOK, made.code, made.err)
	return strings.TrimSpace(made.out)
}

// serves returns when the program serves.
func (r *upProcess) serves(t *testing.T) {
	t.Helper()
	select {
	case at := <-r.at:
		r.url, r.path = at[0], at[1]
	case <-r.end:
		t.Fatalf("the program ended:\n%s", r.out)
	case <-time.After(3 * time.Minute): // a thousand rules on a busy machine
		t.Fatal("the program does not serve")
	}
}

// ended returns the notifications of an event, when all have ended.
func (r *upProcess) ended(t *testing.T, event string, arguments ...string) []history.Record {
	t.Helper()
	var list []history.Record
	require.Eventually(t, func() bool {
		list = nil
		for _, n := range r.history(t, arguments...) {
			if n.EventID == event && n.Outcome == "waiting" {
				return false
			}
			if n.EventID == event {
				list = append(list, n)
			}
		}
		return len(list) > 0
	}, eventually, tick)
	return list
}

// What is waited for comes at once on a machine that is not busy.
const (
	eventually = 10 * time.Second
	tick       = 20 * time.Millisecond
)

// history asks the program what became of everything.
func (r *upProcess) history(t *testing.T, arguments ...string) []history.Record {
	t.Helper()
	return records(t, command(t, []string{"HOME=" + r.home}, "", append([]string{"history", "--json", "--limit", "0"}, arguments...)...))
}

func records(t *testing.T, r result) []history.Record {
	t.Helper()
	require.Equal(t, exitOK, r.code, "%s", r.err)
	var list []history.Record
	for line := range strings.Lines(r.out) {
		var n history.Record
		require.NoError(t, json.Unmarshal([]byte(line), &n), line)
		list = append(list, n)
	}
	return list
}

func (r *upProcess) post(t *testing.T, body string, header ...string) (int, string) {
	t.Helper()
	return r.postTo(t, r.path, body, header...)
}

func (r *upProcess) postTo(t *testing.T, path, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, r.url+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/cloudevents+json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(text)
}

func TestTheDemoServesOnThroughBadInputAndEndsWell(t *testing.T) {
	up := startUp(t, nil)

	res, err := enter(t, up.link(t)).Get(up.url + "/messages.json")
	require.NoError(t, err)
	var received []inbox.Message
	require.NoError(t, json.NewDecoder(res.Body).Decode(&received))
	res.Body.Close()
	require.NotEmpty(t, received)
	for _, m := range received {
		assert.True(t, m.Accepted, "%+v", m)
	}

	for name, c := range map[string]struct {
		body, says string
		status     int
		header     []string
	}{
		"malformed JSON":       {`{"id":`, "not JSON", http.StatusBadRequest, nil},
		"a non-event":          {`{"hello":"world"}`, "not a CloudEvent", http.StatusBadRequest, nil},
		"a body of 1 MiB":      {`{"id":"1","source":"s","type":"t","data":"` + strings.Repeat("x", 1<<20) + `"}`, "larger than the 1048576 bytes", http.StatusRequestEntityTooLarge, nil},
		"an event over 256 KB": {`{"id":"1","source":"s","type":"t","data":"` + strings.Repeat("x", 300<<10) + `"}`, "more than 262144", http.StatusBadRequest, nil},
		"an unknown source":    {`{"id":"1","source":"acs.oss","type":"t","data":{}}`, `{"id":"1"}`, http.StatusAccepted, nil},
		"a foreign page":       {`{"id":"1","source":"acs.oss","type":"t"}`, "cross-origin", http.StatusForbidden, []string{"Origin", "https://evil.example"}},
	} {
		status, text := up.post(t, c.body, c.header...)
		assert.Equal(t, c.status, status, name)
		assert.Contains(t, text, c.says, name)
	}

	event := strings.Replace(string(sample(t, "dlc-job-preempted.json").JSON()), sample(t, "dlc-job-preempted.json").ID(), "another-id", 1)
	status, text := up.post(t, event)
	assert.Equal(t, http.StatusAccepted, status)
	assert.JSONEq(t, `{"events":[{"id":"another-id"}]}`, text)
	for _, n := range up.ended(t, "another-id") {
		assert.Equal(t, "sent", n.Outcome, "%+v", n)
	}
	status, text = up.post(t, event)
	assert.Equal(t, http.StatusAccepted, status)
	assert.JSONEq(t, `{"events":[{"id":"another-id","duplicate":true}]}`, text, "nobody is told twice")

	require.NoError(t, up.cmd.Process.Signal(syscall.SIGINT))
	<-up.end
	assert.NoError(t, up.cmd.Wait(), "Ctrl-C is a good end")
	assert.Contains(t, up.out.String(), "Stopped.")
}

// One way in after another, to the end: the bus takes it, the rules of the demo
// look into its data, and the platforms take the messages.
func TestWhatADoorTakesIsTold(t *testing.T) {
	up := startUp(t, nil)
	const head = `{"specversion":"1.0","source":"acs.paidlc","type":"paidlc:JobStateChange:%s","id":"%s",`
	for id, c := range map[string]struct{ typ, rest string }{
		"text":   {"JobFailed", `"datacontenttype":"text/plain","data":"job \"died\"}},\"target\":{}"}`},
		"scoped": {"JobRunning", `"data_base64":"eyJKb2JJZCI6ImRsYzEiLCJVc2VySWQiOiIyMDE0NTc5NjIzMTA5NDg1MjEifQ=="}`},
		"list":   {"JobFailed", `"data":[1,2]}`},
	} {
		status, text := up.post(t, fmt.Sprintf(head, c.typ, id)+c.rest)
		require.Equal(t, http.StatusAccepted, status, text)
	}
	status, text := up.post(t, `{"JobId":"x"}`, "Content-Type", "application/json", "Ce-Specversion", "1.0", "Ce-Id", "binary",
		"Ce-Source", "acs.paidlc", "Ce-Type", "paidlc:JobStateChange:JobFailed", "Ce-Time", "2020-08-17T16:04:46.149Asia/Shanghai")
	require.Equal(t, http.StatusAccepted, status, text)
	for id, rule := range map[string]string{"text": "job-needs-help", "scoped": "my-job-progress", "list": "job-needs-help", "binary": "job-needs-help"} {
		for _, n := range up.ended(t, id, "--rule", rule, "--limit", "100") {
			assert.Equal(t, "sent", n.Outcome, "%s: %+v", id, n)
		}
	}
	res, err := enter(t, up.link(t)).Get(up.url + "/messages.json")
	require.NoError(t, err)
	defer res.Body.Close()
	received, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Contains(t, string(received), "died", "the text is in the message")
}

func TestARefusalIsReportedAndNothingIsCalledSent(t *testing.T) {
	in, environment := standIns(t)
	document := filepath.Join(t.TempDir(), "workspace.yaml")
	require.NoError(t, os.WriteFile(document, []byte(everything), 0o600))
	environment = append(environment, "ROBOT_KEY=SECwrong")

	r := command(t, environment, "", "up", "--once", "--events", "events", "-w", document)
	assert.Equal(t, exitNo, r.code)
	assert.Contains(t, r.out, "310000")
	assert.NotContains(t, r.out+r.err, "SECwrong")
	assert.NotContains(t, r.out+r.err, "access_token")
	for _, m := range in.Received() {
		assert.Equal(t, m.Platform == "http", m.Accepted)
	}
	assert.Contains(t, r.out, "2 sent, 0 skipped, 21 failed.")
}
