package tablestore

import (
	"context"
	"errors"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// columnKey is the key of a control row, and columnValue its value.
const (
	columnKey   = "key"
	columnValue = "value"
)

// controls is the table of control rows, which do not expire.
func (s *Store) controls() string { return s.config.Table + "_control" }

// Get implements [ledger.Store].
func (s *Store) Get(ctx context.Context, id string) (ledger.Entry, error) {
	list, err := s.get(ctx, s.config.Table, columnID, id)
	if err != nil {
		return ledger.Entry{}, err
	}
	return entry(id, list)
}

// Put implements [ledger.Store].
func (s *Store) Put(ctx context.Context, e ledger.Entry) error {
	list, err := columns(e)
	if err != nil {
		return &bus.Error{Kind: bus.Invalid, Action: "ots:PutRow", Resource: e.ID, Text: err.Error()}
	}
	return s.put(ctx, s.config.Table, columnID, e.ID, e.Step, list)
}

// Control implements [ledger.Store].
func (s *Store) Control(ctx context.Context, key string) (ledger.Control, error) {
	list, err := s.get(ctx, s.controls(), columnKey, key)
	if err != nil {
		return ledger.Control{}, err
	}
	values := valuesOf(list)
	c := ledger.Control{Key: key}
	if c.Step, _ = values[columnStep].(int64); c.Step == 0 {
		return ledger.Control{}, nil
	}
	c.Token, _ = values[columnToken].(string)
	c.Value, _ = values[columnValue].([]byte)
	return c, checkVersion(key, values)
}

// PutControl implements [ledger.Store].
func (s *Store) PutControl(ctx context.Context, c ledger.Control) error {
	list := []tablestore.AttributeColumn{column(columnStep, c.Step), column(columnToken, c.Token), column(columnVersion, version)}
	if len(c.Value) > 0 {
		list = append(list, column(columnValue, c.Value))
	}
	return s.put(ctx, s.controls(), columnKey, c.Key, c.Step, list)
}

func keyOf(name, value string) *tablestore.PrimaryKey {
	return &tablestore.PrimaryKey{PrimaryKeys: []*tablestore.PrimaryKeyColumn{{ColumnName: name, Value: value}}}
}

// get returns the columns of a row; none when there is no row.
func (s *Store) get(ctx context.Context, table, name, value string) (list []*tablestore.AttributeColumn, err error) {
	err = s.call(ctx, "GetRow", table, func(c *tablestore.TableStoreClient) error {
		answer, err := c.GetRow(&tablestore.GetRowRequest{SingleRowQueryCriteria: &tablestore.SingleRowQueryCriteria{
			TableName: table, PrimaryKey: keyOf(name, value), MaxVersion: 1,
		}})
		if err == nil {
			list = answer.Columns
		}
		return err
	})
	return list, err
}

// put puts a whole row: as the first one of its key, or in place of the one of the
// step before.
func (s *Store) put(ctx context.Context, table, name, value string, step int64, list []tablestore.AttributeColumn) error {
	condition := &tablestore.RowCondition{RowExistenceExpectation: tablestore.RowExistenceExpectation_EXPECT_NOT_EXIST}
	if step > 1 {
		before := tablestore.NewSingleColumnCondition(columnStep, tablestore.CT_EQUAL, step-1)
		before.FilterIfMissing, before.LatestVersionOnly = true, true
		condition = &tablestore.RowCondition{RowExistenceExpectation: tablestore.RowExistenceExpectation_EXPECT_EXIST, ColumnCondition: before}
	}
	err := s.call(ctx, "PutRow", table, func(c *tablestore.TableStoreClient) error {
		_, err := c.PutRow(&tablestore.PutRowRequest{PutRowChange: &tablestore.PutRowChange{
			TableName: table, PrimaryKey: keyOf(name, value), Columns: list, Condition: condition,
		}})
		return err
	})
	if e, ok := errors.AsType[*bus.Error](err); ok && e.Code == conflict {
		return ledger.ErrConflict
	}
	return err
}
