package browser_test

import (
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// certificate writes one with its key.
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

func TestABrowserOfAnotherMachineLogsIn(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t)
	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte("typed-by-people-0123\n"), 0o600))
	s := unknown(t, "en", "console", "--listen", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key, "--token-file", token)
	s.url = strings.Replace(s.url, "127.0.0.1", "console.example", 1)
	s.visit("/publish")
	assert.Contains(t, s.text(), "Log in")
	s.fill("#token", "wrong")
	s.click("main form button.primary")
	assert.Contains(t, s.text(), "This token is invalid")
	s.visit("/contacts")
	s.fill("#token", "typed-by-people-0123")
	s.click("main form button.primary")
	s.run(until(`location.pathname === "/"`)) // which has no document yet, and begins there
	welcome(s)
	s.click(`form[action="/first-rule"] button`)
	s.click(`form[action="/publish"] button.primary`)
	s.eventually("Result")
	s.click(`a[href="/inbox/dingtalk/first"]`)
	s.eventually("DLC job failed: qwen3-moe-pretrain-512gpu")
	assert.Empty(t, script[string](s, `document.cookie`), "no script reads the session")

	s.url = strings.Replace(s.url, "console.example", "rebound.example", 1)
	s.visit("/rules")
	assert.Contains(t, s.text(), "Log in", "the session is not for another name that leads here")
}

func TestALinkOpensOnceAndAnotherIsMade(t *testing.T) {
	t.Parallel()
	s := open(t, "ja", "up")
	s.visit("/rules")
	assert.Contains(t, s.text(), "job-died")
	s.run(chromedp.Navigate(strings.Replace(s.link, "127.0.0.1", "localhost", 1)), chromedp.WaitReady(chromedp.CSS("#token")))
	assert.Contains(t, s.text(), "使用済み")
	made, err := s.command("console", "--link").Output()
	require.NoError(t, err)
	s.url = strings.Replace(s.url, "127.0.0.1", "localhost", 1)
	s.login(strings.Replace(strings.TrimSpace(string(made)), "127.0.0.1", "localhost", 1))
	s.visit("/rules")
	assert.Contains(t, s.text(), "job-died")
}

func TestALinkInAPageOfOthersLogsIn(t *testing.T) {
	t.Parallel()
	s := unknown(t, "en", "up")
	page := httptest.NewServer(nil)
	t.Cleanup(page.Close)
	s.run(chromedp.Navigate(strings.Replace(page.URL, "127.0.0.1", "chat.example", 1)))
	script[bool](s, `(location.href = `+quote(s.link)+`, true)`)
	s.run(until(`location.pathname === "/" && document.querySelector("nav.menu") !== null`))
}
