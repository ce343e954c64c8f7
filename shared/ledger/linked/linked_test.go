package linked

import (
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

// linking makes this a process that links the stores of some schemes.
func linking(t *testing.T, schemes ...string) {
	all := openers
	t.Cleanup(func() { openers = all })
	openers = maps.Clone(all)
	maps.DeleteFunc(openers, func(scheme string, _ opener) bool { return !slices.Contains(schemes, scheme) })
	for _, scheme := range schemes {
		require.Contains(t, openers, scheme, "test with -tags lambda,fc")
	}
}

// listening returns the address of a ledger, and what is closed when somebody has
// connected to it.
func listening(t *testing.T) (address string, connected chan struct{}) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	connected = make(chan struct{})
	go func() {
		defer close(connected)
		if conn, err := listener.Accept(); err == nil {
			_ = conn.Close()
		}
	}()
	return listener.Addr().String(), connected
}

// waking returns the address of a cloud, and the requests that invoke a function there.
func waking(t *testing.T) (address string, asked chan *http.Request) {
	asked = make(chan *http.Request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			asked <- r
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func TestWithoutAReferenceThereIsNoLedger(t *testing.T) {
	for _, none := range []string{"", " "} {
		t.Setenv(ledger.Variable, none)
		store, err := Here()
		require.NoError(t, err)
		assert.Nil(t, store)
	}
}

func TestALedgerThatTheExecutableDoesNotLinkIsRefused(t *testing.T) {
	linking(t)
	for reference, says := range map[string]string{
		"dynamodb:pai-notify": "PAI_NOTIFY_LEDGER=dynamodb:pai-notify: this executable has no ledger: deploy the one of the function in build/lambda",
		"tablestore:https://pai-notify.cn-shanghai.vpc.tablestore.aliyuncs.com/pai_notify": "deploy the one of the function in build/fc",
		"pai-notify":        "PAI_NOTIFY_LEDGER=pai-notify names no ledger: it is dynamodb:TABLE on Lambda, and tablestore:ENDPOINT/TABLE on Function Compute",
		"redis:127.0.0.1:1": "names no ledger",
	} {
		t.Setenv(ledger.Variable, reference)
		store, err := Here()
		require.ErrorContains(t, err, says)
		assert.Nil(t, store)
	}
}
