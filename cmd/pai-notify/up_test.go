package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	eventbridge "github.com/alibabacloud-go/eventbridge-20200401/v2/client"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
)

// oneRobot asks for every job on one robot.
const oneRobot = `
workspace: lab
language: en
rules:
  - name: jobs
    source: dlc
    events: ["*"]
    targets: [{type: dingtalk, name: jobs, webhook: env:ROBOT_A, signing_key: env:ROBOT_KEY}]
`

func document(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "workspace.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// stop ends the program as a service manager does, and returns what it printed.
func (r *upProcess) stop(t *testing.T) string {
	t.Helper()
	require.NoError(t, r.cmd.Process.Signal(syscall.SIGTERM))
	<-r.end
	assert.NoError(t, r.cmd.Wait(), "being told to stop is a good end")
	return r.out.String()
}

// failure is a job's event with an id.
func failure(id string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":"dlc1","WorkspaceName":"lab","Status":"Failed"}}`, id)
}

func TestARestartKeepsTheHistoryAndTellsNobodyTwice(t *testing.T) {
	in, environment := standIns(t)
	data, doc := t.TempDir(), document(t, oneRobot)
	up := startUp(t, environment, "-w", doc, "--data", data)
	assert.Equal(t, "/eventbuses/pai-system-lab/events", up.path)
	status, _ := up.post(t, failure("1"))
	require.Equal(t, http.StatusAccepted, status)
	up.ended(t, "1", "--data", data)
	for _, name := range []string{running.BusFile, "bus.db", "bus.db-wal"} {
		info, err := os.Stat(filepath.Join(data, name))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "%s is for this user alone", name)
	}
	up.stop(t)
	_, err := os.Stat(filepath.Join(data, running.BusFile))
	assert.ErrorIs(t, err, os.ErrNotExist)

	list := records(t, command(t, nil, "", "history", "--json", "--data", data))
	require.Len(t, list, 1, "a bus that is stopped can be looked at")
	assert.Equal(t, "sent", list[0].Outcome)
	assert.Equal(t, "dingtalk/jobs", list[0].Target)

	up = startUp(t, environment, "-w", doc, "--data", data)
	_, answer := up.post(t, failure("1"))
	assert.JSONEq(t, `{"events":[{"id":"1","duplicate":true}]}`, answer)
	assert.Equal(t, list, up.history(t, "--data", data))
	up.stop(t)
	assert.Len(t, in.Received(), 1)
}

func TestABusThatCommandsDoNotFindSaysHowTheyWould(t *testing.T) {
	state := []string{"XDG_STATE_HOME=" + t.TempDir()}
	doc := document(t, oneRobot)
	first := startUp(t, state, "-w", doc, "--data", ":memory:")
	second := startUp(t, state, "-w", doc, "--data", ":memory:")
	said := second.stop(t)
	assert.Contains(t, said, "Other commands find the bus that ran before it: to have them find this one, and its access key, start it with --data DIR.")
	assert.NotContains(t, said, "pai-notify history", "it would show the other's")
	assert.NotContains(t, said, "access key in")
	said = first.stop(t)
	assert.Contains(t, said, "pai-notify history")
	assert.Contains(t, said, "access key in ")
}

// slow is a receiver that answers when it is released.
type slow struct {
	arrived, release chan struct{}
	calls            atomic.Int32
	data, doc        string
	environment      []string
}

const approved = `{"specversion":"1.0","id":"1","source":"acs.paimodel","type":"paimodel:VersionStatusChange:VersionApproved","data":{"ModelName":"m"}}`

func newSlow(t *testing.T) *slow {
	t.Helper()
	s := &slow{arrived: make(chan struct{}, 10), release: make(chan struct{}), data: t.TempDir()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		s.calls.Add(1)
		s.arrived <- struct{}{}
		select {
		case <-s.release:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	s.doc = document(t, "workspace: lab\nlanguage: en\nrules:\n  - {name: models, source: model, events: [\"*\"], targets: [{type: http, name: registry, url: env:RECEIVER}]}\n")
	s.environment = []string{"RECEIVER=" + server.URL, "PAI_NOTIFY_ALLOW=127.0.0.1"}
	return s
}

// sending starts the program and returns when a notification is under way.
func (s *slow) sending(t *testing.T) *upProcess {
	t.Helper()
	up := startUp(t, s.environment, "-w", s.doc, "--data", s.data)
	status, text := up.post(t, approved)
	require.Equal(t, http.StatusAccepted, status, text)
	select {
	case <-s.arrived:
	case <-time.After(eventually):
		t.Fatal(command(t, nil, "", "history", "--data", s.data).out)
	}
	return up
}

func TestWhatAKillCutsOffIsSentByTheNextStart(t *testing.T) {
	s := newSlow(t)
	up := s.sending(t)
	require.NoError(t, up.cmd.Process.Kill())
	<-up.end
	_ = up.cmd.Wait()

	list := records(t, command(t, nil, "", "history", "--json", "--data", s.data, "--outcome", "waiting"))
	require.Len(t, list, 1, "what the killed one left behind does not look like one that runs")
	close(s.release)
	up = startUp(t, s.environment, "-w", s.doc, "--data", s.data)
	ended := up.ended(t, "1", "--data", s.data)
	require.Len(t, ended, 1)
	assert.Equal(t, "sent", ended[0].Outcome)
	assert.EqualValues(t, 2, s.calls.Load())
	up.stop(t)
}

func TestWhatIsUnderWayEndsBeforeTheProgramDoes(t *testing.T) {
	s := newSlow(t)
	up := s.sending(t)
	require.NoError(t, up.cmd.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool { // it takes no more events
		res, err := http.Post(up.url+up.path, "application/cloudevents+json", strings.NewReader(strings.Replace(approved, `"1"`, `"2"`, 1)))
		if err == nil {
			res.Body.Close()
		}
		return err != nil || res.StatusCode != http.StatusAccepted
	}, eventually, tick)
	close(s.release)
	<-up.end
	require.NoError(t, up.cmd.Wait())
	list := records(t, command(t, nil, "", "history", "--json", "--data", s.data))
	require.NotEmpty(t, list)
	assert.Equal(t, "1", list[0].EventID)
	assert.Equal(t, "sent", list[0].Outcome)
	assert.Equal(t, 1, list[0].Attempts)
}

func TestASecondBusOnADirectoryIsRefused(t *testing.T) {
	_, environment := standIns(t)
	data, doc := t.TempDir(), document(t, oneRobot)
	up := startUp(t, environment, "-w", doc, "--data", data)
	r := command(t, environment, "", "up", "-w", doc, "--data", data)
	assert.Equal(t, exitTrying, r.code)
	assert.Contains(t, r.err, fmt.Sprintf("process %d runs the bus of %s, at %s: stop it", up.cmd.Process.Pid, data, up.url))

	require.NoError(t, os.Remove(filepath.Join(data, running.BusFile)))
	for _, arguments := range [][]string{{"up", "-w", doc}, {"history"}} {
		r = command(t, environment, "", append(arguments, "--data", data)...)
		assert.Equal(t, exitTrying, r.code)
		assert.Contains(t, r.err, fmt.Sprintf("process %d uses this directory", up.cmd.Process.Pid), "the lock itself says so")
	}
	up.stop(t)
}

func TestDeadLettersAreExplainedAndSentAgain(t *testing.T) {
	in, environment := standIns(t)
	data, doc := t.TempDir(), document(t, oneRobot)
	dead := func(arguments ...string) result {
		return command(t, nil, "", append(append([]string{"dead"}, arguments...), "--data", data)...)
	}
	up := startUp(t, append(environment, "ROBOT_KEY=SECwrong"), "-w", doc, "--data", data)
	assert.Contains(t, dead("list").out, "No dead letters.")
	up.post(t, failure("1"))
	list := up.ended(t, "1", "--data", data)
	require.Len(t, list, 1)
	require.Equal(t, "dead", list[0].Outcome)
	id := list[0].ID

	r := dead("list")
	assert.Equal(t, exitOK, r.code)
	assert.Regexp(t, `(?m)^`+id+` .*dlc.job-failed +jobs +dingtalk/jobs +dead .*310000`, r.out)
	assert.Contains(t, r.out, "pai-notify dead redrive "+id)
	assert.Len(t, records(t, dead("list", "--json", "--rule", "jobs", "--target", "dingtalk")), 1)
	assert.Empty(t, records(t, dead("list", "--json", "--rule", "other")))

	r = dead("show", id)
	assert.Equal(t, exitOK, r.code)
	for _, says := range []string{"outcome      dead", "target       dingtalk/jobs", "310000", "what to do", "attempt 1", `"id": "1"`} {
		assert.Contains(t, r.out, says)
	}
	var shown struct {
		Tries []json.RawMessage
		Event struct{ ID string }
	}
	require.NoError(t, json.Unmarshal([]byte(dead("show", "--json", id).out), &shown))
	assert.Len(t, shown.Tries, 1)
	assert.Equal(t, "1", shown.Event.ID)

	r = dead("redrive", id)
	assert.Equal(t, exitOK, r.code)
	assert.Equal(t, id+"       dlc.job-failed goes to dingtalk/jobs of the rule jobs.\n1 redriven. They are tried now; pai-notify history shows what becomes of them.\n", r.out)
	require.Eventually(t, func() bool { return len(records(t, dead("list", "--json"))) == 1 }, eventually, tick)
	require.NoError(t, json.Unmarshal([]byte(dead("show", "--json", id).out), &shown))
	assert.Len(t, shown.Tries, 2, "the key is still wrong")
	up.stop(t)

	r = dead("redrive", "--all", "--rule", "other")
	assert.Equal(t, "0 redriven.\n", r.out)
	r = dead("redrive", "--all", "--rule", "jobs")
	assert.Equal(t, exitOK, r.code, r.err)
	assert.Contains(t, r.out, "\n1 redriven. They are tried when pai-notify up runs on that directory.\n")
	for _, m := range in.Received() {
		assert.False(t, m.Accepted)
	}
	up = startUp(t, environment, "-w", doc, "--data", data)
	assert.Equal(t, "sent", up.ended(t, "1", "--data", data)[0].Outcome)
	assert.Contains(t, dead("list").out, "No dead letters.")
	up.stop(t)
}

func TestArchiveCommandsRefuse(t *testing.T) {
	empty := t.TempDir()
	for name, c := range map[string]struct {
		arguments []string
		says      string
	}{
		"a directory without a bus":    {[]string{"history", "--data", empty}, "no bus has kept anything there"},
		"a directory that is not":      {[]string{"dead", "list", "--data", filepath.Join(empty, "no")}, "no bus has kept anything there"},
		"memory":                       {[]string{"history", "--data", ":memory:"}, "keeps nothing that another command could read"},
		"an outcome that is none":      {[]string{"history", "--outcome", "lost"}, `--outcome: unknown outcome "lost": use cancelled, dead, moved, sent, skipped`},
		"a time that is none":          {[]string{"history", "--since", "yesterday"}, "--since yesterday: invalid time"},
		"a limit below none":           {[]string{"history", "--limit=-1"}, "--limit -1: give 1 or more, or 0 for all"},
		"a limit of dead letters":      {[]string{"dead", "list", "--limit=-3"}, "--limit -3: give 1 or more, or 0 for all"},
		"a redrive of nothing":         {[]string{"dead", "redrive"}, "or all of them with --all"},
		"a redrive of one and all":     {[]string{"dead", "redrive", "--all", "1-1"}, "or all of them with --all"},
		"a redrive of one by its rule": {[]string{"dead", "redrive", "--rule", "r", "1-1"}, "go with --all"},
		"keys that are none":           {[]string{"up", "--keys", document(t, "keys")}, "keys are a JSON list"},
		"an inbox nobody asked for":    {[]string{"up", "-w", "cmd/pai-notify/demo/workspace.yaml", "--data", ":memory:"}, "names inbox.local: add --inbox"},
	} {
		r := command(t, nil, "", c.arguments...)
		assert.Equal(t, exitTrying, r.code, name)
		assert.Contains(t, r.err, c.says, name)
	}
	entries, err := os.ReadDir(empty)
	require.NoError(t, err)
	assert.Empty(t, entries, "looking leaves nothing behind")
}

func (r *upProcess) client(t *testing.T, id, secret string) *eventbridge.Client {
	t.Helper()
	client, err := eventbridge.NewClient(&openapiutil.Config{AccessKeyId: tea.String(id), AccessKeySecret: tea.String(secret), Protocol: tea.String("HTTP"), Endpoint: tea.String(strings.TrimPrefix(r.url, "http://"))})
	require.NoError(t, err)
	return client
}

func TestBeforeActivationTheAPIAnswersServiceNotEnable(t *testing.T) {
	up := startUp(t, nil, "--not-activated")
	r, err := running.Read(filepath.Join(up.home, ".local", "state", "pai-notify"), running.BusFile)
	require.NoError(t, err)
	_, err = up.client(t, r.AccessKeyID, r.AccessKeySecret).ListEventBuses(&eventbridge.ListEventBusesRequest{})
	assert.ErrorContains(t, err, "ServiceNotEnable")
	status, text := up.post(t, failure("1"))
	assert.Equal(t, http.StatusForbidden, status)
	assert.Contains(t, text, "ServiceNotEnable")
	assert.Contains(t, up.stop(t), "EventBridge is not activated")
}

func TestAUserMayDoWhatItsPolicyAllows(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys.json")
	require.NoError(t, os.WriteFile(keys, []byte(`[{"id":"alice","secret":"secret","user":"alice","policies":[
		{"Version":"1","Statement":[{"Effect":"Allow","Action":"eventbridge:ListRules","Resource":"acs:eventbridge:*:*:eventbus/pai-system-llm_lab"}]}]}]`), 0o600))
	up := startUp(t, nil, "--keys", keys)
	client := up.client(t, "alice", "secret")
	rules, err := client.ListRules(&eventbridge.ListRulesRequest{EventBusName: tea.String("pai-system-llm_lab")})
	require.NoError(t, err)
	assert.Equal(t, 6, int(*rules.Body.Data.Total))
	_, err = client.ListEventBuses(&eventbridge.ListEventBusesRequest{})
	assert.ErrorContains(t, err, "AccessDenied")
	assert.ErrorContains(t, err, "eventbridge:ListEventBuses")
	up.stop(t)
}

func TestCommandsAloneMayLookIntoARunningBus(t *testing.T) {
	up := startUp(t, nil)
	for _, authorization := range []string{"", "Bearer wrong"} {
		r, err := http.NewRequest(http.MethodPost, up.url+"/admin/history", strings.NewReader("{}"))
		require.NoError(t, err)
		r.Header.Set("Authorization", authorization)
		res, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		res.Body.Close()
		assert.Equal(t, http.StatusUnauthorized, res.StatusCode)
	}
	for path, says := range map[string]string{"/healthz": `"status":"ok"`, "/metrics": "pai_notify_bus_notifications_sent_total 24"} {
		res, err := http.Get(up.url + path)
		require.NoError(t, err)
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, res.StatusCode)
		assert.Contains(t, string(text), says)
	}
	up.stop(t)
}

func TestIsolatedFunctionsDoTheSame(t *testing.T) {
	r := command(t, nil, "", "up", "--once", "--isolate", "--build", built(t))
	assert.Equal(t, exitOK, r.code, r.err)
	assert.Contains(t, r.out, "24 sent, 26 skipped, 0 failed.")
}

func TestIsolatedFunctionsThatWereNotBuiltAreNamed(t *testing.T) {
	r := command(t, nil, "", "up", "--once", "--isolate", "--build", t.TempDir())
	assert.Equal(t, exitTrying, r.code)
	assert.Contains(t, r.err, "run make build first")
}
