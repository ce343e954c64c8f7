package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"hash/fnv"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/pai-notify/pai-notify/shared/ledger/dynamodb"
)

// Limits of DynamoDB, by its developer guide. A partition gives 1,000 write and
// 3,000 read units each second (Best practices for designing and using partition
// keys effectively). A new table on demand takes 4,000 writes and 12,000 reads a
// second at once, which are four such partitions (Initial throughput and scaling
// properties). An index has partitions of its own, and when one of them takes no
// more, the write to the table is refused.
const (
	partitions    = 4
	writesPerPart = 1000
	readsPerPart  = 3000
)

// attributes is an item as it is sent.
type attributes map[string]struct {
	S, N string `json:",omitempty"`
	B    []byte `json:",omitempty"`
}

// size is that of an item (DynamoDB item sizes and formats).
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

func blocks(bytes, of int) float64 { return float64(max(1, (bytes+of-1)/of)) }

// index is an index of keys, with where its rows are.
type index struct {
	name, hash, order string
	rows              map[string]map[string]string // by hash key: the order of each row
}

// table is the service of one table: it keeps what it is sent, compares as it is
// asked to, counts units, and refuses what a partition does not take any more.
type table struct {
	mu      sync.Mutex // the store asks for the parts of an index at once
	rows    map[string]attributes
	indexes []*index

	second  map[string]float64 // units of this second, by what is limited
	hottest map[string]float64 // most units of a second, by what is limited
	keys    map[string]float64 // units of this second, by key
	hotKey  map[string]float64 // most units of a second of one key, by table or index

	writes, reads      float64
	calls, throttled   int
	throttledBy        map[string]int
	tablestoreW        float64
	tablestoreR        float64
	tablestorePerTable map[string]float64 // row operations of this second
	tablestoreHottest  map[string]float64
}

func newTable() *table {
	t := &table{
		rows: map[string]attributes{}, hottest: map[string]float64{}, hotKey: map[string]float64{}, throttledBy: map[string]int{},
		tablestoreHottest: map[string]float64{},
	}
	for _, i := range dynamodb.Definition("ledger").GlobalSecondaryIndexes {
		t.indexes = append(t.indexes, &index{i.IndexName, i.KeySchema[0].AttributeName, i.KeySchema[1].AttributeName, map[string]map[string]string{}})
	}
	t.tick()
	return t
}

// tick begins another second.
func (t *table) tick() {
	t.second, t.keys, t.tablestorePerTable = map[string]float64{}, map[string]float64{}, map[string]float64{}
}

// charge is what one call takes of one partition.
type charge struct {
	of, key       string
	writes, reads float64
}

func (c charge) partition() string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(c.key))
	kind := " writes"
	if c.reads > 0 {
		kind = " reads"
	}
	return c.of + kind + " of partition " + string(rune('1'+h.Sum32()%partitions))
}

// take counts charges, or reports that a partition has no room for one.
func (t *table) take(charges []charge) bool {
	for _, c := range charges {
		if t.second[c.partition()]+c.writes > writesPerPart || t.second[c.partition()]+c.reads > readsPerPart {
			t.throttled++
			t.throttledBy[c.of]++
			return false
		}
	}
	for _, c := range charges {
		units := c.writes + c.reads
		p := c.partition()
		t.second[p] += units
		t.hottest[p] = max(t.hottest[p], t.second[p])
		t.keys[c.of+c.key] += units
		t.hotKey[c.of] = max(t.hotKey[c.of], t.keys[c.of+c.key])
		t.writes += c.writes
		t.reads += c.reads
		t.tablestorePerTable[c.of]++
		t.tablestoreHottest[c.of] = max(t.tablestoreHottest[c.of], t.tablestorePerTable[c.of])
	}
	return true
}

// RoundTrip answers a request of the store.
func (t *table) RoundTrip(r *http.Request) (*http.Response, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls++
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	status, answer := map[string]func([]byte) (int, any){"PutItem": t.put, "GetItem": t.get, "Query": t.query, "BatchGetItem": t.batch}[action](body)
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(bytes.NewReader(text)), Request: r,
	}, nil
}

func refused(code string) (int, any) {
	return http.StatusBadRequest, map[string]string{"__type": "com.amazonaws.dynamodb.v20120810#" + code, "message": code}
}

const tooMany = "ThrottlingException"

func (t *table) put(body []byte) (int, any) {
	var in struct {
		Item                      attributes
		ConditionExpression       string
		ExpressionAttributeValues attributes
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return refused("SerializationException")
	}
	pk := in.Item["pk"].S
	was := t.rows[pk]
	// A refused condition takes the units of the row all the same.
	units := blocks(max(was.size(), in.Item.size()), 1024)
	charges := []charge{{of: "table", key: pk, writes: units}}
	same := was == nil
	for _, v := range in.ExpressionAttributeValues {
		if was != nil && v.N != "" && was["step"].N == v.N {
			same = true
		}
	}
	if !same {
		if !t.take(charges) {
			return refused(tooMany)
		}
		t.tablestoreW += blocks(in.Item.size(), 4096)
		t.tablestoreR++
		return refused("ConditionalCheckFailedException")
	}
	for _, i := range t.indexes {
		before, now := was[i.hash].S+"\x00"+was[i.order].S, in.Item[i.hash].S+"\x00"+in.Item[i.order].S
		if before == now {
			continue
		}
		if was[i.hash].S != "" {
			charges = append(charges, charge{of: "index " + i.name, key: was[i.hash].S, writes: 1})
		}
		if in.Item[i.hash].S != "" {
			charges = append(charges, charge{of: "index " + i.name, key: in.Item[i.hash].S, writes: 1})
		}
	}
	if !t.take(charges) {
		return refused(tooMany)
	}
	// Tablestore: units of 4 KB, and one of reading for a condition.
	t.tablestoreW += blocks(in.Item.size(), 4096) + float64(len(charges)-1)
	t.tablestoreR++
	for _, i := range t.indexes {
		delete(i.rows[was[i.hash].S], pk)
		if key := in.Item[i.hash].S; key != "" && i.name == "open" {
			if i.rows[key] == nil {
				i.rows[key] = map[string]string{}
			}
			i.rows[key][pk] = in.Item[i.order].S
		}
	}
	t.rows[pk] = in.Item
	return http.StatusOK, struct{}{}
}

func (t *table) get(body []byte) (int, any) {
	var in struct{ Key attributes }
	if err := json.Unmarshal(body, &in); err != nil {
		return refused("SerializationException")
	}
	row := t.rows[in.Key["pk"].S]
	if !t.take([]charge{{of: "table", key: in.Key["pk"].S, reads: blocks(row.size(), 4096)}}) {
		return refused(tooMany)
	}
	t.tablestoreR += blocks(row.size(), 4096)
	if row == nil {
		return http.StatusOK, struct{}{}
	}
	return http.StatusOK, map[string]any{"Item": row}
}

// query answers about the index of what is due, which is the only one that sending
// reads.
func (t *table) query(body []byte) (int, any) {
	var in struct {
		IndexName                 string
		ExpressionAttributeValues attributes
		ScanIndexForward          bool
		Limit                     int
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return refused("SerializationException")
	}
	at := slices.IndexFunc(t.indexes, func(i *index) bool { return i.name == in.IndexName })
	i, key := t.indexes[at], in.ExpressionAttributeValues[":hash"].S
	found := []attributes{}
	bytes := 0
	for pk, order := range i.rows[key] {
		if order >= in.ExpressionAttributeValues[":from"].S && order <= in.ExpressionAttributeValues[":to"].S {
			row := t.rows[pk]
			item := attributes{"pk": row["pk"], i.hash: row[i.hash], i.order: row[i.order]}
			bytes += item.size()
			found = append(found, item)
		}
	}
	slices.SortFunc(found, func(a, b attributes) int { return cmp.Compare(a[i.order].S, b[i.order].S) })
	found = found[:min(len(found), in.Limit)]
	if !t.take([]charge{{of: "index " + i.name, key: key, reads: blocks(bytes, 4096) / 2}}) {
		return refused(tooMany)
	}
	t.tablestoreR += blocks(bytes, 4096)
	return http.StatusOK, map[string]any{"Items": found}
}

func (t *table) batch(body []byte) (int, any) {
	var in struct {
		RequestItems map[string]struct{ Keys []attributes }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return refused("SerializationException")
	}
	answer := map[string][]attributes{}
	for name, of := range in.RequestItems {
		for _, key := range of.Keys {
			row := t.rows[key["pk"].S]
			if !t.take([]charge{{of: "table", key: key["pk"].S, reads: blocks(row.size(), 4096)}}) {
				return refused(tooMany)
			}
			t.tablestoreR += blocks(row.size(), 4096)
			if row != nil {
				answer[name] = append(answer[name], row)
			}
		}
	}
	return http.StatusOK, map[string]any{"Responses": answer}
}
