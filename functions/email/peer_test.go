package email

import (
	"bufio"
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // what CRAM-MD5 is made of
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/stretchr/testify/require"
)

// What a peer may do instead of answering.
const (
	hang = "\x00hang"
	drop = "\x00drop"
)

// peer is a mail server on loopback that answers each command as a test says.
type peer struct {
	address string
	// answers are those to the greeting ("GREET"), to commands by their verb,
	// and to the end of the mail ("."); others are answered by success.
	answers map[string]string
	// taken, when it is set, answers the end of the mail instead.
	taken func(targettest.Message) targettest.Reply
	// together makes it offer to take commands together.
	together bool
	// implicit and certificate make it speak TLS.
	implicit    bool
	certificate *tls.Certificate

	mu    sync.Mutex
	said  []string
	ways  []string // to log in, as they were tried
	close func()
}

// listen starts p. Its connections end with the test.
func (p *peer) listen(t *testing.T) *peer {
	t.Helper()
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	return p.start(t)
}

func (p *peer) start(t targettest.T) *peer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p.address = l.Addr().String()
	var all sync.WaitGroup
	ended := make(chan struct{})
	p.close = sync.OnceFunc(func() {
		close(ended)
		_ = l.Close()
	})
	t.Cleanup(func() {
		p.close()
		all.Wait()
	})
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer func() { _ = conn.Close() }()
				if p.implicit {
					conn = tls.Server(conn, p.tls())
				}
				p.serve(conn, ended)
			})
		}
	})
	return p
}

func (p *peer) tls() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{*p.certificate}, MinVersion: tls.VersionTLS12}
}

// heard returns the verbs of the commands that came.
func (p *peer) heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.said...)
}

// mailProtocol is how the suite of targets receives mail.
type mailProtocol struct{ together bool }

// Receive starts a server that answers all but the end of a mail by success.
// With a certificate it offers STARTTLS.
func (m mailProtocol) Receive(t targettest.T, certificate *tls.Certificate, answer func(targettest.Message) targettest.Reply) targettest.Receiver {
	return mailReceiver{(&peer{certificate: certificate, taken: answer, together: m.together}).start(t)}
}

type mailReceiver struct{ *peer }

func (r mailReceiver) Base() string { return r.address }
func (r mailReceiver) Close()       { r.close() }

// goOn writes a reply to the end of a mail and tells whether the conversation
// goes on.
func goOn(conn net.Conn, r targettest.Reply) bool {
	if r.Instead != nil {
		_, _ = conn.Write(r.Instead)
		return false
	}
	if r.Begun != nil && !r.Begun(line{conn, fmt.Sprint(r.Status, "-")}) {
		return false
	}
	_, err := fmt.Fprintf(conn, "%d %s\r\n", r.Status, r.Body)
	return err == nil
}

// line writes lines of a reply that are not its last.
type line struct {
	conn   net.Conn
	prefix string
}

func (l line) Write(p []byte) (int, error) {
	if _, err := l.conn.Write([]byte(l.prefix + string(p) + "\r\n")); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (p *peer) serve(conn net.Conn, ended <-chan struct{}) {
	answer := func(verb, otherwise string) bool {
		text, ok := p.answers[verb]
		if !ok {
			text = otherwise
		}
		switch text {
		case hang:
			<-ended
			return false
		case drop:
			return false
		}
		_, err := conn.Write([]byte(strings.ReplaceAll(text, "\n", "\r\n") + "\r\n"))
		return err == nil
	}
	extensions := "250-peer\n250-AUTH PLAIN LOGIN\n250 8BITMIME"
	if p.certificate != nil && !p.implicit {
		extensions = "250-peer\n250-AUTH PLAIN LOGIN\n250 STARTTLS"
	}
	if p.together {
		extensions = strings.Replace(extensions, "250-peer", "250-peer\n250-PIPELINING", 1)
	}
	if !answer("GREET", "220 peer ESMTP") {
		return
	}
	lines := bufio.NewScanner(conn)
	var login string
	for lines.Scan() {
		verb, _, _ := strings.Cut(strings.ToUpper(lines.Text()), " ")
		verb, _, _ = strings.Cut(verb, ":")
		p.mu.Lock()
		p.said = append(p.said, verb)
		p.mu.Unlock()
		var ok bool
		switch verb {
		case "EHLO":
			ok = answer(verb, extensions)
		case "AUTH":
			login, ok = p.logIn(conn, lines, answer)
		case "DATA":
			if ok = answer(verb, "354 go ahead"); !ok || p.answers[verb] != "" {
				break
			}
			text := login + "\n"
			for lines.Scan() && lines.Text() != "." {
				text += lines.Text() + "\n"
			}
			if p.taken != nil {
				ok = goOn(conn, p.taken(targettest.Message{Text: text, Body: text[len(login)+1:], Connection: conn.RemoteAddr().String()}))
				break
			}
			ok = answer(".", "250 2.0.0 Ok: queued as 4XyZ")
		case "STARTTLS":
			if ok = answer(verb, "220 go ahead"); ok && p.answers[verb] == "" && p.certificate != nil {
				conn = tls.Server(conn, p.tls())
				lines = bufio.NewScanner(conn)
				extensions = strings.Replace(extensions, "250 STARTTLS", "250 8BITMIME", 1)
			}
		case "QUIT":
			_ = answer(verb, "221 bye")
			return
		default:
			ok = answer(verb, "250 ok")
		}
		if !ok {
			return
		}
	}
}

// logIn takes the login of the tests by PLAIN, LOGIN or CRAM-MD5, unless the
// test has an answer to "AUTH PLAIN" or the like, or to every "AUTH". It returns
// what the client said.
func (p *peer) logIn(conn net.Conn, lines *bufio.Scanner, answer func(verb, otherwise string) bool) (said string, ok bool) {
	said = lines.Text()
	way := strings.ToUpper(strings.Fields(said)[1])
	p.mu.Lock()
	p.ways = append(p.ways, way)
	p.mu.Unlock()
	for _, scripted := range []string{"AUTH " + way, "AUTH"} {
		if _, ok := p.answers[scripted]; ok {
			return said, answer(scripted, "")
		}
	}
	encode := base64.StdEncoding.EncodeToString
	ask := func(question string) string {
		_, _ = fmt.Fprintf(conn, "334 %s\r\n", encode([]byte(question)))
		lines.Scan()
		said += "\n" + lines.Text()
		text, _ := base64.StdEncoding.DecodeString(lines.Text())
		return string(text)
	}
	right := false
	switch way {
	case "PLAIN":
		right = strings.HasSuffix(said, " "+encode([]byte("\x00"+from+"\x00"+password)))
	case "LOGIN":
		right = ask("Username:") == from && ask("Password:") == password
	case "CRAM-MD5":
		mac := hmac.New(md5.New, []byte(password))
		_, _ = mac.Write([]byte("<1.2@peer>"))
		right = ask("<1.2@peer>") == fmt.Sprintf("%s %x", from, mac.Sum(nil))
	}
	if !right {
		return said, answer("", "535 5.7.8 authentication failed")
	}
	return said, answer("", "235 2.7.0 ok")
}

// certificate returns one for 127.0.0.1 that the process trusts when trust.
func certificate(t *testing.T, trust bool) *tls.Certificate {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	s.Close()
	if trust {
		file := filepath.Join(t.TempDir(), "roots.pem")
		block := &pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}
		require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(block), 0o600))
		t.Setenv("SSL_CERT_FILE", file)
	}
	return &s.TLS.Certificates[0]
}
