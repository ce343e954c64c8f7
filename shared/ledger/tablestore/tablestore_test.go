package tablestore_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/ledgertest"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
	"github.com/pai-notify/pai-notify/shared/suite"
)

var ctx = context.Background()

// serve serves a stand-in on this machine and returns its address.
func serve(t suite.T, p *tablestoretest.Peer) string {
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return server.URL
}

// open returns a store over a stand-in, with the key that it knows.
func open(t suite.T, endpoint string, transport http.RoundTripper) *tablestore.Store {
	r, err := tablestore.Parse("tablestore:" + endpoint + "/pai_notify")
	require.NoError(t, err)
	return tablestore.New(tablestore.Config{Reference: r, Key: key, Transport: transport, Pause: time.Millisecond})
}

func key(context.Context) (tablestore.Key, error) {
	return tablestore.Key{ID: "id", Secret: "secret"}, nil
}

// made is open over a stand-in that has the tables.
func made(t suite.T, p *tablestoretest.Peer) *tablestore.Store {
	s := open(t, serve(t, p), nil)
	require.NoError(t, s.Create(ctx))
	return s
}

func TestTheStorePasses(t *testing.T) {
	ledgertest.Run(t, func(t suite.T) ledgertest.Fixture {
		p := tablestoretest.New(tablestoretest.Config{})
		endpoint := serve(t, p)
		s := open(t, endpoint, nil)
		require.NoError(t, s.Create(ctx))
		return ledgertest.Fixture{
			Store:   s,
			Through: func(t suite.T, transport http.RoundTripper) ledger.Store { return open(t, endpoint, transport) },
			Later: func(t suite.T, id, busName string) {
				defer tablestore.WriteVersion(ledger.Version + 1)()
				at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
				require.NoError(t, s.Put(ctx, ledger.Entry{ID: id, Bus: busName, State: ledger.Waiting, Due: at, Created: at, Changed: at, Token: "a", Step: 1}))
			},
			Trouble: map[bus.Kind]func(suite.T) ledger.Store{
				bus.NotFound: func(t suite.T) ledger.Store {
					return open(t, serve(t, tablestoretest.New(tablestoretest.Config{})), nil)
				},
				bus.Denied: func(t suite.T) ledger.Store {
					return open(t, serve(t, tablestoretest.New(tablestoretest.Config{Denied: []string{"*"}})), nil)
				},
				bus.Throttled: func(t suite.T) ledger.Store {
					busy := tablestoretest.New(tablestoretest.Config{})
					busy.Set(tablestoretest.Modes{Throttled: 1})
					return open(t, serve(t, busy), nil)
				},
			},
		}
	})
}
