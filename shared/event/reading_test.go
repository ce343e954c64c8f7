package event_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local/transform"
	"github.com/pai-notify/pai-notify/shared/event"
)

// withMembers returns an event that has more members than an event needs.
func withMembers(more string) string {
	if more != "" {
		more = "," + more
	}
	return `{"specversion":"1.0","id":"e1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed"` + more + `}`
}

func inBase64(data string) string {
	return `"data_base64":"` + base64.StdEncoding.EncodeToString([]byte(data)) + `"`
}

const head = `{"rule":"r","target":{"type":"http","name":"n"},"event":`

// template fills what a rule's target is on Alibaba Cloud and on the local bus
// with an event that a bus took: it knows no data but what stands in "data".
func template(t testing.TB, taken []byte) string {
	t.Helper()
	paths, parts := `{"data":"$.data"`, ""
	for _, a := range []string{"id", "source", "specversion", "type", "datacontenttype", "subject", "time", "aliyunregionid"} {
		paths += fmt.Sprintf(`,%q:"$.%s"`, a, a)
		parts += fmt.Sprintf(`%q:"${jsonEscape(%s)}",`, a, a)
	}
	tr, err := transform.Compile(transform.Template, paths+"}", head+"{"+parts+`"data":${data}}}`)
	require.NoError(t, err)
	return string(tr.Apply(taken))
}

func TestDataIsReadAlikeWhateverWayItComes(t *testing.T) {
	const text = `"datacontenttype":"text/plain; charset=utf-8",`
	for name, c := range map[string]struct{ members, data string }{
		"an object":                              {`"data":{"JobId":"dlc1"}`, `{"JobId":"dlc1"}`},
		"a list":                                 {`"data":[1,{"a":"b"}]`, `[1,{"a":"b"}]`},
		"a number":                               {`"data":12345678901234567890.10`, `12345678901234567890.10`},
		"a boolean":                              {`"data":false`, `false`},
		"null":                                   {`"data":null`, ``},
		"none":                                   {``, ``},
		"an empty text":                          {`"data":""`, ``},
		"blanks":                                 {`"data":" \n"`, ``},
		"a text":                                 {text + `"data":"job died"`, `"job died"`},
		"a text that is said to be JSON":         {`"datacontenttype":"application/json","data":"job died"`, `"job died"`},
		"a text of several lines":                {`"data":"a \"b\"\n\tc\u0001"`, `"a \"b\"\n\tc\u0001"`},
		"a text in Chinese":                      {`"data":"任务失败 <b>&"`, `"任务失败 <b>&"`},
		"a text that ends like the template":     {`"data":"a}}"`, `"a}}"`},
		"a text that looks like JSON's end":      {`"data":"{}},\"target\":{\"type\":\"sms\"}"`, `"{}},\"target\":{\"type\":\"sms\"}"`},
		"a text that is JSON":                    {text + `"data":"{\"JobId\":\"dlc1\"}"`, `{"JobId":"dlc1"}`},
		"a text that is a number":                {`"data":"17"`, `17`},
		"a text in quotes":                       {`"data":"\"x\""`, `"x"`},
		"a text in a text that is JSON":          {`"data":"\"17\""`, `17`},
		"JSON in base64":                         {inBase64(`{"JobId":"dlc1"}`), `{"JobId":"dlc1"}`},
		"JSON in base64 that says so":            {`"datacontenttype":"application/json;charset=utf-8",` + inBase64(`{"JobId":"dlc1"}`), `{"JobId":"dlc1"}`},
		"JSON in base64 that says otherwise":     {`"datacontenttype":"application/octet-stream",` + inBase64(`{"JobId":"dlc1"}`), `{"JobId":"dlc1"}`},
		"JSON in base64 after a byte order mark": {inBase64("\ufeff {\"JobId\":\"dlc1\"}\n"), `{"JobId":"dlc1"}`},
		"text in base64":                         {text + inBase64("job died"), `"job died"`},
		"text in base64 with data null":          {`"data":null,` + text + inBase64("job died"), `"job died"`},
		"nothing in base64":                      {`"data_base64":""`, ``},
		"null in base64":                         {`"data_base64":null`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			written := withMembers(c.members)
			taken, err := event.Parse([]byte(written))
			require.NoError(t, err)
			ways := map[string]string{
				"bare":                          written,
				"after a byte order mark":       "\ufeff" + written,
				"in an array":                   "[" + written + "]",
				"in an array of texts":          "[" + quoted(written) + "]",
				"in a wrapper":                  head + written + "}",
				"in an AWS envelope":            strings.Replace(enveloped, cloudEvent, written, 1),
				"in an AWS envelope in ours":    head + strings.Replace(enveloped, cloudEvent, written, 1) + "}",
				"in a queue's message":          sqs(written),
				"in a failure record":           `{"requestPayload":` + written + `}`,
				"in a template":                 template(t, taken.JSON()),
				"in a template in a queue":      sqs(template(t, taken.JSON())),
				"in a template, in a failure":   `{"requestPayload":` + quoted(template(t, taken.JSON())) + `}`,
				"in a template, among blanks":   "\n " + strings.TrimSuffix(template(t, taken.JSON()), "}") + "\n} ",
				"by a template, from its text":  template(t, []byte(written)),
				"as the event it was read into": string(taken.JSON()),
			}
			if strings.Contains(written, "data_base64") {
				delete(ways, "by a template, from its text") // no template looks into it
			}
			for way, payload := range ways {
				p, err := event.Decode([]byte(payload))
				require.NoError(t, err, way)
				require.Len(t, p.Items, 1, way)
				require.NoError(t, p.Items[0].Err, way)
				e := p.Items[0].Event
				assert.Equal(t, c.data, string(e.Data()), way)
				assert.NotContains(t, string(e.JSON()), "data_base64", "patterns look into the data %s", way)
				assert.Equal(t, c.data != "", strings.Contains(string(e.JSON()), `"data":`), way)
				var sdk cloudevents.Event
				require.NoError(t, json.Unmarshal(e.Standard(), &sdk), "the CloudEvents SDK reads it %s", way)
				assert.NoError(t, sdk.Validate(), way)
			}
		})
	}
}

func TestWhatCannotBeReadIsRefusedWhateverWayItComes(t *testing.T) {
	for name, c := range map[string]struct{ members, says string }{
		"wrong base64":                        {`"data_base64":"!"`, `"data_base64" is not base64`},
		"base64 that is no text":              {`"data_base64":{"a":1}`, `"data_base64" is an object`},
		"both":                                {`"data":{"a":1},` + inBase64(`{"b":1}`), `both "data" and "data_base64"`},
		"bytes":                               {`"datacontenttype":"image/png",` + inBase64("\xff\xfe\x00"), "neither JSON nor text"},
		"bytes that are said to be JSON":      {`"datacontenttype":"application/json",` + inBase64("\xff"), "the data is not JSON"},
		"text where JSON is said to be":       {`"datacontenttype":"application/vnd.x+json",` + inBase64("hello"), "the data is not JSON"},
		"text where nothing else is said":     {inBase64("hello"), "the data is not JSON"},
		"an attribute twice":                  {`"source":"other"`, `"source" twice`},
		"an attribute twice, once in escapes": {`"\u0069d":"other"`, `"id" twice`},
		"data twice":                          {`"data":1,"data":2`, `"data" twice`},
		"more attributes than anybody sends":  {`"a0":0` + strings.Repeat(`,"a":1`, 300), "more than 256"},
	} {
		t.Run(name, func(t *testing.T) {
			written := withMembers(c.members)
			_, err := event.Parse([]byte(written))
			require.ErrorContains(t, err, c.says)
			for way, payload := range map[string]string{
				"bare":                       written,
				"in an array":                "[" + written + "]",
				"in a wrapper":               head + written + "}",
				"in an AWS envelope":         strings.Replace(enveloped, cloudEvent, written, 1),
				"in an AWS envelope in ours": head + strings.Replace(enveloped, cloudEvent, written, 1) + "}",
				"in a queue's message":       sqs(written),
			} {
				p, err := event.Decode([]byte(payload))
				for _, item := range p.Items {
					err = item.Err
				}
				assert.ErrorContains(t, err, c.says, way)
			}
		})
	}
}

func TestATextCannotNameAnotherReceiver(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"a second target":            {`{}},"target":{"type":"sms"},"x":{"y":1`, `the wrapper has`},
		"a second event":             {`{}},"event":{"id":"2","source":"s","type":"t"`, `"event" twice`},
		"a test":                     {`{}},"test":true,"more":{"a":1`, `the wrapper has a member "more"`},
		"another source":             {`1,"source":"acs.other"`, `"source" twice`},
		"another region":             {`1,"aliyunregionid":"x"`, `"aliyunregionid" twice`},
		"data in base64 beside it":   {`1,"data_base64":"e30="`, `both "data" and "data_base64"`},
		"another time for one empty": {`1,"time":"2026-01-01T00:00:00Z"`, `"time" twice`},
	} {
		t.Run(name, func(t *testing.T) {
			payload := template(t, []byte(withMembers(`"aliyunregionid":"cn-hangzhou","data":`+quoted(c.text))))
			_, err := event.Decode([]byte(payload))
			assert.ErrorContains(t, err, c.says)
		})
	}
}

func TestABrokenPayloadIsNoText(t *testing.T) {
	for name, payload := range map[string]string{
		"an event alone":               `{"specversion":"1.0","id":"1","source":"s","type":"t","data":job died}}`,
		"a wrapper without a target":   `{"event":{"id":"1","source":"s","type":"t","data":job died}}`,
		"a wrapper that was cut":       head + `{"id":"1","source":"s","type":"t","data":{"a":1`,
		"a wrapper broken before data": head + `{"id":"1","source":"s"t","type":"t","data":{}}}`,
		"a wrapper without data":       head + `{"id":"1","source":"s","type":"t"},}`,
		"a name without a value":       head + `{"id":"1","source":"s","type":"t","data"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := event.Decode([]byte(payload))
			assert.ErrorContains(t, err, "not JSON")
		})
	}
}

func TestAttributesAreReadAlikeWhateverWayTheyCome(t *testing.T) {
	e, err := event.Parse([]byte(withMembers(`"aliyunRegionId":"cn-hangzhou","subject":null,"dataschema":"","time":"","own":"","A":1,"a":2,"Data":3,"data":{}`)))
	require.NoError(t, err)
	assert.Equal(t, "cn-hangzhou", e.Extension("aliyunregionid"), "as a header of HTTP is")
	assert.Equal(t, "2", e.Extension("a"))
	assert.Empty(t, e.Subject())
	assert.Equal(t, withMembers(`"aliyunregionid":"cn-hangzhou","own":"","A":1,"a":2,"Data":3,"data":{}`), string(e.JSON()))
}

func TestAnAttributeThatIsNullIsAbsentInATemplateToo(t *testing.T) {
	p, err := event.Decode([]byte(template(t, []byte(withMembers(`"subject":null,"data":{}`)))))
	require.NoError(t, err)
	assert.Empty(t, p.Items[0].Event.Subject())
}

func TestBinaryModeIsReadAsStructuredModeIs(t *testing.T) {
	with := func(more ...string) map[string]string {
		attributes := map[string]string{"specversion": "1.0", "id": "1", "source": "s", "type": "t"}
		for i := 0; i < len(more); i += 2 {
			attributes[more[i]] = more[i+1]
		}
		return attributes
	}
	for name, c := range map[string]struct {
		attributes map[string]string
		body, want string
	}{
		"JSON":                     {with("datacontenttype", "application/json"), ` {"a":1.50} `, `{"datacontenttype":"application/json","id":"1","source":"s","specversion":"1.0","type":"t","data":{"a":1.50}}`},
		"JSON that is not said so": {with(), `{"a":1}`, `{"id":"1","source":"s","specversion":"1.0","type":"t","data":{"a":1}}`},
		"text":                     {with("datacontenttype", "text/plain"), "job \"died\"\n", `{"datacontenttype":"text/plain","id":"1","source":"s","specversion":"1.0","type":"t","data":"job \"died\"\n"}`},
		"a time of the service":    {with("time", "2020-08-17T16:04:46.149PRC"), `{}`, `{"id":"1","source":"s","specversion":"1.0","time":"2020-08-17T16:04:46.149PRC","type":"t","data":{}}`},
		"an empty time":            {with("time", ""), `{}`, `{"id":"1","source":"s","specversion":"1.0","type":"t","data":{}}`},
		"no body":                  {with(), ``, `{"id":"1","source":"s","specversion":"1.0","type":"t"}`},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := event.ParseBinary(c.attributes, []byte(c.body))
			require.NoError(t, err)
			assert.Equal(t, c.want, string(e.JSON()))
		})
	}
	_, err := event.ParseBinary(map[string]string{"specversion": "1.0", "type": "t"}, nil)
	require.ErrorContains(t, err, "id, source missing")
	_, err = event.ParseBinary(with("datacontenttype", "text/plain"), []byte("\xff"))
	require.ErrorContains(t, err, "neither JSON nor text")
}

func TestStandardIsWhatAStrictReaderReads(t *testing.T) {
	for name, c := range map[string]struct{ written, want string }{
		"what is so already":      {withMembers(`"time":"2026-11-20T03:12:45+08:00","n":5,"b":true,"data":{}`), withMembers(`"time":"2026-11-20T03:12:45+08:00","n":5,"b":true,"data":{}`)},
		"a time of the service":   {withMembers(`"time":"2020-08-17T16:04:46.149Asia/Shanghai"`), withMembers(`"time":"2020-08-17T16:04:46.149+08:00"`)},
		"a time of equal length":  {withMembers(`"time":"2020-08-17 16:04:46Z"`), withMembers(`"time":"2020-08-17T16:04:46Z"`)},
		"a time that is a number": {withMembers(`"time":1597651486149`), withMembers(`"time":"2020-08-17T08:04:46.149Z"`)},
		"a time in no known form": {withMembers(`"time":"yesterday"`), withMembers("")},
		"no specversion":          {`{"id":"1","source":"s","type":"t"}`, `{"specversion":"1.0","id":"1","source":"s","type":"t"}`},
		"numbers for texts":       {`{"specversion":1.0,"id":7,"source":"s","type":true}`, `{"specversion":"1.0","id":"7","source":"s","type":"true"}`},
		"values of other types":   {withMembers(`"o":{"a": 1},"l":[1],"f":1.5,"big":12345678901`), withMembers(`"o":"{\"a\":1}","l":"[1]","f":"1.5","big":"12345678901"`)},
		"names that are none":     {withMembers(`"a-b":"1","a_b":"1","ä":"1","":"1"`), withMembers("")},
		"JSON called text":        {withMembers(`"datacontenttype":"text/plain","data":{"a":1}`), withMembers(`"datacontenttype":"application/json","data":{"a":1}`)},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := event.Parse([]byte(c.written))
			require.NoError(t, err)
			assert.Equal(t, c.want, string(e.Standard()))
			var sdk cloudevents.Event
			require.NoError(t, json.Unmarshal(e.Standard(), &sdk))
			assert.NoError(t, sdk.Validate())
		})
	}
}

// What is read of an event stays the same when it is read again, and when a
// template carried it.
func FuzzReading(f *testing.F) {
	for _, members := range []string{`"data":{"a":1}`, `"data":"a\"}},\"target\":1"`, `"data":"\"17\""`, inBase64(`"x"`), `"time":"2020-08-17T16:04:46.149PRC","aB":null,"data":"{}"`} {
		f.Add(members)
	}
	f.Fuzz(func(t *testing.T, members string) {
		e, err := event.Parse([]byte(withMembers(members)))
		if err != nil {
			return
		}
		again, err := event.Parse(e.JSON())
		require.NoError(t, err)
		assert.Equal(t, string(e.JSON()), string(again.JSON()))
		assert.True(t, json.Valid(e.Standard()))
		_, err = event.Parse(e.Standard())
		require.NoError(t, err)
		p, err := event.Decode([]byte(template(t, e.JSON())))
		if err != nil || len(e.Data()) == 0 || e.Data()[0] == '"' {
			return // a text may be refused, and blanks at its ends are not kept
		}
		assert.Equal(t, string(e.Data()), string(p.Items[0].Event.Data()))
	})
}
