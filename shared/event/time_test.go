package event_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
)

func TestTimesAreReadLeniently(t *testing.T) {
	for written, want := range map[string]string{
		"2020-11-19T21:04:41+08:00":                "2020-11-19T21:04:41+08:00",
		"2020-11-19T13:04:41Z":                     "2020-11-19T13:04:41Z",
		"2020-11-19T13:04:41.123456789Z":           "2020-11-19T13:04:41.123456789Z",
		"2020-08-17T16:04:46.149Asia/Shanghai":     "2020-08-17T16:04:46.149+08:00",
		"2020-08-17T16:04:46.149PRC":               "2020-08-17T16:04:46.149+08:00",
		"2020-08-17T16:04:46":                      "2020-08-17T16:04:46+08:00",
		"2020-08-17 16:04:46":                      "2020-08-17T16:04:46+08:00",
		"2020-08-17T16:04:46+0800":                 "2020-08-17T16:04:46+08:00",
		"2020-08-17T16:04:46+08":                   "2020-08-17T16:04:46+08:00",
		"2020-08-17 16:04:46.149 +0800 CST":        "2020-08-17T16:04:46.149+08:00",
		"2020-08-17t16:04:46.149z":                 "2020-08-17T16:04:46.149Z",
		"2020-08-17t16:04:46+08:00":                "2020-08-17T16:04:46+08:00",
		"2020-08-17 16:04:46Z":                     "2020-08-17T16:04:46Z",
		"2020-08-17T16:04:46,149":                  "2020-08-17T16:04:46.149+08:00",
		"2020-08-17T16:04:46.123456789PRC":         "2020-08-17T16:04:46.123456789+08:00",
		"2020-08-17T16:04:46.149asia/shanghai":     "2020-08-17T16:04:46.149+08:00",
		"2020-08-17T16:04:46.149 PRC":              "2020-08-17T16:04:46.149+08:00",
		"2020-08-17T16:04:46.149UTC":               "2020-08-17T16:04:46.149Z",
		"2020-08-17T16:04:46.149GMT":               "2020-08-17T16:04:46.149Z",
		"2020-08-17T09:04:46+01:00[Asia/Shanghai]": "2020-08-17T09:04:46+01:00",
		"2020-08-17T16:04:46.149[PRC]":             "2020-08-17T16:04:46.149+08:00",
		"1597651486149":                            "2020-08-17T08:04:46.149Z",
	} {
		t.Run(written, func(t *testing.T) {
			e, err := event.Parse(fmt.Appendf(nil, `{"specversion":"1.0","id":"1","source":"s","type":"t","time":%q}`, written))
			require.NoError(t, err)
			want, err := time.Parse(time.RFC3339Nano, want)
			require.NoError(t, err)
			assert.True(t, want.Equal(e.Time()), "%s is read as %s", written, e.Time())
		})
	}
}

func TestAnUnreadableTimeCostsOnlyTheTime(t *testing.T) {
	for _, written := range []string{"yesterday", "2020-08-17T16:04:46Mars/Olympus", "2020-99-17T16:04:46Z", "17", "T", "2020-08-17", "2020-08-17T", "2020-08-17TPRC", "2020-08-17T16:04:46../etc/passwd"} {
		t.Run(written, func(t *testing.T) {
			e, err := event.Parse(fmt.Appendf(nil, `{"specversion":"1.0","id":"1","source":"s","type":"t","time":%q}`, written))
			require.NoError(t, err)
			assert.True(t, e.Time().IsZero())
		})
	}
}
