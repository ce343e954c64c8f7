package functions_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// attackers have a server of their own that takes down whatever reaches it.
type attackers struct {
	address string
	mu      sync.Mutex
	got     strings.Builder
	calls   int
}

func startAttackers(t *testing.T) *attackers {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	a := &attackers{address: listener.Addr().String()}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			a.mu.Lock()
			a.calls++
			a.mu.Unlock()
			_ = conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond)) // a mail server would speak first
			var text [8 << 10]byte
			n, _ := conn.Read(text[:])
			a.mu.Lock()
			a.got.Write(text[:n])
			a.mu.Unlock()
			_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
			_ = conn.Close()
		}
	}()
	return a
}

// since returns what has reached the server since the last time, and how often.
func (a *attackers) since() (text string, calls int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	text, calls = a.got.String(), a.calls
	a.got.Reset()
	a.calls = 0
	return text, calls
}

// targetAt are the parameters of a target of a type that sends to a server.
func targetAt(t *testing.T, typ, address string) inbox.Parameters {
	t.Helper()
	to := inbox.Place{URL: "http://" + address, SMTP: address, Receiver: addressOf(t, typ, "a", "+8613800138000")}
	if specOf(t, typ).Contact == target.ContactPhone {
		to.Keys = inbox.Keys{ID: "LTAI000000", Secret: "s3cr3ts3cr3t"}
	}
	return leadTo(t, typ, to, nil)
}

// place is one in which a target takes a secret.
type place struct {
	typ, key string
	header   bool
}

// places are those of all types, found in their configurations.
func places(t *testing.T) []place {
	t.Helper()
	var list []place
	for _, spec := range types() {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(spec.Config)) {
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch f.Type {
			case reflect.TypeFor[target.Secret]():
				list = append(list, place{spec.Type, key, false})
			case reflect.TypeFor[map[string]target.Secret]():
				list = append(list, place{spec.Type, key, true})
			default:
				assert.NotContains(t, f.Type.String(), "target.Secret", "%s.%s is a place for a secret that this test does not try", spec.Type, key)
			}
		}
	}
	require.Greater(t, len(list), 10)
	return list
}

// value is one that would work in the place, so that nothing else refuses it.
func (p place) value(t *testing.T, address string) string {
	switch {
	case p.leads():
		return targetAt(t, p.typ, address).Text(p.key)
	case p.typ == "http" && p.key == "secret":
		return "whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg=="
	}
	return "hunter2hunter2"
}

// leads tells that the secret is the receiver's URL.
func (p place) leads() bool { return p.key == "webhook" || p.key == "url" }

// signs tells that the secret stays in the function.
func (p place) signs() bool {
	return p.key == "signing_key" || p.key == "secret" || p.key == "access_key_secret"
}

// with returns the parameters of a target at a server with a text in the place.
func (p place) with(t *testing.T, address, text string) json.RawMessage {
	t.Helper()
	parameters := targetAt(t, p.typ, address)
	parameters[p.key] = text
	if p.header {
		parameters[p.key] = map[string]string{"X-A": text}
	}
	return asJSON(t, parameters)
}

const modelApproved = `{"specversion":"1.0","id":"e1","source":"acs.paimodel","type":"paimodel:VersionStatusChange:VersionApproved","data":{"ModelId":"m"}}`

func (p place) event() string {
	if p.typ == "http" {
		return modelApproved
	}
	return jobFailed
}

// ways are the payloads by which somebody can have a function send to a target.
func (p place) ways(t *testing.T, parameters json.RawMessage) map[string]string {
	t.Helper()
	beside := fmt.Sprintf(`"rule":"r","target":{"type":%q,"name":"x","language":"en","parameters":%s}`, p.typ, parameters)
	wrapper := fmt.Sprintf(`{%s,"event":%s}`, beside, p.event())
	another := strings.Replace(wrapper, `"id":"e1"`, `"id":"e2"`, 1)
	quoted, err := json.Marshal(wrapper)
	require.NoError(t, err)
	return map[string]string{
		"a test":                   `{"test":true,` + beside + `}`,
		"an event in its wrapper":  wrapper,
		"beside patterns":          fmt.Sprintf(`{"patterns":[{}],%s,"event":%s}`, beside, p.event()),
		"a rule of a list":         fmt.Sprintf(`{"rules":[{"rule":"r","patterns":[{}],"targets":[{"type":%q,"name":"x","language":"en","parameters":%s}]}],"event":%s}`, p.typ, parameters, p.event()),
		"several in one message":   "[" + wrapper + "," + another + "]",
		"a wrapper as a text":      "[" + string(quoted) + "]",
		"a message of a queue":     `{"Records":[{"messageId":"1","eventSource":"aws:sqs","body":` + string(quoted) + `}]}`,
		"a record of what failed":  `{"version":"1.0","timestamp":"2026-11-19T10:15:33Z","requestContext":{"requestId":"1","functionArn":"f","condition":"RetriesExhausted","approximateInvokeCount":3},"requestPayload":` + wrapper + `}`,
		"the function's own rules": p.event(),
	}
}

// document gives a function rules of its own.
func (p place) document(t *testing.T, parameters json.RawMessage) {
	t.Helper()
	source := "dlc"
	if p.typ == "http" {
		source = "model"
	}
	var of map[string]any
	require.NoError(t, json.Unmarshal(parameters, &of))
	of["type"] = p.typ
	if _, ok := of["contact"]; ok {
		delete(of, "contact")
		of["contacts"] = []string{"a"}
	}
	text, err := json.Marshal(map[string]any{
		"workspace": "w", "contacts": []any{map[string]any{"name": "a", "phone": "13800138000", "email": "a@example.com"}},
		"rules": []any{map[string]any{"name": "r", "source": source, "events": []string{"*"}, "targets": []any{of}}},
	})
	require.NoError(t, err)
	t.Setenv(workspace.Variable, string(text))
}

// handle has a new function of the type handle a payload, as it runs in a cloud.
func (p place) handle(t *testing.T, payload string) (text string, failed bool) {
	t.Helper()
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(before)
	f := deliver.New(specOf(t, p.typ), nil)
	f.WaitAtMost(0)
	answer, err := f.Handle(secret.DeclaredHere(nil).In(t.Context()), []byte(payload))
	if err != nil {
		return err.Error(), true
	}
	return string(answer), strings.Contains(string(answer), `"failed"`) || strings.Contains(string(answer), "itemIdentifier")
}

func TestNoTargetHasACredentialOfTheProcessSent(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	evil := startAttackers(t)
	for _, p := range places(t) {
		for _, name := range []string{"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECRET_KEY", "FC_SECRET", "LAMBDA_SECRET", "PAI_NOTIFY_CONSOLE_TOKEN", "accessKeySecret", "DB_PASSWORD"} {
			t.Setenv(name, p.value(t, evil.address))
			references := []string{"env:" + name}
			if p.header {
				references = append(references, "Bearer env:"+name)
			}
			t.Setenv(secret.DeclaredVariable, "OTHER")
			for _, reference := range references {
				parameters := p.with(t, evil.address, reference)
				for way, payload := range p.ways(t, parameters) {
					if way == "the function's own rules" {
						if name == "DB_PASSWORD" {
							continue // these rules are the function's own
						}
						p.document(t, parameters)
					}
					text, failed := p.handle(t, payload)
					assert.True(t, failed, "%v %s by %s: %s", p, reference, way, text)
					assert.NotContains(t, text, p.value(t, evil.address))
					_, calls := evil.since()
					assert.Zero(t, calls, "%v %s by %s", p, reference, way)
				}
			}
		}
	}
}

func TestADeclaredSecretGoesToItsReceiverAlone(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	evil := startAttackers(t)
	for _, p := range places(t) {
		t.Setenv("HELD", p.value(t, evil.address))
		parameters := p.with(t, evil.address, "env:HELD")
		for list, arrives := range map[string]bool{
			"HELD":                  true,
			"HELD@" + evil.address:  true,
			"HELD@127.0.0.1":        true,
			"HELD@good.example":     p.leads(),
			"HELD@127.0.0.1:1":      p.leads(),
			"HELD@":                 p.leads() || p.signs(),
			"HELD@env:GOOD GOOD@":   p.leads(),
			"OTHER HELD@[::1]:4321": p.leads(),
		} {
			t.Setenv("GOOD", "https://good.example/x")
			t.Setenv(secret.DeclaredVariable, list)
			for way, payload := range p.ways(t, parameters) {
				if way == "the function's own rules" {
					continue
				}
				text, _ := p.handle(t, payload)
				seen, calls := evil.since()
				assert.Equal(t, arrives, calls > 0, "%v %s by %s: %s", p, list, way, text)
				if !arrives && way != "a message of a queue" {
					assert.Contains(t, text, "is not declared for this receiver")
				}
				if p.signs() {
					assert.NotContains(t, seen, p.value(t, evil.address))
				}
			}
		}
		t.Setenv(secret.DeclaredVariable, "")
		p.document(t, parameters)
		text, _ := p.handle(t, p.event())
		_, calls := evil.since()
		assert.Positive(t, calls, "a function's own rules declare what they name: %v: %s", p, text)
	}
}

func TestWhatTargetsDeclareIsNoMoreThanTheyUse(t *testing.T) {
	const good, evil = "127.0.0.1:4001", "127.0.0.1:4002"
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	receiver := func(p place, address, text string) target.Receiver {
		return target.Receiver{Type: p.typ, Parameters: p.with(t, address, text)}
	}
	all := places(t)
	for _, p := range all {
		t.Setenv("HELD", p.value(t, good))
		declared := target.DeclaredBy(types(), []target.Receiver{receiver(p, good, "env:HELD")})
		spec := specOf(t, p.typ)
		made, err := spec.Open(p.with(t, good, "env:HELD"))
		require.NoError(t, err)
		require.Implements(t, (*target.Showing)(nil), made, "%s has secrets and does not tell whom they are for", p.typ)
		require.NoError(t, spec.Allowed(declared, p.with(t, good, "env:HELD")), "%v", p)
		require.ErrorIs(t, spec.Allowed(declared, p.with(t, good, "env:OTHER")), secret.ErrUndeclared)

		// What is admitted elsewhere then is nothing that leads to another host.
		var admitted []target.Receiver
		for _, q := range all {
			if err := specOf(t, q.typ).Allowed(declared, q.with(t, evil, "env:HELD")); err == nil {
				assert.True(t, q.leads(), "%v lets %v have it", p, q)
				admitted = append(admitted, receiver(q, evil, "env:HELD"))
			}
		}
		widened := declared.And(target.DeclaredBy(types(), admitted))
		for _, q := range all {
			if !q.leads() {
				assert.Error(t, specOf(t, q.typ).Allowed(widened, q.with(t, evil, "env:HELD")), "%v, by what was admitted, lets %v have it", p, q)
			}
		}
	}
}

func TestAnHTTPReceiverCannotBeMistakenForAnother(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1,localhost")
	t.Setenv("HELD", "hunter2hunter2")
	evil := startAttackers(t)
	good := httptest.NewServer(http.RedirectHandler("http://"+evil.address+"/", http.StatusTemporaryRedirect))
	defer good.Close()
	declared := strings.TrimPrefix(good.URL, "http://")
	t.Setenv(secret.DeclaredVariable, "HELD@"+declared+" LEADS@")
	p := place{"http", "headers", true}
	for _, url := range []string{
		good.URL, // it redirects
		"http://" + declared + "@" + evil.address + "/", "http://" + declared + ":x@" + evil.address + "/",
		"http://" + evil.address + "/" + declared, "http://" + evil.address + "?" + declared, `http://` + evil.address + `\@` + declared,
		"HTTP://" + strings.ToUpper(evil.address), strings.Replace("http://"+evil.address, "127.0.0.1", "localhost.", 1), strings.Replace("http://"+evil.address, "127.0.0.1", "[::ffff:127.0.0.1]", 1),
		"env:LEADS",
	} {
		t.Setenv("LEADS", "http://"+evil.address+"/"+declared)
		parameters, err := json.Marshal(map[string]any{"url": url, "headers": map[string]string{"Authorization": "Bearer env:HELD"}})
		require.NoError(t, err)
		text, failed := p.handle(t, p.ways(t, parameters)["an event in its wrapper"])
		assert.True(t, failed, url)
		assert.NotContains(t, text, "hunter2")
		_, calls := evil.since()
		assert.Zero(t, calls, url)
	}
}

func TestADocumentIsHeldToAList(t *testing.T) {
	for _, spec := range types() {
		for _, key := range every(t, spec.Type).secrets {
			p := place{spec.Type, key, false}
			at := "rules[0].targets[0]." + key + ": "
			err := parse(t, spec, key, "env:AWS_SECRET_ACCESS_KEY")
			require.ErrorContains(t, err, at+"the credentials and settings of the process itself are not for targets", "%v", p)
			list := func(text string) target.Spec {
				d, err := secret.ParseDeclared(text)
				require.NoError(t, err)
				return spec.Keeping(func() *secret.Declared { return d })
			}
			require.NoError(t, parse(t, list("A B"), key, "env:B"))
			require.NoError(t, parse(t, list("kms:pai#*"), key, "env:B"))
			require.ErrorContains(t, parse(t, list("A"), key, "env:B"), at+"env:B is not declared for targets here")
			err = parse(t, list("A B@127.0.0.1"), key, "env:B")
			if p.leads() {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, "env:B is not declared for this receiver", "%v", p)
			}
		}
	}
}

func parse(t *testing.T, spec target.Spec, key, value string) error {
	_, err := yaml.Parse(documentWith(t, spec.Type, key, value), "w.yaml", spec)
	return err
}
