package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDial(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	address := strings.TrimPrefix(s.URL, "https://")
	t.Run("refuses for good what is not public", func(t *testing.T) {
		t.Setenv(AllowVariable, "")
		_, err := Dial(context.Background(), address)
		require.Error(t, err)
		err = Failure("test", message.English, err)
		assert.True(t, target.IsPermanent(err))
		refusal, ok := errors.AsType[*target.Refusal](err)
		require.True(t, ok)
		assert.Contains(t, refusal.Advice, AllowVariable)
	})
	t.Run("says what is wrong with the operator's setting", func(t *testing.T) {
		t.Setenv(AllowVariable, "127.0.0.1/x")
		_, err := Dial(context.Background(), address)
		err = Failure("test", message.English, err)
		assert.True(t, target.IsPermanent(err))
		assert.ErrorContains(t, err, `"127.0.0.1/x"`)
	})
	t.Run("refuses for good a certificate that does not hold", func(t *testing.T) {
		t.Setenv(AllowVariable, "127.0.0.1")
		conn, err := Dial(context.Background(), address)
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		err = tls.Client(conn, TLSConfig("127.0.0.1")).HandshakeContext(context.Background())
		err = Failure("test", message.English, err)
		assert.True(t, target.IsPermanent(err))
		assert.ErrorContains(t, err, "certificate")
	})
	t.Run("matches the cause where another try may help", func(t *testing.T) {
		t.Setenv(AllowVariable, "127.0.0.1")
		closed := httptest.NewServer(http.NotFoundHandler())
		closed.Close()
		_, err := Dial(context.Background(), strings.TrimPrefix(closed.URL, "http://"))
		err = Failure("test", message.English, err)
		assert.False(t, target.IsPermanent(err))
		assert.ErrorIs(t, err, syscall.ECONNREFUSED)
	})
}

func TestExtractHidesWhatItIsTold(t *testing.T) {
	assert.Equal(t, "no <redacted>", Extract("no\r\npassw0rd", "passw0rd"))
}
