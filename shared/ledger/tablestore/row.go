package tablestore

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// The columns of a row, besides those of the indexes.
const (
	columnID      = "id"
	columnStep    = "step"
	columnToken   = "token"
	columnVersion = "version"
	// columnEntry holds what nobody compares, as JSON.
	columnEntry = "entry"
	// columnEvent holds the event, compressed by gzip: at most a megabyte before,
	// where a column takes two.
	columnEvent = "event"
)

// version is the form of the rows that are written.
var version int64 = ledger.Version

// record is what the JSON of a row says. Its names are kept: rows outlive the
// version that wrote them.
type record struct {
	Bus        string          `json:"bus,omitempty"`
	Owner      string          `json:"owner,omitempty"`
	Rule       string          `json:"rule,omitempty"`
	RuleName   string          `json:"rule_name,omitempty"`
	Type       string          `json:"type,omitempty"`
	Receiver   string          `json:"receiver,omitempty"`
	EventID    string          `json:"event_id,omitempty"`
	EventType  string          `json:"event_type,omitempty"`
	Job        string          `json:"job,omitempty"`
	JobName    string          `json:"job_name,omitempty"`
	Severity   int             `json:"severity,omitempty"`
	AtMostOnce bool            `json:"at_most_once,omitempty"`
	State      ledger.State    `json:"state"`
	Due        int64           `json:"due,omitempty"` // these three are nanoseconds since 1970
	Created    int64           `json:"created"`
	Changed    int64           `json:"changed"`
	Because    string          `json:"because,omitempty"`
	Outcome    outcome.Outcome `json:"outcome,omitzero"`
	Claims     int             `json:"claims,omitempty"`
	Redrives   int             `json:"redrives,omitempty"`
	Redriven   int64           `json:"redriven,omitempty"` // nanoseconds since 1970
	Held       int64           `json:"held,omitempty"`     // the same
	MovedTo    string          `json:"moved_to,omitempty"`
	MovedFrom  string          `json:"moved_from,omitempty"`
}

// columns returns the columns of a row, without its id.
func columns(e ledger.Entry) ([]tablestore.AttributeColumn, error) {
	if len(e.Event) > ledger.MaxEvent {
		return nil, fmt.Errorf("the event has %d bytes, and the ledger keeps %d", len(e.Event), ledger.MaxEvent)
	}
	text, err := json.Marshal(record{
		Bus: e.Bus, Owner: e.Owner, Rule: e.Rule, RuleName: e.RuleName, Type: e.Type, Receiver: e.Receiver,
		EventID: e.EventID, EventType: e.EventType, Job: e.Job, JobName: e.JobName, Severity: e.Severity, AtMostOnce: e.AtMostOnce,
		State: e.State, Due: nanoseconds(e.Due), Created: nanoseconds(e.Created), Changed: nanoseconds(e.Changed),
		Because: e.Because, Outcome: e.Outcome, Claims: e.Claims, Redrives: e.Redrives, Redriven: nanoseconds(e.Redriven), Held: nanoseconds(e.Held), MovedTo: e.MovedTo, MovedFrom: e.MovedFrom,
	})
	if err != nil {
		return nil, err
	}
	list := append(indexed(e),
		column(columnStep, e.Step), column(columnToken, e.Token), column(columnVersion, version), column(columnEntry, string(text)))
	if len(e.Event) > 0 {
		packed, err := pack(e.Event)
		if err != nil {
			return nil, err
		}
		list = append(list, column(columnEvent, packed))
	}
	return list, nil
}

func column(name string, value any) tablestore.AttributeColumn {
	return tablestore.AttributeColumn{ColumnName: name, Value: value}
}

// entry reads a row; the zero Entry of one that has expired but for its key.
func entry(id string, list []*tablestore.AttributeColumn) (ledger.Entry, error) {
	values := valuesOf(list)
	step, _ := values[columnStep].(int64)
	if step == 0 {
		return ledger.Entry{}, nil
	}
	if err := checkVersion(id, values); err != nil {
		return ledger.Entry{}, err
	}
	var r record
	text, _ := values[columnEntry].(string)
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return ledger.Entry{}, unreadable(id)
	}
	e := ledger.Entry{
		ID: id, Bus: r.Bus, Owner: r.Owner, Rule: r.Rule, RuleName: r.RuleName, Type: r.Type, Receiver: r.Receiver,
		EventID: r.EventID, EventType: r.EventType, Job: r.Job, JobName: r.JobName, Severity: r.Severity, AtMostOnce: r.AtMostOnce,
		State: r.State, Due: moment(r.Due), Created: moment(r.Created), Changed: moment(r.Changed),
		Because: r.Because, Outcome: r.Outcome, Claims: r.Claims, Redrives: r.Redrives, Redriven: moment(r.Redriven), Held: moment(r.Held), MovedTo: r.MovedTo, MovedFrom: r.MovedFrom, Step: step,
	}
	e.Token, _ = values[columnToken].(string)
	if packed, ok := values[columnEvent].([]byte); ok {
		var err error
		if e.Event, err = unpack(packed); err != nil {
			return ledger.Entry{}, unreadable(id)
		}
	}
	return e, nil
}

func valuesOf(list []*tablestore.AttributeColumn) map[string]any {
	values := make(map[string]any, len(list))
	for _, c := range list {
		values[c.ColumnName] = c.Value
	}
	return values
}

// checkVersion refuses what a later version has written: replacing it could lose
// what this one does not know.
func checkVersion(id string, values map[string]any) error {
	if v, _ := values[columnVersion].(int64); v > ledger.Version {
		return &bus.Error{Kind: bus.Invalid, Action: "ots:GetRow", Resource: id, Text: fmt.Sprintf("the row has form %d of a later version, and this one knows form %d: deploy the same version everywhere", v, ledger.Version)}
	}
	return nil
}

func unreadable(id string) error {
	return &bus.Error{Kind: bus.Invalid, Action: "ots:GetRow", Resource: id, Text: "the row is not one of pai-notify: is the table used by something else?"}
}

func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

func pack(event []byte) ([]byte, error) {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level is one
	_, err := w.Write(event)
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), err
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, ledger.MaxEvent))
}
