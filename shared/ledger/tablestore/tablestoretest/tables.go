package tablestoretest

import (
	"slices"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore/otsprotocol"
	"github.com/golang/protobuf/proto" //nolint:staticcheck // the SDK's messages are of its form
	"google.golang.org/protobuf/encoding/protowire"
)

// operations are those that the stand-in knows, by name.
var operations = map[string]func(*Peer, []byte) (proto.Message, *refusal){
	"CreateTable":   on((*Peer).createTable),
	"DescribeTable": on((*Peer).describeTable),
	"ListTable":     on((*Peer).listTable),
	"CreateIndex":   on((*Peer).createIndex),
	"PutRow":        on((*Peer).putRow),
	"UpdateRow":     on((*Peer).updateRow),
	"DeleteRow":     on((*Peer).deleteRow),
	"GetRow":        on((*Peer).getRow),
	"BatchGetRow":   on((*Peer).batchGetRow),
	"GetRange":      on((*Peer).getRange),
}

// on reads the message of an operation.
func on[M any, Q interface {
	*M
	proto.Message
}](do func(*Peer, Q) (proto.Message, *refusal)) func(*Peer, []byte) (proto.Message, *refusal) {
	return func(p *Peer, body []byte) (proto.Message, *refusal) {
		var m M
		if err := proto.Unmarshal(body, Q(&m)); err != nil {
			return nil, refuse(400, "OTSParameterInvalid", "Parse request failed.")
		}
		return do(p, &m)
	}
}

// find returns a table or an index that can be used.
func (p *Peer) find(name string) (*table, *refusal) {
	t := p.tables[name]
	switch {
	case t == nil:
		return nil, refuse(404, "OTSObjectNotExist", "Requested table does not exist.")
	case p.config.Now().Before(t.usable):
		return nil, refuse(404, "OTSTableNotReady", "The table is not ready.")
	}
	if t.of != nil {
		t.catchUp(p.config.Now())
	}
	return t, nil
}

const (
	maxTables  = 64
	maxIndexes = 5
	maxColumns = 4 // of a table's key, and of those that an index adds
	day24      = 24 * 60 * 60
)

func (p *Peer) createTable(m *otsprotocol.CreateTableRequest) (proto.Message, *refusal) {
	meta, options := m.GetTableMeta(), m.GetTableOptions()
	name := meta.GetTableName()
	ttl := options.GetTimeToLive()
	switch {
	case p.tables[name] != nil:
		return nil, refuse(409, "OTSObjectAlreadyExist", "Requested table already exists.")
	case len(p.tables)+1+len(m.GetIndexMetas()) > maxTables:
		return nil, refuse(403, "OTSQuotaExhausted", "Number of tables exceeds the quota.")
	case len(meta.GetPrimaryKey()) < 1 || len(meta.GetPrimaryKey()) > maxColumns:
		return nil, refuse(400, "OTSParameterInvalid", "The number of primary key columns must be in range: [1, 4].")
	case ttl != -1 && ttl < day24:
		return nil, refuse(400, "OTSParameterInvalid", "Invalid time to live: %d.", ttl)
	case options.GetMaxVersions() < 1:
		return nil, refuse(400, "OTSParameterInvalid", "Invalid max versions: %d.", options.GetMaxVersions())
	case m.GetReservedThroughput().GetCapacityUnit().GetRead() != 0 || m.GetReservedThroughput().GetCapacityUnit().GetWrite() != 0:
		return nil, refuse(400, "OTSParameterInvalid", "Reserved throughput is billed always: the ledger must not ask for it.")
	}
	t := &table{name: name, schema: meta.GetPrimaryKey(), options: options, defined: map[string]otsprotocol.DefinedColumnType{}, usable: p.config.Now().Add(p.config.Loading)}
	for _, c := range meta.GetDefinedColumn() {
		t.defined[c.GetName()] = c.GetType()
	}
	for _, i := range m.GetIndexMetas() {
		if refused := p.addIndex(t, i); refused != nil {
			return nil, refused
		}
	}
	p.tables[name] = t
	for _, i := range t.indexes {
		p.tables[i.name] = i
	}
	return &otsprotocol.CreateTableResponse{}, nil
}

// allowsUpdates reads the member allow_update of the options, number 6, which the
// documentation has and the SDK does not. Without it updates are allowed.
func allowsUpdates(o *otsprotocol.TableOptions) bool {
	for b := o.XXX_unrecognized; len(b) > 0; {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			break
		}
		b = b[n:]
		if v, n := protowire.ConsumeVarint(b); number == 6 && kind == protowire.VarintType && n > 0 {
			return v != 0
		}
		if n = protowire.ConsumeFieldValue(number, kind, b); n < 0 {
			break
		}
		b = b[n:]
	}
	return true
}

// addIndex adds an index to a table, and fills it with the table's rows.
func (p *Peer) addIndex(t *table, m *otsprotocol.IndexMeta) *refusal {
	switch {
	case t.options.GetTimeToLive() != -1 && allowsUpdates(t.options):
		return refuse(400, "OTSParameterInvalid", "Don't support allow update operation on table with index and ttl")
	case t.options.GetMaxVersions() != 1:
		return refuse(400, "OTSParameterInvalid", "Index is only supported on a table whose max versions is 1.")
	case p.tables[m.GetName()] != nil || slices.ContainsFunc(t.indexes, func(i *table) bool { return i.name == m.GetName() }):
		return refuse(409, "OTSObjectAlreadyExist", "Requested table already exists.")
	case len(t.indexes) == maxIndexes || len(m.GetPrimaryKey()) > maxColumns:
		return refuse(400, "OTSParameterInvalid", "Too many indexes, or columns of an index.")
	case m.GetIndexType() != otsprotocol.IndexType_IT_GLOBAL_INDEX:
		return refuse(400, "OTSParameterInvalid", "The stand-in knows global indexes only.")
	}
	index := &table{name: m.GetName(), of: t, meta: m, options: t.options, usable: p.config.Now().Add(p.config.Loading)}
	types := map[otsprotocol.DefinedColumnType]otsprotocol.PrimaryKeyType{
		otsprotocol.DefinedColumnType_DCT_INTEGER: otsprotocol.PrimaryKeyType_INTEGER,
		otsprotocol.DefinedColumnType_DCT_STRING:  otsprotocol.PrimaryKeyType_STRING,
		otsprotocol.DefinedColumnType_DCT_BLOB:    otsprotocol.PrimaryKeyType_BINARY,
	}
	for _, name := range m.GetPrimaryKey() {
		if i := slices.IndexFunc(t.schema, func(s *otsprotocol.PrimaryKeySchema) bool { return s.GetName() == name }); i >= 0 {
			index.schema = append(index.schema, t.schema[i])
			continue
		}
		is, ok := types[t.defined[name]]
		if !ok {
			return refuse(400, "OTSParameterInvalid", "Column %s is neither a primary key column nor a predefined column of a type that keys may have.", name)
		}
		index.schema = append(index.schema, &otsprotocol.PrimaryKeySchema{Name: &name, Type: &is})
	}
	for _, s := range t.schema {
		if !slices.Contains(m.GetPrimaryKey(), s.GetName()) {
			index.schema = append(index.schema, s)
		}
	}
	t.indexes = append(t.indexes, index)
	for _, r := range t.rows.of {
		if key, is := index.indexRow(r); is != nil {
			index.rows.put(key, is)
		}
	}
	return nil
}

func (p *Peer) createIndex(m *otsprotocol.CreateIndexRequest) (proto.Message, *refusal) {
	t, refused := p.find(m.GetMainTableName())
	if refused != nil {
		return nil, refused
	}
	if refused := p.addIndex(t, m.GetIndexMeta()); refused != nil {
		return nil, refused
	}
	p.tables[m.GetIndexMeta().GetName()] = t.indexes[len(t.indexes)-1]
	return &otsprotocol.CreateIndexResponse{}, nil
}

func (p *Peer) listTable(*otsprotocol.ListTableRequest) (proto.Message, *refusal) {
	m := &otsprotocol.ListTableResponse{}
	for name, t := range p.tables {
		if t.of == nil {
			m.TableNames = append(m.TableNames, name)
		}
	}
	slices.Sort(m.TableNames)
	return m, nil
}

func (p *Peer) describeTable(m *otsprotocol.DescribeTableRequest) (proto.Message, *refusal) {
	t := p.tables[m.GetTableName()]
	if t == nil {
		return nil, refuse(404, "OTSObjectNotExist", "Requested table does not exist.")
	}
	options := proto.Clone(t.options).(*otsprotocol.TableOptions)
	if options.DeviationCellVersionInSec == nil {
		options.DeviationCellVersionInSec = proto.Int64(day24)
	}
	answer := &otsprotocol.DescribeTableResponse{
		TableMeta:    &otsprotocol.TableMeta{TableName: &t.name, PrimaryKey: t.schema},
		TableOptions: options,
		ReservedThroughputDetails: &otsprotocol.ReservedThroughputDetails{
			CapacityUnit: &otsprotocol.CapacityUnit{Read: proto.Int32(0), Write: proto.Int32(0)}, LastIncreaseTime: proto.Int64(0),
		},
		TableStatus: otsprotocol.TableStatus_ACTIVE.Enum(),
	}
	for name, is := range t.defined {
		answer.TableMeta.DefinedColumn = append(answer.TableMeta.DefinedColumn, &otsprotocol.DefinedColumnSchema{Name: &name, Type: is.Enum()})
	}
	for _, i := range t.indexes {
		meta := proto.Clone(i.meta).(*otsprotocol.IndexMeta)
		meta.PrimaryKey = nil
		for _, s := range i.schema {
			meta.PrimaryKey = append(meta.PrimaryKey, s.GetName())
		}
		answer.IndexMetas = append(answer.IndexMetas, meta)
	}
	return answer, nil
}

// Tables returns the names of all tables and indexes.
func (p *Peer) Tables() (list []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name := range p.tables {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// Drop drops a table, and its indexes with it.
func (p *Peer) Drop(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for index, t := range p.tables {
		if index == name || t.of != nil && t.of.name == name {
			delete(p.tables, index)
		}
	}
}

// DropIndex drops one index of a table.
func (p *Peer) DropIndex(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.tables[name]; t != nil && t.of != nil {
		t.of.indexes = slices.DeleteFunc(t.of.indexes, func(i *table) bool { return i == t })
		delete(p.tables, name)
	}
}
