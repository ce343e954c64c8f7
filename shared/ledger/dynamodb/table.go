package dynamodb

import (
	"context"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// Table is the definition of a table, in the members that CloudFormation and the
// API name alike.
type Table struct {
	TableName              string
	BillingMode            string
	AttributeDefinitions   []Attribute
	KeySchema              []Key
	GlobalSecondaryIndexes []Index
}

// Attribute is an attribute that is part of a key; its type is S, a text.
type Attribute struct{ AttributeName, AttributeType string }

// Key is an attribute of a key: HASH, which spreads rows, or RANGE, which orders
// them.
type Key struct{ AttributeName, KeyType string }

// Index is an index of the table.
type Index struct {
	IndexName  string
	KeySchema  []Key
	Projection struct{ ProjectionType string }
}

// ExpiryAttribute is the attribute with the second that a row expires at, which the
// table's time to live has to name.
const ExpiryAttribute = "expires"

// Definition returns the definition of the ledger's table. The table costs by use.
// Its indexes hold keys alone, and each only the rows that somebody may look for
// there: rows are read from the table, where they are never out of date.
func Definition(name string) Table {
	t := Table{TableName: name, BillingMode: "PAY_PER_REQUEST", KeySchema: []Key{{"pk", "HASH"}}}
	for _, a := range []string{"pk", "at", "due", "job", "month", "open"} {
		t.AttributeDefinitions = append(t.AttributeDefinitions, Attribute{a, "S"})
	}
	for _, i := range [][3]string{{openIndex, "open", "due"}, {timeIndex, "month", "at"}, {jobIndex, "job", "at"}} {
		index := Index{IndexName: i[0], KeySchema: []Key{{i[1], "HASH"}, {i[2], "RANGE"}}}
		index.Projection.ProjectionType = "KEYS_ONLY"
		t.GlobalSecondaryIndexes = append(t.GlobalSecondaryIndexes, index)
	}
	return t
}

// Create makes the table, for who deploys no template, and waits until it can be
// used. A table that is there stays as it is.
func (s *Store) Create(ctx context.Context) error {
	err := s.call(ctx, "CreateTable", "", Definition(s.table), &struct{}{})
	if bus.KindOf(err) == bus.Exists {
		return nil
	}
	for err == nil {
		var out struct{ Table struct{ TableStatus string } }
		err = s.call(ctx, "DescribeTable", "", map[string]string{"TableName": s.table}, &out)
		if bus.KindOf(err) == bus.NotFound {
			err = nil // it is not known everywhere yet
		}
		if out.Table.TableStatus == "ACTIVE" {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	if err != nil {
		return err
	}
	return s.call(ctx, "UpdateTimeToLive", "", map[string]any{
		"TableName": s.table, "TimeToLiveSpecification": map[string]any{"AttributeName": ExpiryAttribute, "Enabled": true},
	}, &struct{}{})
}
