package webhook

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// counted is a server that counts its connections.
func counted(t *testing.T) (*httptest.Server, *atomic.Int64, chan struct{}) {
	var n atomic.Int64
	made := make(chan struct{}, 1)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			n.Add(1)
			select {
			case made <- struct{}{}:
			default:
			}
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s, &n, made
}

func get(t *testing.T, c *http.Client, url string) error {
	t.Helper()
	res, err := c.Get(url)
	if err == nil {
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
	return err
}

func TestTheFirstRequestHasTheConnectionThatWasMadeAhead(t *testing.T) {
	s, n, made := counted(t)
	c := ServiceClientAt(s.URL + "/path")
	defer c.CloseIdleConnections()
	<-made // before there is any request
	for range 3 {
		require.NoError(t, get(t, c, s.URL))
	}
	assert.EqualValues(t, 1, n.Load())
}

func TestARequestWaitsForTheConnectionThatIsBeingMade(t *testing.T) {
	s, n, _ := counted(t)
	for range 20 {
		n.Store(0)
		c := ServiceClientAt(s.URL)
		require.NoError(t, get(t, c, s.URL))
		assert.EqualValues(t, 1, n.Load(), "not one more beside it")
		c.CloseIdleConnections()
	}
}

func TestAConnectionThatCouldNotBeMadeAheadIsMadeForTheRequest(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	a := &ahead{address: address, done: make(chan struct{})}
	dial := (&net.Dialer{}).DialContext
	a.make(dial)
	_, err = a.or(dial)(t.Context(), "tcp", address)
	require.Error(t, err, "nobody listens")

	l, err = net.Listen("tcp", address)
	require.NoError(t, err)
	defer l.Close()
	a.taken.Store(false)
	conn, err := a.or(dial)(t.Context(), "tcp", address)
	require.NoError(t, err)
	_ = conn.Close()
}

func TestOtherAddressesHaveConnectionsOfTheirOwn(t *testing.T) {
	s, n, made := counted(t)
	other, others, _ := counted(t)
	c := ServiceClientAt(s.URL)
	defer c.CloseIdleConnections()
	<-made
	require.NoError(t, get(t, c, other.URL))
	assert.EqualValues(t, []any{1, 1}, []any{int(n.Load()), int(others.Load())})
}

func TestAConnectionThatWaitedThroughAFreezeIsClosedAndMadeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ends []net.Conn
		dial := func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			ends = append(ends, theirs)
			return ours, nil
		}
		a := &ahead{address: "host:443", done: make(chan struct{})}
		a.make(dial)
		time.Sleep(freshFor + time.Second)
		conn, err := a.or(dial)(t.Context(), "tcp", "host:443")
		require.NoError(t, err)
		require.Len(t, ends, 2)
		_, err = ends[0].Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF, "the old one is closed")
		_ = conn.Close()
	})
}

func TestWhatNamesNoHostConnectsToNobodyAhead(t *testing.T) {
	s, n, _ := counted(t)
	for _, address := range []string{"", "://", "https://"} {
		c := ServiceClientAt(address)
		require.NoError(t, get(t, c, s.URL))
		c.CloseIdleConnections()
	}
	assert.EqualValues(t, 3, n.Load())
}

func TestARequestThatGivesUpLeavesNoConnectionBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		dial := func(context.Context, string, string) (net.Conn, error) {
			time.Sleep(2 * time.Second)
			return ours, nil
		}
		a := &ahead{address: "host:443", done: make(chan struct{})}
		go a.make(dial)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := a.or(dial)(ctx, "tcp", "host:443")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = theirs.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
	})
}
