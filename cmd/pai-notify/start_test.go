package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aliyun/credentials-go/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun"
	"github.com/pai-notify/pai-notify/shared/event"
)

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// slowDocument starts the program with a document that it has to wait for, and
// returns when the API is served; write hands the document over.
func slowDocument(t *testing.T, environment []string, arguments ...string) (up *upProcess, write func(text string)) {
	t.Helper()
	pipe := filepath.Join(t.TempDir(), "workspace.yaml")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	address := freeAddress(t)
	up = launch(t, environment, append(arguments, "-w", pipe, "--listen", address)...)
	up.url = "http://" + address
	require.Eventually(t, func() bool {
		res, err := http.Get(up.url + "/healthz")
		if err == nil {
			res.Body.Close()
		}
		return err == nil
	}, eventually, tick)
	return up, func(text string) {
		require.NoError(t, os.WriteFile(pipe, []byte(text), 0o600))
		up.serves(t)
	}
}

func TestNothingIsAcceptedBeforeTheDocument(t *testing.T) {
	in, environment := standIns(t)
	keys := filepath.Join(t.TempDir(), "keys.json")
	require.NoError(t, os.WriteFile(keys, []byte(`[{"id":"key","secret":"secret","user":"u","policies":[{"Version":"1","Statement":[{"Effect":"Allow","Action":"eventbridge:*","Resource":"*"}]}]}]`), 0o600))
	data := t.TempDir()
	rules := oneRobot
	for _, start := range []string{"the first", "one with a rule more"} {
		up, write := slowDocument(t, environment, "--data", data, "--keys", keys)
		for door, c := range map[string]struct{ method, path, kind, body string }{
			"structured": {http.MethodPost, "/eventbuses/pai-system-lab/events", "application/cloudevents+json", failure(start)},
			"batch":      {http.MethodPost, "/eventbuses/pai-system-lab/events", "application/cloudevents-batch+json", "[" + failure(start) + "]"},
			"binary":     {http.MethodPost, "/eventbuses/pai-system-lab/events", "application/json", "{}"},
			"health":     {http.MethodGet, "/healthz", "", ""},
			"console":    {http.MethodGet, "/", "", ""},
		} {
			req, err := http.NewRequest(c.method, up.url+c.path, strings.NewReader(c.body))
			require.NoError(t, err)
			req.Header.Set("Content-Type", c.kind)
			if door == "binary" {
				for name, value := range map[string]string{"id": start, "source": "acs.paidlc", "type": "paidlc:JobStateChange:JobFailed", "specversion": "1.0"} {
					req.Header.Set("ce-"+name, value)
				}
			}
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			res.Body.Close()
			assert.Equal(t, http.StatusServiceUnavailable, res.StatusCode, "%s, %s", start, door)
			assert.Equal(t, "1", res.Header.Get("Retry-After"), "%s, %s", start, door)
		}
		access, err := credentials.NewCredential(new(credentials.Config).SetType("access_key").SetAccessKeyId("key").SetAccessKeySecret("secret"))
		require.NoError(t, err)
		api, err := aliyun.New(aliyun.Config{Region: "local", Account: "1", Endpoint: up.url, Credentials: access})
		require.NoError(t, err)
		e, err := event.Parse([]byte(failure(start)))
		require.NoError(t, err)
		err = api.PutEvents(t.Context(), "pai-system-lab", []event.Event{e})
		assert.Equal(t, bus.Unavailable, bus.KindOf(err), "%s, putEvents: %v", start, err)
		assert.ErrorContains(t, err, "the bus is starting")
		_, err = api.ListEventBuses(t.Context(), "")
		assert.NoError(t, err, "rules can be managed")

		write(rules)
		status, text := up.post(t, failure(start))
		require.Equal(t, http.StatusAccepted, status)
		assert.NotContains(t, text, "duplicate", "what was refused was not taken")
		assert.Len(t, up.ended(t, start, "--data", data), strings.Count(rules, "- name:"))
		up.stop(t)
		rules += strings.Replace(rules[strings.Index(rules, "  - name:"):], "name: jobs", "name: more", 1)
	}
	assert.Len(t, in.Received(), 2, "two rules that tell one group of an event tell it once")
}

func TestARestartHeedsTheDocumentBeforeItSends(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(doc, corrected string) string
		outcome string
	}{
		"a corrected address": {func(doc, corrected string) string {
			return strings.Replace(doc, "env:RECEIVER", corrected, 1)
		}, "sent"},
		"a disabled rule": {func(doc, _ string) string {
			return strings.Replace(doc, "{name: models,", "{name: models, enabled: false,", 1)
		}, "cancelled"},
		"a removed rule": {func(doc, _ string) string {
			return strings.NewReplacer("{name: models,", "{name: others,", "env:RECEIVER", "env:OTHER").Replace(doc)
		}, "dead"},
	} {
		t.Run(name, func(t *testing.T) {
			var corrected atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				corrected.Add(1)
			}))
			t.Cleanup(server.Close)
			s := newSlow(t)
			up := s.sending(t)
			require.NoError(t, up.cmd.Process.Kill()) // it waits, and is due at once
			<-up.end
			_ = up.cmd.Wait()
			text, err := os.ReadFile(s.doc)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(s.doc, []byte(c.change(string(text), server.URL)), 0o600))

			up = startUp(t, s.environment, "-w", s.doc, "--data", s.data)
			list := up.ended(t, "1", "--data", s.data)
			require.Len(t, list, 1)
			assert.Equal(t, c.outcome, list[0].Outcome)
			assert.EqualValues(t, 1, s.calls.Load(), "the old address is not asked again")
			assert.Equal(t, c.outcome == "sent", corrected.Load() == 1)
			up.stop(t)
		})
	}
}

// degradedHealth is what /healthz says of a bus that the document is not on.
const degradedHealth = `{"status":"degraded","reason":"the document is not on the bus, which runs on the rules from before: the console says why"}`

// health returns what /healthz says.
func (r *upProcess) health(t *testing.T) (int, string) {
	t.Helper()
	res, err := http.Get(r.url + "/healthz")
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(text)
}

func TestADocumentThatCannotBeAppliedKeepsNobodyFromBeingTold(t *testing.T) {
	in, environment := standIns(t)
	for name, c := range map[string]struct{ text, reason string }{
		"invalid":            {strings.Replace(oneRobot, "signing_key", "signing_kee", 1), "signing_kee"},
		"too large":          {oneRobot + strings.Repeat("# "+strings.Repeat("x", 1000)+"\n", 2000), "bytes"},
		"refused by the bus": {oneRobot + "  - {name: wide, source: model, events: ['*'], targets: [{type: http, url: 'http://127.0.0.1:9/', headers: {X-Long: '" + strings.Repeat("x", 11000) + "'}}]}\n", "and 10240 are allowed"},
		"not there":          {"", "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			data, doc := t.TempDir(), filepath.Join(t.TempDir(), "workspace.yaml")
			write := func(text string) {
				if text == "" {
					require.NoError(t, os.RemoveAll(doc))
					return
				}
				require.NoError(t, os.WriteFile(doc, []byte(text), 0o600))
			}
			write(c.text)
			r := command(t, environment, "", "up", "-w", doc, "--data", data, "--once")
			assert.Equal(t, exitNo, r.code, "on a first start there is nothing to serve with")
			assert.Contains(t, r.err, c.reason)

			write(oneRobot)
			r = command(t, environment, "", "up", "-w", doc, "--data", data, "--once")
			require.Equal(t, exitOK, r.code, r.err)
			write(c.text)
			before := len(in.Received())
			up := startUp(t, environment, "-w", doc, "--data", data)
			status, _ := up.post(t, failure("1"))
			require.Equal(t, http.StatusAccepted, status)
			assert.Equal(t, "sent", up.ended(t, "1", "--data", data)[0].Outcome)
			assert.Len(t, in.Received(), before+1)
			status, text := up.health(t)
			assert.Equal(t, http.StatusOK, status, "it serves")
			assert.JSONEq(t, degradedHealth, text, "everybody may ask, so the document is not quoted")

			write(strings.Replace(oneRobot, "name: jobs", "name: corrected", 1))
			_, text = up.health(t)
			assert.JSONEq(t, degradedHealth, text)
			r = command(t, append(environment, "HOME="+up.home), "", "apply", "-w", doc, "--bus", "local", "--data", data, "--yes")
			require.Equal(t, exitOK, r.code, r.err)
			_, text = up.health(t)
			assert.JSONEq(t, `{"status":"ok"}`, text)
			said := up.stop(t)
			assert.Contains(t, said, "1 rule on the bus pai-system-lab")
			assert.Contains(t, up.err.String(), "WARNING: the document is not on the bus: ")
			assert.Contains(t, up.err.String(), c.reason)
			assert.Contains(t, up.err.String(), "pai-notify apply -w "+doc+" --bus local --data "+data)
		})
	}
}

func TestTheConsoleShowsThatItsDocumentIsNotOnTheBus(t *testing.T) {
	_, environment := standIns(t)
	data := t.TempDir()
	doc := filepath.Join(data, "workspace.yaml")
	require.NoError(t, os.WriteFile(doc, []byte(oneRobot), 0o600))
	up := startUp(t, environment, "-w", doc, "--data", data)
	up.stop(t)
	require.NoError(t, os.WriteFile(doc, []byte(strings.Replace(oneRobot, "source: dlc", "source: dlcc", 1)), 0o600))

	c := startConsoleWith(t, environment, "--listen", "127.0.0.1:0", "--data", data)
	browser := enter(t, c.link)
	page := func() string {
		res, err := browser.Get(c.url + "/document")
		require.NoError(t, err)
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return string(text)
	}
	assert.Contains(t, page(), `id="degraded"`)
	assert.Contains(t, page(), "dlcc")
	require.NoError(t, os.WriteFile(doc, []byte(oneRobot+"    description: corrected\n"), 0o600))
	assert.Contains(t, page(), `id="degraded"`, "it is not applied yet")
	res, err := browser.PostForm(c.url+"/apply", url.Values{})
	require.NoError(t, err)
	res.Body.Close()
	assert.NotContains(t, page(), `id="degraded"`)
}

func TestAStartThatIsInterruptedLosesNothing(t *testing.T) {
	_, environment := standIns(t)
	data, doc := t.TempDir(), document(t, oneRobot)
	address := freeAddress(t)
	var accepted []string
	for i := range 6 {
		up := launch(t, environment, "-w", doc, "--data", data, "--listen", address)
		up.url, up.path = "http://"+address, "/eventbuses/pai-system-lab/events"
		until := time.Now().Add(time.Duration(i) * 25 * time.Millisecond)
		for n := 0; time.Now().Before(until); n++ {
			id := fmt.Sprintf("%d-%d", i, n)
			res, err := http.Post(up.url+up.path, "application/cloudevents+json", strings.NewReader(failure(id)))
			if err != nil {
				continue
			}
			res.Body.Close()
			if res.StatusCode == http.StatusAccepted {
				accepted = append(accepted, id)
			}
		}
		require.NoError(t, up.cmd.Process.Signal(syscall.SIGTERM))
		<-up.end
		if err := up.cmd.Wait(); err != nil {
			assert.Equal(t, -1, up.cmd.ProcessState.ExitCode(), "before the program could hear of it, or else a good end: %v", err)
		}
	}
	up := startUp(t, environment, "-w", doc, "--data", data)
	known := map[string]int{}
	for _, n := range up.history(t, "--data", data) { // some may wait for the robot's limit
		known[n.EventID]++
	}
	for _, id := range accepted {
		assert.Equal(t, 1, known[id], id)
	}
	up.stop(t)
}
