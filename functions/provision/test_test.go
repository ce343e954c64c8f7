package provision_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/provision"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/deliver"
)

func TestOnlyAnOutcomeThatSaysSentWorks(t *testing.T) {
	m := newMemory()
	open := on(m)
	doc := document(ruleOf("died", robots(0, 1)))
	_, err := invoke(t, open, `{"action":"apply","workspace":`+doc+`}`)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		answer string
		failed bool
		err    error
		works  bool
		status deliver.Status
		says   string
	}{
		"sent":                              {`{"status":"sent","http_status":200}`, false, nil, true, deliver.Sent, ""},
		"skipped":                           {`{"status":"skipped","reason":"the same was sent"}`, false, nil, false, deliver.Skipped, "the same was sent"},
		"failed":                            {`{"status":"failed","class":"permanent","reason":"sign not match"}`, true, nil, false, deliver.Failed, "sign not match"},
		"an unknown end, which is no error": {`{"status":"failed","class":"unknown","reason":"cut off"}`, false, nil, false, deliver.Failed, "cut off"},
		"timed out":                         {"Task timed out after 30.00 seconds", true, nil, false, deliver.Failed, "the function pai-notify-dingtalk failed: Task timed out after 30.00 seconds"},
		"crashed without a word":            {"", true, nil, false, deliver.Failed, "nothing was said about it"},
		"failed though it says sent":        {`{"status":"sent"}`, true, nil, false, deliver.Failed, "the function pai-notify-dingtalk failed"},
		"another function":                  {`{"hello":1}`, false, nil, false, deliver.Failed, "something that is no outcome"},
		"nothing":                           {``, false, nil, false, deliver.Failed, "something that is no outcome"},
		"null":                              {`null`, false, nil, false, deliver.Failed, "something that is no outcome"},
		"a web answer":                      {`{"statusCode":200,"body":"ok"}`, false, nil, false, deliver.Failed, "something that is no outcome"},
		"a list":                            {`[{"status":"sent"}]`, false, nil, false, deliver.Failed, "something that is no outcome"},
		"not there":                         {``, false, &bus.Error{Kind: bus.NotFound, Text: "no such function"}, false, deliver.Failed, "no such function"},
		"not reached":                       {`{"status":"sent"}`, false, errors.New("connection reset"), false, deliver.Failed, "connection reset"},
	} {
		t.Run(name, func(t *testing.T) {
			here := func(ctx context.Context, deadLetter string) (provision.Cloud, error) {
				cloud, err := open(ctx, deadLetter)
				cloud.Invoke = func(context.Context, string, []byte) ([]byte, bool, error) {
					return []byte(c.answer), c.failed, c.err
				}
				return cloud, err
			}
			a, err := invoke(t, here, `{"action":"test","workspace":`+doc+`}`)
			require.Len(t, a.Tests, 1)
			assert.Equal(t, c.works, err == nil, "the action fails with its tests")
			assert.Equal(t, c.works, !a.Tests[0].Failed)
			o, err := deliver.ReadOutcome(a.Tests[0].Outcome)
			require.NoError(t, err, "there is always an outcome")
			assert.Equal(t, c.status, o.Status)
			assert.Contains(t, o.Reason, c.says)
		})
	}
}
