package browser_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/functions/email"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// The first screen of a phone, in the pixels of style sheets.
const (
	phoneWidth  = 390
	phoneHeight = 844
	// ofMail is what a mail program leaves of it for the mail, whose own bars
	// and fields stand above and below.
	ofMail = phoneHeight * 2 / 3
	// withMargin is what texts have that are as long as they may be. They are
	// measured in DejaVu Sans, Debian's default, which is wider than the fonts of
	// phones, but nobody has measured them all.
	withMargin = phoneHeight * 9 / 10
)

// mailbox shows the mails that it got over SMTP, as a phone does.
type mailbox struct {
	*session
	inbox  *inbox.Inbox
	sender target.Target
	url    string
}

func openMailbox(t *testing.T) *mailbox {
	t.Helper()
	const from, to = "alerts@notify.example", "alice@notify.example"
	m := &mailbox{session: browse(t, "en"), inbox: inbox.New(inbox.Options{Keep: 1000}, standins.All()...)}
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	m.inbox.Add("email", to, inbox.Keys{})
	smtp := m.inbox.SMTPServer(from, "only-here")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = smtp.Serve(l) }()
	t.Cleanup(func() { _ = smtp.Close() })
	m.sender, err = email.New(email.Config{Server: l.Addr().String(), Password: "only-here", From: from, Contact: target.Contact{Name: "Alice", Email: to}})
	require.NoError(t, err)
	pages := http.NewServeMux()
	pages.HandleFunc("GET /mail/{number}", func(w http.ResponseWriter, r *http.Request) {
		number, _ := strconv.Atoi(r.PathValue("number"))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(m.inbox.Received()[number].Mail.HTML))
	})
	pages.HandleFunc("GET /all", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><title>Phones</title>"))
		for number := range m.inbox.Received() {
			_, _ = fmt.Fprintf(w, `<iframe src="/mail/%d" width="%d" height="%d" style="border:0"></iframe>`, number, phoneWidth, phoneHeight)
		}
	})
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	m.url = server.URL
	return m
}

// take sends a message to the mailbox.
func (m *mailbox) take(n target.Notification) {
	m.t.Helper()
	require.NoError(m.t, targettest.ErrorOf(m.sender.Send(m.t.Context(), n)))
}

// read opens the mail that came last.
func (m *mailbox) read() {
	m.t.Helper()
	m.screen(phoneWidth, phoneHeight, true)
	m.run(chromedp.Navigate(fmt.Sprintf("%s/mail/%d", m.url, len(m.inbox.Received())-1)), chromedp.WaitReady(chromedp.CSS("table")))
}

// sight is where a reader finds what in an open mail.
type sight struct {
	// Button is where the first link ends, from the top; 0 without one.
	Button float64
	// Broken are labels that take more than one line.
	Broken []string
	Wide   bool // than the screen
}

// sights opens all mails, each on a phone of its own.
func (m *mailbox) sights() []sight {
	m.t.Helper()
	m.run(chromedp.Navigate(m.url+"/all"), until(`document.readyState === "complete"`))
	var seen []sight
	require.NoError(m.t, json.Unmarshal([]byte(script[string](m.session, `(() => {
		const lines = cell => {
			const all = document.createRange()
			all.selectNodeContents(cell)
			return new Set([...all.getClientRects()].map(r => Math.round(r.top))).size
		}
		return JSON.stringify([...document.querySelectorAll("iframe")].map(phone => {
			const mail = phone.contentDocument
			mail.body.style.fontFamily = "DejaVu Sans, sans-serif"
			const link = mail.querySelector("a[href]")
			return {
				Button: link ? link.getBoundingClientRect().bottom : 0,
				Broken: [...mail.querySelectorAll("th")].filter(th => lines(th) > 1).map(th => th.innerText),
				Wide: mail.documentElement.scrollWidth > `+strconv.Itoa(phoneWidth)+`,
			}
		}))
	})()`)), &seen))
	return seen
}

// longTexts are names of 400 characters and reasons of a thousand bytes, of which
// the widest need most lines.
var longTexts = map[string]struct{ name, reason string }{
	"of words":             {strings.Repeat("pretrain run ", 31)[:400], strings.Repeat("NCCL communicator was aborted on rank 96. ", 24)[:1000]},
	widest:                 {strings.Repeat("W", 400), strings.Repeat("worker-", 150)[:1000]},
	"of Chinese":           {strings.Repeat("预训练", 134), strings.Repeat("节点失联，", 67)},
	"from right to left":   {strings.Repeat("تدريب ", 67), strings.Repeat("فشل العامل ", 48)},
	"that look like marks": {strings.Repeat("&<\">", 100), strings.Repeat("<b>&amp;", 125)},
}

const widest = "without a space"

// prolonged is an event with a longer name and a longer reason.
func prolonged(t *testing.T, e event.Event, s event.Source, name, reason string) event.Event {
	t.Helper()
	var envelope map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(e.JSON(), &envelope))
	var data map[string]any
	require.NoError(t, json.Unmarshal(envelope["data"], &data))
	data[s.Title] = name
	for _, f := range s.Fields {
		if f.Label == "reason" || f.Label == "snapshot_message" {
			under, last := data, f.Path
			for {
				first, rest, nested := strings.Cut(last, ".")
				if !nested {
					break
				}
				inner, _ := under[first].(map[string]any)
				if inner == nil {
					inner = map[string]any{}
					under[first] = inner
				}
				under, last = inner, rest
			}
			under[last] = reason
		}
	}
	var err error
	envelope["data"], err = json.Marshal(data)
	require.NoError(t, err)
	raw, err := json.Marshal(envelope)
	require.NoError(t, err)
	changed, err := event.Parse(raw)
	require.NoError(t, err)
	return changed
}

// catalogued returns what the catalogue knows of a sample, such as
// "dlc-job-failed.en".
func catalogued(t *testing.T, sample string) (event.Source, event.Type) {
	t.Helper()
	sample, _, _ = strings.Cut(sample, ".")
	source, what, _ := strings.Cut(sample, "-")
	s, ok := event.Builtin().Source(source)
	require.True(t, ok)
	typ, ok := event.Builtin().Type(source + "." + what)
	require.True(t, ok)
	return s, typ
}

// states are events whose advice is longer than that of the samples, by what they
// say of their state, in every language.
func states(t *testing.T) []target.Notification {
	t.Helper()
	var all []target.Notification
	for _, c := range []struct{ name, data string }{
		{"dlc.job-failed", `{"RestartTimes":null}`},
		{"dlc.job-failed", `{"RestartTimes":"3/10","Status":"FailedReserving"}`},
		{"dlc.job-failed", `{"RestartTimes":null,"Status":"FailedReserving"}`},
		{"dlc.job-fault-tolerance", `{"RestartTimes":"10/10"}`},
		{"dlc.job-timeout", `{"Status":null}`},
		{"dlc.job-timeout", `{"Status":"EnvPreparing"}`},
		{"dlc.job-preempted", `{"Status":null}`},
		{"dsw.image-save-failed", `{"Status":"Stopped"}`},
		{"dsw.instance-failed", `{"ReasonMessage":"The image cannot be pulled."}`},
	} {
		text, err := events.Files.ReadFile(strings.ReplaceAll(c.name, ".", "-") + ".json")
		require.NoError(t, err)
		var envelope map[string]any
		require.NoError(t, json.Unmarshal(text, &envelope))
		data, _ := envelope["data"].(map[string]any)
		require.NoError(t, json.Unmarshal([]byte(c.data), &data))
		text, err = json.Marshal(envelope)
		require.NoError(t, err)
		e, err := event.Parse(text)
		require.NoError(t, err)
		s, typ := catalogued(t, strings.Replace(c.name, ".", "-", 1))
		for _, l := range message.Languages() {
			m := message.Render(e, s, typ, l, event.Rule{Name: "demo"})
			all = append(all, target.Notification{ID: c.name + " with " + c.data + " in " + string(l), Event: e, Message: m, Rule: "demo"})
		}
	}
	return all
}

func TestTheButtonOfAMailIsOnTheFirstScreenOfAPhone(t *testing.T) {
	m := openMailbox(t)
	require.InDelta(t, 16, script[float64](m.session, `(c => { c.font = "16px sans-serif"; return c.measureText("永").width })(document.createElement("canvas").getContext("2d"))`), 0.5,
		"Chinese characters are as wide as they are high: apt-get install fonts-noto-cjk")
	type mail struct {
		name       string
		limit      float64
		linked     bool
		ownsLabels bool // which are not ours to keep short
	}
	var mails []mail
	take := func(what mail, n target.Notification) {
		what.linked = n.Message.Link != "" || slices.ContainsFunc(n.Message.Fields, func(f message.Field) bool { return f.Link != "" })
		mails = append(mails, what)
		m.take(n)
	}
	together := map[string][]message.Message{} // by language, and what is long in them
	targettest.EveryEvent(t, email.Spec, func(t *testing.T, name string, n target.Notification) {
		take(mail{name: name, limit: ofMail}, n)
		l := n.Message.Language
		together[string(l)] = append(together[string(l)], n.Message)
		s, typ := catalogued(t, name)
		for kind, long := range longTexts {
			if kind != widest && !strings.HasPrefix(name, "dlc-job-failed.") {
				continue
			}
			rule := event.Rule{Name: "long", Description: long.reason}
			n.Message = message.Render(prolonged(t, n.Event, s, long.name, long.reason), s, typ, l, rule)
			take(mail{name: name + " with texts " + kind, limit: withMargin}, n)
			if kind == widest {
				together[string(l)+" with texts "+kind] = append(together[string(l)+" with texts "+kind], n.Message)
			}
			if name == "dlc-job-failed.en" {
				for range message.MaxDigest {
					n.Message.Fields = append(n.Message.Fields, message.Field{Key: long.name, Label: long.name, Value: long.reason, Link: n.Message.Link})
				}
				take(mail{name: "a rule's own fields " + kind, limit: withMargin, ownsLabels: true}, n)
			}
		}
	})
	for _, state := range states(t) {
		take(mail{name: state.ID, limit: ofMail}, state)
	}
	for _, l := range message.Languages() {
		nothing, err := event.Parse([]byte(`{"specversion":"1.0","id":"` + strings.Repeat("i", 400) + `","source":"` + strings.Repeat("s", 400) + `","type":"` + strings.Repeat("t", 400) + `"}`))
		require.NoError(t, err)
		m := message.Render(nothing, event.Source{}, event.Type{}, l, event.Rule{})
		take(mail{name: "nothing but an id and a type in " + string(l), limit: withMargin}, target.Notification{ID: "nothing", Event: nothing, Message: m})
		take(mail{name: "a test in " + string(l), limit: ofMail}, target.Notification{ID: "test", Test: true, Message: message.Probe(l, "demo")})
	}
	for kind, list := range together {
		var all []message.Message
		for i := range message.MaxDigest {
			one := list[i%len(list)]
			one.Subject = fmt.Sprint(i) // each about a job of its own
			all = append(all, one)
		}
		take(mail{name: "a digest in " + kind, limit: ofMail}, target.Notification{ID: "digest", Rule: "demo", Message: message.Digest(all)})
	}
	seen := m.sights()
	require.Len(t, seen, len(mails))
	for i, mail := range mails {
		assert.LessOrEqual(t, seen[i].Button, mail.limit, mail.name)
		assert.Equal(t, mail.linked, seen[i].Button > 0, mail.name)
		assert.False(t, seen[i].Wide, mail.name)
		assert.True(t, mail.ownsLabels || len(seen[i].Broken) == 0, "%s: %q", mail.name, seen[i].Broken)
	}
}

func TestMailsAreAccessibleInTheLightAndInTheDark(t *testing.T) {
	m := openMailbox(t)
	var shown []target.Notification
	var together []message.Message
	targettest.EveryEvent(t, email.Spec, func(_ *testing.T, _ string, n target.Notification) {
		if n.Message.Language == message.Japanese {
			together = append(together, n.Message)
			if !slices.ContainsFunc(shown, func(o target.Notification) bool { return o.Message.Severity == n.Message.Severity }) {
				shown = append(shown, n)
			}
		}
	})
	require.Len(t, shown, 4, "one of each severity")
	for _, n := range append(shown, target.Notification{ID: "digest", Rule: "demo", Message: message.Digest(together[:9])}) {
		m.take(n)
		m.read()
		for _, colours := range []string{"light", "dark"} {
			m.colours(colours)
			// A mail is a part of its program's page, which has the landmarks.
			assert.Empty(t, m.session.violations("landmark-one-main", "region"), "%s in %s", n.Message.Title, colours)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, url := range m.asked {
		assert.True(t, strings.HasPrefix(url, m.url), "a mail asks nothing of others: %s", url)
	}
}
