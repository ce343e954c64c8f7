package event_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
)

const (
	cloudEvent = `{"specversion":"1.0","id":"e1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","time":"2026-11-20T03:12:45+08:00","aliyunregionid":"cn-hangzhou","data":{"JobId":"dlc1","Status":"Failed"}}`
	wrapper    = `{"rule":"gpu-died","target":{"type":"dingtalk","name":"oncall","parameters":{"webhook":"env:HOOK"}},"event":` + cloudEvent + `}`
	envelope   = `{"version":"0","id":"aws-1","detail-type":"paidlc:JobStateChange:JobFailed","source":"acs.paidlc","account":"123456789012","time":"2026-11-19T19:12:45Z","region":"us-east-1","resources":["acs:pai:dlc1"],"detail":{"JobId":"dlc1"}}`
	enveloped  = `{"version":"0","id":"aws-1","detail-type":"pai","source":"pai","account":"123456789012","time":"2026-11-19T19:12:45Z","region":"us-east-1","resources":[],"detail":` + cloudEvent + `}`
)

func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

func sqs(bodies ...string) string {
	var records []string
	for i, body := range bodies {
		records = append(records, fmt.Sprintf(`{"messageId":"m%d","receiptHandle":"r","body":%s,"eventSource":"aws:sqs"}`, i+1, quoted(body)))
	}
	return `{"Records":[` + strings.Join(records, ",") + `]}`
}

func TestDecodeReadsEveryPayloadShape(t *testing.T) {
	for name, c := range map[string]struct {
		payload string
		ids     []string
		rules   []string
		queue   bool
		batch   bool
	}{
		"a bare CloudEvent":                      {payload: cloudEvent, ids: []string{"e1"}, rules: []string{""}},
		"a CloudEvent among blanks":              {payload: "\n\t " + cloudEvent + " \n", ids: []string{"e1"}, rules: []string{""}},
		"our wrapper":                            {payload: wrapper, ids: []string{"e1"}, rules: []string{"gpu-died"}},
		"our wrapper around an AWS envelope":     {payload: `{"rule":{"name":"r"},"target":{},"event":` + enveloped + `}`, ids: []string{"e1"}, rules: []string{"r"}},
		"an array of CloudEvents":                {payload: `[` + cloudEvent + `,` + cloudEvent + `]`, ids: []string{"e1", "e1"}, rules: []string{"", ""}, batch: true},
		"an array of wrappers":                   {payload: `[` + wrapper + `]`, ids: []string{"e1"}, rules: []string{"gpu-died"}, batch: true},
		"an array of JSON strings":               {payload: `[` + quoted(cloudEvent) + `]`, ids: []string{"e1"}, rules: []string{""}, batch: true},
		"an empty array":                         {payload: `[]`, batch: true},
		"an AWS envelope whose detail is data":   {payload: envelope, ids: []string{"aws-1"}, rules: []string{""}},
		"an AWS envelope around a CloudEvent":    {payload: enveloped, ids: []string{"e1"}, rules: []string{""}},
		"an SQS batch of every other shape":      {payload: sqs(cloudEvent, wrapper, envelope, `[`+wrapper+`]`), ids: []string{"e1", "e1", "aws-1", "e1"}, rules: []string{"", "gpu-died", "", "gpu-died"}, queue: true, batch: true},
		"a Lambda failure record":                {payload: `{"version":"1.0","requestContext":{"condition":"RetriesExhausted"},"requestPayload":` + wrapper + `,"responsePayload":{"errorMessage":"x"}}`, ids: []string{"e1"}, rules: []string{"gpu-died"}},
		"a failure record with a string payload": {payload: `{"requestPayload":` + quoted(wrapper) + `}`, ids: []string{"e1"}, rules: []string{"gpu-died"}},
		"an SQS batch of failure records":        {payload: sqs(`{"requestPayload":` + wrapper + `}`), ids: []string{"e1"}, rules: []string{"gpu-died"}, queue: true, batch: true},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := event.Decode([]byte(c.payload))
			require.NoError(t, err)
			var ids, rules []string
			for i, item := range p.Items {
				require.NoError(t, item.Err)
				ids = append(ids, item.Event.ID())
				rules = append(rules, item.Rule.Name)
				assert.Equal(t, c.queue, item.MessageID != "", "item %d has a message id", i)
				assert.Equal(t, item.Rule.Name != "", item.Target != nil, "item %d has a target", i)
				var sdk cloudevents.Event
				require.NoError(t, json.Unmarshal(item.Event.JSON(), &sdk), "the CloudEvents SDK reads item %d", i)
				assert.NoError(t, sdk.Validate(), "the CloudEvents SDK finds item %d valid", i)
			}
			assert.Equal(t, c.ids, ids)
			assert.Equal(t, c.rules, rules)
			assert.Equal(t, c.queue, p.Queue)
			assert.Equal(t, c.batch, p.Batch)
		})
	}
}

func TestDecodeRefusesWhatIsNoEvent(t *testing.T) {
	for name, c := range map[string]struct{ payload, says string }{
		"nothing":                               {"", "the payload is empty"},
		"blanks":                                {" \n", "the payload is empty"},
		"broken JSON":                           {"{\n\"id\":\n}", "not JSON: line 3"},
		"a number":                              {"17", "is a number"},
		"null":                                  {"null", "is null"},
		"a string that holds no JSON":           {`"hello"`, "not JSON"},
		"an object that is no event":            {`{"hello":"world"}`, "id, source, type missing or empty (found: hello)"},
		"an empty object":                       {`{}`, "found: an empty object"},
		"a CloudEvent without a type":           {`{"specversion":"1.0","id":"1","source":"s"}`, "type missing or empty"},
		"a CloudEvent with an empty id":         {`{"specversion":"1.0","id":"","source":"s","type":"t"}`, "id missing or empty"},
		"a wrapper with two targets":            {`{"rule":"r","target":{"type":"x"},"event":` + cloudEvent + `,"target":{"type":"y"}}`, `the wrapper has "target" twice`},
		"a wrapper with more in it":             {`{"rule":"r","target":{"type":"x"},"event":` + cloudEvent + `,"more":{}}`, `the wrapper has a member "more"`},
		"a test with an event":                  {`{"test":true,"rule":"r","target":{"type":"x"},"event":` + cloudEvent + `}`, `a connectivity test carries no "event"`},
		"a wrapper that would be an event":      {`{"rule":"r","target":{"type":"x"},"event":` + cloudEvent + `,"specversion":"1.0","id":"1","source":"s","type":"t"}`, `the wrapper has a member "specversion"`},
		"a wrapper with a target name":          {`{"rule":"r","target":"oncall","event":` + cloudEvent + `}`, `"target" must be an object`},
		"a wrapper with a typo in its target":   {`{"rule":"r","target":{"type":"x","parameter":{}},"event":` + cloudEvent + `}`, `unknown member "parameter"`},
		"a wrapper with a numbered target type": {`{"rule":"r","target":{"type":7},"event":` + cloudEvent + `}`, `"type" of the wrapper's "target" must be a string`},
		"a wrapper with a numbered rule":        {`{"rule":7,"event":` + cloudEvent + `}`, `"rule" must be a name`},
		"an envelope without detail":            {`{"detail-type":"x","source":"s","id":"1"}`, `no object in "detail"`},
		"records that are no list":              {`{"Records":7}`, `"Records" is not a list`},
		"an event larger than a bus does":       {`{"specversion":"1.0","id":"1","source":"s","type":"t","data":{"a":"` + strings.Repeat("x", event.MaxEventBytes) + `"}}`, "more than the 262144 EventBridge carries"},
		"an event wrapped without end":          {strings.Repeat(`{"event":`, 20) + cloudEvent + strings.Repeat("}", 20), "wraps its event more than"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := event.Decode([]byte(c.payload))
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestDecodeKeepsTheReadableItemsOfABatch(t *testing.T) {
	for name, payload := range map[string]string{
		"an array":     `[` + cloudEvent + `,{"no":"event"},` + cloudEvent + `]`,
		"an SQS batch": sqs(cloudEvent, `{"no":"event"}`, cloudEvent),
	} {
		t.Run(name, func(t *testing.T) {
			p, err := event.Decode([]byte(payload))
			require.NoError(t, err)
			require.Len(t, p.Items, 3)
			assert.NoError(t, p.Items[0].Err)
			assert.ErrorContains(t, p.Items[1].Err, "not a CloudEvent")
			assert.NoError(t, p.Items[2].Err)
		})
	}
}

func TestDecodeReadsAConnectivityTest(t *testing.T) {
	p, err := event.Decode([]byte(`{"test":true,"rule":"r","target":{"type":"dingtalk"}}`))
	require.NoError(t, err)
	require.Len(t, p.Items, 1)
	assert.True(t, p.Items[0].Test)
	assert.Equal(t, "r", p.Items[0].Rule.Name)
	assert.Equal(t, &event.Target{Type: "dingtalk"}, p.Items[0].Target)

	_, err = event.Decode([]byte(`{"test":true,"target":null}`))
	assert.ErrorContains(t, err, `needs the "target"`)
	p, err = event.Decode([]byte(`{"test":false,"rule":"r","target":{},"event":` + cloudEvent + `}`))
	require.NoError(t, err)
	assert.False(t, p.Items[0].Test)
}

func TestDecodeNamesTheMessageThatCannotBeRead(t *testing.T) {
	p, err := event.Decode([]byte(sqs(`{"no":"event"}`)))
	require.NoError(t, err)
	assert.Equal(t, "m1", p.Items[0].MessageID)
	assert.ErrorContains(t, p.Items[0].Err, "SQS message m1")
}

func TestAnAWSEnvelopeBecomesACloudEvent(t *testing.T) {
	p, err := event.Decode([]byte(envelope))
	require.NoError(t, err)
	e := p.Items[0].Event
	assert.Equal(t, "acs.paidlc", e.Source())
	assert.Equal(t, "paidlc:JobStateChange:JobFailed", e.Type())
	assert.Equal(t, "acs:pai:dlc1", e.Subject())
	assert.Equal(t, "dlc1", e.Lookup("JobId"))
	assert.JSONEq(t, `{"specversion":"1.0","id":"aws-1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","time":"2026-11-19T19:12:45Z","subject":"acs:pai:dlc1","data":{"JobId":"dlc1"}}`, string(e.JSON()))
}

func TestTheWrapperCarriesCatalogueOverrides(t *testing.T) {
	p, err := event.Decode([]byte(`{"rule":{"name":"r","catalogue":{"types":[{"name":"dlc.job-failed","severity":"warning"}]}},"target":{},"event":` + cloudEvent + `}`))
	require.NoError(t, err)
	require.Len(t, p.Items[0].Rule.Catalogue.Types, 1)
	assert.Equal(t, event.Warning, p.Items[0].Rule.Catalogue.Types[0].Severity)
}

func TestParseKeepsTheTextAndTheAttributes(t *testing.T) {
	e, err := event.Parse([]byte(cloudEvent))
	require.NoError(t, err)
	assert.Equal(t, cloudEvent, string(e.JSON()))
	assert.Equal(t, "cn-hangzhou", e.Extension("aliyunregionid"))
	assert.JSONEq(t, `{"JobId":"dlc1","Status":"Failed"}`, string(e.Data()))
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{cloudEvent, wrapper, coarse, list, envelope, enveloped, sqs(wrapper, cloudEvent), `[` + cloudEvent + `]`, `{"requestPayload":` + quoted(wrapper) + `}`, `{"requestPayload":` + list + `,"responsePayload":{"errorMessage":"[]"}}`, `{"requestPayload":` + list + `,"responsePayload":` + quoted(`{"errorMessage":"[]"}`) + `}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		p, err := event.Decode(payload)
		if err != nil {
			return
		}
		for _, item := range p.Items {
			if item.Err == nil {
				assert.NotEmpty(t, item.Event.ID())
				assert.True(t, json.Valid(item.Event.JSON()))
				item.Event.Lookup("JobId")
				for _, c := range item.Carried() {
					assert.NotEmpty(t, c.Targets)
					assert.Equal(t, item.Target == nil || item.Patterns != nil, c.Patterns != nil, "a rule of a list, or what is coarse, without patterns is everything")
				}
			}
		}
	})
}

func TestAnEmptyAttributeOfATemplateIsAbsent(t *testing.T) {
	const filled = `{"rule":"r","target":{"type":"http","name":"n"},"event":{"id":"e1","source":"acs.paidlc","specversion":"1.0","type":"a:b:c","datacontenttype":"","dataschema":"","subject":"","time":"","aliyunregionid":"","data":{"Empty":"","JobId":"dlc1"}}}`
	p, err := event.Decode([]byte(filled))
	require.NoError(t, err)
	require.Len(t, p.Items, 1)
	e := p.Items[0].Event
	assert.JSONEq(t, `{"id":"e1","source":"acs.paidlc","specversion":"1.0","type":"a:b:c","data":{"Empty":"","JobId":"dlc1"}}`, string(e.JSON()))
	assert.JSONEq(t, `{"Empty":"","JobId":"dlc1"}`, string(e.Data()))
	assert.Empty(t, e.Subject())
	assert.True(t, e.Time().IsZero())
	var sdk cloudevents.Event
	require.NoError(t, json.Unmarshal(e.JSON(), &sdk))
	assert.NoError(t, sdk.Validate(), "what is passed on is a CloudEvent")
}

func TestAnEmptyAttributeOfABareEventStays(t *testing.T) {
	const bare = `{"specversion":"1.0","id":"e1","source":"s","type":"t","own":"","data":{}}`
	p, err := event.Decode([]byte(bare))
	require.NoError(t, err)
	assert.Equal(t, bare, string(p.Items[0].Event.JSON()))
}
