package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/inbox"
)

// ownDocument names nothing of the inbox, and every kind of receiver.
const ownDocument = `
workspace: lab
language: zh
quota: 20
contacts:
  - {name: alice, phone: "+12065550100", email: Alice.B@corp.example, language: en}
  - {name: 张伟, phone: "+8613900139001", email: zhangwei@corp.example}
  - {name: 王芳, phone: "+8613700137000", email: wangfang@corp.example, language: ja}
rules:
  - name: jobs
    source: dlc
    events: [job-failed]
    targets:
      - {type: dingtalk, name: oncall, webhook: env:OWN_DINGTALK, signing_key: env:OWN_DINGTALK_KEY}
      - {type: dingtalk, name: again, language: en, webhook: env:OWN_DINGTALK}
      - {type: lark, name: me, webhook: "https://open.feishu.cn/open-apis/bot/v2/hook/abcd", signing_key: env:OWN_LARK_KEY}
      - {type: lark, name: you, webhook: env:OWN_LARK}
      - {type: wecom, name: team, webhook: env:OWN_WECOM}
      - {type: email, contacts: [alice, 张伟], server: smtp.corp.example, from: PAI <noreply@corp.example>, password: env:OWN_SMTP}
      - {type: email, contacts: [王芳], server: "email-smtp.us-east-1.amazonaws.com:587", tls: starttls, username: AKIAX, from: ses@corp.example, password: env:OWN_SES}
      - {type: sms, contacts: [张伟, 王芳], sign_name: 示例公司, template_code: SMS_1234567}
      - {type: sms, contacts: [alice], origination_identity: "+12065550111"}
      - {type: voice, contacts: [张伟], tts_code: TTS_7654321, access_key_id: env:OWN_ID, access_key_secret: env:OWN_KEY}
      - {type: voice, contacts: [alice], origination_identity: "+12065550111", region: us-west-2}
  - name: models
    source: model
    events: ["*"]
    targets: [{type: http, name: registry, url: env:OWN_URL, secret: env:OWN_SECRET, headers: {Authorization: "Bearer env:OWN_TOKEN"}}]
`

// realReceiver is a receiver that no message may reach, or only some.
func realReceiver(t *testing.T) (address string, count *atomic.Int32) {
	t.Helper()
	count = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		count.Add(1)
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
	}))
	t.Cleanup(server.Close)
	return server.URL, count
}

func TestSendWithAnInboxShowsWhatEachReceiverOfADocumentWouldGet(t *testing.T) {
	own := document(t, ownDocument)
	real, count := realReceiver(t)
	var set []string
	for _, name := range []string{"OWN_DINGTALK", "OWN_LARK", "OWN_WECOM", "OWN_URL"} {
		set = append(set, name+"="+real+"/x")
	}
	for _, name := range []string{"OWN_DINGTALK_KEY", "OWN_LARK_KEY", "OWN_SMTP", "OWN_SES", "OWN_ID", "OWN_KEY", "OWN_SECRET", "OWN_TOKEN"} {
		set = append(set, name+"=whsec_aW5ib3gtc3RhbmQtaW4tc2VjcmV0LTAwMDAwMDAwMDAx")
	}
	set = append(set, "PAI_NOTIFY_ALLOW=127.0.0.1", "AWS_ACCESS_KEY_ID=own", "AWS_SECRET_ACCESS_KEY=own", "ALIBABA_CLOUD_ACCESS_KEY_ID=own", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=own")
	for function, c := range map[string]struct {
		event     string
		receivers []string
	}{
		"dingtalk": {"dlc-job-failed", []string{"OWN_DINGTALK", "OWN_DINGTALK"}},
		"lark":     {"dlc-job-failed", []string{"OWN-LARK", "robot-1431ff19"}},
		"wecom":    {"dlc-job-failed", []string{"OWN_WECOM"}},
		"email":    {"dlc-job-failed", []string{"Alice.B@corp.example", "wangfang@corp.example", "zhangwei@corp.example"}},
		"sms":      {"dlc-job-failed", []string{"+12065550100", "+8613700137000", "+8613900139001"}},
		"voice":    {"dlc-job-failed", []string{"+12065550100", "+8613900139001"}},
		"http":     {"model-version-approved", []string{"OWN_URL"}},
	} {
		for name, environment := range map[string][]string{"nothing set": nil, "all set": set} {
			for _, on := range []string{"process", "fc"} {
				if on == "fc" && environment == nil {
					continue // the other has more that could go wrong
				}
				t.Run(function+", "+name+", "+on, func(t *testing.T) {
					r := command(t, environment, "", "send", "-w", own, "--inbox", "--on", on, "--build", built(t), function, "events/"+c.event+".json")
					assert.Equal(t, exitOK, r.code, "%s%s", r.out, r.err)
					var got []string
					for line := range strings.Lines(r.err) {
						if to, ok := strings.CutPrefix(line, function+", to "); ok {
							got = append(got, strings.TrimSuffix(strings.TrimSpace(to), ":"))
						}
					}
					slices.Sort(got)
					assert.Equal(t, c.receivers, got)
				})
			}
		}
	}
	assert.Zero(t, count.Load(), "nobody gets anything")
}

// messages returns what the inbox of a program got for receivers of a type.
func (r *upProcess) messages(t *testing.T, platform string, arguments ...string) []string {
	t.Helper()
	res, err := enter(t, r.link(t, arguments...)).Get(r.url + "/messages.json")
	require.NoError(t, err)
	defer res.Body.Close()
	var all []inbox.Message
	require.NoError(t, json.NewDecoder(res.Body).Decode(&all))
	var to []string
	for _, m := range all {
		if m.Platform == platform && m.Accepted {
			to = append(to, m.Receiver)
		}
	}
	slices.Sort(to)
	return to
}

// sendsAll returns when all notifications of an event are sent.
func (r *upProcess) sendsAll(t *testing.T, event, data string) {
	t.Helper()
	require.Eventually(t, func() bool {
		all, sent := 0, 0
		for _, n := range r.history(t, "--data", data) {
			if n.EventID == event {
				all++
				if n.Outcome == "sent" {
					sent++
				}
			}
		}
		return all > 0 && all == sent
	}, eventually, tick)
}

func TestUpWithAnInboxTakesWhatNoVariableOfTheUserLeadsElsewhere(t *testing.T) {
	for name, flags := range map[string][]string{"in process": nil, "isolated": {"--isolate", "--build", built(t)}} {
		t.Run(name, func(t *testing.T) {
			real, count := realReceiver(t)
			own, data := document(t, ownDocument), t.TempDir()
			environment := []string{"PATH=" + os.Getenv("PATH"), "OWN_WECOM=" + real + "/cgi-bin/webhook/send?key=x", "PAI_NOTIFY_ALLOW=127.0.0.1"}
			up := startUp(t, environment, append(flags, "-w", own, "--inbox", "--data", data)...)
			status, _ := up.post(t, failure("1"))
			require.Equal(t, http.StatusAccepted, status)
			up.sendsAll(t, "1", data)
			assert.EqualValues(t, 1, count.Load(), "the robot that the user has set")
			for platform, want := range map[string][]string{
				"dingtalk": {"OWN_DINGTALK", "OWN_DINGTALK"},
				"lark":     {"OWN-LARK", "robot-1431ff19"},
				"wecom":    nil,
				"email":    {"Alice.B@corp.example", "wangfang@corp.example", "zhangwei@corp.example"},
				"sms":      {"+12065550100", "+8613700137000", "+8613900139001"},
				"voice":    {"+12065550100", "+8613900139001"},
			} {
				assert.Equal(t, want, up.messages(t, platform, "--data", data), platform)
			}

			// A contact and a robot that come while it runs.
			changed := strings.NewReplacer("contacts:\n", "contacts:\n  - {name: 新人, email: new@corp.example}\n", "[alice, 张伟]", "[新人]", "env:OWN_DINGTALK}", "env:OTHER_ROBOT}").Replace(ownDocument)
			changed = changed[:strings.Index(changed, "      - {type: voice")] + changed[strings.Index(changed, "  - name: models"):] // a number gets one call a minute
			require.NoError(t, os.WriteFile(own, []byte(changed), 0o600))
			r := command(t, append(environment, "HOME="+up.home), "", "apply", "-w", own, "--bus", "local", "--data", data, "--yes")
			require.Equal(t, exitOK, r.code, "%s%s", r.out, r.err)
			status, _ = up.post(t, failure("2"))
			require.Equal(t, http.StatusAccepted, status)
			up.sendsAll(t, "2", data)
			assert.Contains(t, up.messages(t, "email", "--data", data), "new@corp.example")
			assert.Contains(t, up.messages(t, "dingtalk", "--data", data), "OTHER_ROBOT")

			for _, n := range up.history(t, "--data", data) {
				real := strings.Contains(string(n.Answer), `"target":"wecom/team"`)
				assert.Equal(t, !real, strings.Contains(string(n.Answer), "accepted by the inbox, not by the real receiver"), string(n.Answer))
			}

			up.stop(t)
			said := up.err.String()
			assert.Contains(t, said, "--inbox: wecom/team: to its REAL receiver, because OWN_WECOM is set")
			assert.Contains(t, said, "--inbox: email/email-张伟: to the inbox, in place of OWN_SMTP\n")
			assert.Contains(t, said, "--inbox: email/email-新人: to the inbox, in place of OWN_SMTP\n")
			assert.NotContains(t, said, "is not set on this machine", "what the inbox takes needs no variable")
		})
	}
}

func TestTestWithAnInboxReachesNobody(t *testing.T) {
	r := command(t, nil, "", "test", "-w", document(t, ownDocument), "--inbox", "--yes", "--json")
	assert.Equal(t, exitOK, r.code, "%s%s", r.out, r.err)
	assert.Equal(t, 14, strings.Count(r.out, `"status":"sent"`), r.out)
	assert.Equal(t, 14, strings.Count(r.out, "accepted by the inbox, not by the real receiver"), r.out)
}

func TestAKeyInOtherLettersLeadsNoMessagePastTheInbox(t *testing.T) {
	real, count := realReceiver(t)
	for function, keys := range map[string][]string{"wecom": {"Webhook", "WEBHOOK", `webhoo\u212a`}, "dingtalk": {"Webhook", `webhoo\u212a`}, "http": {"URL", "Url"}} {
		for _, key := range keys {
			for _, on := range []string{"process", "fc"} {
				t.Run(function+", "+key+", "+on, func(t *testing.T) {
					payload := fmt.Sprintf(`{"rule":"r","target":{"type":%q,"name":"t","parameters":{"%s":"%s/x"}},"event":%s}`, function, key, real, failure("1"))
					r := command(t, []string{"PAI_NOTIFY_ALLOW=127.0.0.1"}, payload, "send", "--inbox", "--on", on, "--build", built(t), function, "-")
					assert.NotContains(t, r.out+r.err, real)
				})
			}
		}
	}
	assert.Zero(t, count.Load())
}

func TestADirectoryIsForAnInboxOrForRealReceivers(t *testing.T) {
	real, count := realReceiver(t)
	own := document(t, oneRobot)
	environment := []string{"DINGTALK_WEBHOOK=" + real + "/robot/send?access_token=x", "PAI_NOTIFY_ALLOW=127.0.0.1"}
	for name, c := range map[string]struct {
		begun, then []string
		refused     string
	}{
		"what waits for real receivers is not called sent": {nil, []string{"--inbox"}, "an inbox would take what waits there"},
		"what was only tried out reaches nobody":           {[]string{"--inbox"}, nil, "would reach real receivers"},
		"a trial goes on":                                  {[]string{"--inbox"}, []string{"--inbox"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			flags := func(more []string) []string {
				return append([]string{"up", "--once", "-w", own, "--data", data}, more...)
			}
			require.Equal(t, exitOK, command(t, environment, "", flags(c.begun)...).code)
			r := command(t, environment, "", flags(c.then)...)
			if c.refused == "" {
				assert.Equal(t, exitOK, r.code, r.err)
				return
			}
			assert.NotEqual(t, exitOK, r.code)
			assert.Contains(t, r.err, c.refused)
		})
	}
	assert.Zero(t, count.Load())

	t.Run("a trial has none of its own accord", func(t *testing.T) {
		home := t.TempDir()
		r := command(t, append(environment, "HOME="+home), "", "up", "--once", "--inbox", "-w", own)
		require.Equal(t, exitOK, r.code, r.err)
		require.Equal(t, exitOK, command(t, append(environment, "HOME="+home), "", "up", "--once", "-w", own).code, "nothing of it is left")
	})
	t.Run("one that was never begun may be used for either", func(t *testing.T) {
		data := t.TempDir()
		require.NoError(t, running.KeepApart(data, true))
		require.NoError(t, running.KeepApart(data, false))
		require.NoError(t, running.KeepApart(data, false))
		require.NoError(t, running.KeepApart(local.Memory, true))
	})
}

func TestTheConsolesTestMessagesAndPastedSecretsStayInTheInbox(t *testing.T) {
	real, count := realReceiver(t)
	secret := real + "/robot/send?access_token="
	own, data := document(t, ownDocument), t.TempDir()
	up := startUp(t, []string{"PATH=" + os.Getenv("PATH"), "PAI_NOTIFY_ALLOW=127.0.0.1"}, "-w", own, "--inbox", "--data", data)
	browser := enter(t, up.link(t, "--data", data))
	do := func(what string) string {
		res, err := browser.PostForm(up.url+"/new-rule", url.Values{
			"name": {"fresh"}, "enabled": {"true"}, "source": {"dlc"}, "events": {"job-failed"},
			"t0.type": {"dingtalk"}, "t0.was": {"-1"}, "t0.name": {"fresh"}, "t0.webhook": {secret + "pasted"}, "do": {what},
		})
		require.NoError(t, err)
		defer res.Body.Close()
		page, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return string(page)
	}
	assert.Contains(t, do("test:0"), "accepted by the inbox, not by the real receiver")
	assert.Zero(t, count.Load(), "the test message")
	do("save")
	code, _ := up.post(t, failure("1"))
	require.Equal(t, http.StatusAccepted, code)
	up.sendsAll(t, "1", data)
	assert.Contains(t, up.messages(t, "dingtalk", "--data", data), "FRESH_FRESH_WEBHOOK")
	assert.Zero(t, count.Load(), "a message to the robot that was pasted")
}
