package tablestore_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// claimed is the row of a first claim.
func claimed(id string) ledger.Entry {
	return ledger.Entry{
		ID: id, Bus: "pai-system-lab", Owner: "lab", Rule: "job-failed", RuleName: "job failed", Type: "dingtalk", Receiver: "dingtalk-ops",
		Event: []byte(`{"id":"e-1","source":"acs.paidlc"}`), EventID: "e-1", EventType: "dlc.job.failed", Job: "dlc1abc", JobName: "llama",
		State: ledger.Claimed, Due: noon.Add(time.Minute), Created: noon, Changed: noon, Claims: 1, Token: "a", Step: 1,
	}
}

// following is the next row of an entry.
func following(e ledger.Entry, state ledger.State, due time.Time) ledger.Entry {
	e.State, e.Due, e.Step = state, due, e.Step+1
	return e
}

// TestTheSDKRepeatsAWriteByItself is why the store does not let it: what the second
// test shows could not fail otherwise.
func TestTheSDKRepeatsAWriteByItself(t *testing.T) {
	p := tablestoretest.New(tablestoretest.Config{})
	endpoint := serve(t, p)
	require.NoError(t, open(t, endpoint, nil).Create(ctx))
	p.Set(tablestoretest.Modes{Lost: 1})
	p.Reset()
	client := sdk.NewClientWithConfig(endpoint, "pai-notify", "id", "secret", "", &sdk.TableStoreConfig{RetryTimes: 2, MaxRetryTime: time.Minute, Transport: &http.Transport{}})
	_, err := client.PutRow(&sdk.PutRowRequest{PutRowChange: &sdk.PutRowChange{
		TableName: "pai_notify", PrimaryKey: &sdk.PrimaryKey{PrimaryKeys: []*sdk.PrimaryKeyColumn{{ColumnName: "id", Value: "a"}}},
		Condition: &sdk.RowCondition{RowExistenceExpectation: sdk.RowExistenceExpectation_EXPECT_NOT_EXIST},
	}})
	assert.ErrorContains(t, err, "OTSConditionCheckFail", "it meets its own row, and takes it for somebody else's")
	assert.Equal(t, 2, p.Calls()["PutRow"])
}

func TestAWriteIsSentOnceWhateverBreaks(t *testing.T) {
	for name, m := range map[string]tablestoretest.Modes{
		"the answer is lost":                 {Lost: 1},
		"the connection breaks in an answer": {Cut: 1},
		"the connection breaks before":       {Reset: 1},
		"the service is busy":                {Throttled: 1},
		"the service is down":                {Down: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := tablestoretest.New(tablestoretest.Config{})
			var requests atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				p.ServeHTTP(w, r)
			}))
			t.Cleanup(server.Close)
			s := open(t, server.URL, nil)
			require.NoError(t, s.Create(ctx))
			// A connection that was used before: on such a one net/http repeats what it may.
			_, err := s.Get(ctx, "none")
			require.NoError(t, err)
			p.Set(m)
			requests.Store(0)
			err = s.Put(ctx, claimed("a"))
			assert.Contains(t, []bus.Kind{bus.Unavailable, bus.Throttled}, bus.KindOf(err), "%v", err)
			assert.EqualValues(t, 1, requests.Load())
			p.Set(tablestoretest.Modes{})
			got, err := s.Get(ctx, "a")
			require.NoError(t, err)
			assert.Equal(t, m.Lost+m.Cut > 0, got.Step == 1, "it took effect, or it did not")
		})
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		server := httptest.NewServer(http.RedirectHandler(other.URL, status))
		t.Cleanup(server.Close)
		err := open(t, server.URL, nil).Put(ctx, claimed("a"))
		assert.Error(t, err)
	}
	assert.Zero(t, elsewhere.Load(), "the signature would go there")
}

func TestWhatIsNotAnAnswerIsAnError(t *testing.T) {
	for name, body := range map[string]string{"nothing": "", "a page": "<html>Sign in</html>", "a message without what it must have": "\x0a\x00", "noise": "\xff\xff\xff\xff"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		t.Cleanup(server.Close)
		s := open(t, server.URL, nil)
		assert.Equal(t, bus.Unavailable, bus.KindOf(s.Put(ctx, claimed("a"))), name)
		_, err := s.Get(ctx, "a")
		assert.Equal(t, bus.Unavailable, bus.KindOf(err), name)
		_, err = s.Due(ctx, "pai-system-lab", noon, 1)
		assert.Equal(t, bus.Unavailable, bus.KindOf(err), name)
	}
	for status, kind := range map[int]bus.Kind{404: bus.NotServed, 407: bus.NotServed, 502: bus.Unavailable} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>secret-word</html>", status) }))
		t.Cleanup(server.Close)
		err := open(t, server.URL, nil).Put(ctx, claimed("a"))
		assert.Equal(t, kind, bus.KindOf(err), "%v", err)
		assert.NotContains(t, err.Error(), "secret-word")
	}
}

func TestAnErrorHasItsKindAndNoKey(t *testing.T) {
	message := func(code, text string) []byte {
		return append(append([]byte{10, byte(len(code))}, code...), append([]byte{18, byte(len(text))}, text...)...)
	}
	for said, want := range map[[2]string]bus.Kind{
		{"OTSObjectNotExist", "Requested table does not exist."}:                            bus.NotFound,
		{"OTSAuthFailed", "The AccessKeyID does not exist."}:                                bus.NoCredentials,
		{"OTSAuthFailed", "Signature mismatch."}:                                            bus.NoCredentials,
		{"OTSAuthFailed", "Mismatch between system time and x-ots-date: 2026"}:              bus.NoCredentials,
		{"OTSAuthFailed", "The instance is not found."}:                                     bus.NotFound,
		{"OTSAuthFailed", "The instance does not exist."}:                                   bus.NotFound,
		{"OTSAuthFailed", "The instance is not running."}:                                   bus.Unavailable,
		{"OTSAuthFailed", "The user has no privilege to access the instance."}:              bus.Denied,
		{"OTSAuthFailed", "Request denied by instance ACL policies."}:                       bus.Denied,
		{"OTSNoPermissionAccess", "You have no permission to access STS.key at https://x/"}: bus.Denied,
		{"OTSServerBusy", "Server is busy."}:                                                bus.Throttled,
		{"OTSNotEnoughCapacityUnit", "Remaining capacity unit is not enough."}:              bus.Throttled,
		{"OTSQuotaExhausted", "Too frequent table operations."}:                             bus.Throttled,
		{"OTSQuotaExhausted", "Number of tables exceeds the quota."}:                        bus.Quota,
		{"OTSTableNotReady", "The table is not ready."}:                                     bus.Unavailable,
		{"OTSTimeout", "Operation timeout."}:                                                bus.Unavailable,
		{"OTSRowOperationConflict", "Data is being modified by the other request."}:         bus.Unavailable,
		{"OTSParameterInvalid", "STS.key secret-of-key token-of-key"}:                       bus.Invalid,
		{"OTSSomethingNew", "?"}:                                                            bus.Invalid,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write(message(said[0], said[1]))
		}))
		r, err := tablestore.Parse("tablestore:" + server.URL + "/pai_notify")
		require.NoError(t, err)
		s := tablestore.New(tablestore.Config{Reference: r, Key: func(context.Context) (tablestore.Key, error) {
			return tablestore.Key{ID: "STS.key", Secret: "secret-of-key", Token: "token-of-key"}, nil
		}})
		err = s.Put(ctx, claimed("a"))
		server.Close()
		assert.Equal(t, want, bus.KindOf(err), "%v", err)
		assert.ErrorContains(t, err, "ots:PutRow pai-notify/pai_notify: "+said[0])
		for _, secret := range []string{"STS.key", "secret-of-key", "token-of-key", "https://x"} {
			assert.NotContains(t, err.Error(), secret)
		}
	}
}

func TestWithoutAKeyNothingIsAsked(t *testing.T) {
	for _, name := range []string{"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"} {
		t.Setenv(name, "")
	}
	r, err := tablestore.Parse("tablestore:http://127.0.0.1:1/pai_notify")
	require.NoError(t, err)
	_, err = tablestore.New(tablestore.Config{Reference: r}).Get(ctx, "a")
	assert.Equal(t, bus.NoCredentials, bus.KindOf(err))

	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "STS.role")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret")
	t.Setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "token")
	r, err = tablestore.Parse("tablestore:" + serve(t, tablestoretest.New(tablestoretest.Config{Key: "STS.role", Secret: "secret", Token: "token"})) + "/pai_notify")
	require.NoError(t, err)
	s := tablestore.New(tablestore.Config{Reference: r, Pause: time.Millisecond})
	require.NoError(t, s.Create(ctx))
	assert.NoError(t, s.Put(ctx, claimed("a")))
}

// TestOfManyClaimsOneIsMineWhateverBreaks has sixteen claim the same notifications
// while answers are lost, connections break and the index lags.
func TestOfManyClaimsOneIsMineWhateverBreaks(t *testing.T) {
	p := tablestoretest.New(tablestoretest.Config{Seed: 7})
	s := made(t, p)
	p.Set(tablestoretest.Modes{Lost: 0.1, Cut: 0.05, Reset: 0.05, Throttled: 0.05, Lag: time.Millisecond})
	l := ledger.New(s).With(func() time.Time { return noon }, 0)
	const notifications, claimants = 40, 16
	var mine [notifications]atomic.Int64
	var group sync.WaitGroup
	for range claimants {
		group.Go(func() {
			for i := range notifications {
				e := claimed(fmt.Sprint("n", i))
				e.AtMostOnce = true
				verdict, row, err := l.Claim(ctx, e, time.Minute)
				if err != nil || verdict != ledger.Mine {
					continue
				}
				mine[i].Add(1)
				for range 20 {
					if _, err = l.Settle(ctx, row, ledger.Result{State: ledger.Sent}); err == nil {
						break
					}
				}
				assert.NoError(t, err)
			}
		})
	}
	group.Wait()
	p.Set(tablestoretest.Modes{})
	for i := range notifications {
		row, err := s.Get(ctx, fmt.Sprint("n", i))
		require.NoError(t, err)
		assert.LessOrEqual(t, mine[i].Load(), int64(1), "it has one sender")
		assert.Equal(t, mine[i].Load() == 1, row.State == ledger.Sent, "%s: what was settled stands, and nothing else is taken for sent", row.State)
	}
}

func TestAReferenceIsReadOrSaysWhatIsWrong(t *testing.T) {
	r, err := tablestore.Parse("tablestore:https://pai-notify.cn-shanghai.vpc.tablestore.aliyuncs.com/pai_notify")
	require.NoError(t, err)
	assert.Equal(t, tablestore.Reference{
		Endpoint: "https://pai-notify.cn-shanghai.vpc.tablestore.aliyuncs.com", Instance: "pai-notify", Region: "cn-shanghai", Table: "pai_notify",
	}, r)
	assert.Equal(t, "tablestore:https://pai-notify.cn-shanghai.vpc.tablestore.aliyuncs.com/pai_notify", r.String())
	assert.Equal(t, "tablestore:https://pai-notify.cn-shanghai.ots.aliyuncs.com/pai_notify", r.Public().String())
	r, err = tablestore.Parse("tablestore:lab.cn-shanghai.ots.aliyuncs.com/t")
	require.NoError(t, err)
	assert.Equal(t, "tablestore:https://lab.cn-shanghai.ots.aliyuncs.com/t", r.String())
	r, err = tablestore.Parse("tablestore:http://127.0.0.1:8087/t")
	require.NoError(t, err)
	assert.Equal(t, tablestore.Reference{Endpoint: "http://127.0.0.1:8087", Instance: "pai-notify", Table: "t"}, r.Public())
	for reference, wrong := range map[string]string{
		"":              "is written tablestore:ENDPOINT/TABLE",
		"dynamodb:t":    "is written tablestore:ENDPOINT/TABLE",
		"tablestore:":   "is written tablestore:ENDPOINT/TABLE",
		"tablestore:/t": "is written tablestore:ENDPOINT/TABLE",
		"tablestore:http://lab.cn-shanghai.ots.aliyuncs.com/t":      "must start with https://",
		"tablestore:https://lab.cn-shanghai.ots.aliyuncs.com":       `"" is no name`,
		"tablestore:https://lab.cn-shanghai.ots.aliyuncs.com/a/b":   `"a/b" is no name`,
		"tablestore:https://lab.cn-shanghai.ots.aliyuncs.com/1t":    `"1t" is no name`,
		"tablestore:https://u:p@lab.cn-shanghai.ots.aliyuncs.com/t": "is written",
		"tablestore:https://lab/t":                                  "names no instance and region",
		"tablestore:https://a.b.c.d/" + strings.Repeat("t", 93):     "is no name",
	} {
		_, err := tablestore.Parse(reference)
		assert.ErrorContains(t, err, wrong, reference)
		assert.NotContains(t, err.Error(), "u:p@")
	}
}
