package cloud_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aliyun/credentials-go/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/bus/local/openapi"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/cloud"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

const busName = "pai-system-lab"

// standIn is an account of Alibaba Cloud on loopback, which checks signatures,
// policies, names and quotas.
type standIn struct {
	bus      *local.Bus
	url      string
	requests atomic.Int64
	// drop decides for a request whether it, or its answer, gets lost.
	drop func() (before, after bool)

	// answer is what functions that are invoked answer; an echo that was sent when
	// it is nil.
	answer func() ([]byte, error)

	mu      sync.Mutex
	invoked map[string][]string // function -> payloads
}

func startStandIn(t *testing.T, o local.Options, policies ...string) *standIn {
	t.Helper()
	s := &standIn{invoked: map[string][]string{}}
	o.Invoke = func(_ context.Context, function string, payload []byte) (json.RawMessage, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.invoked[function] = append(s.invoked[function], string(payload))
		return json.RawMessage(`{"status":"sent"}`), nil
	}
	a := &account.Account{
		Keys: []account.Key{{ID: "LTAIuser", Secret: "userSecret", User: "lena"}}, Roles: []string{"AliyunServiceRoleForPAIWorkspace"},
		Invoke: func(_ context.Context, function string, payload []byte) ([]byte, error) {
			if s.answer != nil {
				return s.answer()
			}
			return json.Marshal(map[string]any{"status": "sent", "function": function, "payload": json.RawMessage(payload)})
		},
	}
	for _, text := range policies {
		p, err := account.ParsePolicy([]byte(text))
		require.NoError(t, err)
		a.Keys[0].Policies = append(a.Keys[0].Policies, p)
	}
	var err error
	s.bus, err = local.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.bus.Close(context.Background())) })
	api := openapi.New(s.bus, a)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		var before, after bool
		if s.drop != nil {
			before, after = s.drop()
		}
		if before {
			panic(http.ErrAbortHandler)
		}
		if after {
			api.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// provisioner opens the account with the user's key.
func (s *standIn) provisioner(t *testing.T, w *workspace.Workspace) provision.Provisioner {
	t.Helper()
	key, err := credentials.NewCredential(new(credentials.Config).SetType("access_key").SetAccessKeyId("LTAIuser").SetAccessKeySecret("userSecret"))
	require.NoError(t, err)
	c, err := cloud.Aliyun(t.Context(), cloud.AliyunConfig{Region: "local", Endpoint: s.url, Credentials: key, Retry: bus.Retry{
		Sleep:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Random: func() float64 { return 0 },
	}})
	require.NoError(t, err)
	return provision.Provisioner{Cloud: c, Workspace: w}
}

func parse(t *testing.T, rules string) *workspace.Workspace {
	t.Helper()
	w, err := workspace.Parse([]byte(`{"workspace":"lab","quota":100,"contacts":[{"name":"张伟","phone":"+8613800138000"}],"rules":[`+rules+`]}`), "lab.json", functions.Register()...)
	require.NoError(t, err)
	return w
}

const (
	died = `{"name":"died","description":"Someone has to look.","source":"dlc","events":["job-failed","job-timeout"],"scope":{"created_by":["1","2","3","4","5","6"]},
		"targets":[{"type":"dingtalk","webhook":"env:A","signing_key":"env:B"},{"type":"lark","webhook":"env:C"},{"type":"wecom","webhook":"env:D"},
		{"type":"sms","contacts":["张伟"],"sign_name":"阿里云","template_code":"SMS_1"},{"type":"dingtalk","name":"second","webhook":"env:A"},{"type":"dingtalk","name":"third","webhook":"env:A"}]}`
	approved = `{"name":"approved","source":"model","events":["version-approved"],"enabled":false,"targets":[{"type":"http","url":"env:URL"}]}`
)

var missionsPolicy = policy.Provision(provision.Aliyun, policy.Options{Types: functions.Register()})

func apply(t *testing.T, d provision.Provisioner) error {
	t.Helper()
	p, err := d.Plan(t.Context())
	if err != nil {
		return err
	}
	return d.Cloud.Apply(t.Context(), p, nil)
}

func settled(t *testing.T, d provision.Provisioner) {
	t.Helper()
	p, err := d.Plan(t.Context())
	require.NoError(t, err)
	require.Empty(t, p.Steps)
}

func TestFromAnEmptyAccountToNothingLeft(t *testing.T) {
	s := startStandIn(t, local.Options{}, missionsPolicy)
	d := s.provisioner(t, parse(t, died+","+approved))
	require.NoError(t, apply(t, d))
	settled(t, d)

	rules, err := s.bus.ListRules(t.Context(), busName)
	require.NoError(t, err)
	var names []string
	for _, r := range rules {
		names = append(names, r.Name)
	}
	assert.Equal(t, []string{"approved", "died", "died--2"}, names)

	// What the bus then hands to a function is one event for each target.
	e, err := event.Parse([]byte(`{"specversion":"1.0","id":"e1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"UserId":"6"}}`))
	require.NoError(t, err)
	require.NoError(t, d.Cloud.Bus.PutEvents(t.Context(), busName, []event.Event{e}))
	assert.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.invoked["pai-notify-dingtalk"]) == 3 && len(s.invoked["pai-notify-sms"]) == 1
	}, time.Minute, 5*time.Millisecond)
	assert.Contains(t, s.invoked["pai-notify-sms"][0], `"name":"sms-张伟"`)

	p, err := d.Removal(t.Context(), "")
	require.NoError(t, err)
	require.NoError(t, d.Cloud.Apply(t.Context(), p, nil))
	buses, err := s.bus.ListEventBuses(t.Context())
	require.NoError(t, err)
	for _, b := range buses {
		assert.NotEqual(t, busName, b.Name)
	}
}

func TestANoChangeApplyListsOnceForAHundredRules(t *testing.T) {
	s := startStandIn(t, local.Options{}, missionsPolicy)
	d := s.provisioner(t, parse(t, died+","+approved))
	require.NoError(t, apply(t, d))
	before := s.requests.Load()
	require.NoError(t, apply(t, d))
	// The bus, one page of rules, and, because no list of this API has the
	// targets of more than one rule, those of each of the five rules; and each of
	// the three functions is asked for its secrets.
	assert.LessOrEqual(t, s.requests.Load()-before, int64(2+5+3))
}

func TestHalfOfTheRequestsGetLost(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex
	s := startStandIn(t, local.Options{}, missionsPolicy)
	d := s.provisioner(t, parse(t, died+","+approved))
	s.drop = func() (bool, bool) {
		mu.Lock()
		defer mu.Unlock()
		return r.IntN(4) == 0, r.IntN(4) == 0
	}
	require.NoError(t, apply(t, d))
	s.drop = nil
	settled(t, d)
}

func TestManyApplyAtOnce(t *testing.T) {
	s := startStandIn(t, local.Options{}, missionsPolicy)
	d := s.provisioner(t, parse(t, died+","+approved))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { assert.NoError(t, apply(t, d)) })
	}
	all.Wait()
	settled(t, d)
}

func TestAnAccountThatIsNotReady(t *testing.T) {
	s := startStandIn(t, local.Options{NotActivated: true}, missionsPolicy)
	d := s.provisioner(t, parse(t, approved))
	err := apply(t, d)
	require.Equal(t, bus.NotActivated, bus.KindOf(err))
	assert.Contains(t, d.Cloud.Remedy(err), "https://eventbridge.console.aliyun.com")
	c, err := d.Status(t.Context())
	require.NoError(t, err)
	assert.False(t, c.OK)
	assert.Equal(t, provision.Missing, c.Findings[0].Verdict)
}

func TestEachMissingPermissionIsNamed(t *testing.T) {
	for _, action := range policy.Actions(provision.Aliyun) {
		t.Run(action, func(t *testing.T) {
			s := startStandIn(t, local.Options{}, missionsPolicy,
				`{"Version":"1","Statement":[{"Effect":"Deny","Action":"`+action+`","Resource":"*"}]}`)
			d := s.provisioner(t, parse(t, approved))
			c, err := d.Status(t.Context())
			require.NoError(t, err)
			for _, f := range c.Findings {
				switch {
				case !f.Permission:
				case f.Check.String() == action && action == "eventbridge:PutEvents":
					assert.Equal(t, provision.Unknown, f.Verdict, "nothing is published to find out")
				case f.Check.String() == action && action == "eventbridge:DeleteEventBus":
					assert.Equal(t, provision.Unknown, f.Verdict, "asking could delete a bus that was made just now")
				case f.Check.String() == action && action == "eventbridge:CreateEventBus":
					assert.Equal(t, provision.Unknown, f.Verdict, "without a bus, asking would make one")
				case f.Check.String() == action && action == "eventbridge:ListTargets":
					assert.Equal(t, provision.Unknown, f.Verdict, "the targets come with GetRule")
				case f.Check.String() == action:
					assert.Equal(t, provision.Missing, f.Verdict, "%+v", f)
				default:
					assert.NotEqual(t, provision.Missing, f.Verdict, "%+v", f)
				}
			}
			err = apply(t, d)
			if strings.Contains("CreateEventBus GetEventBus CreateRule ListRules", strings.TrimPrefix(action, "eventbridge:")) {
				require.Error(t, err)
				assert.Contains(t, d.Cloud.Remedy(err), action)
			}
		})
	}
}

func TestTargetsAreTestedOnTheBus(t *testing.T) {
	s := startStandIn(t, local.Options{}, policy.Provision(provision.Aliyun, policy.Options{Types: functions.Register(), Least: true, Bus: busName}))
	d := s.provisioner(t, parse(t, died))
	require.NoError(t, apply(t, d))
	tested, err := d.Test(t.Context(), "died", "lark", false)
	require.NoError(t, err)
	require.Len(t, tested, 1)
	assert.Empty(t, tested[0].Error)
	assert.JSONEq(t, `{"status":"sent","function":"pai-notify-lark","payload":{"test":true,"rule":{"description":"Someone has to look.","name":"died","owner":"lab"},"target":{"type":"lark","name":"lark-C","language":"en","parameters":{"webhook":"env:C"}}}}`, string(tested[0].Outcome))
}

func TestAFunctionThatFailsIsNotSaidToWork(t *testing.T) {
	s := startStandIn(t, local.Options{}, policy.Provision(provision.Aliyun, policy.Options{Types: functions.Register(), Least: true, Bus: busName}))
	d := s.provisioner(t, parse(t, died))
	require.NoError(t, apply(t, d))
	for name, c := range map[string]struct {
		payload string
		failed  bool
		says    string
	}{
		"it timed out":         {`{"errorMessage":"Function timed out after 30 seconds"}`, true, "the function pai-notify-lark failed: Function timed out after 30 seconds"},
		"it crashed":           {`{"errorMessage":"Process exited unexpectedly","errorType":"InvocationError"}`, true, "failed: Process exited unexpectedly"},
		"it said nothing":      {``, true, "failed: HandledInvocationError"},
		"another one answered": {`{"hello":1}`, false, "pai-notify-lark: the function answered something that is no outcome"},
		"it failed otherwise":  {`{"errorMessage":"{\"status\":\"failed\",\"class\":\"permanent\",\"reason\":\"sign not match\"}"}`, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s.answer = func() ([]byte, error) {
				if c.failed {
					return nil, &account.FunctionError{Payload: []byte(c.payload)}
				}
				return []byte(c.payload), nil
			}
			tested, err := d.Test(t.Context(), "died", "lark", false)
			require.NoError(t, err)
			require.Len(t, tested, 1)
			assert.True(t, tested[0].Failed)
			assert.Contains(t, tested[0].Error, c.says)
			o, err := deliver.ReadOutcome(tested[0].Outcome)
			require.NoError(t, err)
			assert.Equal(t, outcome.Failed, o.Status)
			if c.says == "" {
				assert.Equal(t, "sign not match", o.Reason)
			}
		})
	}
}
