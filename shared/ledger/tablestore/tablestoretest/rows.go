package tablestoretest

import (
	"slices"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore/otsprotocol"
	"github.com/golang/protobuf/proto" //nolint:staticcheck // the SDK's messages are of its form
)

// The limits of what is written and read.
const (
	maxValue   = 2 << 20
	maxPut     = 4 << 20
	maxData    = 1024
	maxBatch   = 100
	maxRange   = 5000
	rangeBytes = 4 << 20
)

func (p *Peer) consumed(read, write int) *otsprotocol.ConsumedCapacity {
	p.units.Read += read
	p.units.Write += write
	return &otsprotocol.ConsumedCapacity{CapacityUnit: &otsprotocol.CapacityUnit{Read: proto.Int32(int32(read)), Write: proto.Int32(int32(write))}} //nolint:gosec // they are small
}

func (p *Peer) putRow(m *otsprotocol.PutRowRequest) (proto.Message, *refusal) {
	t, refused := p.writable(m.GetTableName())
	if refused != nil {
		return nil, refused
	}
	plain, err := decode(m.GetRow())
	if err != nil {
		return nil, refuse(400, "OTSParameterInvalid", "%v", err)
	}
	now := p.config.Now()
	r := &row{key: plain.key, data: plain.data, written: now}
	if refused := t.checkPut(r); refused != nil {
		return nil, refused
	}
	key := order(r.key)
	before := t.live(key, now)
	if refused := check(m.GetCondition(), before); refused != nil {
		return nil, refused
	}
	t.rows.put(key, r)
	p.follow(t, before, r)
	read := 0
	if m.GetCondition().GetRowExistence() != otsprotocol.RowExistenceExpectation_IGNORE {
		read = 1
	}
	return &otsprotocol.PutRowResponse{Consumed: p.consumed(read, unitsOf(r.size()))}, nil
}

// writable returns a table that may be written: not an index.
func (p *Peer) writable(name string) (*table, *refusal) {
	t, refused := p.find(name)
	if refused == nil && t.of != nil {
		refused = refuse(400, "OTSParameterInvalid", "Index tables are read only.")
	}
	return t, refused
}

func (t *table) checkPut(r *row) *refusal {
	if refused := t.checkKey(r.key, false); refused != nil {
		return refused
	}
	switch {
	case len(r.data) > maxData:
		return refuse(400, "OTSParameterInvalid", "The number of attribute columns exceeds the limit, limit count: 1024, column count: %d.", len(r.data))
	case r.size() > maxPut:
		return refuse(400, "OTSParameterInvalid", "The total data size of PutRow request exceeds the limit, limit size: %d, data size: %d.", maxPut, r.size())
	}
	seen := map[string]bool{}
	for _, c := range r.data {
		if seen[c.name] {
			return refuse(400, "OTSParameterInvalid", "Duplicated attribute column name with primary key column or attribute column: '%s' while putting row.", c.name)
		}
		seen[c.name] = true
		if n := valueSize(c.value); n > maxValue {
			return refuse(400, "OTSParameterInvalid", "The length of attribute column: '%s' exceeds the MaxLength:2097152 with CurrentLength:%d.", c.name, n)
		}
		if want, ok := t.defined[c.name]; ok && want != definedType(c.value) {
			return refuse(400, "OTSParameterInvalid", "Predefined column %s is of type %s.", c.name, want)
		}
		if len(t.indexes) > 0 && t.defined[c.name] == otsprotocol.DefinedColumnType_DCT_STRING && valueSize(c.value) > 1024 {
			return refuse(400, "OTSParameterInvalid", "The length of primary key column: '%s' exceeds the MaxLength:1024 with CurrentLength:%d.", c.name, valueSize(c.value))
		}
	}
	return nil
}

func definedType(value any) otsprotocol.DefinedColumnType {
	switch value.(type) {
	case int64:
		return otsprotocol.DefinedColumnType_DCT_INTEGER
	case float64:
		return otsprotocol.DefinedColumnType_DCT_DOUBLE
	case bool:
		return otsprotocol.DefinedColumnType_DCT_BOOLEAN
	case string:
		return otsprotocol.DefinedColumnType_DCT_STRING
	}
	return otsprotocol.DefinedColumnType_DCT_BLOB
}

// follow lets the indexes follow a write, after the lag.
func (p *Peer) follow(t *table, before, after *row) {
	for _, index := range t.indexes {
		was, old := index.indexRow(before)
		key, is := index.indexRow(after)
		if old == nil && is == nil {
			continue
		}
		index.late = append(index.late, change{at: p.config.Now().Add(p.modes.Lag), key: key, is: is, before: was})
		switch {
		case is == nil:
		case old != nil && was == key:
			p.units.IndexRewrite += unitsOf(is.size())
		default:
			p.units.IndexWrite += unitsOf(is.size())
		}
	}
}

// updateRow and deleteRow exist to be refused: the ledger uses neither.
func (p *Peer) updateRow(m *otsprotocol.UpdateRowRequest) (proto.Message, *refusal) {
	return nil, p.prohibited(m.GetTableName(), "UpdateRow")
}

func (p *Peer) deleteRow(m *otsprotocol.DeleteRowRequest) (proto.Message, *refusal) {
	return nil, p.prohibited(m.GetTableName(), "DeleteRow")
}

func (p *Peer) prohibited(name, operation string) *refusal {
	t, refused := p.writable(name)
	switch {
	case refused != nil:
		return refused
	case !allowsUpdates(t.options):
		return refuse(400, "OTSParameterInvalid", "%s is not allowed on a table that prohibits updates.", operation)
	}
	return refuse(400, "OTSUnsupportOperation", "The stand-in does not know %s.", operation)
}

// read returns a row of a table by its key in a message; nil when there is none.
func (t *table) read(p *Peer, raw []byte) (*row, *refusal) {
	plain, err := decode(raw)
	if err != nil {
		return nil, refuse(400, "OTSParameterInvalid", "%v", err)
	}
	if refused := t.checkKey(plain.key, false); refused != nil {
		return nil, refused
	}
	return t.live(order(plain.key), p.config.Now()), nil
}

// message returns a row for a message, with the columns that were asked for.
func (r *row) message(columns []string) (b []byte, size int) {
	if r == nil {
		return []byte{}, 0
	}
	s := r.only(columns)
	return encode(plainRow{key: s.key, data: s.data}), s.size()
}

func (r *row) only(columns []string) *row {
	if len(columns) == 0 {
		return r
	}
	s := &row{key: r.key}
	for _, c := range r.data {
		if slices.Contains(columns, c.name) {
			s.data = append(s.data, c)
		}
	}
	return s
}

func (p *Peer) getRow(m *otsprotocol.GetRowRequest) (proto.Message, *refusal) {
	t, refused := p.find(m.GetTableName())
	if refused != nil {
		return nil, refused
	}
	r, refused := t.read(p, m.GetPrimaryKey())
	if refused != nil {
		return nil, refused
	}
	b, size := r.message(m.GetColumnsToGet())
	return &otsprotocol.GetRowResponse{Consumed: p.consumed(unitsOf(size), 0), Row: b}, nil
}

func (p *Peer) batchGetRow(m *otsprotocol.BatchGetRowRequest) (proto.Message, *refusal) {
	count := 0
	answer := &otsprotocol.BatchGetRowResponse{}
	for _, ask := range m.GetTables() {
		t, refused := p.find(ask.GetTableName())
		if refused != nil {
			return nil, refused
		}
		of := &otsprotocol.TableInBatchGetRowResponse{TableName: &t.name}
		for _, key := range ask.GetPrimaryKey() {
			if count++; count > maxBatch {
				return nil, refuse(400, "OTSParameterInvalid", "The total rows count of BatchGetRow request exceeds the limit, limit: 100.")
			}
			r, refused := t.read(p, key)
			if refused != nil {
				return nil, refused
			}
			if p.modes.RowFails > p.random.Float64() {
				of.Rows = append(of.Rows, &otsprotocol.RowInBatchGetRowResponse{IsOk: proto.Bool(false), Error: &otsprotocol.Error{Code: proto.String("OTSServerBusy"), Message: proto.String("Server is busy.")}})
				continue
			}
			b, size := r.message(ask.GetColumnsToGet())
			of.Rows = append(of.Rows, &otsprotocol.RowInBatchGetRowResponse{IsOk: proto.Bool(true), Consumed: p.consumed(unitsOf(size), 0), Row: b})
		}
		answer.Tables = append(answer.Tables, of)
	}
	return answer, nil
}

func (p *Peer) getRange(m *otsprotocol.GetRangeRequest) (proto.Message, *refusal) {
	t, refused := p.find(m.GetTableName())
	if refused != nil {
		return nil, refused
	}
	from, err := decode(m.GetInclusiveStartPrimaryKey())
	to, err2 := decode(m.GetExclusiveEndPrimaryKey())
	if err != nil || err2 != nil {
		return nil, refuse(400, "OTSParameterInvalid", "%v", errPlainBuffer)
	}
	for _, key := range [][]cell{from.key, to.key} {
		if refused := t.checkKey(key, true); refused != nil {
			return nil, refused
		}
	}
	first, end := order(from.key), order(to.key)
	backward := m.GetDirection() == otsprotocol.Direction_BACKWARD
	if first == end || first > end != backward {
		return nil, refuse(400, "OTSParameterInvalid", "Begin key must less than end key in FORWARD, and greater in BACKWARD.")
	}
	keys := between(t.rows.keys, first, end, backward)
	limit := maxRange
	if n := int(m.GetLimit()); n > 0 {
		limit = min(n, limit)
	}
	answer := &otsprotocol.GetRangeResponse{}
	var found []plainRow
	size, now := 0, p.config.Now()
	for _, key := range keys {
		r := t.live(key, now)
		if r == nil {
			continue
		}
		if len(found) == limit || size > rangeBytes {
			answer.NextStartPrimaryKey = encode(plainRow{key: r.key})
			break
		}
		r = r.only(m.GetColumnsToGet())
		size += r.size()
		found = append(found, plainRow{key: r.key, data: r.data})
	}
	answer.Rows = []byte{}
	if len(found) > 0 {
		answer.Rows = encode(found...)
	}
	answer.Consumed = p.consumed(unitsOf(size), 0)
	return answer, nil
}

// between returns the sorted keys from first, with it, to end, without it, in a
// direction.
func between(keys []string, first, end string, backward bool) []string {
	if !backward {
		i, _ := slices.BinarySearch(keys, first)
		j, _ := slices.BinarySearch(keys, end)
		return keys[i:j]
	}
	i, found := slices.BinarySearch(keys, end)
	if found {
		i++
	}
	j, found := slices.BinarySearch(keys, first)
	if found {
		j++
	}
	list := slices.Clone(keys[i:max(i, j)])
	slices.Reverse(list)
	return list
}
