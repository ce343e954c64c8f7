package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

// platforms stand in for all seven, with a receiver for each message: their
// rates are real.
type platforms struct {
	inbox     *inbox.Inbox
	host      string
	url, smtp string
	count     int
}

// startPlatforms serves them at a host until the test ends; the mail server with
// the certificate, if there is one.
func startPlatforms(t *testing.T, host string, certificates ...tls.Certificate) *platforms {
	t.Helper()
	in := inbox.New(inbox.Options{Keep: 10}, standins.All()...)
	web, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(in)
	_ = server.Listener.Close() // httptest takes loopback
	server.Listener = web
	server.Start()
	t.Cleanup(server.Close)
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	require.NoError(t, err)
	mail := in.SMTPServer("alerts@example.com", "password")
	if len(certificates) > 0 {
		mail.TLSConfig = &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS12}
	}
	go func() { _ = mail.Serve(listener) }()
	t.Cleanup(func() { _ = mail.Close() })
	return &platforms{inbox: in, host: host, url: server.URL, smtp: listener.Addr().String()}
}

// receiver adds a new receiver and returns its name and the parameters of a
// target that sends to it.
func (p *platforms) receiver(t *testing.T, targetType string) (name string, parameters map[string]any) {
	t.Helper()
	p.count++
	name = fmt.Sprintf("receiver%d", p.count)
	number := fmt.Sprintf("+86138%08d", p.count)
	account := inbox.Keys{ID: "id", Secret: "key"}
	switch targetType {
	case "email":
		address := name + "@example.com"
		p.inbox.Add("email", address, inbox.Keys{})
		return address, map[string]any{"server": p.smtp, "from": "PAI <alerts@example.com>", "password": "password", "contact": map[string]string{"name": name, "email": address}}
	case "sms":
		p.inbox.Add("sms", number, account)
		return number, map[string]any{"sign_name": "阿里云", "template_code": "SMS_1", "access_key_id": "id", "access_key_secret": "key", "endpoint": p.url, "contact": map[string]string{"name": name, "phone": number}}
	case "voice":
		p.inbox.Add("voice", number, account)
		return number, map[string]any{"tts_code": "TTS_1", "access_key_id": "id", "access_key_secret": "key", "endpoint": p.url, "contact": map[string]string{"name": name, "phone": number}}
	case "sms by AWS":
		p.inbox.Add("sms", number, account)
		return number, map[string]any{"origination_identity": "+12065550100", "region": "us-east-1", "endpoint": p.url, "contact": map[string]string{"name": name, "phone": number}}
	case "voice by AWS":
		p.inbox.Add("voice", number, account)
		return number, map[string]any{"origination_identity": "+12065550100", "region": "us-east-1", "endpoint": p.url, "contact": map[string]string{"name": name, "phone": number}}
	}
	i := slices.IndexFunc(standins.All(), func(p inbox.Platform) bool { return p.Type == targetType })
	require.GreaterOrEqual(t, i, 0, "nothing stands in for %s", targetType)
	platform, led := standins.All()[i], inbox.Parameters{}
	p.inbox.Add(targetType, name, platform.Keys)
	platform.Route.Lead(led, inbox.Place{URL: p.url, Receiver: name, Keys: platform.Keys})
	return name, led
}

// received returns the message a receiver got.
func (p *platforms) received(t *testing.T, platform, receiver string) inbox.Message {
	t.Helper()
	var got []inbox.Message
	for _, m := range p.inbox.Received() {
		if m.Platform == platform && m.Receiver == receiver {
			got = append(got, m)
		}
	}
	require.Len(t, got, 1, "%s %s", platform, receiver)
	return got[0]
}

// kinds are the target types, those of phones once for each cloud.
func kinds() []string {
	var all []string
	for _, spec := range functions.Register() {
		all = append(all, spec.Type)
		if spec.Contact == target.ContactPhone {
			all = append(all, spec.Type+" by AWS")
		}
	}
	return all
}

func specOf(t *testing.T, kind string) target.Spec {
	t.Helper()
	typ, _, _ := strings.Cut(kind, " ")
	for _, spec := range functions.Register() {
		if spec.Type == typ {
			return spec
		}
	}
	require.Fail(t, "no target type", typ)
	return target.Spec{}
}

func TestEveryEventInEveryLanguageReachesEveryTargetOnBothPlatforms(t *testing.T) {
	for _, platform := range []runtimeapi.Platform{runtimeapi.FunctionCompute, runtimeapi.Lambda} {
		for _, kind := range kinds() {
			t.Run(kind+" on "+string(platform), func(t *testing.T) {
				spec := specOf(t, kind)
				p := startPlatforms(t, "127.0.0.1")
				environment := []string{"PAI_NOTIFY_ALLOW=127.0.0.1", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=key"}
				function, err := runtimeapi.Start(platform, filepath.Join(built(t), spec.Type, "bootstrap"), environment, io.Discard)
				require.NoError(t, err)
				t.Cleanup(func() { _ = function.Close() })
				for _, l := range message.Languages() {
					for _, name := range events.Story() {
						e, source := sample(t, name), sourceOf(t, name)
						to, parameters := p.receiver(t, kind)
						payload, err := json.Marshal(map[string]any{
							"rule":   "e2e",
							"target": map[string]any{"type": spec.Type, "name": to, "language": l, "parameters": parameters},
							"event":  json.RawMessage(e.JSON()),
						})
						require.NoError(t, err)
						answer, err := function.Invoke(t.Context(), payload)
						require.NoError(t, err, "%s in %s", name, l)
						var o outcome.Outcome
						require.NoError(t, json.Unmarshal(answer, &o))
						assert.Equal(t, typeOf(name), o.EventType)
						if !spec.Carries(source.Name) {
							assert.Equal(t, outcome.Skipped, o.Status)
							assert.Contains(t, o.Reason, "events only")
							continue
						}
						require.Equal(t, outcome.Sent, o.Status, "%s in %s: %+v", name, l, o)
						m := p.received(t, spec.Type, to)
						require.True(t, m.Accepted, "%+v", m)
						assertReads(t, spec.Type, m, e, source, l)
					}
				}
			})
		}
	}
}

// assertReads checks what a person, or for http a program, is shown.
func assertReads(t *testing.T, targetType string, m inbox.Message, e event.Event, source event.Source, l message.Language) {
	t.Helper()
	if targetType == "http" {
		assert.JSONEq(t, string(e.JSON()), m.Body)
		return
	}
	classifier, err := deliver.NewClassifier(event.Builtin())
	require.NoError(t, err)
	_, typ := classifier.Classify(e)
	want := message.Render(e, source, typ, l, event.Rule{Name: "e2e"})
	shown := strings.ReplaceAll(m.Plain(), "：", ": ")
	if targetType == "voice" {
		// A call reads names as words, Japanese as it sounds, and spells no id.
		if l != message.Japanese {
			assert.Contains(t, shown, want.What, "a call says what happened, in %s", l)
		}
		assert.Contains(t, shown, string([]rune(want.Name)[:2]), "a call begins with the name, in %s", l)
		return
	}
	what := want.What
	if targetType == "sms" {
		// A variable of a template has at most 35 characters.
		what = string([]rune(what)[:min(35, len([]rune(what)))])
	}
	assert.Contains(t, shown, what, "%s says what happened, in %s", targetType, l)
	assert.Contains(t, shown, want.Subject, "%s names the job, in %s", targetType, l)
	if targetType != "sms" {
		assert.Contains(t, shown, want.Name, "%s calls it by its name, in %s", targetType, l)
		for _, f := range want.Fields {
			assert.Contains(t, shown, f.Label, "%s shows each fact, in %s", targetType, l)
		}
	}
}
