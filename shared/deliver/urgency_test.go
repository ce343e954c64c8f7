package deliver

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
)

func TestEventsAreRankedAsTheirMessagesAre(t *testing.T) {
	ranked := func(rank func(source, typ string, body func() []byte) int, what string) int {
		typ := "paidlc:JobStateChange:" + what
		return rank("acs.paidlc", typ, func() []byte {
			return fmt.Appendf(nil, `{"id":"1","source":"acs.paidlc","type":%q,"data":{"Queue":"night"}}`, typ)
		})
	}
	builtin := Urgency(event.Catalogue{})
	for range 2 { // looked at and remembered
		assert.Greater(t, ranked(builtin, "JobFailed"), ranked(builtin, "JobSucceeded"))
		assert.Greater(t, ranked(builtin, "JobSucceeded"), ranked(builtin, "JobRunning"))
		assert.Equal(t, ranked(builtin, "JobRunning"), ranked(builtin, "SomethingNew"))
	}
	// Of an event whose type nobody knows, the status decides, so that no two are alike.
	for status, like := range map[string]string{"Failed": "JobFailed", "Stopped": "JobPreempted", "Succeeded": "JobSucceeded", "Running": "JobRunning"} {
		got := builtin("acs.paidlc", "paidlc:JobStatusChanged", func() []byte {
			return fmt.Appendf(nil, `{"id":"1","source":"acs.paidlc","type":"paidlc:JobStatusChanged","data":{"Status":%q}}`, status)
		})
		assert.Equal(t, ranked(builtin, like), got, status)
	}
	for reason, like := range map[string]string{"Job is stopped by user Li.": "JobRunning", "Job is stopped by user Wu.": "JobPreempted"} {
		got := builtin("acs.paidlc", "paidlc:JobStateChange:JobStopped", func() []byte {
			return fmt.Appendf(nil, `{"id":"1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobStopped","data":{"Username":"Li","ReasonMessage":%q}}`, reason)
		})
		assert.Equal(t, ranked(builtin, like), got, reason)
	}
	changed := Urgency(event.Catalogue{Types: []event.Type{
		{Name: "dlc.job-running", Severity: event.Critical, Pattern: json.RawMessage(`{"source":["acs.paidlc"],"type":["paidlc:JobStateChange:JobRunning"],"data":{"Queue":["night"]}}`)},
	}})
	assert.Equal(t, ranked(builtin, "JobFailed"), ranked(changed, "JobRunning"), "the document's own severity")
	assert.Zero(t, ranked(Urgency(event.Catalogue{Types: []event.Type{{Name: "no dot"}}}), "JobFailed"))
	assert.Zero(t, builtin("s", "unread", func() []byte { return nil }))
}

func TestTheBuiltinCatalogueAsksForSourceAndTypeAlone(t *testing.T) {
	for _, entry := range event.Builtin().Types {
		var pattern map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(entry.Pattern, &pattern))
		delete(pattern, "source")
		delete(pattern, "type")
		assert.Empty(t, pattern, "%s: its rank cannot be remembered by source and type", entry.Name)
	}
}
