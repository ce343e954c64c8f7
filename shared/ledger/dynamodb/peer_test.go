package dynamodb_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/dynamodb"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// request has the members of the calls that a peer looks at.
type request struct {
	TableName, IndexName string
	Item                 json.RawMessage
	RequestItems         map[string]struct {
		Keys []map[string]map[string]string
	}
}

// peer answers each action as a test says; what it has no answer for succeeds with
// nothing in it.
func peer(t *testing.T, answers map[string]func(request) (int, string)) *dynamodb.Store {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in request
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&in))
		assert.Equal(t, "application/x-amz-json-1.0", r.Header.Get("Content-Type"))
		assert.Contains(t, r.Header.Get("Authorization"), "/"+region+"/dynamodb/aws4_request")
		status, body := http.StatusOK, "{}"
		if answer := answers[strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810.")]; answer != nil {
			status, body = answer(in)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	c := config(server.URL)
	c.Now = func() time.Time { return version1().Changed }
	return opened(t, c)
}

func always(status int, body string) func(request) (int, string) {
	return func(request) (int, string) { return status, body }
}

func TestAFailureSaysWhatFailedWhereAndWhatToDo(t *testing.T) {
	const at = "com.amazonaws.dynamodb.v20120810#"
	for body, c := range map[string]struct {
		status int
		kind   bus.Kind
		says   string
	}{
		`{"__type":"` + at + `ResourceNotFoundException","message":"Requested resource not found"}`: {400, bus.NotFound,
			"there is no such table in ap-southeast-1: deploy template.yaml, or correct PAI_NOTIFY_LEDGER"},
		`{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: x is not authorized to perform: dynamodb:PutItem on resource: y"}`: {400, bus.Denied,
			"is not authorized to perform: dynamodb:PutItem on resource: y"},
		`{"__type":"com.amazon.coral.validate#ValidationException","message":"The provided key element does not match the schema"}`: {400, bus.Invalid,
			"does not have the keys and indexes of a ledger"},
		`{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"The security token included in the request is invalid."}`: {400, bus.NoCredentials, "security token"},
		`{"__type":"` + at + `ProvisionedThroughputExceededException","message":"m"}`:                                                          {400, bus.Throttled, "ProvisionedThroughput"},
		`{"__type":"com.amazon.coral.availability#ThrottlingException","message":"m"}`:                                                         {400, bus.Throttled, "Throttling"},
		`{"__type":"` + at + `RequestLimitExceeded","message":"m"}`:                                                                            {400, bus.Throttled, "RequestLimitExceeded"},
		`{"__type":"` + at + `InternalServerError","message":"m"}`:                                                                             {500, bus.Unavailable, "InternalServerError"},
		`<html>busy</html>`:   {503, bus.Unavailable, "HTTP 503"},
		`<html>log in</html>`: {200, bus.Unavailable, "not one of the service"},
	} {
		answer := always(c.status, body)
		s := peer(t, map[string]func(request) (int, string){"PutItem": answer, "GetItem": answer, "Query": answer})
		_, getting := s.Get(t.Context(), "n1")
		_, listing := s.List(t.Context(), ledger.Query{Bus: "b"})
		for action, err := range map[string]error{
			"dynamodb:PutItem " + table:               s.Put(t.Context(), ledger.Entry{ID: "n1", Step: 1}),
			"dynamodb:GetItem " + table:               getting,
			"dynamodb:Query " + table + "/index/time": listing,
		} {
			require.Error(t, err, body)
			assert.Equal(t, c.kind, bus.KindOf(err), "%v", err)
			assert.ErrorContains(t, err, action)
			assert.ErrorContains(t, err, c.says)
			assert.NotErrorIs(t, err, ledger.ErrConflict)
		}
	}
}

func TestWhatCannotBeATableIsRefusedBeforeACall(t *testing.T) {
	for name, c := range map[string]dynamodb.Config{
		"no region":      {Table: table},
		"no table":       {Region: region},
		"a short name":   {Region: region, Table: "ab"},
		"a long name":    {Region: region, Table: strings.Repeat("a", 256)},
		"another letter": {Region: region, Table: "表表表"},
		"an ARN":         {Region: region, Table: "arn:aws:dynamodb:ap-southeast-1:1:table/a"},
	} {
		_, err := dynamodb.New(c)
		assert.ErrorContains(t, err, "dynamodb: ", name)
	}
}

// version1 is a row as the first release wrote it: a deployment has such rows for
// thirty days, whatever is deployed meanwhile.
func version1() ledger.Entry {
	at := time.Date(2026, 11, 28, 3, 0, 0, 123456789, time.UTC)
	return ledger.Entry{
		ID: "0123456789abcdef0123456789abcdef", Bus: "pai-system-llm_lab", Owner: "llm_lab", Rule: "training-failed", RuleName: "训练失败", Type: "sms", Receiver: "sms-alice",
		Event: []byte(`{"specversion":"1.0","id":"1c51c984","data":{"JobId":"dlc1x9qk7e2w5mzt"}}` + "\n"), EventID: "1c51c984", EventType: "paidlc:JobStateChange:JobFailed",
		Job: "dlc1x9qk7e2w5mzt", JobName: "qwen3", Severity: 3, AtMostOnce: true, State: ledger.Waiting, Due: at.Add(time.Minute), Because: "rate limit",
		Outcome: outcome.Outcome{Status: outcome.Failed, Class: outcome.RateLimited, Code: "isv.BUSINESS_LIMIT_CONTROL", RetryAfter: 60, Attempts: 1},
		Claims:  2, Redrives: 1, Created: at, Changed: at.Add(time.Second), Token: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Step: 4,
	}
}

func TestARowOfTheFirstReleaseIsRead(t *testing.T) {
	row, err := os.ReadFile("testdata/row-1.json")
	require.NoError(t, err)
	got, err := peer(t, map[string]func(request) (int, string){"GetItem": always(200, `{"Item":`+string(row)+`}`)}).Get(t.Context(), version1().ID)
	require.NoError(t, err)
	assert.Equal(t, version1(), got)
}

func TestADamagedRowIsNamed(t *testing.T) {
	for name, row := range map[string]string{"no row": ``, "no zlib": `AAAA`, "cut": `eLvGK0vHwpNc`} {
		s := peer(t, map[string]func(request) (int, string){"GetItem": always(200, `{"Item":{"pk":{"S":"n#n1"},"v":{"N":"1"},"step":{"N":"1"},"row":{"B":"`+row+`"}}}`)})
		_, err := s.Get(t.Context(), "n1")
		assert.Equal(t, bus.Invalid, bus.KindOf(err), name)
		assert.ErrorContains(t, err, "the row n#n1 is damaged", name)
	}
}

// indexed answers queries with keys of ids in the first partition, and batches from
// rows.
func indexed(rows map[string]json.RawMessage, ids ...string) map[string]func(request) (int, string) {
	asked := false
	return map[string]func(request) (int, string){
		"Query": func(request) (int, string) {
			if asked {
				return 200, `{"Items":[]}`
			}
			asked = true
			var items []string
			for _, id := range ids {
				items = append(items, `{"pk":{"S":"n#`+id+`"},"due":{"S":"2026-11-01"}}`)
			}
			return 200, `{"Items":[` + strings.Join(items, ",") + `]}`
		},
		"BatchGetItem": func(r request) (int, string) {
			var found []string
			for _, key := range r.RequestItems[table].Keys {
				if row := rows[key["pk"]["S"]]; row != nil {
					found = append(found, string(row))
				}
			}
			return 200, `{"Responses":{"` + table + `":[` + strings.Join(found, ",") + `]}}`
		},
	}
}

// stored returns rows as they are stored.
func stored(t *testing.T, entries ...ledger.Entry) map[string]json.RawMessage {
	rows := map[string]json.RawMessage{}
	for _, e := range entries {
		s := peer(t, map[string]func(request) (int, string){"PutItem": func(r request) (int, string) {
			rows["n#"+e.ID] = r.Item
			return 200, "{}"
		}})
		require.NoError(t, s.Put(t.Context(), e))
	}
	return rows
}

func waiting(id string) ledger.Entry {
	e := version1()
	e.ID = id
	return e
}

func TestAnIndexThatIsBehindTheRowsMisleadsNobody(t *testing.T) {
	sent, later := waiting("sent"), waiting("later")
	sent.State = ledger.Sent
	later.Due = later.Due.Add(time.Hour)
	rows := stored(t, waiting("due"), sent, later)
	answers := indexed(rows, "due", "sent", "later", "gone", "due")
	list, err := peer(t, answers).Due(t.Context(), waiting("").Bus, waiting("").Due.Add(time.Minute), 10)
	require.NoError(t, err)
	require.Len(t, list, 1, "not what was sent, what is due later or gone, and each once")
	assert.Equal(t, "due", list[0].ID)
}

func TestRowsThatWereNotReadAtOnceAreAskedForAgain(t *testing.T) {
	rows := stored(t, waiting("a"), waiting("b"), waiting("c"))
	answers := indexed(rows, "a", "b", "c")
	asked := 0
	// One row an answer, as the service does when rows are large.
	answers["BatchGetItem"] = func(r request) (int, string) {
		asked++
		keys := r.RequestItems[table].Keys
		left, err := json.Marshal(keys[1:])
		assert.NoError(t, err)
		unprocessed := `{}`
		if len(keys) > 1 {
			unprocessed = `{"` + table + `":{"ConsistentRead":true,"Keys":` + string(left) + `}}`
		}
		return 200, `{"Responses":{"` + table + `":[` + string(rows[keys[0]["pk"]["S"]]) + `]},"UnprocessedKeys":` + unprocessed + `}`
	}
	list, err := peer(t, answers).Due(t.Context(), waiting("").Bus, time.Now().Add(24*time.Hour), 10)
	require.NoError(t, err)
	assert.Len(t, list, 3)
	assert.Equal(t, 3, asked)

	answers = indexed(rows, "a", "b", "c")
	answers["BatchGetItem"] = func(r request) (int, string) {
		left, err := json.Marshal(r.RequestItems[table].Keys)
		assert.NoError(t, err)
		return 200, `{"Responses":{},"UnprocessedKeys":{"` + table + `":{"Keys":` + string(left) + `}}}`
	}
	_, err = peer(t, answers).Due(t.Context(), waiting("").Bus, time.Now().Add(24*time.Hour), 10)
	assert.Equal(t, bus.Throttled, bus.KindOf(err), "none is read: %v", err)
}

func TestAnEventThatNoRowHoldsIsRefusedBeforeACall(t *testing.T) {
	s := peer(t, map[string]func(request) (int, string){"PutItem": func(request) (int, string) {
		assert.Fail(t, "it was sent")
		return 200, "{}"
	}})
	e := waiting("large")
	e.Event = make([]byte, 2*ledger.MaxEvent)
	state := uint32(1)
	for i := range e.Event { // what does not compress
		state = state*1664525 + 1013904223
		e.Event[i] = byte(state >> 24)
	}
	err := s.Put(t.Context(), e)
	assert.Equal(t, bus.Invalid, bus.KindOf(err))
	assert.ErrorContains(t, err, "even compressed")
}

func TestAPageThatIsNotOfThisLedgerIsRefused(t *testing.T) {
	for _, after := range []string{"x", "2026", "0123456789abcdef0123456789abcdef", "2026-11-28 03:00:00"} {
		_, err := peer(t, nil).List(t.Context(), ledger.Query{Bus: "b", After: after})
		assert.Equal(t, bus.Invalid, bus.KindOf(err), after)
	}
}

// TestALongJobFitsIntoTheKeyOfItsIndex: a key has 2,048 bytes, and who publishes an
// event says how its job is called.
func TestALongJobFitsIntoTheKeyOfItsIndex(t *testing.T) {
	e, other := waiting("n1"), waiting("n2")
	e.Job, e.Bus = strings.Repeat("作", 1000), strings.Repeat("b", 256)
	other.Job, other.Bus = e.Job+"x", e.Bus
	keys := map[string]bool{}
	for _, row := range stored(t, e, other) {
		var item attributes
		require.NoError(t, json.Unmarshal(row, &item))
		assert.Less(t, len(item["job"].S), 2048)
		keys[item["job"].S] = true
	}
	assert.Len(t, slices.Collect(maps.Keys(keys)), 2, "each job has its own")
}

func TestATableThatIsThereStaysAsItIs(t *testing.T) {
	var calls []string
	note := func(action, body string, status int) func(request) (int, string) {
		return func(request) (int, string) { calls = append(calls, action); return status, body }
	}
	s := peer(t, map[string]func(request) (int, string){
		"CreateTable":      note("CreateTable", `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceInUseException","message":"Table already exists"}`, 400),
		"UpdateTimeToLive": note("UpdateTimeToLive", "{}", 200),
	})
	require.NoError(t, s.Create(t.Context()))
	assert.Equal(t, []string{"CreateTable"}, calls)
	denied := always(400, `{"__type":"x#AccessDeniedException","Message":"no"}`)
	err := peer(t, map[string]func(request) (int, string){"CreateTable": denied}).Create(t.Context())
	assert.Equal(t, bus.Denied, bus.KindOf(err))
	of, _ := errors.AsType[*bus.Error](err)
	assert.Equal(t, "dynamodb:CreateTable", of.Action)
}
