package provision_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/provision"
)

func TestOnlyAnOutcomeThatSaysSentWorks(t *testing.T) {
	m := bustest.NewMemory()
	d := provisioner(t, m)
	require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
	for name, c := range map[string]struct {
		answer string
		failed bool
		err    error
		works  bool
		status outcome.Status
		says   string
	}{
		"sent":                              {`{"status":"sent","http_status":200}`, false, nil, true, outcome.Sent, ""},
		"skipped":                           {`{"status":"skipped","reason":"the same was sent"}`, false, nil, false, outcome.Skipped, "the same was sent"},
		"failed":                            {`{"status":"failed","class":"permanent","reason":"sign not match"}`, true, nil, false, outcome.Failed, "sign not match"},
		"an unknown end, which is no error": {`{"status":"failed","class":"unknown","reason":"cut off"}`, false, nil, false, outcome.Failed, "cut off"},
		"timed out":                         {"Task timed out after 30.00 seconds", true, nil, false, outcome.Failed, "the function pai-notify-dingtalk failed: Task timed out after 30.00 seconds"},
		"crashed without a word":            {"", true, nil, false, outcome.Failed, "nothing was said about it"},
		"failed though it says sent":        {`{"status":"sent"}`, true, nil, false, outcome.Failed, "the function pai-notify-dingtalk failed"},
		"another function":                  {`{"hello":1}`, false, nil, false, outcome.Failed, "something that is no outcome"},
		"nothing":                           {``, false, nil, false, outcome.Failed, "something that is no outcome"},
		"null":                              {`null`, false, nil, false, outcome.Failed, "something that is no outcome"},
		"a web answer":                      {`{"statusCode":200,"body":"ok"}`, false, nil, false, outcome.Failed, "something that is no outcome"},
		"a list":                            {`[{"status":"sent"}]`, false, nil, false, outcome.Failed, "something that is no outcome"},
		"not there":                         {``, false, &bus.Error{Kind: bus.NotFound, Text: "no such function"}, false, outcome.Failed, "no such function"},
		"not reached":                       {`{"status":"sent"}`, false, errors.New("connection reset"), false, outcome.Failed, "connection reset"},
	} {
		t.Run(name, func(t *testing.T) {
			d.Cloud.Invoke = func(context.Context, string, []byte) ([]byte, bool, error) {
				return []byte(c.answer), c.failed, c.err
			}
			tests, err := d.Test(t.Context(), "", "", false)
			require.NoError(t, err)
			require.Len(t, tests, 1)
			assert.Equal(t, c.works, !tests[0].Failed)
			o, err := deliver.ReadOutcome(tests[0].Outcome)
			require.NoError(t, err, "there is always an outcome")
			assert.Equal(t, c.status, o.Status)
			assert.Contains(t, o.Reason, c.says)
		})
	}
}
