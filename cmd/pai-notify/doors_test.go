package main

import (
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
)

// private are paths that show what messages, events or the document say.
var private = []string{"/", "/rules", "/rules/job-needs-help", "/history", "/history/1-1", "/document", "/document.yaml", "/contacts", "/publish", "/setup",
	"/inbox/", "/inbox/dingtalk/inbox", "/inbox/email/alice@example.com", "/messages.json", "/login"}

func TestAnotherUserOfTheMachineSeesNothing(t *testing.T) {
	up := startUp(t, nil)
	stranger := newBrowser(t)
	for _, path := range private {
		res, err := stranger.Get(up.url + path)
		require.NoError(t, err)
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		require.NoError(t, err)
		assert.Equal(t, http.StatusUnauthorized, res.StatusCode, path)
		assert.NotContains(t, string(text), "qwen3", path)
		assert.NotContains(t, string(text), "llm_lab", path)
	}
	for _, path := range []string{"/publish", "/apply", "/document", "/secrets", "/redrive", "/new-rule", "/activate"} {
		res, err := stranger.PostForm(up.url+path, url.Values{"sample": {"dlc-job-failed"}})
		require.NoError(t, err)
		res.Body.Close()
		assert.Equal(t, http.StatusUnauthorized, res.StatusCode, path)
	}
	link := regexp.MustCompile(`http://\S+/login\?token=\S+`).FindString(up.out.String())
	owner := enter(t, link)
	assert.Equal(t, http.StatusOK, status(t, owner, up.url+"/history"))
	assert.Equal(t, http.StatusOK, status(t, owner, up.url+"/inbox/dingtalk/inbox"))
	assert.Equal(t, http.StatusUnauthorized, status(t, stranger, link), "it was used")
	assert.Equal(t, http.StatusOK, status(t, owner, up.url+"/rules"), "which ends nobody's session")
	again := enter(t, up.link(t))
	assert.Equal(t, http.StatusOK, status(t, again, up.url+"/messages.json"))
	up.stop(t)
}

func TestWhatIsOpenHoldsNothingPrivate(t *testing.T) {
	_, environment := standIns(t)
	up := startUp(t, append(environment, "ROBOT_KEY=SECwrong"), "-w", document(t, strings.Replace(oneRobot, "workspace: lab", "workspace: secretlab", 1)), "--data", t.TempDir())
	status, _ := up.post(t, failure("private-id"))
	require.Equal(t, http.StatusAccepted, status)
	require.Eventually(t, func() bool {
		_, text := up.open(t, "/metrics")
		return strings.Contains(text, `attempts_failed_total{class="permanent",code="310000"} 1`)
	}, eventually, tick)
	for _, path := range []string{"/metrics", "/healthz"} {
		status, text := up.open(t, path)
		assert.Equal(t, http.StatusOK, status)
		for _, word := range []string{"jobs", "secretlab", "private-id", "dingtalk", "127.0.0.1", "access_token", "SEC"} {
			assert.NotContains(t, text, word, path)
		}
	}
	up.stop(t)
}

// open asks for a path as anybody can.
func (r *upProcess) open(t *testing.T, path string) (int, string) {
	t.Helper()
	res, err := http.Get(r.url + path)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(text)
}

func TestPublishingIsClosedByAToken(t *testing.T) {
	_, environment := standIns(t)
	const token = "publishers-0123456789"
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte(token+"\n"), 0o600))
	for name, c := range map[string]struct {
		environment, arguments []string
		token                  string
	}{
		"open":        {nil, nil, ""},
		"by file":     {nil, []string{"--publish-token-file", file}, token},
		"by variable": {[]string{"PAI_NOTIFY_PUBLISH_TOKEN=" + token}, nil, token},
	} {
		t.Run(name, func(t *testing.T) {
			up := startUp(t, append(environment, c.environment...), append([]string{"-w", document(t, oneRobot), "--data", t.TempDir()}, c.arguments...)...)
			for given, want := range map[string]bool{"": c.token == "", "Bearer wrong": c.token == "", "Bearer " + token: true, token: c.token == ""} {
				status, text := up.post(t, failure("of "+given), "Authorization", given)
				if want {
					assert.Equal(t, http.StatusAccepted, status, text)
					continue
				}
				assert.Equal(t, http.StatusUnauthorized, status, given)
				assert.NotContains(t, text, token)
			}
			up.stop(t)
		})
	}
}

func TestTokensAreNotTakenFromTheCommandLine(t *testing.T) {
	open := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(open, []byte("0123456789abcdef0123\n"), 0o600))
	require.NoError(t, os.Chmod(open, 0o644))
	short := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(short, []byte("short\n"), 0o600))
	for name, c := range map[string]struct {
		environment, arguments []string
		says                   string
	}{
		"a token":               {nil, []string{"console", "--token", "0123456789abcdef"}, "every user of this machine can read the command line: write the token to a file and give --token-file FILE, or set PAI_NOTIFY_CONSOLE_TOKEN"},
		"a publishers' token":   {nil, []string{"up", "--publish-token=0123456789abcdef"}, "or set PAI_NOTIFY_PUBLISH_TOKEN"},
		"a file that all read":  {nil, []string{"console", "--token-file", open}, "chmod 600"},
		"a short one in a file": {nil, []string{"up", "--token-file", short}, "--token-file: a token has at least 16 characters"},
		"a short one":           {[]string{"PAI_NOTIFY_CONSOLE_TOKEN=short"}, []string{"console"}, "PAI_NOTIFY_CONSOLE_TOKEN: a token has at least 16 characters"},
		"a key alone":           {nil, []string{"console", "--tls-key", short}, "--tls-cert and --tls-key go together"},
	} {
		t.Run(name, func(t *testing.T) {
			r := command(t, c.environment, "", append(c.arguments, "--listen", "127.0.0.1:0", "--data", t.TempDir())...)
			assert.Equal(t, exitTrying, r.code)
			assert.Contains(t, r.err, c.says)
			assert.NotContains(t, r.err, "0123456789abcdef")
		})
	}
}

// certificate writes a certificate with its key.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	server.Close()
	pair := server.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	cert, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	return cert, key
}

// as asks for a page by a host name of the network.
func as(t *testing.T, browser *http.Client, address, host string, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	r.Host = host
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := browser.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func TestTheConsoleWorksBeyondLoopback(t *testing.T) {
	cert, key := certificate(t)
	const token = "typed-by-people-0123"
	for name, c := range map[string]struct {
		arguments []string
		secure    bool
	}{
		"with TLS": {[]string{"--listen", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key}, true},
		"without":  {[]string{"--listen", "0.0.0.0:0"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			p := startConsoleWith(t, []string{"PAI_NOTIFY_CONSOLE_TOKEN=" + token}, append(c.arguments, "--data", data)...)
			at := p.url
			for _, path := range private {
				assert.Equal(t, http.StatusUnauthorized, as(t, newBrowser(t), at+path, "console.example").StatusCode, path)
			}
			for _, path := range []string{"/metrics", "/healthz", "/admin/", "/eventbuses/pai-system-lab/events"} {
				assert.Equal(t, http.StatusUnauthorized, as(t, newBrowser(t), at+path, "console.example").StatusCode, "the bus stays on this machine: %s", path)
			}
			in := as(t, newBrowser(t), p.link, "console.example")
			require.Equal(t, http.StatusOK, in.StatusCode)
			require.Len(t, in.Cookies(), 1)
			assert.Equal(t, c.secure, in.Cookies()[0].Secure)
			cookie := in.Cookies()[0].Name + "=" + in.Cookies()[0].Value
			assert.Equal(t, http.StatusOK, as(t, newBrowser(t), at+"/inbox/", "console.example", "Cookie", cookie).StatusCode)
			assert.Equal(t, http.StatusUnauthorized, as(t, newBrowser(t), at+"/rules", "rebound.example").StatusCode, "a browser has no cookie for another name")
			made := command(t, nil, "", "console", "--link", "--data", data)
			require.Equal(t, exitOK, made.code, made.err)
			assert.Equal(t, http.StatusOK, as(t, newBrowser(t), strings.TrimSpace(made.out), "console.example").StatusCode)
		})
	}
}

func TestBehindAProxyTheConsoleIsTheProxys(t *testing.T) {
	address := freeAddress(t)
	p := startConsole(t, "--listen", address, "--behind-proxy", "--url", "https://console.example/", "--data", t.TempDir())
	assert.Equal(t, "https://console.example", p.url)
	link := strings.Replace(p.link, p.url, "http://"+address, 1)
	header := []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "console.example"}
	in := as(t, newBrowser(t), link, address, header...)
	require.Equal(t, http.StatusOK, in.StatusCode)
	require.Len(t, in.Cookies(), 1)
	assert.True(t, in.Cookies()[0].Secure)
	cookie := in.Cookies()[0].Name + "=" + in.Cookies()[0].Value
	for origin, want := range map[string]int{"https://console.example": http.StatusSeeOther, "https://evil.example": http.StatusForbidden, "http://" + address: http.StatusForbidden} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/language", strings.NewReader("language=ja"))
		require.NoError(t, err)
		r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {origin}, "Cookie": {cookie}}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		res, err := newBrowser(t).Do(r)
		require.NoError(t, err)
		res.Body.Close()
		assert.Equal(t, want, res.StatusCode, origin)
	}
}

func TestAConsoleOverACloudMakesLinksToo(t *testing.T) {
	cloud := startUp(t, nil)
	place, err := running.Read(filepath.Join(cloud.home, ".local", "state", "pai-notify"), running.BusFile)
	require.NoError(t, err)
	data := t.TempDir()
	p := startConsoleWith(t, []string{"ALIBABA_CLOUD_ACCESS_KEY_ID=" + place.AccessKeyID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + place.AccessKeySecret},
		"--bus", "aliyun", "--region", "cn-hangzhou", "--endpoint", cloud.url, "--listen", "127.0.0.1:0", "--data", data)
	assert.Equal(t, http.StatusUnauthorized, status(t, newBrowser(t), p.url+"/rules"))
	enter(t, p.link)
	made := command(t, nil, "", "console", "--link", "--bus", "aliyun", "--data", data)
	require.Equal(t, exitOK, made.code, made.err)
	enter(t, strings.TrimSpace(made.out))
	none := command(t, nil, "", "console", "--link", "--bus", "aliyun", "--data", t.TempDir())
	assert.Equal(t, exitTrying, none.code)
	assert.Contains(t, none.err, "no console runs there")
	cloud.stop(t)
}

// Another user can take the port of a bus that was killed, and answer as it did.
func TestAProgramThatDoesNotKnowTheTokenIsNoBus(t *testing.T) {
	var heard []string
	impostor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard = append(heard, r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(impostor.Close)
	data := t.TempDir()
	require.NoError(t, running.Process{Endpoint: impostor.URL, Token: "token", PID: 1}.Write(data, running.BusFile))
	for _, c := range [][]string{{"history"}, {"console", "--link"}, {"dead", "redrive", "--all"}} {
		r := command(t, nil, "", append(c, "--data", data)...)
		assert.Equal(t, exitTrying, r.code, c)
		assert.Regexp(t, "no bus", r.err, c)
	}
	require.NotEmpty(t, heard)
	for _, h := range heard {
		assert.Empty(t, h, "it does not hear the token")
	}
}

func TestWhatOthersCanWriteIsRefused(t *testing.T) {
	open := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.Mkdir(open, 0o700))
	require.NoError(t, os.Chmod(open, 0o777)) //nolint:gosec // that is the fault
	spoilt := func(name string, mode os.FileMode) string {
		data := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(data, name), []byte("A_WEBHOOK='topsecret'\n"), 0o600))
		require.NoError(t, os.Chmod(filepath.Join(data, name), mode))
		return data
	}
	doc := document(t, oneRobot)
	for name, c := range map[string]struct {
		arguments []string
		says      string
	}{
		"a data directory":          {[]string{"up", "-w", doc, "--data", open}, "run: chmod go-w '" + open + "'"},
		"a console's":               {[]string{"console", "--listen", "127.0.0.1:0", "--data", open}, "chmod go-w"},
		"secrets that others write": {[]string{"up", "-w", doc, "--data", spoilt("secrets.env", 0o602)}, "chmod 600"},
		"secrets that others read":  {[]string{"console", "--listen", "127.0.0.1:0", "--data", spoilt("secrets.env", 0o644)}, "chmod 600"},
		"keys that others read":     {[]string{"up", "--keys", filepath.Join(spoilt("keys.json", 0o644), "keys.json")}, "--keys: "},
		"a place that others write": {[]string{"history", "--data", spoilt(running.BusFile, 0o666)}, "other users can write it"},
	} {
		t.Run(name, func(t *testing.T) {
			r := command(t, nil, "", c.arguments...)
			assert.Equal(t, exitTrying, r.code)
			assert.Contains(t, r.err, c.says)
			assert.NotContains(t, r.err, "topsecret")
		})
	}
}

func TestWhatTheProgramWritesIsForItsUserAlone(t *testing.T) {
	data := t.TempDir()
	require.NoError(t, os.Chmod(data, 0o755)) //nolint:gosec // what is in it is what counts
	restored := filepath.Join(data, "bus.db")
	require.NoError(t, os.WriteFile(restored, nil, 0o600))
	require.NoError(t, os.Chmod(restored, 0o644)) // a copy that was put back
	p := startConsole(t, "--listen", "127.0.0.1:0", "--data", data)
	browser := enter(t, p.link)
	for path, form := range map[string]url.Values{"/workspace": {"workspace": {"lab"}}, "/settings": {"workspace": {"lab"}, "language": {"zh"}}} {
		res, err := browser.PostForm(p.url+path, form)
		require.NoError(t, err)
		res.Body.Close()
	}
	entries, err := os.ReadDir(data)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(entries), 4, "document, database, its log, and the address")
	for _, entry := range entries {
		info, err := entry.Info()
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, entry.Name())
	}
}
