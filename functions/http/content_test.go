package http

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func binary(t *testing.T, members string) (http.Header, string) {
	t.Helper()
	e, err := event.Parse([]byte(`{"id":"e1","source":"acs.paimodel","type":"t"` + members + `}`))
	require.NoError(t, err)
	h, body := content(Binary, e)
	return h, string(body)
}

func TestBinaryModeHasTheDataInTheBody(t *testing.T) {
	for name, c := range map[string]struct{ members, contentType, body string }{
		"JSON":                          {`,"data":{"a":[1]}`, "application/json", `{"a":[1]}`},
		"JSON of a type of its own":     {`,"datacontenttype":"application/json;charset=utf-8","data":{"a":1}`, "application/json;charset=utf-8", `{"a":1}`},
		"JSON that is a string":         {`,"data":"a"`, "application/json", `"a"`},
		"JSON of a suffix":              {`,"datacontenttype":"application/x+JSON; v=1","data":"a"`, "application/x+JSON; v=1", `"a"`},
		"text":                          {`,"datacontenttype":"text/plain","data":"你\nb"`, "text/plain", "你\nb"},
		"XML":                           {`,"datacontenttype":"application/xml","data":"<a/>"`, "application/xml", "<a/>"},
		"JSON in base64":                {`,"data_base64":"e30="`, "application/json", "{}"},
		"nothing":                       {``, "", ""},
		"null":                          {`,"data":null`, "", ""},
		"a type that breaks the header": {`,"datacontenttype":"a\r\nX-Evil: b","data":{}`, "application/json", "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			h, body := binary(t, c.members)
			assert.Equal(t, c.contentType, h.Get("Content-Type"))
			assert.Equal(t, c.body, body)
		})
	}
}

func TestBinaryModeHasTheAttributesInHeaders(t *testing.T) {
	h, _ := binary(t, `,"subject":"模型 \"a\" 100%","time":"2026-11-27T08:00:00Z","aliyunregionid":"cn-hangzhou","n":7,"b":true,"none":null,"empty":"","x":"a\r\nX-Evil: b\u007f~",
		"Id":"forged","no_name":"x","object":{"a":1},"data":{"secret":1}`)
	assert.Equal(t, http.Header{
		"Ce-Specversion": {"1.0"}, "Ce-Id": {"e1"}, "Ce-Source": {"acs.paimodel"}, "Ce-Type": {"t"},
		"Ce-Subject": {"%E6%A8%A1%E5%9E%8B%20%22a%22%20100%25"}, "Ce-Time": {"2026-11-27T08:00:00Z"}, "Ce-Aliyunregionid": {"cn-hangzhou"},
		"Ce-N": {"7"}, "Ce-B": {"true"}, "Ce-X": {"a%0D%0AX-Evil:%20b%7F~"}, "Ce-Object": {"{%22a%22:1}"}, "Content-Type": {"application/json"},
	}, h)
}

func TestAnyTextSurvivesAHeader(t *testing.T) {
	for m := range targettest.AnyText(message.Message{Fields: []message.Field{{Key: "id", Value: "dlc1abc"}}}) {
		text, err := json.Marshal(m.Fields[0].Value)
		require.NoError(t, err)
		e, err := event.Parse([]byte(`{"id":"e1","source":"s","type":"t","subject":` + string(text) + `}`))
		require.NoError(t, err)
		var want string
		require.NoError(t, json.Unmarshal(text, &want))
		h, _ := content(Binary, e)
		got, err := url.PathUnescape(h.Get("Ce-Subject"))
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

func TestBinarySuite(t *testing.T) {
	targettest.Run(t, targettest.Harness{
		Open: func(base string) (target.Target, error) {
			return New(Config{URL: target.Secret(base + "/hooks/T0KEN-in-path-1234"), Secret: secret, ContentMode: Binary})
		},
		Notification: notification(t),
		Read:         targettest.Parameters,
		Accepted:     `{"status":"received"}`,
		Receipt:      target.Receipt{Status: 200},
		ByStatus:     true,
		Secrets:      []string{"T0KEN-in-path-1234", secret},
	})
}

func TestAnUnresolvedFormIsNeverSent(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer s.Close()
	t.Setenv("PAI_NOTIFY_ALLOW", "127.0.0.1")
	for _, value := range []string{"Bearer ${TOKEN}", "Bearer $TOKEN", "Bearer {{ TOKEN }}", "$TOKEN", "token=env:TOKEN", "Bearer env: TOKEN"} {
		parameters, err := json.Marshal(map[string]any{"url": s.URL, "headers": map[string]string{"Authorization": value}})
		require.NoError(t, err)
		_, err = Spec.Open(parameters)
		assert.ErrorContains(t, err, "headers.Authorization: ", value)
		assert.True(t, target.IsPermanent(err))
	}
	made, err := Spec.Open(json.RawMessage(`{"url":"` + s.URL + `","headers":{"Authorization":"Bearer env:NOT_SET_ANYWHERE"}}`))
	require.NoError(t, err)
	t.Setenv(target.SecretsVariable, "NOT_SET_ANYWHERE")
	_, err = made.Send(context.Background(), notification(t))
	assert.ErrorContains(t, err, "NOT_SET_ANYWHERE is not set")
	assert.Zero(t, asked)
}

func TestAWordBeforeAReferenceIsSentWithItsValue(t *testing.T) {
	t.Setenv(target.SecretsVariable, "TOKEN")
	t.Setenv("TOKEN", "t0k3n")
	header, _ := sentTo(t, func(r *receiver) { r.Headers = map[string]target.Secret{"Authorization": "Bearer env:TOKEN"} })
	assert.Equal(t, "Bearer t0k3n", header.Get("Authorization"))
}
