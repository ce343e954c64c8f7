package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// togetherShown are the samples of the digest in the pictures.
var togetherShown = []string{"dlc-job-succeeded", "dlc-job-preempted", "flow-task-failed", "dsw-image-saved", "dlc-job-timeout", "dlc-job-failed"}

// shown is the notification of a sample, as a rule of the demo asks for it.
func shown(t *testing.T, sample string, l message.Language) target.Notification {
	t.Helper()
	payload, err := events.Files.ReadFile(sample + ".json")
	require.NoError(t, err)
	e, err := event.Parse(payload)
	require.NoError(t, err)
	s, typ := catalogued(t, sample)
	rule := event.Rule{Name: "job-needs-help", Description: "Somebody has to look at these."}
	return target.Notification{ID: sample, Rule: rule.Name, Event: e, Message: message.Render(e, s, typ, l, rule)}
}

func shownTogether(t *testing.T, l message.Language) target.Notification {
	t.Helper()
	var list []message.Message
	for _, sample := range togetherShown {
		list = append(list, shown(t, sample, l).Message)
	}
	return target.Notification{ID: "digest", Rule: "job-needs-help", Message: message.Digest(list)}
}

// TestPictures writes what people see of a message, for docs/messages.md: mails
// as a phone shows them, and chat messages as the inbox does.
func TestPictures(t *testing.T) {
	folder := os.Getenv(shotsVariable)
	if folder == "" {
		t.Skip("make pictures makes them")
	}
	const sharp = 2
	m := openMailbox(t)
	require.True(t, script[bool](m.session, `(c => { c.font = "32px sans-serif"; c.fillText("🔴", 0, 32); return [...c.getImageData(0, 0, 40, 40).data].some((v, i) => i % 4 === 0 && v > 150) })(document.createElement("canvas").getContext("2d"))`),
		"the marks of the severities have colours: apt-get install fonts-noto-color-emoji")
	mail := func(n target.Notification, name string) {
		m.take(n)
		m.read()
		m.sharpScreen(phoneWidth, phoneHeight, true, sharp)
		shoot(m.session, filepath.Join(folder, name+".png"))
	}
	for _, l := range message.Languages() {
		mail(shown(t, "dlc-job-failed", l), "mail-phone-"+string(l))
	}
	mail(shownTogether(t, message.English), "mail-digest")
	m.colours("dark")
	mail(shown(t, "dlc-job-failed", message.English), "mail-phone-dark")
	m.colours("light")

	in := inbox.New(inbox.Options{}, standins.All()...)
	mux := http.NewServeMux()
	mux.Handle("/", in)
	mux.Handle("GET /assets/", frame.Assets())
	mux.HandleFunc("GET /last", func(w http.ResponseWriter, _ *http.Request) {
		all := in.Received()
		html, err := all[len(all)-1].HTML()
		assert.NoError(t, err)
		_, _ = fmt.Fprintf(w, `<!doctype html><meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/assets/console.css"><main>%s</main>`, html)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	for platform, add := range map[string]func(name string) string{
		"dingtalk": func(name string) string { return in.Add("dingtalk", name, inbox.Keys{}).Text("webhook") },
		"wecom":    func(name string) string { return in.Add("wecom", name, inbox.Keys{}).Text("webhook") },
		"lark":     func(name string) string { return in.Add("lark", name, inbox.Keys{}).Text("webhook") },
	} {
		chat := func(n target.Notification, name string) {
			spec, ok := functions.Lookup(platform)
			require.True(t, ok)
			to, err := spec.Open(fmt.Appendf(nil, `{"webhook": %q}`, server.URL+add(name)))
			require.NoError(t, err)
			require.NoError(t, targettest.ErrorOf(to.Send(t.Context(), n)))
			m.sharpScreen(phoneWidth, phoneHeight, true, sharp)
			m.run(chromedp.Navigate(server.URL + "/last"))
			keep(m.session, look(m.session, chromedp.Screenshot(chromedp.CSS(".bubble"))), filepath.Join(folder, name+".png"))
		}
		chat(shown(t, "dlc-job-failed", message.English), platform)
		if platform == "dingtalk" {
			chat(shownTogether(t, message.English), platform+"-digest")
		}
	}
	written, err := filepath.Glob(filepath.Join(folder, "*.png"))
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(written), 9)
}
