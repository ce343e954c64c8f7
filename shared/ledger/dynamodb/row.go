package dynamodb

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

const (
	// mostBytes is less than an item may have by as much as its keys can take
	// (DynamoDB constraints: 400 KB).
	mostBytes = 400_000 - 10_000
	// mostKey is the most bytes of a job's id that are part of a key. The service
	// takes 2,048 with the name of the bus.
	mostKey = 1_000
	// shards is how many partitions share a busy key of an index: each takes 1,000
	// writes a second.
	shards = 4
)

// stampLayout orders texts as times are ordered.
const stampLayout = "2006-01-02T15:04:05.000000000Z"

func stamp(t time.Time) string { return t.UTC().Format(stampLayout) }

// orderKey is the place of a notification in history: that of [ledger.Newer].
func orderKey(created time.Time, id string) string { return stamp(created) + "#" + id }

func shardOf(id string) int {
	sum := 0
	for _, b := range []byte(id) {
		sum = sum*31 + int(b)
	}
	return (sum%shards + shards) % shards
}

// The keys of the indexes. Each begins with the bus, so that many share a table.
func monthKey(busName, month string, shard int) string {
	return fmt.Sprintf("%s#%s#%d", busName, month, shard)
}

func monthOf(t time.Time) string { return t.UTC().Format("2006-01") }

func openKey(busName string, i ledger.Index, shard int) string {
	return fmt.Sprintf("%s#%s#%d", busName, i, shard)
}

func jobKey(busName, job string) string {
	if len(job) > mostKey {
		sum := sha256.Sum256([]byte(job))
		job = hex.EncodeToString(sum[:])
	}
	return busName + "#" + job
}

// encode makes a row. What no index needs is compressed together: a write unit is
// a kilobyte, and an event alone would fill it.
func (s *Store) encode(e ledger.Entry) (item, error) {
	packed, err := pack(e)
	if err != nil {
		return nil, err
	}
	if len(packed) > mostBytes {
		return nil, &bus.Error{Kind: bus.Invalid, Action: "dynamodb:PutItem", Resource: s.table,
			Text: fmt.Sprintf("the event takes %d bytes even compressed, and a row has %d at most", len(packed), mostBytes)}
	}
	shard, created := shardOf(e.ID), orderKey(e.Created, e.ID)
	i := keyOf(entryKey(e.ID))
	i["state"] = text(string(e.State)) // for people who look into the table
	i["expires"] = number(s.now().Add(ledger.Lifetime).Unix())
	i["at"] = text(created)
	i["month"] = text(monthKey(e.Bus, monthOf(e.Created), shard))
	if e.Job != "" {
		i["job"] = text(jobKey(e.Bus, e.Job))
	}
	switch index := e.Index(); index {
	case ledger.DueIndex:
		i["open"], i["due"] = text(openKey(e.Bus, index, shard)), text(stamp(e.Due)+"#"+created)
	case ledger.DeadIndex:
		i["open"], i["due"] = text(openKey(e.Bus, index, shard)), text(created)
	case ledger.NoIndex:
	}
	i["row"] = value{B: packed}
	return i, nil
}

// spare is a compressor that nobody uses. One takes a megabyte, and most of a
// millisecond to make.
var spare = make(chan *zlib.Writer, 1)

func newCompressor() *zlib.Writer {
	w, _ := zlib.NewWriterLevelDict(nil, zlib.DefaultCompression, []byte(dictionary)) // its one error is a wrong level
	return w
}

// Prepare makes what the first row would take longer for. It calls nobody.
func Prepare() { keepCompressor(newCompressor()) }

func takeCompressor() *zlib.Writer {
	select {
	case w := <-spare:
		return w
	default:
		return newCompressor()
	}
}

func keepCompressor(w *zlib.Writer) {
	select {
	case spare <- w:
	default: // there is one
	}
}

// pack compresses a row: its members as a line of JSON, and the event after it.
func pack(e ledger.Entry) ([]byte, error) {
	event := e.Event
	e.ID, e.Event, e.Step = "", nil, 0 // they stand elsewhere
	e.Due, e.Created, e.Changed, e.Redriven = e.Due.UTC(), e.Created.UTC(), e.Changed.UTC(), e.Redriven.UTC()
	e.Held = e.Held.UTC()
	line, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := takeCompressor()
	defer keepCompressor(w)
	w.Reset(&out)
	for _, part := range [][]byte{line, {'\n'}, event} {
		if _, err := w.Write(part); err != nil {
			return nil, err
		}
	}
	err = w.Close()
	return out.Bytes(), err
}

// decode reads a row.
func (s *Store) decode(i item) (e ledger.Entry, err error) {
	if err := s.readable(i); err != nil {
		return e, err
	}
	unreadable := func(cause error) error {
		return &bus.Error{Kind: bus.Invalid, Action: "dynamodb:GetItem", Resource: s.table, Text: "the row " + i["pk"].S + " is damaged", Cause: cause}
	}
	r, err := zlib.NewReaderDict(bytes.NewReader(i["row"].B), []byte(dictionary))
	if err != nil {
		return e, unreadable(err)
	}
	all, err := io.ReadAll(io.LimitReader(r, 4*ledger.MaxEvent))
	if err != nil {
		return e, unreadable(err)
	}
	line, event, _ := bytes.Cut(all, []byte{'\n'})
	if err := json.Unmarshal(line, &e); err != nil {
		return ledger.Entry{}, unreadable(err)
	}
	e.ID, e.Step = strings.TrimPrefix(i["pk"].S, entryKey("")), i["step"].int()
	if len(event) > 0 {
		e.Event = event
	}
	return e, nil
}
