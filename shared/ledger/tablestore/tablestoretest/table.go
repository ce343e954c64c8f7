package tablestoretest

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore/otsprotocol"
)

// row is a row of a table or of an index.
type row struct {
	key  []cell
	data []cell
	// written is when it was last put: from then its lifetime counts.
	written time.Time
}

func (r *row) column(name string) any {
	for _, c := range r.key {
		if c.name == name {
			return c.value
		}
	}
	for _, c := range r.data {
		if c.name == name {
			return c.value
		}
	}
	return nil
}

// size is what is measured for capacity units: names and values.
func (r *row) size() (n int) {
	for _, c := range slices.Concat(r.key, r.data) {
		n += len(c.name) + valueSize(c.value)
	}
	return n
}

func valueSize(value any) int {
	switch v := value.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v)
	case bool:
		return 1
	}
	return 8
}

// rows are rows sorted by key.
type rows struct {
	keys []string
	of   map[string]*row
}

func (r *rows) get(key string) *row { return r.of[key] }

func (r *rows) put(key string, is *row) {
	if r.of == nil {
		r.of = map[string]*row{}
	}
	if _, ok := r.of[key]; !ok {
		i, _ := slices.BinarySearch(r.keys, key)
		r.keys = slices.Insert(r.keys, i, key)
	}
	r.of[key] = is
}

func (r *rows) delete(key string) {
	if _, ok := r.of[key]; ok {
		i, _ := slices.BinarySearch(r.keys, key)
		r.keys = slices.Delete(r.keys, i, i+1)
		delete(r.of, key)
	}
}

// order returns a text that sorts as a key does: column by column, integers by
// their value, texts by their bytes, and the ends of ranges before and behind all.
func order(key []cell) string {
	var b []byte
	for _, c := range key {
		switch v := c.value.(type) {
		case lowest:
			b = append(b, 0)
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, 1), uint64(v)^1<<63) //nolint:gosec // the same bits but for the sign
		case string:
			b = appendOrdered(append(b, 2), []byte(v))
		case []byte:
			b = appendOrdered(append(b, 3), v)
		default:
			b = append(b, 0xff)
		}
	}
	return string(b)
}

func appendOrdered(b, text []byte) []byte {
	return append(append(b, bytes.ReplaceAll(text, []byte{0}, []byte{0, 0xff})...), 0, 1)
}

// table is a table or an index.
type table struct {
	name    string
	schema  []*otsprotocol.PrimaryKeySchema
	defined map[string]otsprotocol.DefinedColumnType
	options *otsprotocol.TableOptions
	// usable is when its partitions are loaded.
	usable time.Time
	rows   rows

	// of is the table that an index follows; nil for a table. meta is what was asked
	// for, and late has the changes that have not reached it.
	of   *table
	meta *otsprotocol.IndexMeta
	late []change

	indexes []*table
}

// change is one that reaches an index at a time.
type change struct {
	at     time.Time
	key    string
	is     *row // nil for a deletion
	before string
}

// catchUp lets the changes of the past reach an index.
func (t *table) catchUp(now time.Time) {
	n := 0
	for _, c := range t.late {
		if c.at.After(now) {
			break
		}
		if c.before != "" && c.before != c.key {
			t.rows.delete(c.before)
		}
		if c.is != nil {
			t.rows.put(c.key, c.is)
		}
		n++
	}
	t.late = slices.Delete(t.late, 0, n)
}

// alive reports whether a row has not expired. Expired rows cannot be read.
func (t *table) alive(r *row, now time.Time) bool {
	ttl := t.options.GetTimeToLive()
	return ttl < 0 || r.written.Add(time.Duration(ttl)*time.Second).After(now)
}

// live returns a row that can be read; nil when there is none.
func (t *table) live(key string, now time.Time) *row {
	if r := t.rows.get(key); r != nil && t.alive(r, now) {
		return r
	}
	return nil
}

// indexRow returns the row of an index that follows a row, with its key in order;
// nil when the row lacks a column of the index's key.
func (t *table) indexRow(r *row) (string, *row) {
	if r == nil {
		return "", nil
	}
	is := &row{written: r.written}
	for _, column := range t.schema {
		v := r.column(column.GetName())
		if v == nil {
			return "", nil
		}
		is.key = append(is.key, cell{name: column.GetName(), value: v})
	}
	for _, name := range t.meta.GetDefinedColumn() {
		if v := r.column(name); v != nil {
			is.data = append(is.data, cell{name: name, value: v})
		}
	}
	return order(is.key), is
}

// checkKey checks a key against the schema. Of a range, its ends may be open.
func (t *table) checkKey(key []cell, open bool) *refusal {
	if len(key) != len(t.schema) {
		return refuse(400, "OTSInvalidPK", "Validate PK size fail. Input: %d, Meta: %d.", len(key), len(t.schema))
	}
	for i, want := range t.schema {
		c := key[i]
		if c.name != want.GetName() {
			return refuse(400, "OTSInvalidPK", "Validate PK name fail. Input: %s, Meta: %s.", c.name, want.GetName())
		}
		is := otsprotocol.PrimaryKeyType(0)
		switch v := c.value.(type) {
		case int64:
			is = otsprotocol.PrimaryKeyType_INTEGER
		case string:
			is = otsprotocol.PrimaryKeyType_STRING
		case []byte:
			is = otsprotocol.PrimaryKeyType_BINARY
		case lowest, highest:
			if open {
				is = want.GetType()
			}
			_ = v
		}
		if is != want.GetType() {
			return refuse(400, "OTSInvalidPK", "Validate PK type fail. Input: %s, Meta: %s.", is, want.GetType())
		}
		if valueSize(c.value) > 1024 {
			return refuse(400, "OTSParameterInvalid", "The length of primary key column: '%s' exceeds the MaxLength:1024 with CurrentLength:%d.", c.name, valueSize(c.value))
		}
	}
	return nil
}

// unitsOf is how many capacity units so many bytes take: one for each 4 KB.
func unitsOf(size int) int { return max(1, (size+4095)/4096) }
