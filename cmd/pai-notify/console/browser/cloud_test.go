package browser_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/credentials-go/credentials"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/bus"
	busaliyun "github.com/pai-notify/pai-notify/shared/bus/aliyun"
	busaws "github.com/pai-notify/pai-notify/shared/bus/aws"
	"github.com/pai-notify/pai-notify/shared/bus/aws/mototest"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/bus/local/openapi"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/dynamodb"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

const (
	cloudBus = "pai-system-lab"
	keyID    = "LTAIuser"
	keyText  = "userSecret"
	region   = "ap-southeast-1"
	waker    = "pai-notify-redeliver"
)

// cloudDocument has a receiver for each language that people read.
const cloudDocument = `workspace: lab
rules:
  - name: died
    source: dlc
    events: [job-failed]
    targets:
      - {type: dingtalk, name: en, language: en, webhook: env:ROBOT_EN, signing_key: env:ROBOT_KEY}
      - {type: dingtalk, name: zh, language: zh, webhook: env:ROBOT_ZH, signing_key: env:ROBOT_KEY}
      - {type: dingtalk, name: ja, language: ja, webhook: env:ROBOT_JA, signing_key: env:ROBOT_KEY}
`

// cloud is a cloud on loopback, with the functions of a deployment and their
// ledger.
type cloud struct {
	t     *testing.T
	inbox *inbox.Inbox
	store ledger.Store
	bus   interface {
		redeliver.Bus
		bus.Bus
	}
	sends *deliver.Function
	// environment and flags are those with which the program uses it.
	environment, flags []string
}

// newCloud has three robots, whose key the functions have wrong.
func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{t: t, inbox: inbox.New(inbox.Options{Rate: 1000}, standins.All()...)}
	received := httptest.NewServer(c.inbox)
	t.Cleanup(received.Close)
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	t.Setenv(deliver.BusVariable, cloudBus)
	t.Setenv("ROBOT_KEY", "SECwrong")
	for _, language := range []string{"en", "zh", "ja"} {
		t.Setenv("ROBOT_"+strings.ToUpper(language), received.URL+c.inbox.Add("dingtalk", language, inbox.Keys{Secret: inboxKey}).Text("webhook"))
	}
	return c
}

// deploy starts what the functions do, once their ledger is there.
func (c *cloud) deploy(store ledger.Store) {
	c.t.Helper()
	c.store = store
	spec, ok := functions.Lookup("dingtalk")
	require.True(c.t, ok)
	c.sends = deliver.New(spec, store)
}

// invoke invokes a function of the cloud, which may use the variables that its
// targets name.
func (c *cloud) invoke(ctx context.Context, _ string, payload []byte) ([]byte, error) {
	var all []target.Receiver
	p, _ := event.Decode(payload) // the function says what is wrong with it
	for _, item := range p.Items {
		if item.Target != nil {
			all = append(all, target.Receiver{Type: item.Target.Type, Parameters: item.Target.Parameters})
		}
	}
	return c.sends.Handle(target.DeclaredBy(functions.Register(), all).In(ctx), payload)
}

// put hands an event to the functions of all targets, as the bus does.
func (c *cloud) put(text string) {
	c.t.Helper()
	rules, err := c.bus.ListRules(c.t.Context(), cloudBus)
	require.NoError(c.t, err)
	require.NotEmpty(c.t, rules)
	for _, rule := range rules {
		targets, err := c.bus.ListTargets(c.t.Context(), cloudBus, []string{rule.Name})
		require.NoError(c.t, err)
		for _, to := range targets[rule.Name] {
			wrapper, err := to.Wrapper()
			require.NoError(c.t, err)
			_, _ = c.invoke(c.t.Context(), to.Function, append(wrapper[:len(wrapper)-1], `,"event":`+text+`}`...)) // the ledger says how it ended
		}
	}
}

// minute runs the function that sends what waits, as its timer does.
func (c *cloud) minute() {
	c.t.Helper()
	f := &redeliver.Function{
		Ledger: ledger.New(c.store).With(time.Now, 10*time.Second), Bus: cloudBus, Name: waker, Now: time.Now,
		Cloud: redeliver.Cloud{Bus: c.bus, Invoke: func(ctx context.Context, function string, payload []byte) ([]byte, bool, error) {
			answer, failed := c.invoke(ctx, function, payload)
			if failed != nil { // the invocation succeeded, and the function did not
				answer = []byte(failed.Error())
			}
			return answer, failed != nil, nil
		}},
	}
	_, err := f.Handle(c.t.Context(), []byte(`{"triggerTime":"2026-11-28T12:00:00Z","triggerName":"minute","payload":""}`))
	require.NoError(c.t, err)
}

func onAliyun(t *testing.T) *cloud {
	c := newCloud(t)
	peer := httptest.NewServer(tablestoretest.New(tablestoretest.Config{Key: keyID, Secret: keyText}))
	t.Cleanup(peer.Close)
	reference, err := tablestore.Parse("tablestore:" + peer.URL + "/pai_notify")
	require.NoError(t, err)
	store := tablestore.New(tablestore.Config{Reference: reference, Pause: time.Millisecond, Key: func(context.Context) (tablestore.Key, error) {
		return tablestore.Key{ID: keyID, Secret: keyText}, nil
	}})
	require.NoError(t, store.Create(t.Context()))
	c.deploy(store)

	served, err := local.Open(t.Context(), local.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = served.Close(context.Background()) })
	set := map[string]string{ledger.Variable: reference.String(), deliver.BusVariable: cloudBus}
	api := httptest.NewServer(openapi.New(served, &account.Account{
		Keys: []account.Key{{ID: keyID, Secret: keyText}}, Functions: []string{waker, "pai-notify-dingtalk"},
		Variables: map[string]map[string]string{waker: set, "pai-notify-dingtalk": set}, Invoke: c.invoke,
	}))
	t.Cleanup(api.Close)
	keys, err := credentials.NewCredential(new(credentials.Config).SetType("access_key").SetAccessKeyId(keyID).SetAccessKeySecret(keyText))
	require.NoError(t, err)
	c.bus, err = busaliyun.New(busaliyun.Config{Region: account.DefaultRegion, Account: account.DefaultID, Endpoint: api.URL, Credentials: keys})
	require.NoError(t, err)
	c.environment = []string{"ALIBABA_CLOUD_ACCESS_KEY_ID=" + keyID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + keyText}
	c.flags = []string{"--bus", "aliyun", "--region", account.DefaultRegion, "--endpoint", api.URL}
	return c
}

func onAWS(t *testing.T) *cloud {
	moto, err := url.Parse(mototest.Start(t))
	require.NoError(t, err)
	c := newCloud(t)
	key := awscredentials.NewStaticCredentialsProvider(keyID, keyText, "")
	store, err := dynamodb.New(dynamodb.Config{Table: "pai-notify", Region: region, Endpoint: moto.String(), Credentials: key, HTTP: &http.Client{}})
	require.NoError(t, err)
	require.NoError(t, store.Create(t.Context()))
	c.deploy(store)

	proxy := httputil.NewSingleHostReverseProxy(moto) // moto runs no functions
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions/")
		name, what, _ := strings.Cut(name, "/")
		switch {
		case !ok:
			proxy.ServeHTTP(w, r)
		case what == "configuration":
			_ = json.NewEncoder(w).Encode(map[string]any{"FunctionName": name, "Environment": map[string]any{
				"Variables": map[string]string{ledger.Variable: "dynamodb:pai-notify", deliver.BusVariable: cloudBus},
			}})
		case what == "invocations":
			payload, _ := io.ReadAll(r.Body)
			answer, err := c.invoke(r.Context(), name, payload)
			if err != nil {
				w.Header().Set("X-Amz-Function-Error", "Unhandled")
				answer, _ = json.Marshal(map[string]string{"errorMessage": err.Error()})
			}
			_, _ = w.Write(answer)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(api.Close)
	c.bus, err = busaws.New(busaws.Config{Region: region, Account: mototest.Account, Endpoint: moto.String(), Credentials: key})
	require.NoError(t, err)
	c.environment = []string{"AWS_ACCESS_KEY_ID=" + keyID, "AWS_SECRET_ACCESS_KEY=" + keyText, "AWS_EC2_METADATA_DISABLED=true"}
	c.flags = []string{"--bus", "aws", "--region", region, "--endpoint", api.URL}
	return c
}

// open applies the document to a cloud and opens the console over it.
func (c *cloud) open(language string) *session {
	t := c.t
	t.Helper()
	document := filepath.Join(t.TempDir(), "workspace.yaml")
	require.NoError(t, os.WriteFile(document, []byte(cloudDocument), 0o600))
	s := browse(t, language)
	s.home, s.environment = t.TempDir(), c.environment
	out, err := s.command(append([]string{"apply", "--yes", "--allow-missing-secrets", "-w", document}, c.flags...)...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	s.serve(append([]string{"console", "-w", document, "--data", filepath.Join(s.home, "data")}, c.flags...)...)
	s.login(s.link)
	return s
}

// accepted are the messages that a robot took.
func (c *cloud) accepted(robot string) []inbox.Message {
	var list []inbox.Message
	for _, m := range c.inbox.Received() {
		if m.Accepted && m.Receiver == robot {
			list = append(list, m)
		}
	}
	return list
}

// quiet keeps the functions' logs out of what the tests print.
func quiet(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
}
