package tablestoretest

import (
	"bytes"
	"cmp"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore/otsprotocol"
	"github.com/golang/protobuf/proto" //nolint:staticcheck // the SDK's messages are of its form
)

// check checks the condition of a write against the row as it stands.
func check(c *otsprotocol.Condition, stands *row) *refusal {
	failed := refuse(403, "OTSConditionCheckFail", "Condition check failed.")
	switch c.GetRowExistence() {
	case otsprotocol.RowExistenceExpectation_EXPECT_EXIST:
		if stands == nil {
			return failed
		}
	case otsprotocol.RowExistenceExpectation_EXPECT_NOT_EXIST:
		if stands != nil {
			return failed
		}
	case otsprotocol.RowExistenceExpectation_IGNORE:
	}
	if len(c.GetColumnCondition()) == 0 {
		return nil
	}
	var f otsprotocol.Filter
	var column otsprotocol.SingleColumnValueFilter
	if proto.Unmarshal(c.GetColumnCondition(), &f) != nil || f.GetType() != otsprotocol.FilterType_FT_SINGLE_COLUMN_VALUE || proto.Unmarshal(f.GetFilter(), &column) != nil {
		return refuse(400, "OTSParameterInvalid", "The stand-in knows conditions on one column.")
	}
	r := reader{left: column.GetColumnValue()}
	want := r.value()
	if r.bad || len(r.left) > 0 {
		return refuse(400, "OTSParameterInvalid", "Invalid column value in the condition.")
	}
	var is any
	if stands != nil {
		is = stands.column(column.GetColumnName())
	}
	holds := false
	switch {
	case is == nil:
		holds = !column.GetFilterIfMissing()
	default:
		order, comparable := compare(is, want)
		holds = comparable && satisfies(column.GetComparator(), order)
	}
	if !holds {
		return failed
	}
	return nil
}

// compare compares values of one type.
func compare(is, want any) (int, bool) {
	switch v := is.(type) {
	case int64:
		w, ok := want.(int64)
		return cmp.Compare(v, w), ok
	case string:
		w, ok := want.(string)
		return cmp.Compare(v, w), ok
	case []byte:
		w, ok := want.([]byte)
		return bytes.Compare(v, w), ok
	case float64:
		w, ok := want.(float64)
		return cmp.Compare(v, w), ok
	}
	return 0, false
}

func satisfies(c otsprotocol.ComparatorType, order int) bool {
	switch c {
	case otsprotocol.ComparatorType_CT_EQUAL:
		return order == 0
	case otsprotocol.ComparatorType_CT_NOT_EQUAL:
		return order != 0
	case otsprotocol.ComparatorType_CT_GREATER_THAN:
		return order > 0
	case otsprotocol.ComparatorType_CT_GREATER_EQUAL:
		return order >= 0
	case otsprotocol.ComparatorType_CT_LESS_THAN:
		return order < 0
	}
	return order <= 0
}
