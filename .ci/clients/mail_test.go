package clients

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// exim is a configuration that takes mail by STARTTLS and a login alone, and puts
// all of it into one file. DIR, PORT, USER and GROUP are filled in.
const exim = `
primary_hostname = mail.test
exim_user = USER
exim_group = GROUP
never_users =
keep_environment =
daemon_smtp_ports = PORT
local_interfaces = 127.0.0.1
spool_directory = DIR/spool
log_file_path = DIR/log-%slog
pid_file_path = DIR/spool/pid
tls_advertise_hosts = *
tls_certificate = DIR/certificate.pem
tls_privatekey = DIR/key.pem
auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}
acl_smtp_rcpt = who
host_lookup =
begin acl
who:
  accept authenticated = *
  deny message = log in first
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  file = DIR/box
  user = USER
  group = GROUP
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{alerts@mail.test}}{eq{$auth3}{smtp-password}}}}
  server_set_id = $auth2
`

// mailServer runs an exim of its own in a directory and returns its address.
func mailServer(t *testing.T, dir string) string {
	t.Helper()
	program := os.Getenv("EXIM")
	require.NotEmpty(t, program, "EXIM names exim4: run make clients")
	certificate(t, dir)
	// Started by root, it works as the user that the package made, who has to
	// write here; by hand as whoever starts it.
	as, err := user.Current()
	require.NoError(t, err)
	if as.Uid == "0" {
		as, err = user.Lookup("Debian-exim")
		require.NoError(t, err)
	}
	require.NoError(t, os.Chmod(dir, 0o777))               //nolint:gosec // a directory of the test's own
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755)) //nolint:gosec // so that it can be reached
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	configuration := filepath.Join(dir, "exim.conf")
	text := strings.NewReplacer("DIR", dir, "PORT", port, "USER", as.Uid, "GROUP", as.Gid).Replace(exim)
	require.NoError(t, os.WriteFile(configuration, []byte(text), 0o644)) //nolint:gosec // it holds nothing that is secret
	command := exec.Command(program, "-C", configuration, "-bdf")
	log := &output{}
	command.Stdout, command.Stderr = log, log
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
		if t.Failed() {
			lines, _ := os.ReadFile(filepath.Join(dir, "log-mainlog"))
			t.Log(log.String() + string(lines))
		}
	})
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		return err == nil && c.Close() == nil
	}, 10*time.Second, 20*time.Millisecond, "exim does not listen")
	return address
}

// certificate makes a key and a certificate for 127.0.0.1 that signs itself.
func certificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{"certificate.pem": {Type: "CERTIFICATE", Bytes: signed}, "key.pem": {Type: "PRIVATE KEY", Bytes: private}} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o644)) //nolint:gosec // exim reads it as another user
	}
}

func TestARealMailServerTakesTheMail(t *testing.T) {
	dir := t.TempDir()
	address := mailServer(t, dir)
	m := up(t, fmt.Sprintf(`workspace: %s
language: zh
contacts:
  - {name: 张伟, email: alice@example.com}
rules:
  - name: failed-jobs
    source: dlc
    events: [job-failed]
    targets:
      - {type: email, server: "%s", tls: starttls, from: PAI 通知 <alerts@mail.test>, password: env:SMTP_PASSWORD, contacts: [张伟]}
`, workspace, address), "SMTP_PASSWORD=smtp-password", "SSL_CERT_FILE="+filepath.Join(dir, "certificate.pem"), "PAI_NOTIFY_ALLOW="+address)
	event, err := os.Open(sample + "dlc-job-failed.json")
	require.NoError(t, err)
	answer, err := http.Post(m.URL+"/eventbuses/"+bus+"/events", "application/cloudevents+json", event)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusAccepted, answer.StatusCode)

	// The box is in the form of mbox: a line that begins with "From ", the mail,
	// and an empty line.
	var box []byte
	require.Eventually(t, func() bool {
		box, err = os.ReadFile(filepath.Join(dir, "box"))
		return err == nil && bytes.HasSuffix(box, []byte("\n\n"))
	}, 20*time.Second, 20*time.Millisecond, "no mail came")
	_, text, _ := bytes.Cut(box, []byte("\n"))
	message, err := mail.ReadMessage(bytes.NewReader(text))
	require.NoError(t, err)
	for name, want := range map[string]string{
		"Subject": "🔴", "From": "PAI 通知 <alerts@mail.test>", "To": "alice@example.com", "List-Id": "<failed-jobs.pai-notify.mail.test>",
		"Auto-Submitted": "auto-generated", "Message-ID": "@mail.test>", "Received": "esmtpsa", "Date": "",
	} {
		require.Len(t, message.Header[http.CanonicalHeaderKey(name)], 1, name)
		value, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get(name))
		require.NoError(t, err, name)
		assert.Contains(t, strings.ReplaceAll(value, `"`, ""), want, name)
	}
	parts := partsOf(t, message)
	require.Len(t, parts, 2)
	for kind, part := range parts {
		assert.Contains(t, part, "dlc1x9qk7e2w5mzt", kind)
	}
	assert.Contains(t, parts["text/html"], "<table")
	passed("exim of Debian: took the email target's mail, by STARTTLS and a login, and both parts were read back")
}

// partsOf returns the parts of a mail by their types.
func partsOf(t *testing.T, message *mail.Message) map[string]string {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", kind)
	parts := map[string]string{}
	for reader := multipart.NewReader(message.Body, parameters["boundary"]); ; {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts
		}
		require.NoError(t, err)
		decoded := io.Reader(quotedprintable.NewReader(part))
		if part.Header.Get("Content-Transfer-Encoding") == "base64" {
			decoded = base64.NewDecoder(base64.StdEncoding, part)
		}
		text, err := io.ReadAll(decoded)
		require.NoError(t, err)
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		require.NoError(t, err)
		parts[kind] = string(text)
	}
}
