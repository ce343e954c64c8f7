package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/bus/local/openapi"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

// aliyunAccount is an account of Alibaba Cloud on loopback.
type aliyunAccount struct {
	t           *testing.T
	bus         *local.Bus
	account     *account.Account
	environment []string
	flags       []string
	document    string
	// before is called with the action of each request.
	before atomic.Pointer[func(action string)]
	// answers are those of its functions, by name.
	answers atomic.Pointer[map[string]func() ([]byte, error)]
	// changing keeps requests out while the account is changed.
	changing sync.RWMutex
}

// change changes the account that is being served.
func (a *aliyunAccount) change(how func(*account.Account)) {
	a.changing.Lock()
	defer a.changing.Unlock()
	how(a.account)
}

const labDocument = `workspace: lab
rules:
  - name: died
    source: dlc
    events: [job-failed]
    targets:
      - {type: dingtalk, webhook: env:DINGTALK_WEBHOOK, signing_key: env:DINGTALK_SIGNING_KEY}
      - {type: lark, webhook: env:LARK_WEBHOOK}
`

// newAliyunAccount opens an account whose user has some policies; the one that
// PAI documents when none is given.
func newAliyunAccount(t *testing.T, o local.Options, texts ...string) *aliyunAccount {
	t.Helper()
	if len(texts) == 0 {
		texts = []string{policy.Provision(provision.Aliyun, policy.Options{Types: functions.Register()})}
	}
	bus, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, bus.Close(context.Background())) })
	var policies []account.Policy
	for _, text := range texts {
		policy, err := account.ParsePolicy([]byte(text))
		require.NoError(t, err)
		policies = append(policies, policy)
	}
	a := &aliyunAccount{
		t: t, bus: bus, document: filepath.Join(t.TempDir(), "workspace.yaml"),
		environment: []string{"ALIBABA_CLOUD_ACCESS_KEY_ID=LTAIuser", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=userSecret"},
	}
	a.account = &account.Account{
		Keys: []account.Key{{ID: "LTAIuser", Secret: "userSecret", User: "lena", Policies: policies}},
		Invoke: func(_ context.Context, function string, _ []byte) ([]byte, error) {
			if answers := a.answers.Load(); answers != nil && (*answers)[function] != nil {
				return (*answers)[function]()
			}
			return nil, account.NoFunction(function)
		},
	}
	api := openapi.New(bus, a.account)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before := a.before.Load(); before != nil {
			(*before)(r.Header.Get("X-Acs-Action"))
		}
		a.changing.RLock()
		defer a.changing.RUnlock()
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	a.flags = []string{"-w", a.document, "--bus", "aliyun", "--region", "local", "--endpoint", server.URL}
	a.write(labDocument)
	return a
}

func (a *aliyunAccount) write(document string) {
	a.t.Helper()
	require.NoError(a.t, os.WriteFile(a.document, []byte(document), 0o600))
}

// run runs a command on the account, with an answer to what it asks.
func (a *aliyunAccount) run(said string, arguments ...string) result {
	a.t.Helper()
	return command(a.t, a.environment, said, append(arguments, a.flags...)...)
}

func TestAWorkspaceIsProvisionedByCommands(t *testing.T) {
	a := newAliyunAccount(t, local.Options{})
	assert.Equal(t, 1, a.run("", "plan", "--exit-code").code)
	r := a.run("", "plan")
	assert.Equal(t, 0, r.code, r.err)
	assert.Equal(t, `Bus pai-system-lab (aliyun local), owner lab

+ bus pai-system-lab
+ rule died
    pattern      {"source":["acs.paidlc"],"type":["paidlc:JobStateChange:JobFailed"]}
    enabled      yes
    owner        lab
    + target dingtalk-DINGTALK_WEBHOOK
        function     pai-notify-dingtalk
        receiver     dingtalk/dingtalk-DINGTALK_WEBHOOK
    + target lark-LARK_WEBHOOK
        function     pai-notify-lark
        receiver     lark/lark-LARK_WEBHOOK

Warning: targets without a dead-letter queue: 2; an event that cannot be delivered to the function within a day is dropped; name a queue with --dead-letter ARN or PAI_NOTIFY_DEAD_LETTER
Warning: cannot tell whether the function pai-notify-dingtalk has env:DINGTALK_SIGNING_KEY, env:DINGTALK_WEBHOOK: bus: fc:InvokeFunction pai-notify-dingtalk: AccessDenied The RAM user lena is not authorized to perform fc:InvokeFunction on acs:fc:local:1000000000000000:functions/pai-notify-dingtalk: no policy allows it.: the caller lacks the permission fc:InvokeFunction: add it to the policy of the user or role; pai-notify policy -w FILE --bus aliyun prints all that are needed
Warning: cannot tell whether the function pai-notify-lark has env:LARK_WEBHOOK: bus: fc:InvokeFunction pai-notify-lark: AccessDenied The RAM user lena is not authorized to perform fc:InvokeFunction on acs:fc:local:1000000000000000:functions/pai-notify-lark: no policy allows it.: the caller lacks the permission fc:InvokeFunction: add it to the policy of the user or role; pai-notify policy -w FILE --bus aliyun prints all that are needed
1 rule to create, 0 to change, 0 to delete, 0 unchanged.
`, r.out)

	const queue = "acs:mns:local:1000000000000000:/queues/undelivered"
	assert.NotContains(t, a.run("", "plan", "--dead-letter", queue).out, "dead-letter")

	r = a.run("n\n", "apply")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.out, "Apply this? [y/N] \nNothing was changed.")
	r = a.run("", "apply")
	assert.Equal(t, 1, r.code, "nobody said yes")
	r = a.run("y\n", "apply")
	assert.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.out, "Done.")
	r = a.run("", "plan", "--exit-code")
	assert.Equal(t, 0, r.code)
	assert.Contains(t, r.out, "Nothing to do: 1 rule unchanged.")
	r = a.run("", "apply", "--yes")
	assert.Equal(t, 0, r.code)
	assert.NotContains(t, r.out, "Done.")

	r = a.run("", "rules")
	assert.Equal(t, 0, r.code)
	assert.Equal(t, "RULE STATE    OWNER        TARGETS\ndied enabled  lab          dingtalk/dingtalk-DINGTALK_WEBHOOK, lark/lark-LARK_WEBHOOK\n", r.out)

	r = a.run("", "disable", "died")
	assert.Equal(t, 0, r.code)
	assert.Equal(t, "Disabled died.\n", r.out)
	assert.Contains(t, r.err, `the document says "enabled: true" of died: the next apply puts it back`)
	r = a.run("", "plan", "--exit-code")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.out, "~ rule died\n    enabled      no → yes\n")

	a.write(strings.Replace(labDocument, "env:LARK_WEBHOOK", "https://open.larksuite.com/open-apis/bot/v2/hook/literal", 1))
	r = a.run("", "plan", "--json")
	assert.Equal(t, 0, r.code)
	assert.NotContains(t, r.out, "literal", "what may be a secret is not shown")
	var p provision.Plan
	require.NoError(t, json.Unmarshal([]byte(r.out), &p))
	assert.Len(t, p.Steps, 3, "another address is another receiver, where no name says otherwise")

	r = a.run("", "delete", "--yes", "--json")
	assert.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.out, `"applied": true`)
	buses, err := a.bus.ListEventBuses(t.Context())
	require.NoError(t, err)
	for _, b := range buses {
		assert.NotEqual(t, "pai-system-lab", b.Name)
	}
}

func TestEventsArePublishedToABus(t *testing.T) {
	told := &deliveries{}
	a := newAliyunAccount(t, local.Options{Invoke: told.invoke})
	r := a.run("", "publish", "events/dlc-job-failed.json")
	assert.Equal(t, 2, r.code)
	assert.Contains(t, r.err, "EventBusNotExist", "nothing is said to be taken")

	require.Equal(t, 0, a.run("", "apply", "--yes").code)
	for range 2 { // the second is known, and taken all the same
		r = a.run("", "publish", "events/dlc-job-failed.json")
		assert.Equal(t, 0, r.code, r.err)
		assert.Contains(t, r.out, "Published 1 event to pai-system-lab.")
	}
	first := []string{"died dingtalk/dingtalk-DINGTALK_WEBHOOK ", "died lark/lark-LARK_WEBHOOK "}
	e, err := input.ReadEvents("../../events/dlc-job-failed.json", terminal.Streams{})
	require.NoError(t, err)
	want := []string{first[0] + e[0].ID(), first[1] + e[0].ID()}
	assert.EventuallyWithT(t, func(c *assert.CollectT) { assert.Equal(c, want, told.sorted()) }, 20*time.Second, 10*time.Millisecond)

	r = a.run("", "publish", oneBad(t))
	assert.Equal(t, exitTrying, r.code)
	assert.Contains(t, r.out, "Published 2 events to pai-system-lab.")
	assert.Contains(t, r.err, "event 2 of 3")
	want = append(want, first[0]+"other-"+e[0].ID(), first[1]+"other-"+e[0].ID())
	slices.Sort(want)

	r = a.run("", "publish", "--fresh", "--json", "events/dlc-job-failed.json")
	require.Equal(t, 0, r.code, r.err)
	var answer struct{ Taken []string }
	require.NoError(t, json.Unmarshal([]byte(r.out), &answer))
	require.Len(t, answer.Taken, 1)
	assert.NotEqual(t, e[0].ID(), answer.Taken[0])
	want = append(want, first[0]+answer.Taken[0], first[1]+answer.Taken[0])
	slices.Sort(want)
	assert.EventuallyWithT(t, func(c *assert.CollectT) { assert.Equal(c, want, told.sorted()) }, 20*time.Second, 10*time.Millisecond)
}

func TestAnApplyThatIsInterruptedSaysWhatIsLeft(t *testing.T) {
	a := newAliyunAccount(t, local.Options{})
	a.write(labDocument + strings.Replace(labDocument[strings.Index(labDocument, "  - name"):], "died", "lost", 1))
	cmd := exec.CommandContext(t.Context(), filepath.Join(built(t), "pai-notify"), append([]string{"apply", "--yes"}, a.flags...)...)
	cmd.Env = append([]string{"NO_COLOR=1", "HOME=" + t.TempDir()}, a.environment...)
	var diagnostics bytes.Buffer
	cmd.Stderr = &diagnostics
	var created atomic.Int64
	started, ended := make(chan struct{}), make(chan struct{})
	before := func(action string) {
		if action == "CreateRule" && created.Add(1) == 2 {
			<-started
			assert.NoError(t, cmd.Process.Signal(os.Interrupt))
			<-ended
		}
	}
	a.before.Store(&before)
	require.NoError(t, cmd.Start())
	close(started)
	_ = cmd.Wait() // the exit code is looked at
	close(ended)
	assert.Equal(t, 1, cmd.ProcessState.ExitCode())
	assert.Contains(t, diagnostics.String(), "interrupted; 4 of 7 steps were done and stay, 3 are left: run it again to go on")
	assert.Contains(t, diagnostics.String(), "  done: create rule died\n  left: create rule lost\n")
	r := a.run("", "apply", "--yes")
	assert.Equal(t, 0, r.code, r.err)
}

func TestACheckUpTellsANewcomerWhatToDo(t *testing.T) {
	a := newAliyunAccount(t, local.Options{NotActivated: true})
	r := a.run("", "status")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.out, "missing EventBridge: not activated (ServiceNotEnable)\n        the account has not activated EventBridge: open https://eventbridge.console.aliyun.com")
	r = a.run("", "apply", "--yes")
	assert.Equal(t, 2, r.code)
	assert.Contains(t, r.err, "ServiceNotEnable")
	assert.Contains(t, r.err, "open https://eventbridge.console.aliyun.com")

	require.NoError(t, a.bus.Activate(t.Context()))
	r = a.run("", "status")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.out, "ok      EventBridge: activated\n")
	assert.Contains(t, r.out, "missing bus pai-system-lab: does not exist\n")
	assert.Contains(t, r.out, "unknown role AliyunServiceRoleForPAIWorkspace")
	r = a.run("", "status", "--json")
	assert.Equal(t, 1, r.code)
	assert.True(t, json.Valid([]byte(r.out)))
}

func TestAnApplyStopsBeforeAnythingWhenASecretIsMissing(t *testing.T) {
	a := newAliyunAccount(t, local.Options{}, policy.Provision(provision.Aliyun, policy.Options{Types: functions.Register(), Least: true, Bus: "pai-system-lab"}))
	has := func() ([]byte, error) { return []byte(`{"missing":[]}`), nil }
	lacks := func() ([]byte, error) {
		return []byte(`{"missing":[{"reference":"env:LARK_WEBHOOK","reason":"the secret kms:pai-notify has no member LARK_WEBHOOK"}]}`), nil
	}
	a.answers.Store(&map[string]func() ([]byte, error){"pai-notify-dingtalk": has, "pai-notify-lark": lacks})
	r := a.run("", "plan")
	assert.Equal(t, 0, r.code)
	assert.Contains(t, r.out, "Warning: the function pai-notify-lark does not have env:LARK_WEBHOOK, so notifications that need it fail: the secret kms:pai-notify has no member LARK_WEBHOOK: put it into the deployment's secret: pai-notify secrets push -w FILE --bus aliyun;")
	r = a.run("", "apply", "--yes")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.err, "a secret is missing where the functions run: env:LARK_WEBHOOK")
	assert.Contains(t, r.err, "--allow-missing-secrets")
	r = a.run("", "apply", "--yes", "--json")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.out, `"applied": false`)
	buses, err := a.bus.ListEventBuses(t.Context())
	require.NoError(t, err)
	for _, b := range buses {
		assert.NotEqual(t, "pai-system-lab", b.Name, "nothing was changed")
	}

	require.Equal(t, 0, a.run("", "apply", "--yes", "--allow-missing-secrets").code)
	assert.Equal(t, 1, a.run("", "apply", "--yes").code, "also when there is nothing left to change")
	r = a.run("", "status")
	assert.Contains(t, r.out, "missing secret env:LARK_WEBHOOK: the function pai-notify-lark does not have it")
	assert.Contains(t, r.out, "ok      secret env:DINGTALK_WEBHOOK: the function pai-notify-dingtalk has it")

	a.answers.Store(&map[string]func() ([]byte, error){"pai-notify-dingtalk": has, "pai-notify-lark": has})
	r = a.run("", "apply", "--yes")
	assert.Equal(t, 0, r.code, r.err)
	assert.NotContains(t, r.out, "LARK_WEBHOOK")
}

func TestTargetsOnABusAreTestedThere(t *testing.T) {
	a := newAliyunAccount(t, local.Options{})
	require.Equal(t, 0, a.run("", "apply", "--yes").code)
	r := a.run("", "test")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.out, "fails   died              lark/lark-LARK_WEBHOOK")
	assert.Contains(t, r.out, "the caller lacks the permission fc:InvokeFunction")
	r = a.run("", "test", "--rule", "other")
	assert.Equal(t, 2, r.code)
	assert.Contains(t, r.err, `has no rule other of the owner "lab"`)
}

func TestOnlyWhatWasSentWorks(t *testing.T) {
	a := newAliyunAccount(t, local.Options{}, policy.Provision(provision.Aliyun, policy.Options{Types: functions.Register(), Least: true, Bus: "pai-system-lab"}))
	require.Equal(t, 0, a.run("", "apply", "--yes").code)
	sent := func() ([]byte, error) { return []byte(`{"status":"sent","http_status":200}`), nil }
	for name, c := range map[string]struct {
		answer  func() ([]byte, error)
		code    int
		verdict string
		says    string
	}{
		"sent":    {sent, exitOK, "works  ", "HTTP 200"},
		"skipped": {func() ([]byte, error) { return []byte(`{"status":"skipped","reason":"not now"}`), nil }, exitNo, "skipped", "not now"},
		"timed out": {func() ([]byte, error) {
			return nil, &account.FunctionError{Payload: []byte(`{"errorMessage":"Function timed out after 30 seconds"}`)}
		}, exitNo, "fails  ", "the function pai-notify-lark failed: Function timed out after 30 seconds"},
		"another function": {func() ([]byte, error) { return []byte(`{"hello":1}`), nil }, exitNo, "fails  ", "pai-notify-lark: the function answered something that is no outcome"},
	} {
		t.Run(name, func(t *testing.T) {
			a.answers.Store(&map[string]func() ([]byte, error){"pai-notify-dingtalk": sent, "pai-notify-lark": c.answer})
			r := a.run("", "test")
			assert.Equal(t, c.code, r.code, r.err)
			assert.Contains(t, r.out, c.verdict+" died              lark/lark")
			assert.Contains(t, r.out, "works   died              dingtalk/dingtalk")
			assert.Contains(t, r.out, c.says)
			var outcome struct{ Status, Rule, Target string }
			require.NoError(t, json.Unmarshal([]byte(a.run("", "test", "--target", "lark", "--json").out), &outcome))
			assert.Equal(t, "lark/lark-LARK_WEBHOOK", outcome.Target)
			assert.Equal(t, map[string]string{"works  ": "sent", "skipped": "skipped", "fails  ": "failed"}[c.verdict], outcome.Status)
		})
	}
}

func TestProvisioningSaysWhatItNeeds(t *testing.T) {
	a := newAliyunAccount(t, local.Options{})
	for name, c := range map[string]struct {
		environment []string
		arguments   []string
		code        int
		says        string
	}{
		"no cloud":                 {a.environment, []string{"plan", "-w", a.document}, 2, "--bus"},
		"a cloud that is none":     {a.environment, []string{"apply", "-w", a.document, "--bus", "azure"}, 2, `--bus must be one of "aliyun","aws","local"`},
		"no region":                {a.environment, []string{"plan", "-w", a.document, "--bus", "aliyun"}, 2, "name the region, such as --region cn-hangzhou"},
		"no document":              {a.environment, []string{"apply", "--bus", "aliyun"}, 2, "--workspace"},
		"no such document":         {a.environment, []string{"apply", "-w", "/nowhere.yaml", "--bus", "aliyun"}, 2, "no such file"},
		"no credentials":           {nil, append([]string{"plan"}, a.flags...), 2, "set credentials for the account: aliyun configure, or ALIBABA_CLOUD_ACCESS_KEY_ID"},
		"a key that is unknown":    {[]string{"ALIBABA_CLOUD_ACCESS_KEY_ID=LTAIother", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s"}, append([]string{"apply", "--yes"}, a.flags...), 2, "set credentials for the account"},
		"no bus that runs":         {a.environment, []string{"plan", "-w", a.document, "--bus", "local", "--data", t.TempDir()}, 2, "start one with pai-notify up"},
		"a rule that is not there": {a.environment, append([]string{"enable", "other"}, a.flags...), 2, "there is no bus pai-system-lab"},
		"an owner with a bracket":  {a.environment, append([]string{"plan", "--owner", "a]"}, a.flags...), 2, `invalid owner "a]"`},
		"no credentials of AWS":    {[]string{"AWS_EC2_METADATA_DISABLED=true"}, []string{"plan", "-w", a.document, "--bus", "aws", "--region", "ap-southeast-1"}, 2, "aws configure, AWS_PROFILE"},
		"no region of AWS":         {[]string{"AWS_EC2_METADATA_DISABLED=true"}, []string{"apply", "-w", a.document, "--bus", "aws"}, 2, "name the region, such as --region ap-southeast-1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := command(t, c.environment, "", c.arguments...)
			assert.Equal(t, c.code, r.code, r.out)
			assert.Contains(t, r.err, c.says)
		})
	}
}

func TestACheckUpTellsWhetherPAIsEventsMatch(t *testing.T) {
	a := newAliyunAccount(t, local.Options{},
		policy.Provision(provision.Aliyun, policy.Options{Types: functions.Register(), Least: true, Bus: "pai-system-lab"}),
		`{"Version":"1","Statement":[{"Effect":"Allow","Action":["eventbridge:QueryTracedEvents","eventbridge:QueryEvent"],"Resource":"*"}]}`)
	require.Equal(t, 0, a.run("", "apply", "--yes", "--allow-missing-secrets").code)
	r := a.run("", "status")
	assert.Contains(t, r.out, "unknown events: no event in 7 days\n")
	sample, err := filepath.Abs("../../events/dlc-job-failed.json")
	require.NoError(t, err)
	for _, more := range [][]string{{sample}, {"--fresh", sample}} {
		r = a.run("", append([]string{"publish"}, more...)...)
		require.Equal(t, 0, r.code, r.err)
	}
	r = a.run("", "status")
	assert.Contains(t, r.out, "unknown events: no event in 7 days; published with pai-notify and left out: 2\n")

	e, err := event.Parse([]byte(`{"specversion":"1.0","id":"e1","source":"acs.pai.dlc","type":"Dlc:Job:Failed","data":{"JobId":"dlc1","DisplayName":"a","JobType":"PyTorchJob","Status":"Failed"}}`))
	require.NoError(t, err)
	_, err = a.bus.Publish(t.Context(), "pai-system-lab", e)
	require.NoError(t, err)
	r = a.run("", "status")
	assert.Equal(t, exitNo, r.code)
	assert.Contains(t, r.out, "ok      events: events in 7 days: 1; published with pai-notify and left out: 2\n")
	assert.Contains(t, r.out, `missing source acs.pai.dlc: PAI's source is "acs.pai.dlc", no rule matches it; it looks like dlc, for which these rules wait: died; events in 7 days: 1`+"\n        pai-notify learn shows an override")
	r = a.run("", "status", "--json")
	assert.Contains(t, r.out, `"traffic": true`)
	assert.Contains(t, r.out, `"check": "source acs.pai.dlc"`)
}
