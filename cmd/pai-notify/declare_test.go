package main

import (
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
	"testing"

	eventbridge "github.com/alibabacloud-go/eventbridge-20200401/v2/client"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// spy takes whatever reaches it.
type spy struct {
	url string
	mu  sync.Mutex
	got []string
}

func newSpy(t *testing.T) *spy {
	t.Helper()
	s := &spy{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.got = append(s.got, fmt.Sprint(r.URL, r.Header, string(body)))
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *spy) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}

func TestABuiltFunctionShowsNobodyItsCredentials(t *testing.T) {
	evil := newSpy(t)
	payload := `{"test":true,"rule":"r","target":{"type":"http","name":"x","language":"en","parameters":{"url":"` + evil.url + `/fn","headers":{"X-A":"env:AWS_SECRET_ACCESS_KEY","X-B":"env:AWS_SESSION_TOKEN"}}}}`
	for _, list := range []string{"", "PAI_NOTIFY_SECRETS=AWS_SECRET_ACCESS_KEY,AWS_SESSION_TOKEN", "PAI_NOTIFY_SECRETS=secretsmanager:x#*"} {
		cmd := exec.Command(filepath.Join(built(t), "http", "bootstrap"))
		cmd.Stdin = strings.NewReader(payload)
		cmd.Env = []string{"AWS_SECRET_ACCESS_KEY=hunter2hunter2", "AWS_SESSION_TOKEN=hunter3hunter3", "PAI_NOTIFY_ALLOW=" + strings.TrimPrefix(evil.url, "http://"), list}
		out, err := cmd.Output()
		require.Error(t, err, "it fails")
		assert.Contains(t, string(out), "the credentials and settings of the process itself are not for targets")
		assert.Empty(t, evil.seen(), list)
	}
}

// models is a document with a token for one receiver, a robot, and mail.
func models(receiver string) string {
	return `
workspace: lab
language: en
contacts: [{name: alice, email: alice@example.com}]
rules:
  - name: models
    source: model
    events: ["*"]
    targets: [{type: http, name: r, url: ` + receiver + `, secret: env:SIGNING, headers: {Authorization: Bearer env:TOKEN}}]
  - name: jobs
    source: dlc
    events: ["*"]
    targets:
      - {type: dingtalk, name: robot, webhook: env:ROBOT_A, signing_key: env:ROBOT_KEY}
      - {type: email, contacts: [alice], server: "127.0.0.1:1", from: a@example.com, password: env:MAIL}
`
}

const signing = "SIGNING=whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg=="

// bob may only update targets.
const bobsKey = `[{"id":"bob","secret":"bobsecret","user":"bob","policies":[{"Version":"1","Statement":[{"Effect":"Allow","Action":"eventbridge:UpdateTargets","Resource":"*"}]}]},
 {"id":"eve","secret":"evesecret","user":"eve","policies":[{"Version":"1","Statement":[{"Effect":"Allow","Action":["eventbridge:*","fc:InvokeFunction"],"Resource":"*"}]}]}]`

type bobs struct {
	up   *upProcess
	evil *spy
	data string
}

func startBobs(t *testing.T, more []string, arguments ...string) *bobs {
	t.Helper()
	b := &bobs{evil: newSpy(t), data: t.TempDir()}
	good := newSpy(t)
	keys := filepath.Join(t.TempDir(), "keys.json")
	require.NoError(t, os.WriteFile(keys, []byte(bobsKey), 0o600))
	environment := append([]string{
		"PAI_NOTIFY_ALLOW=127.0.0.1", "TOKEN=hunter2token", signing, "MAIL=hunter2mail", "ROBOT_A=" + good.url + "/robot/send?access_token=hunter2robot", "ROBOT_KEY=hunter2key",
		"AWS_SECRET_ACCESS_KEY=hunter2aws", "DB_PASSWORD=hunter2db", "GOOD=" + good.url, "EVIL=" + b.evil.url,
	}, more...)
	b.up = startUp(t, environment, append([]string{"-w", document(t, models(good.url+"/in")), "--data", b.data, "--keys", keys}, arguments...)...)
	return b
}

// put has a key put a target, and returns what the bus said.
func (b *bobs) put(t *testing.T, id string, params ...*eventbridge.PutTargetsRequestTargetsParamList) string {
	t.Helper()
	answer, err := b.up.client(t, id, id+"secret").PutTargets(&eventbridge.PutTargetsRequest{
		EventBusName: tea.String("pai-system-lab"), RuleName: tea.String("models"),
		Targets: []*eventbridge.PutTargetsRequestTargets{{
			Id: tea.String("bobs"), Type: tea.String("acs.fc.function"), Endpoint: tea.String("acs:fc:local:1:functions/pai-notify-http"), ParamList: params,
		}},
	})
	if err != nil {
		return err.Error()
	}
	return answer.String()
}

func body(form, value, template string) *eventbridge.PutTargetsRequestTargetsParamList {
	p := &eventbridge.PutTargetsRequestTargetsParamList{ResourceKey: tea.String("Body"), Form: tea.String(form)}
	if value != "" {
		p.Value = tea.String(value)
	}
	if template != "" {
		p.Template = tea.String(template)
	}
	return p
}

func wrapped(typ, parameters string) string {
	return `{"rule":{"name":"models"},"target":{"type":"` + typ + `","name":"x","parameters":` + parameters + `},"event":${event}}`
}

// listed is a wrapper of one rule for each target.
func listed(parameters ...string) string {
	var rules []string
	for i, p := range parameters {
		rules = append(rules, fmt.Sprintf(`{"rule":{"name":"models-%d"},"patterns":[{}],"targets":[{"type":"http","name":"x","parameters":%s}]}`, i, p))
	}
	return `{"rules":[` + strings.Join(rules, ",") + `],"event":${event}}`
}

func TestWhoMayUpdateTargetsReadsNoSecret(t *testing.T) {
	for place, arguments := range map[string][]string{"in this process": nil, "in processes of their own": {"--isolate", "--build", built(t)}} {
		t.Run(place, func(t *testing.T) {
			b := startBobs(t, nil, arguments...)
			host := strings.TrimPrefix(b.evil.url, "http://")
			const all = `{"event":"$"}`
			event := func(n int, data string) string {
				return fmt.Sprintf(`{"specversion":"1.0","id":"e%d","source":"acs.paimodel","type":"paimodel:VersionStatusChange:VersionApproved","data":{"ModelId":"m"%s}}`, n, data)
			}
			quoted := func(text string) string { q, _ := json.Marshal(text); return string(q) }
			to := func(more string) string { return `{"url":"` + b.evil.url + `/x",` + more + `}` }
			n := 0
			for name, c := range map[string]struct {
				params  *eventbridge.PutTargetsRequestTargetsParamList
				data    string // of the event that comes then
				refused string // what the bus says; "" when only sending can tell
			}{
				"a credential of the process":      {body("TEMPLATE", all, wrapped("http", to(`"headers":{"X":"env:AWS_SECRET_ACCESS_KEY"}`))), "", "credentials and settings of the process"},
				"after a word":                     {body("TEMPLATE", all, wrapped("http", to(`"headers":{"X":"Bearer env:AWS_SECRET_ACCESS_KEY"}`))), "", "credentials and settings of the process"},
				"a variable of somebody else":      {body("TEMPLATE", all, wrapped("http", to(`"headers":{"X":"env:DB_PASSWORD"}`))), "", "env:DB_PASSWORD is not declared for targets here"},
				"in other letters":                 {body("TEMPLATE", all, wrapped("http", to(`"headers":{"X":"\u0065nv:DB_PASSWORD"}`))), "", "env:DB_PASSWORD is not declared"},
				"before a member of the same name": {body("TEMPLATE", all, wrapped("http", to(`"headers":{"X":"env:DB_PASSWORD"},"headers":{"Y":"z"}`))), "", "env:DB_PASSWORD is not declared"},
				"a constant":                       {body("CONSTANT", wrapped("http", to(`"headers":{"X":"env:DB_PASSWORD"}`)), ""), "", "env:DB_PASSWORD is not declared"},
				"a wrapper in a list":              {body("CONSTANT", "["+strings.Replace(wrapped("http", to(`"headers":{"X":"env:DB_PASSWORD"}`)), "${event}", event(0, ""), 1)+"]", ""), "", "env:DB_PASSWORD is not declared"},
				"a wrapper as a text in a list":    {body("CONSTANT", "["+quoted(strings.Replace(wrapped("http", to(`"headers":{"X":"env:DB_PASSWORD"}`)), "${event}", event(0, ""), 1))+"]", ""), "", "env:DB_PASSWORD is not declared"},
				"beside patterns":                  {body("TEMPLATE", all, `{"patterns":[{}],`+wrapped("http", to(`"headers":{"X":"env:DB_PASSWORD"}`))[1:]), "", "env:DB_PASSWORD is not declared"},
				"a rule of a list":                 {body("TEMPLATE", all, listed(to(`"headers":{"Y":"z"}`), to(`"headers":{"X":"env:DB_PASSWORD"}`))), "", "env:DB_PASSWORD is not declared"},
				"the token in a list":              {body("TEMPLATE", all, listed(to(`"headers":{"Y":"z"}`), to(`"headers":{"X":"env:TOKEN"}`))), "", "env:TOKEN is not declared for this receiver"},
				"a test":                           {body("CONSTANT", `{"test":true,"rule":"r","target":{"type":"http","name":"x","parameters":`+to(`"headers":{"X":"env:DB_PASSWORD"}`)+`}}`, ""), "", "env:DB_PASSWORD is not declared"},
				"the token for another host":       {body("TEMPLATE", all, wrapped("http", to(`"headers":{"X":"env:TOKEN"}`))), "", "env:TOKEN is not declared for this receiver"},
				"the signing secret elsewhere":     {body("TEMPLATE", all, wrapped("http", to(`"secret":"env:SIGNING"`))), "", "env:SIGNING is not declared for this receiver"},
				"a webhook as a header":            {body("TEMPLATE", all, wrapped("http", to(`"headers":{"X":"env:ROBOT_A"}`))), "", "env:ROBOT_A is not declared for this receiver"},
				"a signing key as a header":        {body("TEMPLATE", all, wrapped("http", to(`"headers":{"X":"env:ROBOT_KEY"}`))), "", "env:ROBOT_KEY is not declared for this receiver"},
				"the password to his own server":   {body("TEMPLATE", all, wrapped("email", `{"server":"`+host+`","tls":"starttls","from":"a@example.com","password":"env:MAIL","contact":{"name":"a","email":"a@example.com"}}`)), "", "env:MAIL is not declared for this receiver"},
				"a URL that is not declared":       {body("TEMPLATE", all, wrapped("http", `{"url":"env:EVIL"}`)), "", "env:EVIL is not declared"},
				"a name out of the event": {body("TEMPLATE", `{"event":"$","name":"$.data.Name"}`, strings.Replace(wrapped("http", to(`"headers":{"X":"env:${name}"}`)), "{name}", "{name}", 1)),
					`,"Name":"DB_PASSWORD"`, ""},
				"a reference out of the event": {body("TEMPLATE", `{"event":"$","ref":"$.data.Ref"}`, wrapped("http", to(`"headers":{"X":"${ref}"}`))), `,"Ref":"env:TOKEN"`, ""},
				"a target out of the event": {body("TEMPLATE", `{"event":"$","target":"$.data.Target"}`, `{"rule":{"name":"models"},"target":${target},"event":${event}}`),
					`,"Target":{"type":"http","name":"x","parameters":` + to(`"headers":{"X":"env:AWS_SECRET_ACCESS_KEY"}`) + `}`, ""},
				"all out of the event": {body("JSONPATH", "$.data.All", ""), `,"All":` + quoted(strings.Replace(wrapped("http", to(`"headers":{"X":"Bearer env:TOKEN"}`)), "${event}", event(0, ""), 1)), ""},
				"a host out of the event": {body("TEMPLATE", `{"event":"$","url":"$.data.URL"}`, wrapped("http", `{"url":"${url}","headers":{"X":"env:TOKEN"}}`)),
					`,"Url":"` + b.evil.url + `/x"`, ""},
			} {
				n++
				said := b.put(t, "bob", c.params)
				if c.refused != "" {
					assert.Contains(t, said, c.refused, name)
				}
				assert.NotContains(t, said, "hunter2", name)
				status, text := b.up.post(t, event(n, c.data))
				require.Equal(t, http.StatusAccepted, status, text)
				for _, r := range b.up.ended(t, fmt.Sprintf("e%d", n), "--data", b.data) {
					assert.NotContains(t, fmt.Sprint(r), "hunter2", name)
				}
				seen := b.evil.seen()
				if c.refused == "" {
					assert.Empty(t, seen, name)
				} // else what he was allowed before may send, without a secret
				assert.NotContains(t, strings.Join(seen, "\n"), "hunter2", name)
				assert.NotContains(t, strings.Join(seen, "\n"), "Webhook-Signature", name)
			}
			assert.Contains(t, b.put(t, "bob", body("TEMPLATE", all, wrapped("http", to(`"content_mode":"binary"`)))), `"ErrorEntriesCount": 0`, "what needs no secret he may put")
			_, _ = b.up.post(t, event(99, ""))
			b.up.ended(t, "e99", "--data", b.data)
			assert.Len(t, b.evil.seen(), 1, "and it is sent")
			b.up.stop(t)
		})
	}
}

func TestARunningBusTakesWhatItsDocumentNames(t *testing.T) {
	in, environment := standIns(t)
	data, doc := t.TempDir(), document(t, oneRobot)
	up := startUp(t, environment, "-w", doc, "--data", data)

	second := document(t, strings.NewReplacer("workspace: lab", "workspace: other", "env:ROBOT_A", "env:ROBOT_B", "signing_key: env:ROBOT_KEY", "").Replace(oneRobot))
	r := command(t, nil, "", "apply", "-w", second, "--bus", "local", "--data", data, "--yes")
	require.NotEqual(t, exitOK, r.code, r.out)
	assert.Contains(t, r.out+r.err, "env:ROBOT_B is not declared for targets here")
	assert.Contains(t, r.out+r.err, "set PAI_NOTIFY_SECRETS, where this bus is started")

	// The document that the bus was started with says what it may name, as it is now.
	require.NoError(t, os.WriteFile(doc, []byte(strings.ReplaceAll(oneRobot, "env:ROBOT_A", "env:ROBOT_B")), 0o600))
	r = command(t, nil, "", "apply", "-w", doc, "--bus", "local", "--data", data, "--yes")
	require.Equal(t, exitOK, r.code, r.out+r.err)
	assert.NotContains(t, r.out, "does not have", "the function is asked for what the document names now")
	status, _ := up.post(t, failure("1"))
	require.Equal(t, http.StatusAccepted, status)
	assert.Equal(t, "sent", up.ended(t, "1", "--data", data)[0].Outcome)
	require.Len(t, in.Received(), 1)
	assert.Equal(t, "b", in.Received()[0].Receiver)
	up.stop(t)

	// Without a document that can be read, what stands on the bus counts.
	require.NoError(t, os.WriteFile(doc, []byte("workspace: ["), 0o600))
	up = startUp(t, environment, "-w", doc, "--data", data)
	_, _ = up.post(t, failure("2"))
	assert.Equal(t, "sent", up.ended(t, "2", "--data", data)[0].Outcome)
	require.NoError(t, os.WriteFile(doc, []byte(oneRobot), 0o600))
	r = command(t, nil, "", "apply", "-w", doc, "--bus", "local", "--data", data, "--yes")
	require.Equal(t, exitOK, r.code, r.out+r.err)
	_, _ = up.post(t, failure("3"))
	assert.Equal(t, "sent", up.ended(t, "3", "--data", data)[0].Outcome)
	up.stop(t)
	assert.Len(t, in.Received(), 3)
}

func TestAListHoldsForDocumentsBusAndSending(t *testing.T) {
	in, environment := standIns(t)
	doc := document(t, oneRobot)
	short := append(environment, "PAI_NOTIFY_SECRETS=ROBOT_A")
	const said = "rules[0].targets[0].signing_key: env:ROBOT_KEY is not declared for targets here"
	for _, arguments := range [][]string{
		{"up", "-w", doc, "--data", ":memory:", "--listen", "127.0.0.1:0", "--once"}, {"match", "-w", doc, "events/dlc-job-failed.json"}, {"test", "-w", doc}, {"json", "-w", doc}, {"send", "-w", doc, "dingtalk", "events/dlc-job-failed.json"},
	} {
		r := command(t, short, "", arguments...)
		assert.NotEqual(t, exitOK, r.code, arguments)
		assert.Contains(t, r.out+r.err, said, arguments)
		r = command(t, append(environment, "PAI_NOTIFY_SECRETS=ROBOT_A@x=y"), "", arguments...)
		assert.NotEqual(t, exitOK, r.code, arguments)
		assert.Contains(t, r.out+r.err, "PAI_NOTIFY_SECRETS", arguments)
	}
	assert.Empty(t, in.Received())
	for _, list := range []string{"PAI_NOTIFY_SECRETS=ROBOT_A ROBOT_KEY", "PAI_NOTIFY_SECRETS=ROBOT_A@,ROBOT_KEY@127.0.0.1", "TERM=x"} {
		r := command(t, append(environment, list), "", "test", "-w", doc)
		assert.Equal(t, exitOK, r.code, r.out+r.err)
	}
	r := command(t, append(environment, "PAI_NOTIFY_SECRETS=ROBOT_A@,ROBOT_KEY@oapi.dingtalk.com"), "", "test", "-w", doc)
	assert.Contains(t, r.out+r.err, "env:ROBOT_KEY is not declared for this receiver")
	assert.NotEqual(t, exitOK, r.code)
}
