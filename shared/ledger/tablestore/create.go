package tablestore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// forever is the lifetime of rows that do not expire.
const forever = -1

// wanted is a table as it has to be.
type wanted struct {
	name, key string
	// ttl is how long rows live after they were last written, in seconds.
	ttl     int
	defined []*tablestore.DefinedColumnSchema
	indexes []index
}

func (s *Store) wanted() []wanted {
	return []wanted{
		{
			name: s.config.Table, key: columnID, ttl: int(ledger.Lifetime / time.Second),
			defined: []*tablestore.DefinedColumnSchema{
				{Name: openIndex.common, ColumnType: tablestore.DefinedColumn_STRING}, {Name: openIndex.number, ColumnType: tablestore.DefinedColumn_INTEGER},
				{Name: timeIndex.common, ColumnType: tablestore.DefinedColumn_STRING}, {Name: timeIndex.number, ColumnType: tablestore.DefinedColumn_INTEGER},
				{Name: jobIndex.common, ColumnType: tablestore.DefinedColumn_STRING},
			},
			indexes: []index{openIndex, timeIndex, jobIndex},
		},
		{name: s.controls(), key: columnKey, ttl: forever},
	}
}

// Missing returns what [Store.Create] would make, in words such as "table
// pai_notify with 3 indexes"; nothing when all is there. It fails when a table of
// that name is not the ledger's.
func (s *Store) Missing(ctx context.Context) (list []string, err error) {
	err = s.each(ctx, func(w wanted, indexes []index, there bool) error {
		switch {
		case !there && len(indexes) > 0:
			list = append(list, fmt.Sprintf("table %s with %d indexes", w.name, len(indexes)))
		case !there:
			list = append(list, "table "+w.name)
		default:
			for _, i := range indexes {
				list = append(list, "index "+w.name+i.suffix)
			}
		}
		return nil
	})
	return list, err
}

// Create makes the tables and indexes that are not there, and waits until they can
// be used. The instance has to be there.
func (s *Store) Create(ctx context.Context) error {
	err := s.each(ctx, func(w wanted, indexes []index, there bool) error {
		if !there {
			return s.createTable(ctx, w)
		}
		for _, i := range indexes {
			if err := s.createIndex(ctx, w, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.usable(ctx)
}

// each calls do for each table that lacks something, with the indexes it lacks.
func (s *Store) each(ctx context.Context, do func(w wanted, indexes []index, there bool) error) error {
	for _, w := range s.wanted() {
		is, err := s.describe(ctx, w.name)
		switch {
		case bus.KindOf(err) == bus.NotFound && is == nil:
			err = do(w, w.indexes, false)
		case err == nil:
			var lacks []index
			if lacks, err = w.compare(s.config.Instance, is); err == nil && len(lacks) > 0 {
				err = do(w, lacks, true)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) describe(ctx context.Context, name string) (is *tablestore.DescribeTableResponse, err error) {
	err = s.call(ctx, "DescribeTable", name, func(c *tablestore.TableStoreClient) (err error) {
		is, err = c.DescribeTable(&tablestore.DescribeTableRequest{TableName: name})
		return err
	})
	if err != nil {
		return nil, err
	}
	return is, nil
}

// compare returns the indexes that a table lacks. It fails when the table is
// another's, or was altered so that rows could be lost.
func (w wanted) compare(instance string, is *tablestore.DescribeTableResponse) (lacks []index, err error) {
	differs := ""
	schema := is.TableMeta.SchemaEntry
	switch {
	case len(schema) != 1 || schema[0].Name == nil || *schema[0].Name != w.key || *schema[0].Type != tablestore.PrimaryKeyType_STRING:
		differs = "its primary key is not " + w.key
	case is.TableOption.TimeToAlive != w.ttl:
		differs = fmt.Sprintf("its rows live %d seconds, and not %d", is.TableOption.TimeToAlive, w.ttl)
	case is.TableOption.MaxVersion != 1:
		differs = "it keeps several versions of a column"
	}
	for _, i := range w.indexes {
		at := slices.IndexFunc(is.IndexMetas, func(m *tablestore.IndexMeta) bool { return m.IndexName == w.name+i.suffix })
		if at < 0 {
			lacks = append(lacks, i)
		} else if key := is.IndexMetas[at].Primarykey; !slices.Equal(key, []string{i.common, i.number, w.key}) && !slices.Equal(key, []string{i.common, i.number}) {
			differs = fmt.Sprintf("its index %s has the key %s", w.name+i.suffix, strings.Join(key, ", "))
		}
	}
	if differs != "" {
		return nil, &bus.Error{Kind: bus.Invalid, Action: "ots:DescribeTable", Resource: instance + "/" + w.name, Text: "the table is not one of a ledger: " + differs + "; name another table, or delete this one"}
	}
	return lacks, nil
}

func (s *Store) createTable(ctx context.Context, w wanted) error {
	text := tablestore.PrimaryKeyType_STRING
	request := &tablestore.CreateTableRequest{
		TableMeta: &tablestore.TableMeta{
			TableName: w.name, SchemaEntry: []*tablestore.PrimaryKeySchema{{Name: &w.key, Type: &text}}, DefinedColumns: w.defined,
		},
		TableOption: &tablestore.TableOption{TimeToAlive: w.ttl, MaxVersion: 1},
		// What is reserved is billed always.
		ReservedThroughput: &tablestore.ReservedThroughput{},
	}
	for _, i := range w.indexes {
		request.IndexMetas = append(request.IndexMetas, i.meta(w.name))
	}
	err := s.amended(ctx, "CreateTable", w.name, prohibitUpdates, func(c *tablestore.TableStoreClient) error {
		_, err := c.CreateTable(request)
		return err
	})
	return ifNew(err)
}

func (s *Store) createIndex(ctx context.Context, w wanted, i index) error {
	err := s.call(ctx, "CreateIndex", w.name+i.suffix, func(c *tablestore.TableStoreClient) error {
		_, err := c.CreateIndex(&tablestore.CreateIndexRequest{MainTableName: w.name, IndexMeta: i.meta(w.name), IncludeBaseData: true})
		return err
	})
	return ifNew(err)
}

// ifNew leaves out the error of making what somebody else has made meanwhile.
func ifNew(err error) error {
	if bus.KindOf(err) == bus.Exists {
		return nil
	}
	return err
}

func (i index) meta(table string) *tablestore.IndexMeta {
	return &tablestore.IndexMeta{IndexName: table + i.suffix, Primarykey: []string{i.common, i.number}, IndexType: tablestore.IT_GLOBAL_INDEX}
}

// usable waits until all tables and indexes answer: new ones take seconds to load.
func (s *Store) usable(ctx context.Context) error {
	looks := []func() error{func() error { _, err := s.Control(ctx, "none"); return err }, func() error { _, err := s.Get(ctx, "none"); return err }}
	for _, i := range []index{openIndex, timeIndex, jobIndex} {
		looks = append(looks, func() error {
			_, err := s.walk(i, []string{"none"}, nil, nil, false).next(ctx, 1)
			return err
		})
	}
	for _, look := range looks {
		for {
			err := look()
			kind := bus.KindOf(err)
			if err == nil || ctx.Err() != nil || kind != bus.Unavailable && kind != bus.NotFound {
				if err != nil {
					return err
				}
				break
			}
			select {
			case <-ctx.Done():
				return err
			case <-time.After(s.config.Pause):
			}
		}
	}
	return nil
}
