package console_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aliyun/credentials-go/credentials"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/archive"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/preview"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/receivers"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/secrets"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/bus/local/openapi"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// machine is a console over a bus of its own, with functions and an inbox.
type machine struct {
	*httptest.Server
	bus      *local.Bus
	inbox    *inbox.Inbox
	console  http.Handler
	webhook  string // of the inbox's robot
	key      string
	document string
	data     string
	client   *http.Client
}

const robotKey = "SEC0000000000000000000000000000000000000000000000000000000000000001"

// identify tells whom a target is for, as its wrapper says.
func identify(t local.Target) (local.Identity, bool) {
	for _, p := range t.Params {
		if list, ok := aliyun.Unwrap(p.Template); ok && len(list) == 1 {
			rule, receiver := list[0].Rule, list[0].Receivers[0]
			return local.Identity{Owner: rule.Owner, Rule: rule.Key(), RuleName: rule.Name, Receiver: receiver.Type + "/" + receiver.Name}, true
		}
	}
	return local.Identity{}, false
}

// named declares what the targets of a payload refer to.
func named(payload []byte) *secret.Declared {
	var all []target.Receiver
	p, _ := event.Decode(payload) // the function says what is wrong with it
	for _, item := range p.Items {
		if item.Target != nil {
			all = append(all, target.Receiver{Type: item.Target.Type, Parameters: item.Target.Parameters})
		}
	}
	return target.DeclaredBy(functions.Register(), all)
}

// start opens a machine whose document is text; "" for none yet.
func start(t testing.TB, text string, change func(*console.Options, *local.Options)) *machine {
	t.Helper()
	m := &machine{data: t.TempDir(), key: robotKey}
	m.document = filepath.Join(m.data, "workspace.yaml")
	if text != "" {
		require.NoError(t, os.WriteFile(m.document, []byte(text), 0o600))
	}
	m.inbox = inbox.New(inbox.Options{Rate: 1000}, standins.All()...)
	received := httptest.NewServer(m.inbox)
	t.Cleanup(received.Close)
	m.webhook = received.URL + m.inbox.Add("dingtalk", "robot", inbox.Keys{Secret: robotKey}).Text("webhook")
	standIn, err := preview.Start(standins.All()...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = standIn.Close() })
	t.Setenv(webhook.AllowVariable, strings.Join(append(standIn.Addresses(), received.Listener.Addr().String()), ","))

	handlers := map[string]func(context.Context, []byte) (json.RawMessage, error){}
	for _, spec := range functions.Register() {
		handlers["pai-notify-"+spec.Type] = deliver.New(spec, nil).Handle
	}
	lo := local.Options{Dir: local.Memory, Identify: identify, Job: receivers.Job, Invoke: func(ctx context.Context, function string, payload []byte) (json.RawMessage, error) {
		return handlers[function](named(payload).In(ctx), payload)
	}}
	o := console.Options{
		Document: m.document, Specs: functions.Register(), Platforms: standins.All(), Preview: standIn,
		Inbox:     edit.Target{Type: "dingtalk", Name: "inbox", Parameters: map[string]any{"webhook": "env:INBOX_WEBHOOK", "signing_key": "env:INBOX_SIGNING_KEY"}},
		InboxPage: inbox.PagePath("dingtalk", "robot"), Received: m.inbox,
	}
	t.Setenv("INBOX_WEBHOOK", m.webhook)
	t.Setenv("INBOX_SIGNING_KEY", robotKey)
	if change != nil {
		change(&o, &lo)
	}
	m.bus, err = local.Open(t.Context(), lo)
	require.NoError(t, err)
	t.Cleanup(func() { _ = m.bus.Close(context.Background()) })
	api := httptest.NewServer(openapi.New(m.bus, &account.Account{Keys: []account.Key{{ID: "key", Secret: "secret"}}}))
	t.Cleanup(api.Close)
	keys, err := credentials.NewCredential(new(credentials.Config).SetType("access_key").SetAccessKeyId("key").SetAccessKeySecret("secret"))
	require.NoError(t, err)
	client, err := aliyun.New(aliyun.Config{Region: account.DefaultRegion, Account: account.DefaultID, Endpoint: api.URL, Credentials: keys})
	require.NoError(t, err)
	if o.Cloud.Name == "" {
		o.Cloud.Name = provision.Local
	}
	o.Cloud.Bus = client
	if o.Cloud.Traces == nil {
		o.Cloud.Traces = client
	}
	if o.Cloud.Name == provision.Local {
		o.History, o.Activate = m.bus, m.bus.Activate
		o.Cloud.Update = m.bus.Update
		if o.Cloud.Rows == nil {
			o.Cloud.Rows = archive.RowsOf(m.bus.History)
		}
	}
	o.Secrets, err = secrets.Open(filepath.Join(m.data, "secrets.env"))
	require.NoError(t, err)
	t.Cleanup(func() {
		for _, name := range o.Secrets.Names() {
			_ = o.Secrets.Forget(name)
		}
	})
	if o.Login == nil {
		o.Login = access.NewLogin("", o.Now)
	}
	m.console = console.New(o)
	m.Server = httptest.NewServer(access.Check{}.Handler(m.console))
	t.Cleanup(m.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	m.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	require.Equal(t, http.StatusOK, m.get(t, o.Login.Link()).status)
	if text != "" && o.Cloud.Name == provision.Local {
		m.post(t, "/apply", nil) // as the program does when it starts
	}
	return m
}

// answer is what a browser got.
type answer struct {
	status int
	header http.Header
	body   string
}

func (m *machine) do(t testing.TB, r *http.Request) answer {
	t.Helper()
	res, err := m.client.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return answer{res.StatusCode, res.Header, string(body)}
}

func (m *machine) get(t testing.TB, path string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, m.URL+path, nil)
	require.NoError(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return m.do(t, r)
}

func (m *machine) post(t testing.TB, path string, form url.Values, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, m.URL+path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return m.do(t, r)
}

// text is what the document says now.
func (m *machine) text(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(m.document)
	require.NoError(t, err)
	return string(text)
}

// form makes a form of names and values.
func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// dingtalk is the form of a new rule for a DingTalk group.
func (m *machine) dingtalk(name string, more ...string) url.Values {
	v := form(append([]string{"name", name, "enabled", "true", "source", "dlc", "events", "job-failed", "t0.type", "dingtalk", "t0.was", "-1"}, more...)...)
	if !v.Has("t0.webhook") && !v.Has("t0.webhook.token") {
		v.Set("t0.webhook", m.webhook)
		v.Set("t0.signing_key", m.key)
	}
	return v
}

func specs() []target.Spec { return functions.Register() }
