package running

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// crowded serves a handler to few connections at once.
func crowded(t *testing.T, most int, handler http.HandlerFunc) *Server {
	t.Helper()
	s, err := Listen("127.0.0.1:0")
	require.NoError(t, err)
	s.Listener.(*crowd).most = most
	s.Serve(handler)
	t.Cleanup(func() { _ = s.HTTP.Close() })
	return s
}

// hold opens a connection, writes to it and reads nothing.
func hold(t *testing.T, s *Server, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	return conn
}

func TestWhoHoldsConnectionsKeepsNobodyOut(t *testing.T) {
	answer := strings.Repeat("a", 1<<20)
	for name, text := range map[string]string{
		"silent":              "",
		"half a request":      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
		"half a body":         "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n{",
		"half a large body":   "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n{",
		"idle":                "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
		"answers left unread": strings.Repeat("GET /long HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 50),
	} {
		t.Run(name, func(t *testing.T) {
			s := crowded(t, 3, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if r.URL.Path == "/long" {
					_, _ = io.WriteString(w, answer)
				}
			})
			for range 5 {
				hold(t, s, text)
			}
			client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{}}
			for range 5 {
				res, err := client.Post(s.URL, "text/plain", strings.NewReader("an event"))
				require.NoError(t, err)
				assert.Equal(t, http.StatusOK, res.StatusCode)
				require.NoError(t, res.Body.Close())
				client.CloseIdleConnections()
			}
		})
	}
}

func TestWhatIsBeingDoneIsNotCutOff(t *testing.T) {
	for name, text := range map[string]string{
		"without a body": "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
		"with a body":    "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}",
	} {
		t.Run(name, func(t *testing.T) {
			begun, release := make(chan struct{}), make(chan struct{})
			s := crowded(t, 2, func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				begun <- struct{}{}
				<-release
			})
			conn := hold(t, s, text)
			<-begun
			for range 5 {
				hold(t, s, "")
			}
			other := hold(t, s, text)
			<-begun // it has come in, past those who hold the rest
			close(release)
			for _, c := range []net.Conn{conn, other} {
				status := make([]byte, len("HTTP/1.1 200"))
				_, err := io.ReadFull(c, status)
				require.NoError(t, err)
				assert.Equal(t, "HTTP/1.1 200", string(status))
			}
		})
	}
}

func TestACrowdThatIsClosedLetsNobodyWait(t *testing.T) {
	release := make(chan struct{})
	begun := make(chan struct{})
	s := crowded(t, 1, func(http.ResponseWriter, *http.Request) { begun <- struct{}{}; <-release })
	hold(t, s, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
	<-begun
	waiting := hold(t, s, "")
	require.NoError(t, s.Listener.Close())
	_, err := waiting.Read(make([]byte, 1))
	assert.Error(t, err)
	close(release)
}
