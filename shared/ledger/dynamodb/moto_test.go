package dynamodb_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/awsapi"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aws/mototest"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/dynamodb"
	"github.com/pai-notify/pai-notify/shared/ledger/ledgertest"
)

const (
	region = "ap-southeast-1"
	table  = "pai-notify-ledger"
)

var key = credentials.NewStaticCredentialsProvider("AKIDLEDGER", "secret-of-the-ledger", "")

func config(endpoint string) dynamodb.Config {
	return dynamodb.Config{Region: region, Table: table, Endpoint: endpoint, Credentials: key, HTTP: &http.Client{}}
}

func opened(t require.TestingT, c dynamodb.Config) *dynamodb.Store {
	s, err := dynamodb.New(c)
	require.NoError(t, err)
	return s
}

// writing lets one write after the other through. Moto compares and writes in two
// steps, so that two of its threads can both find the row as they want it; DynamoDB
// does both at once.
type writing struct{ one sync.Mutex }

func (w *writing) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".PutItem") {
		w.one.Lock()
		defer w.one.Unlock()
	}
	return http.DefaultTransport.RoundTrip(r)
}

// onMoto is an empty table.
func onMoto(t require.TestingT, endpoint string) *dynamodb.Store {
	mototest.Reset(t, endpoint)
	c := config(endpoint)
	c.HTTP = &http.Client{Transport: &writing{}}
	s := opened(t, c)
	require.NoError(t, s.Create(context.Background()))
	return s
}

// refusing answers every call with an error of the service.
func refusing(t ledgertest.T, code string) *dynamodb.Store {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"com.amazonaws.dynamodb.v20120810#`+code+`","message":"what the service says"}`)
	}))
	t.Cleanup(server.Close)
	return opened(t, config(server.URL))
}

func TestMotoKeepsALedger(t *testing.T) {
	endpoint := mototest.Start(t)
	ledgertest.Run(t, func(t ledgertest.T) ledgertest.Fixture {
		return ledgertest.Fixture{
			Store: onMoto(t, endpoint),
			Through: func(t ledgertest.T, transport http.RoundTripper) ledger.Store {
				c := config(endpoint)
				c.HTTP = &http.Client{Transport: transport}
				return opened(t, c)
			},
			Later: func(t ledgertest.T, id, busName string) { later(t, endpoint, id, busName) },
			Trouble: map[bus.Kind]func(ledgertest.T) ledger.Store{
				bus.NotFound: func(t ledgertest.T) ledger.Store {
					c := config(endpoint)
					c.Table = "another-table"
					return opened(t, c)
				},
				bus.Denied:    func(t ledgertest.T) ledger.Store { return refusing(t, "AccessDeniedException") },
				bus.Throttled: func(t ledgertest.T) ledger.Store { return refusing(t, "ProvisionedThroughputExceededException") },
			},
		}
	})
}

// later puts the row of a later version, whose keys are those of this one.
func later(t ledgertest.T, endpoint, id, busName string) {
	api := awsapi.Service{Name: "dynamodb", Region: region, Endpoint: endpoint, Credentials: key, HTTP: http.DefaultClient, JSON: "1.0"}
	text := func(s string) map[string]string { return map[string]string{"S": s} }
	for shard := range strings.SplitSeq("0123", "") {
		require.NoError(t, api.Call(context.Background(), "DynamoDB_20120810", "PutItem", table, map[string]any{"TableName": table, "Item": map[string]any{
			"pk": text("n#" + id), "v": map[string]string{"N": "2"}, "step": map[string]string{"N": "1"}, "row": text("another form"),
			"open": text(busName + "#due#" + shard), "due": text("2026-11-01"), "month": text(busName + "#2026-11#" + shard), "at": text("2026-11-01"),
		}}, &struct{}{}))
	}
}

// TestMotoARowThatHasExpiredIsGone before the service deletes it, which can take days.
func TestMotoARowThatHasExpiredIsGone(t *testing.T) {
	endpoint := mototest.Start(t)
	onMoto(t, endpoint)
	now := time.Now()
	c := config(endpoint)
	c.Now = func() time.Time { return now }
	s := opened(t, c)
	rows := []ledger.Entry{waiting("waits"), waiting("died")}
	rows[1].State = ledger.Dead
	for _, e := range rows {
		e.Step, e.Created, e.Due = 1, now, now
		require.NoError(t, s.Put(t.Context(), e))
	}
	control := ledger.Control{Key: "sender/a", Value: []byte("1"), Token: "t", Step: 1}
	require.NoError(t, s.PutControl(t.Context(), control))
	found := func() (list []ledger.Entry) {
		for _, e := range rows {
			got, err := s.Get(t.Context(), e.ID)
			require.NoError(t, err)
			if got.Step != 0 {
				list = append(list, got)
			}
		}
		due, err := s.Due(t.Context(), rows[0].Bus, now.Add(time.Hour), 10)
		require.NoError(t, err)
		list = append(list, due...)
		for _, q := range []ledger.Query{{}, {Job: rows[0].Job}, {States: []ledger.State{ledger.Dead}}, {States: []ledger.State{ledger.Waiting}}} {
			q.Bus = rows[0].Bus
			page, err := s.List(t.Context(), q)
			require.NoError(t, err)
			list = append(list, page.Entries...)
		}
		return list
	}
	now = now.Add(ledger.Lifetime)
	assert.Len(t, found(), 2+1+2+2+1+1, "a lifetime long they are there")
	now = now.Add(time.Second)
	assert.Empty(t, found())
	got, err := s.Control(t.Context(), control.Key)
	require.NoError(t, err)
	assert.Equal(t, control, got, "control rows do not expire")

	next := waiting("waits")
	next.Step = 2
	assert.ErrorIs(t, s.Put(t.Context(), next), ledger.ErrConflict, "a row that is gone has no next step")
	next.Step, next.Created, next.Due = 1, now, now
	require.NoError(t, s.Put(t.Context(), next), "and may be written for the first time")
	next.Step = 2
	require.NoError(t, s.Put(t.Context(), next))
}

func TestMotoTheTableIsMadeAsItIsDefined(t *testing.T) {
	endpoint := mototest.Start(t)
	s := onMoto(t, endpoint)
	require.NoError(t, s.Create(t.Context()), "again")
	api := awsapi.Service{Name: "dynamodb", Region: region, Endpoint: endpoint, Credentials: key, HTTP: http.DefaultClient, JSON: "1.0"}
	var made struct{ Table dynamodb.Table }
	require.NoError(t, api.Call(t.Context(), "DynamoDB_20120810", "DescribeTable", table, map[string]string{"TableName": table}, &made))
	want := dynamodb.Definition(table)
	made.Table.BillingMode = want.BillingMode // it is answered elsewhere
	assert.Equal(t, want, made.Table)
	var expiry struct {
		TimeToLiveDescription struct{ AttributeName, TimeToLiveStatus string }
	}
	require.NoError(t, api.Call(t.Context(), "DynamoDB_20120810", "DescribeTimeToLive", table, map[string]string{"TableName": table}, &expiry))
	assert.Equal(t, "ENABLED", expiry.TimeToLiveDescription.TimeToLiveStatus)
	assert.Equal(t, dynamodb.ExpiryAttribute, expiry.TimeToLiveDescription.AttributeName)
}
