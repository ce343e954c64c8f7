package console_test

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/inbox"
)

// Waits of tests for what happens in other goroutines.
const (
	waitFor = 10 * time.Second
	tick    = 20 * time.Millisecond
)

func TestEveryPageForbidsWhatItDoesNotNeed(t *testing.T) {
	m := start(t, small, nil)
	for _, path := range append(pages, "/assets/console.js", "/nowhere") {
		h := m.get(t, path).header
		csp := h.Get("Content-Security-Policy")
		assert.Contains(t, csp, "default-src 'none'", path)
		assert.Contains(t, csp, "script-src 'self'", path)
		assert.NotContains(t, csp, "unsafe", path)
		assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		assert.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
	}
}

func TestNoPageHasCodeOfItsOwnOrAsksElsewhere(t *testing.T) {
	m := start(t, small, nil)
	m.post(t, "/publish", form("sample", "dlc-job-failed"))
	for _, path := range pages {
		body := m.get(t, path).body
		assert.NotRegexp(t, `<script[^>]*>[^<]`, body, path)
		assert.NotRegexp(t, ` (style|on[a-z]+)="`, body, path)
		assert.NotRegexp(t, `(src|action)="[a-z]*:?//`, body, path)
		assert.NotRegexp(t, `<link[^>]*href="[a-z]*:?//`, body, path)
	}
}

func TestPagesOfOthersCannotPost(t *testing.T) {
	m := start(t, small, nil)
	for name, header := range map[string][]string{
		"another site":           {"Sec-Fetch-Site", "cross-site"},
		"another origin":         {"Origin", "https://evil.example"},
		"a page on another port": {"Origin", "http://127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, http.StatusForbidden, m.post(t, "/rules/one/delete", nil, header...).status)
			assert.Equal(t, http.StatusForbidden, m.post(t, "/new-rule", m.dingtalk("x", "do", "save"), header...).status)
		})
	}
	assert.Equal(t, small, m.text(t))
	assert.Equal(t, http.StatusSeeOther, m.post(t, "/rules/one/state", form("enabled", "false"), "Sec-Fetch-Site", "same-origin").status)
}

func TestOtherNamesForLoopbackAreRefused(t *testing.T) {
	m := start(t, small, nil)
	for host, want := range map[string]int{"evil.example": http.StatusMisdirectedRequest, "localhost:1": http.StatusOK, "[::1]:1": http.StatusOK, "127.0.0.1.evil.example": http.StatusMisdirectedRequest} {
		assert.Equal(t, want, m.getAs(t, host, "/assets/console.css").status, host)
	}
}

// getAs asks for a page by another host name.
func (m *machine) getAs(t *testing.T, host, path string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, m.URL+path, nil)
	require.NoError(t, err)
	r.Host = host
	return m.do(t, r)
}

func TestNothingIsShownBeforeTheLogin(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	login := access.NewLogin("open-sesame-123456", clock)
	received := inbox.New(inbox.Options{}, standins.All()...)
	m := start(t, small, func(o *console.Options, _ *local.Options) {
		o.Login, o.Now, o.Received = login, clock, received
	})
	inside, outside := m.client.Jar, func() {
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		m.client.Jar = jar
	}
	outside()
	for _, path := range append(pages, "/document.yaml", "/history/1-1", "/inbox/", "/inbox/dingtalk/robot", "/messages.json") {
		a := m.get(t, path)
		assert.Equal(t, http.StatusUnauthorized, a.status, path)
		assert.NotContains(t, a.body, "job-failed", path)
		assert.NotContains(t, a.body, `class="where"`, path)
	}
	assert.Equal(t, http.StatusUnauthorized, m.post(t, "/rules/one/delete", nil).status)
	assert.Equal(t, http.StatusOK, m.get(t, "/assets/console.css").status)
	assert.Equal(t, http.StatusUnauthorized, m.post(t, "/login", form("token", "wrong")).status)
	assert.Equal(t, http.StatusUnauthorized, m.get(t, "/login?token=open-sesame-123456").status, "what people type stands in no address")
	assert.Equal(t, http.StatusForbidden, m.post(t, "/login", form("token", "open-sesame-123456"), "Origin", "https://evil.example").status)
	assert.Equal(t, http.StatusMisdirectedRequest, m.getAs(t, "evil.example", "/login?token=x").status)
	in := m.post(t, "/login", form("token", "open-sesame-123456", "back", "//evil.example"))
	assert.Equal(t, "/", in.header.Get("Location"))
	cookie := in.header.Get("Set-Cookie")
	for _, flag := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		assert.Contains(t, cookie, flag)
	}
	assert.NotContains(t, cookie, "open-sesame")
	assert.Equal(t, http.StatusOK, m.get(t, "/rules").status)
	assert.Equal(t, http.StatusOK, m.get(t, "/messages.json").status)
	now = now.Add(13 * time.Hour)
	assert.Equal(t, http.StatusUnauthorized, m.get(t, "/rules").status, "sessions end")
	m.client.Jar = inside
	assert.Equal(t, http.StatusUnauthorized, m.get(t, "/rules").status)
}

func TestALinkLogsInOnce(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	login := access.NewLogin("", clock)
	m := start(t, small, func(o *console.Options, _ *local.Options) { o.Login, o.Now = login, clock })
	fresh := func() {
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		m.client.Jar = jar
	}
	fresh()
	link := login.Link()
	assert.Equal(t, http.StatusUnauthorized, m.get(t, link, "Sec-Purpose", "prefetch;prerender").status, "nobody has followed it yet")
	in := m.get(t, link+"&back=/rules?q=a")
	assert.Equal(t, http.StatusOK, in.status)
	assert.Equal(t, "0; url=/rules?q=a", in.header.Get("Refresh"))
	assert.Equal(t, http.StatusOK, m.get(t, "/rules").status)
	assert.Equal(t, http.StatusSeeOther, m.get(t, link).status, "one who is in goes on")
	fresh()
	assert.Equal(t, http.StatusUnauthorized, m.get(t, link).status, "another browser does not get in with it")
	assert.Equal(t, http.StatusUnauthorized, m.post(t, "/login", form("token", strings.TrimPrefix(link, "/login?token="))).status)
	link = login.Link()
	now = now.Add(access.LinkAge)
	assert.Equal(t, http.StatusUnauthorized, m.get(t, link).status, "links end")
	assert.Equal(t, http.StatusUnauthorized, m.get(t, "/login?token=").status)
	assert.Equal(t, http.StatusUnauthorized, m.post(t, "/login", form("token", "")).status)
}

func TestGuessesAreLimitedAndLinksStillWork(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	login := access.NewLogin("open-sesame-123456", clock)
	m := start(t, small, func(o *console.Options, _ *local.Options) { o.Login, o.Now = login, clock })
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	m.client.Jar = jar
	for range 10 {
		assert.Equal(t, http.StatusUnauthorized, m.post(t, "/login", form("token", "guess")).status)
	}
	refused := m.post(t, "/login", form("token", "open-sesame-123456"))
	assert.Equal(t, http.StatusTooManyRequests, refused.status, "even the right one: otherwise the limit were none")
	assert.NotEmpty(t, refused.header.Get("Retry-After"))
	assert.Equal(t, http.StatusTooManyRequests, m.get(t, "/login?token=guess").status)
	assert.Equal(t, http.StatusOK, m.get(t, login.Link()).status, "the owner is not locked out")
	now = now.Add(time.Minute)
	assert.Equal(t, http.StatusSeeOther, m.post(t, "/login", form("token", "open-sesame-123456")).status)
}

func TestTheLanguageIsTheBrowsersOrTheChosenOne(t *testing.T) {
	m := start(t, small, nil)
	for accept, want := range map[string]string{"zh-CN,zh;q=0.9": "zh", "ja": "ja", "fr,ja;q=0.5": "ja", "": "en", "de": "en"} {
		assert.Equal(t, want, m.get(t, "/rules", "Accept-Language", accept).header.Get("Content-Language"), accept)
	}
	chosen := m.post(t, "/language", form("language", "ja", "back", "/rules?q=a"))
	assert.Equal(t, "/rules?q=a", chosen.header.Get("Location"))
	assert.Contains(t, chosen.header.Get("Set-Cookie"), "HttpOnly")
	assert.Contains(t, m.get(t, "/rules?q=a", "Accept-Language", "zh").body, `<html lang="ja">`)
}

func TestEveryPageIsSmall(t *testing.T) {
	m := start(t, many(1000), nil)
	transferred := func(path string) int {
		a := m.get(t, path, "Accept-Encoding", "gzip") // so that the client leaves it compressed
		require.Equal(t, http.StatusOK, a.status, path)
		return len(a.body)
	}
	total := transferred("/assets/console.css") + transferred("/assets/console.js") + transferred("/assets/icon.svg")
	for _, path := range []string{"/", "/rules", "/new-rule", "/rules/rule-7", "/rules/rule-7/delete", "/contacts", "/publish", "/history", "/setup", "/document"} {
		assert.Less(t, transferred(path)+total, 100_000, path)
	}
	plain := m.get(t, "/rules", "Accept-Encoding", "identity")
	assert.Empty(t, plain.header.Get("Content-Encoding"))
	assert.Less(t, len(plain.body)+total, 100_000)
	assert.Equal(t, many(1000), m.get(t, "/document.yaml").body, "the client unpacks it")
}

// many is a document with n rules.
func many(n int) string {
	var b strings.Builder
	b.WriteString(small)
	for i := range n {
		b.WriteString("  - name: rule-" + itoa(i) + "\n    description: Somebody has to look at these jobs.\n    source: dlc\n    events: [job-failed, job-timeout]\n    targets: [{type: dingtalk, webhook: 'env:INBOX_WEBHOOK', signing_key: 'env:INBOX_SIGNING_KEY'}]\n")
	}
	return b.String()
}
