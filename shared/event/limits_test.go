package event_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
)

func listOf(n int, element string) string {
	return "[" + strings.Repeat(element+",", n-1) + element + "]"
}

func TestAPayloadWithTooManyEventsFailsAsAWhole(t *testing.T) {
	record := `{"messageId":"m","body":%s}`
	for name, payload := range map[string]string{
		"a list of nothing":        listOf(85_000, "{}"),
		"one too many":             listOf(event.MaxItems+1, cloudEvent),
		"lists in a list":          "[" + listOf(6000, "{}") + "," + listOf(6000, cloudEvent) + "]",
		"empty lists":              listOf(20_000, "[]"),
		"texts":                    listOf(20_000, `"{}"`),
		"numbers":                  listOf(20_000, "1"),
		"a queue":                  `{"Records":` + listOf(20_000, fmt.Sprintf(record, `"{}"`)) + `}`,
		"a queue of no messages":   `{"Records":` + listOf(20_000, "{}") + `}`,
		"a message of a queue":     sqs(listOf(20_000, "{}")),
		"messages of a queue":      sqs(listOf(6000, "{}"), listOf(6000, "{}")),
		"a failure record":         `{"requestPayload":` + listOf(20_000, cloudEvent) + `}`,
		"a wrapper":                `{"rule":"r","target":{},"event":` + listOf(20_000, "{}") + `}`,
		"a list as a JSON string":  quoted(listOf(20_000, "{}")),
		"one test beside the most": "[" + listOf(event.MaxItems, "{}") + `,{"test":true,"rule":"r","target":{}}]`,
	} {
		t.Run(name, func(t *testing.T) {
			p, err := event.Decode([]byte(payload))
			require.ErrorContains(t, err, "more than 10000 events")
			assert.Empty(t, p.Items)
		})
	}
	p, err := event.Decode([]byte(listOf(event.MaxItems, cloudEvent)))
	require.NoError(t, err)
	assert.Len(t, p.Items, event.MaxItems)
}

func TestAnEventWithTooManyMembersIsRefused(t *testing.T) {
	many := strings.Repeat(`"a":0,`, 300)
	for name, payload := range map[string]string{
		"an event":              `{` + many + `"id":"1","source":"s","type":"t"}`,
		"an event in a wrapper": `{"rule":"r","target":{},"event":{` + many + `"id":"1"}}`,
		"a wrapper":             `{` + many + `"event":` + cloudEvent + `}`,
		"a target":              `{"rule":"r","target":{` + strings.ReplaceAll(many, `"a"`, `"type"`) + `"name":"x"},"event":` + cloudEvent + `}`,
	} {
		_, err := event.Decode([]byte(payload))
		assert.ErrorContains(t, err, "more than 256 members", name)
	}
	_, err := event.Parse([]byte(`{` + many + `"id":"1","source":"s","type":"t"}`))
	assert.ErrorContains(t, err, "more than 256 members")
}

func TestDataWithManyMembersIsLookedUpAsAnyOther(t *testing.T) {
	for _, few := range []string{"", strings.Repeat(`"x":0,`, 1000)} {
		e, err := event.Parse([]byte(`{"id":"1","source":"s","type":"t","data":{"JOBID":"c",` + few + `"jobid":"b","Status":1,"Status":2,"a":{` + few + `"B":"deep"}}}`))
		require.NoError(t, err)
		assert.Equal(t, "c", e.Lookup("JobId"))
		assert.Equal(t, "b", e.Lookup("jobid"))
		assert.Equal(t, "2", e.Lookup("Status"))
		assert.Equal(t, "deep", e.Lookup("a.b"))
		assert.Empty(t, e.Lookup("none"))
		assert.Equal(t, few != "", e.Wide())
	}
}

func TestDeepAndEndlessTextIsRefusedAtOnce(t *testing.T) {
	for name, c := range map[string]struct{ payload, says string }{
		"lists without end":    {strings.Repeat("[", 1<<20), "exceeded max depth"},
		"lists too deep":       {strings.Repeat("[", 5000) + strings.Repeat("]", 5000), ""},
		"objects in an event":  {`{"event":` + strings.Repeat(`{"event":`, 5000) + "1" + strings.Repeat("}", 5001), "wraps its event more than 8 times"},
		"a name without end":   {`{"rule":"r","target":{"` + strings.Repeat("n", 1<<20) + `":1},"event":` + cloudEvent + `}`, `unknown member "nnnn`},
		"a string without end": {strings.Replace(cloudEvent, `"Failed"`, `"`+strings.Repeat("x", event.MaxEventBytes)+`"`, 1), "more than the 262144 EventBridge carries"},
	} {
		p, err := event.Decode([]byte(c.payload))
		if c.says == "" {
			require.NoError(t, err, name)
			require.Len(t, p.Items, 1, name)
			err = p.Items[0].Err
		}
		require.ErrorContains(t, err, c.says, name)
		assert.Less(t, len(err.Error()), 1000, "%s: the error is short", name)
	}
}

// allocated returns how many bytes decoding a payload takes from the heap.
func allocated(payload []byte) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = event.Decode(payload)
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// largest is the largest payload that a platform hands over.
func largest() []byte {
	pad := strings.Repeat("x", (event.MaxPayloadBytes-2)/event.MaxItems-len(wrapper)-20)
	return []byte(listOf(event.MaxItems, strings.Replace(wrapper, `"dlc1"`, `"`+pad+`"`, 1)))
}

// Measured: 28 MB for 10,000 wrapped events of 3.3 KB (148 MB with a copy of each
// for every layer that is taken apart), 9 MB for 10,000 empty objects (29 MB),
// nothing for 85,000 of them (256 MB), 50 KB for 6 million members (2.3 GB).
func TestDecodingTakesNoMultipleOfThePayload(t *testing.T) {
	const mb = 1 << 20
	for name, c := range map[string]struct {
		payload []byte
		most    int64
	}{
		"the largest payload":         {largest(), 40 * mb},
		"10,000 empty objects":        {[]byte(listOf(event.MaxItems, "{}")), 18 * mb},
		"85,000 empty objects":        {[]byte(listOf(85_000, "{}")), mb},
		"an object of many members":   {[]byte("{" + strings.Repeat(`"":0,`, 6_000_000) + `"":0}`), mb},
		"a list without end":          {[]byte(strings.Repeat("[", 8*mb)), mb},
		"a template filled with text": {[]byte(`{"rule":"r","target":{},"event":{"id":"1","data":` + strings.Repeat("\x01", 8*mb) + `}}`), mb},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Less(t, allocated(c.payload), c.most, "bytes allocated")
		})
	}
}

func BenchmarkDecodeLargest(b *testing.B) {
	payload := largest()
	b.ReportAllocs()
	for b.Loop() {
		p, err := event.Decode(payload)
		if err != nil || len(p.Items) != event.MaxItems {
			b.Fatal(err)
		}
	}
}
