package tablestoretest_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	sdk "github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
)

// start serves a stand-in with a table t, whose key is id, and which has an index i
// by n where it may have one.
func start(t *testing.T, c tablestoretest.Config) (*tablestoretest.Peer, string, *sdk.TableStoreClient) {
	t.Helper()
	p := tablestoretest.New(c)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	s := sdk.NewClientWithConfig(server.URL, "pai-notify", "id", "secret", "", &sdk.TableStoreConfig{})
	_, err := s.CreateTable(table("t", -1, 1, &sdk.IndexMeta{IndexName: "i", Primarykey: []string{"n"}, IndexType: sdk.IT_GLOBAL_INDEX}))
	require.NoError(t, err)
	return p, server.URL, s
}

func table(name string, ttl, versions int, indexes ...*sdk.IndexMeta) *sdk.CreateTableRequest {
	id, text := "id", sdk.PrimaryKeyType_STRING
	return &sdk.CreateTableRequest{
		TableMeta: &sdk.TableMeta{
			TableName: name, SchemaEntry: []*sdk.PrimaryKeySchema{{Name: &id, Type: &text}},
			DefinedColumns: []*sdk.DefinedColumnSchema{{Name: "n", ColumnType: sdk.DefinedColumn_INTEGER}, {Name: "b", ColumnType: sdk.DefinedColumn_BOOLEAN}},
		},
		TableOption: sdk.NewTableOption(ttl, versions), ReservedThroughput: &sdk.ReservedThroughput{}, IndexMetas: indexes,
	}
}

func key(name string, value any) *sdk.PrimaryKey {
	return &sdk.PrimaryKey{PrimaryKeys: []*sdk.PrimaryKeyColumn{{ColumnName: name, Value: value}}}
}

func put(s *sdk.TableStoreClient, table string, k *sdk.PrimaryKey, expect sdk.RowExistenceExpectation, condition sdk.ColumnFilter, columns ...sdk.AttributeColumn) error {
	_, err := s.PutRow(&sdk.PutRowRequest{PutRowChange: &sdk.PutRowChange{
		TableName: table, PrimaryKey: k, Columns: columns, Condition: &sdk.RowCondition{RowExistenceExpectation: expect, ColumnCondition: condition},
	}})
	return err
}

func TestTheStandInRefusesWhatTheServiceRefuses(t *testing.T) {
	const ignore = sdk.RowExistenceExpectation_IGNORE
	_, endpoint, s := start(t, tablestoretest.Config{})
	require.NoError(t, put(s, "t", key("id", "there"), ignore, nil, sdk.AttributeColumn{ColumnName: "n", Value: int64(1)}))
	equal := func(column string, v any, ifMissing bool) *sdk.SingleColumnCondition {
		c := sdk.NewSingleColumnCondition(column, sdk.CT_EQUAL, v)
		c.FilterIfMissing = ifMissing
		return c
	}
	index := func(name string, columns ...string) *sdk.IndexMeta {
		return &sdk.IndexMeta{IndexName: name, Primarykey: columns, IndexType: sdk.IT_GLOBAL_INDEX}
	}
	as := func(instance, id, secret, token string) *sdk.TableStoreClient {
		return sdk.NewClientWithConfig(endpoint, instance, id, secret, token, &sdk.TableStoreConfig{})
	}
	large := make([]byte, 2<<20)
	for name, c := range map[string]struct {
		do   func() error
		code string
	}{
		"another key":             {func() error { _, err := as("pai-notify", "other", "secret", "").ListTable(); return err }, "OTSAuthFailed The AccessKeyID"},
		"another secret":          {func() error { _, err := as("pai-notify", "id", "other", "").ListTable(); return err }, "OTSAuthFailed Signature mismatch."},
		"a token it did not give": {func() error { _, err := as("pai-notify", "id", "secret", "t").ListTable(); return err }, "OTSAuthFailed The AccessKeyID"},
		"another instance":        {func() error { _, err := as("other", "id", "secret", "").ListTable(); return err }, "OTSAuthFailed The instance"},
		"an index with a lifetime and updates": {func() error { _, err := s.CreateTable(table("u", 86400, 1, index("j", "n"))); return err },
			"OTSParameterInvalid Don't support allow update operation on table with index and ttl"},
		"an index over versions":                   {func() error { _, err := s.CreateTable(table("u", -1, 2, index("j", "n"))); return err }, "OTSParameterInvalid"},
		"an index of a column that is not defined": {func() error { _, err := s.CreateTable(table("u", -1, 1, index("j", "x"))); return err }, "OTSParameterInvalid"},
		"an index of a truth":                      {func() error { _, err := s.CreateTable(table("u", -1, 1, index("j", "b"))); return err }, "OTSParameterInvalid"},
		"an index of another table's name":         {func() error { _, err := s.CreateTable(table("u", -1, 1, index("t", "n"))); return err }, "OTSObjectAlreadyExist"},
		"a lifetime below a day":                   {func() error { _, err := s.CreateTable(table("u", 86399, 1)); return err }, "OTSParameterInvalid"},
		"a table that is there":                    {func() error { _, err := s.CreateTable(table("t", -1, 1)); return err }, "OTSObjectAlreadyExist"},
		"a table that is not there":                {func() error { return put(s, "none", key("id", "a"), ignore, nil) }, "OTSObjectNotExist"},
		"a write to an index":                      {func() error { return put(s, "i", key("id", "a"), ignore, nil) }, "OTSParameterInvalid"},
		"a key of another name":                    {func() error { return put(s, "t", key("key", "a"), ignore, nil) }, "OTSInvalidPK"},
		"a key of another type":                    {func() error { return put(s, "t", key("id", int64(1)), ignore, nil) }, "OTSInvalidPK"},
		"a key that is too long":                   {func() error { return put(s, "t", key("id", string(make([]byte, 1025))), ignore, nil) }, "OTSParameterInvalid"},
		"a value that is too long": {func() error {
			return put(s, "t", key("id", "a"), ignore, nil, sdk.AttributeColumn{ColumnName: "x", Value: append(large, 0)})
		}, "OTSParameterInvalid"},
		"a row that is too large": {func() error {
			return put(s, "t", key("id", "a"), ignore, nil, sdk.AttributeColumn{ColumnName: "x", Value: large}, sdk.AttributeColumn{ColumnName: "y", Value: large})
		}, "OTSParameterInvalid"},
		"a request that is too large": {func() error {
			return put(s, "t", key("id", "a"), ignore, nil, sdk.AttributeColumn{ColumnName: "x", Value: large}, sdk.AttributeColumn{ColumnName: "y", Value: large}, sdk.AttributeColumn{ColumnName: "z", Value: large})
		}, "OTSRequestBodyTooLarge"},
		"a defined column of another type": {func() error {
			return put(s, "t", key("id", "a"), ignore, nil, sdk.AttributeColumn{ColumnName: "n", Value: "1"})
		}, "OTSParameterInvalid"},
		"a first row where there is one": {func() error {
			return put(s, "t", key("id", "there"), sdk.RowExistenceExpectation_EXPECT_NOT_EXIST, nil)
		}, "OTSConditionCheckFail"},
		"a next row where there is none": {func() error { return put(s, "t", key("id", "a"), sdk.RowExistenceExpectation_EXPECT_EXIST, nil) }, "OTSConditionCheckFail"},
		"another value in a column":      {func() error { return put(s, "t", key("id", "there"), ignore, equal("n", int64(2), true)) }, "OTSConditionCheckFail"},
		"another type in a column":       {func() error { return put(s, "t", key("id", "there"), ignore, equal("n", "1", true)) }, "OTSConditionCheckFail"},
		"a column that must be there":    {func() error { return put(s, "t", key("id", "there"), ignore, equal("x", "1", true)) }, "OTSConditionCheckFail"},
		"a range whose end is before its start": {func() error {
			_, err := s.GetRange(&sdk.GetRangeRequest{RangeRowQueryCriteria: &sdk.RangeRowQueryCriteria{TableName: "t", MaxVersion: 1, StartPrimaryKey: key("id", "b"), EndPrimaryKey: key("id", "a")}})
			return err
		}, "OTSParameterInvalid"},
		"more rows at once than a hundred": {func() error {
			rows := &sdk.MultiRowQueryCriteria{TableName: "t", MaxVersion: 1}
			for range 101 {
				rows.AddRow(key("id", "a"))
			}
			_, err := s.BatchGetRow(&sdk.BatchGetRowRequest{MultiRowQueryCriteria: []*sdk.MultiRowQueryCriteria{rows}})
			return err
		}, "OTSParameterInvalid"},
		"an operation it does not know": {func() error {
			_, err := s.BatchWriteRow(&sdk.BatchWriteRowRequest{RowChangesGroupByTable: map[string][]sdk.RowChange{}})
			return err
		}, "OTSParameterInvalid Unsupported operation"},
	} {
		t.Run(name, func(t *testing.T) { assert.ErrorContains(t, c.do(), c.code) })
	}
	assert.NoError(t, put(s, "t", key("id", "there"), ignore, equal("n", int64(1), true), sdk.AttributeColumn{ColumnName: "n", Value: int64(1)}))
	assert.NoError(t, put(s, "t", key("id", "there"), ignore, equal("x", "1", false)))
}

func TestARangeGoesBothWaysInPages(t *testing.T) {
	_, _, s := start(t, tablestoretest.Config{})
	for _, id := range []string{"a", "a\x00", "b", "工", "c"} {
		require.NoError(t, put(s, "t", key("id", id), sdk.RowExistenceExpectation_IGNORE, nil))
	}
	read := func(direction sdk.Direction, from, to *sdk.PrimaryKey) (ids []string) {
		for from != nil {
			answer, err := s.GetRange(&sdk.GetRangeRequest{RangeRowQueryCriteria: &sdk.RangeRowQueryCriteria{
				TableName: "t", MaxVersion: 1, Direction: direction, StartPrimaryKey: from, EndPrimaryKey: to, Limit: 2,
			}})
			require.NoError(t, err)
			for _, r := range answer.Rows {
				ids = append(ids, r.PrimaryKey.PrimaryKeys[0].Value.(string))
			}
			from = answer.NextStartPrimaryKey
		}
		return ids
	}
	end := func(o sdk.PrimaryKeyOption) *sdk.PrimaryKey {
		return &sdk.PrimaryKey{PrimaryKeys: []*sdk.PrimaryKeyColumn{{ColumnName: "id", PrimaryKeyOption: o}}}
	}
	assert.Equal(t, []string{"a", "a\x00", "b", "c", "工"}, read(sdk.FORWARD, end(sdk.MIN), end(sdk.MAX)))
	assert.Equal(t, []string{"工", "c", "b", "a\x00", "a"}, read(sdk.BACKWARD, end(sdk.MAX), end(sdk.MIN)))
	assert.Equal(t, []string{"a\x00", "b"}, read(sdk.FORWARD, key("id", "a\x00"), key("id", "c")), "with its start, without its end")
	assert.Equal(t, []string{"c", "b"}, read(sdk.BACKWARD, key("id", "c"), key("id", "a\x00")))
}

func TestAnIndexFollowsItsTableLater(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	p, _, s := start(t, tablestoretest.Config{Now: func() time.Time { return now }})
	in := func() (numbers []int64) {
		open := func(o sdk.PrimaryKeyOption) *sdk.PrimaryKey {
			return &sdk.PrimaryKey{PrimaryKeys: []*sdk.PrimaryKeyColumn{{ColumnName: "n", PrimaryKeyOption: o}, {ColumnName: "id", PrimaryKeyOption: o}}}
		}
		answer, err := s.GetRange(&sdk.GetRangeRequest{RangeRowQueryCriteria: &sdk.RangeRowQueryCriteria{TableName: "i", MaxVersion: 1, StartPrimaryKey: open(sdk.MIN), EndPrimaryKey: open(sdk.MAX)}})
		require.NoError(t, err)
		for _, r := range answer.Rows {
			numbers = append(numbers, r.PrimaryKey.PrimaryKeys[0].Value.(int64))
		}
		return numbers
	}
	with := func(n int64) error {
		return put(s, "t", key("id", "a"), sdk.RowExistenceExpectation_IGNORE, nil, sdk.AttributeColumn{ColumnName: "n", Value: n})
	}
	require.NoError(t, with(-1))
	assert.Equal(t, []int64{-1}, in())
	p.Set(tablestoretest.Modes{Lag: time.Second})
	require.NoError(t, with(2))
	assert.Equal(t, []int64{-1}, in())
	now = now.Add(time.Second)
	assert.Equal(t, []int64{2}, in())
	require.NoError(t, put(s, "t", key("id", "a"), sdk.RowExistenceExpectation_IGNORE, nil))
	now = now.Add(time.Second)
	assert.Empty(t, in(), "a row without the column is not in the index")
}

func TestTheModesAreSetFromAnotherProcess(t *testing.T) {
	_, endpoint, s := start(t, tablestoretest.Config{})
	set := func(modes string) int {
		res, err := http.Post(endpoint+tablestoretest.ModesPath, "application/json", bytes.NewBufferString(modes))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	assert.Equal(t, 200, set(`{"Down":true}`))
	_, err := s.ListTable()
	assert.ErrorContains(t, err, "OTSServerUnavailable")
	assert.Equal(t, 400, set(`{`))
	assert.Equal(t, 200, set(`{"Slow":1000000}`))
	_, err = s.ListTable()
	assert.NoError(t, err)
}
