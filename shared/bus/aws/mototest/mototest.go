// Package mototest starts moto, a stand-in for the APIs of AWS, for tests.
package mototest

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Variable is the environment variable that holds the path of moto_server.
// Without it a test is skipped: moto is a tool beyond Go, which `make moto`
// installs and sets.
const Variable = "PAI_NOTIFY_MOTO"

// Account is the account that moto answers for, whatever signs a call.
const Account = "123456789012"

// patience is how long moto may take to listen.
const patience = time.Minute

var listening = regexp.MustCompile(`Running on (http://127\.0\.0\.1:[0-9]+)`)

// Start starts an empty moto on a free port of loopback and returns its
// address. It ends with the test. A moto that does not start fails the test.
func Start(t testing.TB) string {
	t.Helper()
	path := os.Getenv(Variable)
	if path == "" {
		t.Skip(Variable + " is not set to the path of moto_server: make moto sets it")
	}
	server := exec.Command(path, "-H", "127.0.0.1", "-p", "0") //nolint:gosec // the path is the tester's own setting
	output, err := server.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, server.Start(), "%s=%s", Variable, path)
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed
	})
	address := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(output)
		for lines.Scan() { // to its end, or moto would wait for a reader
			if found := listening.FindStringSubmatch(lines.Text()); found != nil {
				address <- found[1]
			}
		}
		close(address)
	}()
	select {
	case found, ok := <-address:
		require.True(t, ok, "%s=%s ended before it listened", Variable, path)
		return found
	case <-time.After(patience):
		require.FailNow(t, "moto does not listen", "%s=%s, after %s", Variable, path, patience)
	}
	return ""
}

// Reset empties a moto that is used by one test after another.
func Reset(t require.TestingT, endpoint string) {
	res, err := http.Post(endpoint+"/moto-api/reset", "", nil) //nolint:noctx,gosec // loopback, in a test
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
}
