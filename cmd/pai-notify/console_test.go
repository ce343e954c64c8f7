package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/inbox"
)

// startConsole runs the console and returns the address that it prints.
func startConsole(t *testing.T, arguments ...string) string {
	t.Helper()
	return startConsoleWith(t, nil, arguments...)
}

func startConsoleWith(t *testing.T, environment []string, arguments ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(built(t), "pai-notify"), append([]string{"console"}, arguments...)...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, environment...)
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
		if found := regexp.MustCompile(`console is at (\S+)`).FindStringSubmatch(line); found != nil {
			go func() { _, _ = io.Copy(io.Discard, lines) }()
			return found[1]
		}
	}
}

func status(t *testing.T, address string) int {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(address)
	require.NoError(t, err)
	defer res.Body.Close()
	return res.StatusCode
}

func TestAConsoleThatOthersReachAsksForAToken(t *testing.T) {
	printed := startConsole(t, "--listen", "0.0.0.0:0", "--data", t.TempDir())
	printed = regexp.MustCompile(`//[^/]+:(\d+)/`).ReplaceAllString(printed, "//127.0.0.1:$1/")
	home, _, ok := strings.Cut(printed, "login?token=")
	require.True(t, ok, printed)
	assert.Equal(t, http.StatusUnauthorized, status(t, home))
	assert.Equal(t, http.StatusUnauthorized, status(t, home+"login?token=wrong"))
	assert.Equal(t, http.StatusSeeOther, status(t, printed))
	assert.Equal(t, http.StatusUnauthorized, status(t, home+"inbox/"), "the inbox stays on this machine")
	assert.Equal(t, http.StatusUnauthorized, status(t, home+"metrics"), "and so does the bus")
}

func TestAConsoleOnLoopbackIsOpenAtOnce(t *testing.T) {
	address := startConsole(t, "--listen", "127.0.0.1:0", "--data", t.TempDir())
	assert.Equal(t, http.StatusOK, status(t, address))
	assert.Equal(t, http.StatusOK, status(t, address+"/inbox/"))
}

func TestNothingOfAConsoleAnswersToANameOfOthers(t *testing.T) {
	address := startConsole(t, "--listen", "127.0.0.1:0", "--data", t.TempDir())
	for _, path := range []string{"/", "/inbox/dingtalk/first", "/metrics", "/eventbuses/pai-system-lab/events"} {
		for host, refused := range map[string]bool{"rebound.example": true, "localhost": false} {
			method := http.MethodGet
			if strings.HasPrefix(path, "/eventbuses") {
				method = http.MethodPost
			}
			r, err := http.NewRequestWithContext(t.Context(), method, address+path, strings.NewReader("{}"))
			require.NoError(t, err)
			r.Host = host
			res, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			assert.Equal(t, refused, res.StatusCode == http.StatusMisdirectedRequest, "%s at %s: %d", path, host, res.StatusCode)
		}
	}
}

func TestATokenLetsNobodyToTheInboxEither(t *testing.T) {
	address := startConsole(t, "--listen", "127.0.0.1:0", "--token", "0123456789abcdef", "--data", t.TempDir())
	address, _, _ = strings.Cut(address, "/login")
	assert.Equal(t, http.StatusUnauthorized, status(t, address+"/inbox/dingtalk/first"))
}

func TestPastedSecretsAreThereAfterARestart(t *testing.T) {
	robot := inbox.New(inbox.Options{})
	received := httptest.NewServer(robot)
	t.Cleanup(received.Close)
	data := t.TempDir()
	webhook := received.URL + robot.AddDingtalk("group", "")
	require.NoError(t, os.WriteFile(filepath.Join(data, secretsFile), []byte("OUR_GROUP='"+webhook+"'\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(data, documentFile), []byte("workspace: lab\nrules:\n  - {name: a, source: dlc, events: [job-failed], targets: [{type: dingtalk, webhook: 'env:OUR_GROUP'}]}\n"), 0o600))
	address := startConsoleWith(t, []string{"PAI_NOTIFY_ALLOW=" + received.Listener.Addr().String()}, "--listen", "127.0.0.1:0", "--data", data)
	res, err := http.PostForm(address+"/publish", url.Values{"sample": {"dlc-job-failed"}})
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
		"a token":    {[]string{"console", "--token", "short"}, "at least 16 characters"},
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

// broken is a data directory whose secrets cannot be read.
func broken(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(directory, secretsFile), []byte("nonsense\n"), 0o600))
	return directory
}
