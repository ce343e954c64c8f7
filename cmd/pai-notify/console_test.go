package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/inbox"
)

// startConsole runs the console and returns what it prints.
func startConsole(t *testing.T, arguments ...string) consoleProcess {
	t.Helper()
	return startConsoleWith(t, nil, arguments...)
}

// newBrowser makes one that has its own cookies and follows no answer elsewhere.
func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, //nolint:gosec // the test's own certificate
	}
}

// consoleProcess is a console that runs.
type consoleProcess struct {
	url  string // of the console
	link string // that it printed
	home string
	out  *bytes.Buffer // what it printed before
}

func startConsoleWith(t *testing.T, environment []string, arguments ...string) consoleProcess {
	t.Helper()
	c := consoleProcess{home: t.TempDir(), out: &bytes.Buffer{}}
	cmd := exec.Command(filepath.Join(built(t), "pai-notify"), append([]string{"console"}, arguments...)...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.home}, environment...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		require.NoError(t, err, "the program ended before it said where the console is")
		c.out.WriteString(line)
		if found := regexp.MustCompile(`console is at ((https?://\S+)/login\?token=\S+)`).FindStringSubmatch(line); found != nil {
			go func() { _, _ = io.Copy(io.Discard, lines) }()
			c.link, c.url = found[1], found[2]
			return c
		}
	}
}

// enter opens the link of a console in a browser.
func enter(t *testing.T, link string) *http.Client {
	t.Helper()
	browser := newBrowser(t)
	require.Equal(t, http.StatusOK, status(t, browser, link))
	return browser
}

func status(t *testing.T, browser *http.Client, address string) int {
	t.Helper()
	res, err := browser.Get(address)
	require.NoError(t, err)
	defer res.Body.Close()
	return res.StatusCode
}

func TestPastedSecretsAreThereAfterARestart(t *testing.T) {
	robot := inbox.New(inbox.Options{}, standins.All()...)
	received := httptest.NewServer(robot)
	t.Cleanup(received.Close)
	data := t.TempDir()
	webhook := received.URL + robot.Add("dingtalk", "group", inbox.Keys{}).Text("webhook")
	require.NoError(t, os.WriteFile(filepath.Join(data, "secrets.env"), []byte("OUR_GROUP='"+webhook+"'\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(data, "workspace.yaml"), []byte("workspace: lab\nrules:\n  - {name: a, source: dlc, events: [job-failed], targets: [{type: dingtalk, webhook: 'env:OUR_GROUP'}]}\n"), 0o600))
	c := startConsoleWith(t, []string{"PAI_NOTIFY_ALLOW=" + received.Listener.Addr().String()}, "--listen", "127.0.0.1:0", "--data", data)
	res, err := enter(t, c.link).PostForm(c.url+"/publish", url.Values{"sample": {"dlc-job-failed"}})
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Contains(t, string(body), `class="state sent"`)
	assert.NotContains(t, string(body), webhook)
	require.Len(t, robot.Received(), 1)
	assert.True(t, robot.Received()[0].Accepted)
}

func TestWhatAConsoleMissesIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		arguments []string
		err       string
	}{
		"a region":   {[]string{"console", "--bus", "aliyun"}, "name the region"},
		"a port":     {[]string{"console", "--listen", "127.0.0.1"}, "give host:port"},
		"a bus":      {[]string{"console", "--bus", "gcp"}, "gcp"},
		"no secrets": {[]string{"console", "--listen", "127.0.0.1:0", "--data", broken(t)}, "line 1 is not NAME='value'"},
	} {
		t.Run(name, func(t *testing.T) {
			r := command(t, nil, "", c.arguments...)
			assert.Equal(t, exitTrying, r.code)
			assert.Contains(t, r.err, c.err)
		})
	}
}

// Under another quota than that of plan and apply, the console would move rules into
// shared lists, or out of them.
func TestAConsoleKeepsToTheQuotaOfPlanAndApply(t *testing.T) {
	r := command(t, []string{
		"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=secret", "PAI_NOTIFY_RULES_PER_BUS=many",
	}, "", "console", "--bus", "aliyun", "--region", "cn-hangzhou", "--endpoint", "http://127.0.0.1:1", "--data", t.TempDir(), "--listen", "192.0.2.1:0")
	assert.Equal(t, exitTrying, r.code)
	assert.Contains(t, r.err, `PAI_NOTIFY_RULES_PER_BUS is "many"`)
}

// broken is a data directory whose secrets cannot be read.
func broken(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(directory, "secrets.env"), []byte("nonsense\n"), 0o600))
	return directory
}
