package dynamodb_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/dynamodb"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// attributes is an item as it is sent.
type attributes map[string]struct {
	S, N string
	B    []byte
}

// size is that of an item (Amazon DynamoDB, item sizes and formats): names and
// texts by their bytes, a number by a byte for two digits and one more.
func (a attributes) size() int {
	n := 0
	for name, v := range a {
		n += len(name) + len(v.S) + len(v.B)
		if v.N != "" {
			n += (len(v.N)+1)/2 + 1
		}
	}
	return n
}

// part is what an index of keys keeps of an item; nil when it is not in it.
func (a attributes) part(keys ...string) attributes {
	kept := attributes{"pk": a["pk"]}
	for _, key := range keys {
		v, ok := a[key]
		if !ok {
			return nil
		}
		kept[key] = v
	}
	return kept
}

// units counts what replacing was by is takes (Amazon DynamoDB, capacity unit
// consumption; write considerations for global secondary indexes): the larger of
// the two by kilobytes, and for each index one write when an entry comes or goes,
// two when its keys change.
func units(was, is attributes) int {
	kilobytes := func(a attributes) int { return (a.size() + 1023) / 1024 }
	n := max(kilobytes(was), kilobytes(is))
	for _, i := range dynamodb.Definition(table).GlobalSecondaryIndexes {
		before, now := was.part(i.KeySchema[0].AttributeName, i.KeySchema[1].AttributeName), is.part(i.KeySchema[0].AttributeName, i.KeySchema[1].AttributeName)
		switch {
		case before == nil && now == nil:
		case before == nil:
			n += kilobytes(now)
		case now == nil:
			n += kilobytes(before)
		case !assert.ObjectsAreEqual(before, now):
			n += kilobytes(before) + kilobytes(now)
		}
	}
	return n
}

// metered is a table that keeps one item and counts what its writes take.
type metered struct {
	mu    sync.Mutex
	item  attributes
	units int
}

func (m *metered) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct{ Item attributes }
	_ = json.NewDecoder(r.Body).Decode(&in)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.units += units(m.item, in.Item)
	m.item = in.Item
	_, _ = io.WriteString(w, "{}")
}

func (m *metered) taken() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.units
	m.units = 0
	return n
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// TestANotificationTakesSixWriteUnitsAtMost counts for each sample of an event: with
// two units for the row of its sender, as a busy one has, six are what is promised.
func TestANotificationTakesSixWriteUnitsAtMost(t *testing.T) {
	const sender = 2
	samples, err := filepath.Glob("../../../events/*.json")
	require.NoError(t, err)
	require.Greater(t, len(samples), 15)
	for _, path := range samples {
		event, err := os.ReadFile(path)
		require.NoError(t, err)
		var e struct {
			ID, Type string
			Data     struct{ DisplayName string }
		}
		require.NoError(t, json.Unmarshal(event, &e))
		m := &metered{}
		server := httptest.NewServer(m)
		now := time.Date(2026, 11, 20, 3, 12, 46, 123456789, time.UTC)
		l := ledger.New(opened(t, config(server.URL))).With(func() time.Time { now = now.Add(37 * time.Millisecond); return now }, 0)
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		_, claim, err := l.Claim(t.Context(), ledger.Entry{
			ID: hash(path), Bus: "pai-system-llm_lab", Owner: "llm_lab", Rule: "training-failed", RuleName: "Training failed", Type: "dingtalk", Receiver: "dingtalk-DINGTALK_ONCALL",
			Event: event, EventID: e.ID, EventType: e.Type, Job: "dlc1x9qk7e2w5mzt", JobName: e.Data.DisplayName, Severity: 3,
		}, 55*time.Second)
		require.NoError(t, err)
		size := m.item.size()
		claimed := m.taken()
		_, err = l.Settle(t.Context(), claim, ledger.Result{State: ledger.Sent, Outcome: outcome.Outcome{
			Status: outcome.Sent, Notification: hash(path), Event: e.ID, EventType: e.Type, Rule: "training-failed",
			Target: "dingtalk/dingtalk-DINGTALK_ONCALL", Attempts: 1, Milliseconds: 182,
		}})
		require.NoError(t, err)
		settled := m.taken()
		t.Logf("%s: %d bytes, then %d: %d units to claim, %d to settle", name, size, m.item.size(), claimed, settled)
		assert.LessOrEqual(t, claimed+settled+sender, 6, name)
		server.Close()
	}
}
