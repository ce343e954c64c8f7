package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/dynamodb"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
)

// carried has a service in this process answer what is sent to it: a connection would
// keep simulated time from passing.
type carried struct{ http.Handler }

// RoundTrip implements [http.RoundTripper].
func (c carried) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w.Result(), nil
}

// onTablestore is a ledger in the stand-in of Tablestore.
func onTablestore(t *testing.T) ledger.Store {
	r, err := tablestore.Parse("tablestore:https://pai-notify.cn-hangzhou.ots.aliyuncs.com/pai_notify")
	require.NoError(t, err)
	s := tablestore.New(tablestore.Config{
		Reference: r, Transport: carried{tablestoretest.New(tablestoretest.Config{})},
		Key: func(context.Context) (tablestore.Key, error) { return tablestore.Key{ID: "id", Secret: "secret"}, nil },
	})
	require.NoError(t, s.Create(t.Context()))
	return s
}

// onDynamoDB is a ledger in a table that compares as DynamoDB does.
func onDynamoDB(t *testing.T) ledger.Store {
	s, err := dynamodb.New(dynamodb.Config{
		Region: "ap-southeast-1", Table: "pai-notify", HTTP: &http.Client{Transport: carried{&dynamoTable{rows: map[string]attributes{}}}},
		Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""),
	})
	require.NoError(t, err)
	return s
}

// attributes is an item as it is sent.
type attributes map[string]struct {
	S, N string `json:",omitempty"`
	B    []byte `json:",omitempty"`
}

// dynamoTable is the service with one table: `make moto` runs the ledger's suite against
// a fuller stand-in, whose time is not simulated.
type dynamoTable struct {
	mu   sync.Mutex
	rows map[string]attributes
}

// ServeHTTP answers a request of the store.
func (d *dynamoTable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var in struct {
		Item, Key, ExclusiveStartKey, ExpressionAttributeValues attributes
		ExpressionAttributeNames                                map[string]string
		RequestItems                                            map[string]struct{ Keys []attributes }
		ScanIndexForward                                        bool
		Limit                                                   int
	}
	text, _ := io.ReadAll(r.Body)
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&in); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var answer any = struct{}{}
	switch _, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); action {
	case "PutItem":
		if d.rows[in.Item["pk"].S]["step"].N != in.ExpressionAttributeValues[":step"].N { // neither has one where the row is to be new
			w.WriteHeader(http.StatusBadRequest)
			answer = map[string]string{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}
			break
		}
		d.rows[in.Item["pk"].S] = in.Item
	case "GetItem":
		if row := d.rows[in.Key["pk"].S]; row != nil {
			answer = map[string]any{"Item": row}
		}
	case "BatchGetItem":
		found := map[string][]attributes{}
		for table, of := range in.RequestItems {
			for _, key := range of.Keys {
				if row := d.rows[key["pk"].S]; row != nil {
					found[table] = append(found[table], row)
				}
			}
		}
		answer = map[string]any{"Responses": found}
	case "Query":
		answer = d.query(in.ExpressionAttributeNames["#hash"], in.ExpressionAttributeNames["#order"], in.ExpressionAttributeValues, in.ExclusiveStartKey, in.ScanIndexForward, in.Limit)
	default:
		w.WriteHeader(http.StatusBadRequest)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// query answers about an index of keys.
func (d *dynamoTable) query(hash, order string, values, start attributes, forward bool, limit int) any {
	keys := []attributes{}
	for _, row := range d.rows {
		if at := row[order].S; row[hash].S == values[":hash"].S && at >= values[":from"].S && at <= values[":to"].S {
			keys = append(keys, attributes{"pk": row["pk"], hash: row[hash], order: row[order]})
		}
	}
	slices.SortFunc(keys, func(a, b attributes) int {
		c := cmp.Or(cmp.Compare(a[order].S, b[order].S), cmp.Compare(a["pk"].S, b["pk"].S))
		if !forward {
			c = -c
		}
		return c
	})
	if start != nil {
		keys = keys[slices.IndexFunc(keys, func(k attributes) bool { return k["pk"].S == start["pk"].S })+1:]
	}
	if len(keys) <= limit {
		return map[string]any{"Items": keys}
	}
	return map[string]any{"Items": keys[:limit], "LastEvaluatedKey": keys[limit-1]}
}
