package standin

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/inbox/inboxtest"
)

// phones returns an inbox with one phone, which anybody may send to: see package
// handset for who may.
func phones() (*inbox.Inbox, *inboxtest.Clock) {
	c := inboxtest.Start()
	in := inbox.New(inbox.Options{Now: c.Now}, Platform)
	in.Add(Platform.Type, "+8613800138000", inbox.Keys{})
	return in, c
}

// call sends a request of Alibaba Cloud's API.
func call(t *testing.T, in *inbox.Inbox, action string, query url.Values) map[string]any {
	t.Helper()
	w := inboxtest.Do(in, "POST", "/?"+query.Encode(), "", "", "x-acs-action", action)
	var body map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	return body
}

// read has the phone called, with changed parameters.
func read(t *testing.T, in *inbox.Inbox, change func(url.Values)) map[string]any {
	t.Helper()
	q := url.Values{"CalledNumber": {"13800138000"}, "TtsCode": {"TTS_1"}, "PlayTimes": {"2"}, "OutId": {"n1"}, "TtsParam": {`{"name":"train-7b"}`}}
	if change != nil {
		change(q)
	}
	return call(t, in, "SingleCallByTts", q)
}

func TestVoice(t *testing.T) {
	t.Run("takes a call and shows what is read", func(t *testing.T) {
		in, _ := phones()
		body := read(t, in, nil)
		assert.Equal(t, "OK", body["Code"])
		assert.NotEmpty(t, body["CallId"])
		seen := in.Received()
		require.Len(t, seen, 1)
		assert.True(t, seen[0].Accepted)
		assert.Equal(t, "voice", seen[0].Platform)
		assert.Contains(t, seen[0].Plain(), "name: train-7b")
	})
	for name, c := range map[string]struct {
		code   string
		change func(url.Values)
	}{
		"another number":    {"isv.MOBILE_NUMBER_ILLEGAL", func(q url.Values) { q.Set("CalledNumber", "1") }},
		"a text's template": {"isv.TTS_TEMPLATE_ILLEGAL", func(q url.Values) { q.Set("TtsCode", "SMS_1") }},
		"four readings":     {"isv.INVALID_PARAMETERS", func(q url.Values) { q.Set("PlayTimes", "4") }},
		"a long variable":   {"isv.TEMPLATE_PARAMS_ILLEGAL", func(q url.Values) { q.Set("TtsParam", `{"a":"`+strings.Repeat("a", 36)+`"}`) }},
		"a phone":           {"isv.TEMPLATE_PARAMS_ILLEGAL", func(q url.Values) { q.Set("TtsParam", `{"a":"13800138000"}`) }},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			in, _ := phones()
			body := read(t, in, c.change)
			assert.Equal(t, c.code, body["Code"])
		})
	}
	t.Run("calls a number once a minute, 5 times an hour and 20 times in 24 hours", func(t *testing.T) {
		in, clock := phones()
		taken := map[string]int{}
		for range 24 * 60 * 2 {
			body := read(t, in, nil)
			taken[body["Code"].(string)]++
			text, _ := body["Message"].(string)
			for _, level := range []string{"分钟级", "小时级", "天级"} {
				if strings.Contains(text, level) {
					taken[level]++
				}
			}
			clock.At = clock.At.Add(30 * time.Second)
		}
		assert.Equal(t, 20, taken["OK"])
		assert.Positive(t, taken["分钟级"])
		assert.Positive(t, taken["小时级"])
		assert.Positive(t, taken["天级"])
	})
}
