package tablestore_test

import (
	"context"
	"testing"
	"time"

	sdk "github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
)

var all = []string{"pai_notify", "pai_notify_control", "pai_notify_job", "pai_notify_open", "pai_notify_time"}

func TestTheTablesAreMadeOnce(t *testing.T) {
	p := tablestoretest.New(tablestoretest.Config{})
	s := open(t, serve(t, p), nil)
	missing, err := s.Missing(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"table pai_notify with 3 indexes", "table pai_notify_control"}, missing)
	require.NoError(t, s.Create(ctx))
	assert.Equal(t, all, p.Tables())
	missing, err = s.Missing(ctx)
	require.NoError(t, err)
	assert.Empty(t, missing)
	require.NoError(t, s.Put(ctx, claimed("a")))
	p.Reset()
	require.NoError(t, s.Create(ctx))
	assert.Zero(t, p.Calls()["CreateTable"]+p.Calls()["CreateIndex"])
	got, err := s.Get(ctx, "a")
	require.NoError(t, err)
	assert.EqualValues(t, 1, got.Step, "what is there stays")
}

// TestTheTablesTakeWholeRowsOnly shows that the option is set which Tablestore asks
// for, and which the SDK does not have.
func TestTheTablesTakeWholeRowsOnly(t *testing.T) {
	p := tablestoretest.New(tablestoretest.Config{})
	endpoint := serve(t, p)
	require.NoError(t, open(t, endpoint, nil).Create(ctx))
	for name, column := range map[string]string{"pai_notify": "id", "pai_notify_control": "key"} {
		key := &sdk.PrimaryKey{PrimaryKeys: []*sdk.PrimaryKeyColumn{{ColumnName: column, Value: "a"}}}
		_, err := client(endpoint).UpdateRow(&sdk.UpdateRowRequest{UpdateRowChange: &sdk.UpdateRowChange{
			TableName: name, PrimaryKey: key, Columns: []sdk.ColumnToUpdate{{ColumnName: "x", Value: "1"}}, Condition: &sdk.RowCondition{},
		}})
		assert.ErrorContains(t, err, "prohibits updates")
		_, err = client(endpoint).DeleteRow(&sdk.DeleteRowRequest{DeleteRowChange: &sdk.DeleteRowChange{TableName: name, PrimaryKey: key, Condition: &sdk.RowCondition{}}})
		assert.ErrorContains(t, err, "prohibits updates")
	}
}

func TestWhatIsMissingIsMade(t *testing.T) {
	p := tablestoretest.New(tablestoretest.Config{})
	s := made(t, p)
	require.NoError(t, s.Put(ctx, claimed("a")))
	p.Drop("pai_notify_control")
	p.DropIndex("pai_notify_job")
	missing, err := s.Missing(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"index pai_notify_job", "table pai_notify_control"}, missing)
	require.NoError(t, s.Create(ctx))
	assert.Equal(t, all, p.Tables())
}

func TestNewTablesAreWaitedFor(t *testing.T) {
	c := &clock{noon}
	p := tablestoretest.New(tablestoretest.Config{Loading: time.Minute, Now: func() time.Time {
		c.now = c.now.Add(3 * time.Second)
		return c.now
	}})
	s := open(t, serve(t, p), nil)
	require.NoError(t, s.Create(ctx))
	assert.NoError(t, s.Put(ctx, claimed("a")), "it can be used at once")
	assert.Greater(t, p.Calls()["GetRow"], 1)

	never := open(t, serve(t, tablestoretest.New(tablestoretest.Config{Loading: time.Hour})), nil)
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	assert.Equal(t, bus.Unavailable, bus.KindOf(never.Create(short)))
}

func TestATableOfSomebodyElseIsLeftAlone(t *testing.T) {
	for name, c := range map[string]struct {
		key     string
		ttl     int
		indexes []*sdk.IndexMeta
		wrong   string
	}{
		"another key":      {"user", -1, nil, "its primary key is not id"},
		"another lifetime": {"id", 86400, nil, "its rows live 86400 seconds, and not 2592000"},
		"another index": {"id", -1, []*sdk.IndexMeta{{IndexName: "pai_notify_time", Primarykey: []string{"created"}, IndexType: sdk.IT_GLOBAL_INDEX}},
			"its index pai_notify_time has the key created, id"},
	} {
		t.Run(name, func(t *testing.T) {
			p := tablestoretest.New(tablestoretest.Config{})
			endpoint := serve(t, p)
			text := sdk.PrimaryKeyType_STRING
			_, err := client(endpoint).CreateTable(&sdk.CreateTableRequest{
				TableMeta: &sdk.TableMeta{
					TableName: "pai_notify", SchemaEntry: []*sdk.PrimaryKeySchema{{Name: &c.key, Type: &text}},
					DefinedColumns: []*sdk.DefinedColumnSchema{{Name: "created", ColumnType: sdk.DefinedColumn_INTEGER}},
				},
				TableOption: sdk.NewTableOption(c.ttl, 1), ReservedThroughput: &sdk.ReservedThroughput{}, IndexMetas: c.indexes,
			})
			require.NoError(t, err)
			s := open(t, endpoint, nil)
			before := p.Tables()
			_, missing := s.Missing(ctx)
			for _, err := range []error{missing, s.Create(ctx)} {
				assert.Equal(t, bus.Invalid, bus.KindOf(err))
				assert.ErrorContains(t, err, c.wrong)
			}
			assert.Equal(t, before, p.Tables())
		})
	}
}

func TestWhoMayNotMakeTablesIsTold(t *testing.T) {
	s := open(t, serve(t, tablestoretest.New(tablestoretest.Config{Denied: []string{"CreateTable"}})), nil)
	err := s.Create(ctx)
	assert.Equal(t, bus.Denied, bus.KindOf(err))
	assert.ErrorContains(t, err, "ots:CreateTable pai-notify/pai_notify")
}

// client is the SDK as it is.
func client(endpoint string) *sdk.TableStoreClient {
	return sdk.NewClientWithConfig(endpoint, "pai-notify", "id", "secret", "", &sdk.TableStoreConfig{})
}
