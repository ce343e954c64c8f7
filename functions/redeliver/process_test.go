package redeliver_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aliyun/credentials-go/credentials"
	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/bus"
	busaliyun "github.com/pai-notify/pai-notify/shared/bus/aliyun"
	busaws "github.com/pai-notify/pai-notify/shared/bus/aws"
	"github.com/pai-notify/pai-notify/shared/bus/aws/mototest"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	localaccount "github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/bus/local/openapi"
	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/dynamodb"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
)

// executable builds the function for a platform.
func executable(t *testing.T, variant string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "redeliver", "bootstrap")
	out, err := exec.Command("go", "build", "-tags", "lambda.norpc,"+variant, "-o", path, "./bootstrap").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

// started is the function as its platform runs it.
func started(t *testing.T, platform runtimeapi.Platform, variant string, environment ...string) (invoke func(payload string) (string, error), output func() string) {
	t.Helper()
	var log lockedText
	p, err := runtimeapi.Start(platform, executable(t, variant), append(environment, "PAI_NOTIFY_SERVED_BUS="+busName), &log)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	return func(payload string) (string, error) {
		answer, err := p.Invoke(t.Context(), []byte(payload))
		return string(answer), err
	}, log.String
}

// wakes sees a real process take up a record and a minute later, by both payloads
// of its platform, send what it holds.
func wakes(t *testing.T, a *account, invoke func(string) (string, error), output func() string, kept, timer string) {
	t.Helper()
	require.Empty(t, a.peers.Received())
	answer, err := invoke(kept)
	require.NoError(t, err, output())
	assert.Contains(t, []string{`{"waiting":1,"given_up":0}`, `{"batchItemFailures":[]}`}, answer)
	answer, err = invoke(timer)
	require.NoError(t, err, output())
	assert.JSONEq(t, `{"due":1,"overdue":0,"invoked":1,"given_up":0}`, answer, output())
	once(t, a, []string{"train-7b"})
	assert.Equal(t, map[ledger.State]int{ledger.Sent: 1}, a.states())
	answer, err = invoke(timer)
	require.NoError(t, err)
	assert.JSONEq(t, `{"due":0,"overdue":0,"invoked":0,"given_up":0}`, answer)
	assert.Contains(t, output(), `"msg":"redeliver","due":1,"overdue":0,"invoked":1,"given_up":0`)
	beat, err := a.store.Control(t.Context(), "heartbeat/"+busName)
	require.NoError(t, err)
	assert.Contains(t, string(beat.Value), `"at":"`)
	assert.NotContains(t, output(), "hidden", "a log has no parameters")
}

// wrapped is what the bus hands to the function of a receiver.
func wrapped(t *testing.T, to bus.Target, event string) string {
	t.Helper()
	text, err := to.Wrapper()
	require.NoError(t, err)
	return string(text[:len(text)-1]) + `,"event":` + event + `}`
}

func TestOnFunctionComputeAProcessWakesWhatWaits(t *testing.T) {
	peer := httptest.NewServer(tablestoretest.New(tablestoretest.Config{Key: "LTAIuser", Secret: "userSecret"}))
	t.Cleanup(peer.Close)
	reference, err := tablestore.Parse("tablestore:" + peer.URL + "/pai_notify")
	require.NoError(t, err)
	store := tablestore.New(tablestore.Config{Reference: reference, Key: func(context.Context) (tablestore.Key, error) {
		return tablestore.Key{ID: "LTAIuser", Secret: "userSecret"}, nil
	}})
	require.NoError(t, store.Create(t.Context()))

	a := newAccount(t, newPeers(t))
	a.store = store
	team := bus.Target{ID: "team", Function: "pai-notify-wecom", Rule: failedJobs, Receiver: a.robot("wecom", "hidden")}
	a.deploy("wecom")
	served, err := local.Open(t.Context(), local.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, served.Close(context.Background())) })
	policy, err := localaccount.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	require.NoError(t, err)
	cloud := httptest.NewServer(openapi.New(served, &localaccount.Account{
		Keys: []localaccount.Key{{ID: "LTAIuser", Secret: "userSecret", User: "lena", Policies: []localaccount.Policy{policy}}},
		Invoke: func(ctx context.Context, function string, payload []byte) ([]byte, error) {
			answer, failed, err := a.invoke(ctx, function, payload)
			if failed {
				text, _ := json.Marshal(map[string]string{"errorMessage": string(answer)})
				return nil, &localaccount.FunctionError{Payload: text}
			}
			return answer, err
		},
	}))
	t.Cleanup(cloud.Close)
	key, err := credentials.NewCredential(new(credentials.Config).SetType("access_key").SetAccessKeyId("LTAIuser").SetAccessKeySecret("userSecret"))
	require.NoError(t, err)
	b, err := busaliyun.New(busaliyun.Config{Region: "local", Account: localaccount.DefaultID, Endpoint: cloud.URL, Credentials: key})
	require.NoError(t, err)
	onBus(t, b, team)

	invoke, output := started(t, runtimeapi.FunctionCompute, "fc", "FC_REGION=local", "FC_ACCOUNT_ID="+localaccount.DefaultID, "PAI_NOTIFY_ENDPOINT="+cloud.URL,
		"ALIBABA_CLOUD_ACCESS_KEY_ID=LTAIuser", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=userSecret", "PAI_NOTIFY_LEDGER="+reference.String())
	wakes(t, a, invoke, output, record(t, wrapped(t, team, job("train-7b", "JobFailed")), "Process exited unexpectedly"), byFC)
}

func TestMotoOnLambdaAProcessWakesWhatWaits(t *testing.T) {
	const region = "ap-southeast-1"
	moto, err := url.Parse(mototest.Start(t))
	require.NoError(t, err)
	key := awscredentials.NewStaticCredentialsProvider("AKIDTEST", "secret", "")
	store, err := dynamodb.New(dynamodb.Config{Table: "pai-notify-ledger", Region: region, Endpoint: moto.String(), Credentials: key, HTTP: http.DefaultClient})
	require.NoError(t, err)
	require.NoError(t, store.Create(t.Context()))

	a := newAccount(t, newPeers(t))
	a.store = store
	team := bus.Target{ID: "team", Function: "pai-notify-wecom", Rule: failedJobs, Receiver: a.robot("wecom", "hidden")}
	a.deploy("wecom")
	proxy := httputil.NewSingleHostReverseProxy(moto) // moto runs no functions
	cloud := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, invoked := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions/")
		if !invoked {
			proxy.ServeHTTP(w, r)
			return
		}
		payload, _ := io.ReadAll(r.Body)
		answer, failed, err := a.invoke(r.Context(), strings.TrimSuffix(name, "/invocations"), payload)
		if failed || err != nil {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			answer, _ = json.Marshal(map[string]string{"errorMessage": string(answer)})
		}
		_, _ = w.Write(answer)
	}))
	t.Cleanup(cloud.Close)
	b, err := busaws.New(busaws.Config{Region: region, Account: mototest.Account, Endpoint: moto.String(), Credentials: aws.CredentialsProvider(key)})
	require.NoError(t, err)
	onBus(t, b, team)

	invoke, output := started(t, runtimeapi.Lambda, "lambda", "AWS_REGION="+region, "AWS_ACCOUNT_ID="+mototest.Account, "AWS_ENDPOINT_URL="+cloud.URL,
		"AWS_ACCESS_KEY_ID=AKIDTEST", "AWS_SECRET_ACCESS_KEY=secret", "PAI_NOTIFY_LEDGER=dynamodb:pai-notify-ledger")
	wakes(t, a, invoke, output, batch(t, record(t, wrapped(t, team, job("train-7b", "JobFailed")), "RequestId: 1 Error: Runtime exited")), byEventBridge)
}

// onBus puts the target and its rule on a bus.
func onBus(t *testing.T, b bus.Bus, to bus.Target) {
	t.Helper()
	require.NoError(t, b.CreateEventBus(t.Context(), bus.EventBus{Name: busName}))
	require.NoError(t, b.CreateRule(t.Context(), busName, bus.Rule{Name: to.Rule.Key(), Pattern: `{"source":["acs.paidlc"]}`, Enabled: true}))
	require.NoError(t, b.UpdateTargets(t.Context(), busName, to.Rule.Key(), []bus.Target{to}))
}

func TestAFunctionThatIsNotSetUpSaysWhatIsMissing(t *testing.T) {
	lasting := func() (ledger.Store, error) { return newAccount(t, newPeers(t)).store, nil }
	cloud := func(context.Context) (redeliver.Cloud, error) {
		return redeliver.Cloud{}, errors.New("the function has no role")
	}
	for name, c := range map[string]struct {
		store func() (ledger.Store, error)
		bus   string
		says  string
	}{
		"no ledger":           {func() (ledger.Store, error) { return nil, nil }, busName, "set PAI_NOTIFY_LEDGER"},
		"a ledger of another": {func() (ledger.Store, error) { return nil, errors.New("deploy the one in build/fc") }, busName, "build/fc"},
		"no bus":              {lasting, "", "set PAI_NOTIFY_SERVED_BUS"},
		"no role":             {lasting, busName, "no role"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(redeliver.BusVariable, c.bus)
			_, err := redeliver.Handler(c.store, cloud)(t.Context(), []byte(byFC))
			assert.ErrorContains(t, err, c.says)
		})
	}
}
