package dingtalk

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/functions/dingtalk/standin"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	token = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	key   = "SECtest0000000000000000000000000000000000000000000000000000000001"
)

func sample() message.Message {
	return message.Message{
		Language: message.English,
		Severity: event.Critical,
		Title:    "DLC job failed: train-7b",
		Fields:   []message.Field{{Key: "id", Label: "Job", Value: "dlc1abc"}, {Key: "status", Label: "Status", Value: "Failed"}},
		Next:     "Read the log of the first instance that failed.",
		Link:     "https://pai.console.aliyun.com/?regionId=cn-hangzhou#/dlc/jobs/dlc1abc",
		LinkText: "Open in console",
	}
}

func notification() target.Notification {
	return target.Notification{ID: "n1", Message: sample()}
}

// open opens a robot at a receiver on loopback.
func open(t *testing.T, base string, change func(*Config)) robot {
	t.Helper()
	c := Config{Webhook: target.Secret(base + "/robot/send?access_token=" + token), SigningKey: key}
	if change != nil {
		change(&c)
	}
	made, err := New(c)
	require.NoError(t, err)
	return made.(robot)
}

// standIn is a robot of the inbox that checks all the real one checks.
func standIn(t *testing.T, o inbox.Options, keywords ...string) (*inbox.Inbox, string) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	in := inbox.New(o, standin.Platform)
	in.Add("dingtalk", token, inbox.Keys{Secret: key, Keywords: keywords})
	s := httptest.NewServer(in)
	t.Cleanup(s.Close)
	return in, s.URL
}

const accepted = `{"errcode":0,"errmsg":"ok"}`

// answers are all rows of the error table.
var answers = []targettest.Answer{
	{Name: "busy", Status: 200, Body: `{"errcode":-1,"errmsg":"系统繁忙"}`, Class: targettest.Transient},
	{Name: "blank token", Status: 200, Body: `{"errcode":88,"errmsg":"x"}`, Class: targettest.Permanent},
	{Name: "a code in other letters beside it", Status: 200, Body: `{"errcode":40035,"ErrCode":0,"ERRCODE":0}`, Class: targettest.Permanent},
	{Name: "missing parameter", Status: 200, Body: `{"errcode":40035,"errmsg":"缺少参数 access_token"}`, Class: targettest.Permanent},
	{Name: "not POST", Status: 200, Body: `{"errcode":43002,"errmsg":"x"}`, Class: targettest.Permanent},
	{Name: "content type", Status: 200, Body: `{"errcode":43004,"errmsg":"x"}`, Class: targettest.Permanent},
	{Name: "quota", Status: 200, Body: `{"errcode":90030,"errmsg":"x"}`, Class: targettest.RetryAfter},
	{Name: "too long, older code", Status: 200, Body: `{"errcode":101002,"errmsg":"x"}`, Class: targettest.Permanent},
	{Name: "too long", Status: 200, Body: `{"errcode":460101,"errmsg":"x"}`, Class: targettest.Permanent},
	{Name: "too fast", Status: 200, Body: `{"errcode":130101,"errmsg":"send too fast"}`, Class: targettest.RetryAfter},
	{Name: "too fast, newer code", Status: 200, Body: `{"errcode":410100,"errmsg":"x"}`, Class: targettest.RetryAfter},
	{Name: "frequency", Status: 200, Body: `{"errcode":300001,"errmsg":"Frequency limited"}`, Class: targettest.RetryAfter},
	{Name: "token unknown, ambiguous code", Status: 200, Body: `{"errcode":300001,"errmsg":"token is not exist"}`, Class: targettest.Permanent},
	{Name: "token unknown", Status: 200, Body: `{"errcode":300005,"errmsg":"token is not exist"}`, Class: targettest.Permanent},
	{Name: "keyword", Status: 200, Body: `{"errcode":310000,"errmsg":"keywords not in content, more: [https://ding-doc.example]"}`, Class: targettest.Permanent},
	{Name: "timestamp", Status: 200, Body: `{"errcode":310000,"errmsg":"invalid timestamp"}`, Class: targettest.Permanent},
	{Name: "signature", Status: 200, Body: `{"errcode":310000,"errmsg":"sign not match"}`, Class: targettest.Permanent},
	{Name: "address", Status: 200, Body: `{"errcode":310000,"errmsg":"ip 192.0.2.7 not in whitelist"}`, Class: targettest.Permanent},
	{Name: "other security", Status: 200, Body: `{"errcode":310000,"errmsg":"x"}`, Class: targettest.Permanent},
	{Name: "group dissolved", Status: 200, Body: `{"errcode":400013,"errmsg":"x"}`, Class: targettest.Gone},
	{Name: "token removed", Status: 200, Body: `{"errcode":400101,"errmsg":"x"}`, Class: targettest.Gone},
	{Name: "robot removed", Status: 200, Body: `{"errcode":400106,"errmsg":"x"}`, Class: targettest.Gone},
	{Name: "robot disabled", Status: 200, Body: `{"errcode":400102,"errmsg":"x"}`, Class: targettest.Permanent},
	{Name: "message type", Status: 200, Body: `{"errcode":400105,"errmsg":"x"}`, Class: targettest.Permanent},
	{Name: "unsafe link", Status: 200, Body: `{"errcode":430101,"errmsg":"x"}`, Class: targettest.Permanent},
	{Name: "unsafe text", Status: 200, Body: `{"errcode":430102,"errmsg":"x"}`, Class: targettest.Permanent},
	{Name: "unsafe image", Status: 200, Body: `{"errcode":430103,"errmsg":"x"}`, Class: targettest.Permanent},
	{Name: "unsafe content", Status: 200, Body: `{"errcode":430104,"errmsg":"x"}`, Class: targettest.Permanent},
	{Name: "unknown code", Status: 200, Body: `{"errcode":999999,"errmsg":"x"}`, Class: targettest.Transient},
	{Name: "final code with a transient status", Status: 500, Body: `{"errcode":400101,"errmsg":"x"}`, Class: targettest.Gone},
	{Name: "success code with an error status", Status: 403, Body: `{"errcode":0,"errmsg":"ok"}`, Class: targettest.Permanent},
	{Name: "flow control", Status: 200, Body: `{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"u"}`, Class: targettest.RetryAfter},
	{Name: "code of a huge number", Status: 200, Body: `{"errcode":1e30,"errmsg":"x"}`, Class: targettest.Unconfirmed},
}

func TestSuite(t *testing.T) {
	targettest.Run(t, targettest.Harness{
		Open: func(base string) (target.Target, error) {
			return New(Config{Webhook: target.Secret(base + "/robot/send?access_token=" + token), SigningKey: key})
		},
		Notification: notification(),
		Accepted:     accepted,
		Receipt:      target.Receipt{Status: 200, Code: "0"},
		Read:         read,
		Secrets:      []string{token, key},
		Answers:      answers,
	})
}

func TestRefusal(t *testing.T) {
	t.Run("tells each meaning of 310000 apart, in either language of the platform", func(t *testing.T) {
		for text, advice := range map[string]string{
			"keywords not in content": "keyword",
			"description:关键词不匹配;solution:请联系群管理员查看此机器人的关键词":                                  "keyword",
			"description:机器人发送签名不匹配；solution:请确认签名和生成签名的时间戳(timestamp)都放在请求的网址中，并确认机器人的密钥加签": "signing key",
			"sign not match":                   "signing key",
			"ip 192.0.2.7 not in whitelist":    "NAT",
			"description:请求的ip地址不在白名单":         "NAT",
			"something nobody has seen so far": "security settings",
		} {
			refused, ok := asRefusal(refused(310000, 200, text, message.English))
			require.True(t, ok)
			assert.Contains(t, refused.Advice, advice, text)
			assert.Equal(t, "310000", refused.Code)
			assert.Equal(t, text, refused.Text)
		}
	})
	t.Run("has advice for every code in every language", func(t *testing.T) {
		for _, row := range codes {
			for _, l := range message.Languages() {
				advice := row.Advice.In(l)
				assert.NotEmpty(t, advice, "%s in %s", row.Codes, l)
				assert.NotContains(t, advice, "\n", "%s in %s", row.Codes, l)
			}
		}
	})
	t.Run("waits out the penalty", func(t *testing.T) {
		for _, code := range []int64{130101, 410100} {
			wait, ok := target.Wait(refused(code, 200, "", message.English))
			assert.True(t, ok)
			assert.Equal(t, 10*time.Minute, wait)
		}
	})
	t.Run("waits for the gateway at least a window and at most the penalty", func(t *testing.T) {
		for said, want := range map[float64]time.Duration{0: time.Minute, 5: time.Minute, 90: 90 * time.Second, 1e9: 10 * time.Minute, -1: time.Minute} {
			wait, ok := target.Wait(flowControl(reply{Status: 1111, Wait: said}, 200, message.English))
			assert.True(t, ok)
			assert.Equal(t, want, wait)
		}
	})
}

func TestSend(t *testing.T) {
	ctx := context.Background()
	t.Run("is accepted by a robot that checks everything", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{}, "PAI通知")
		r := open(t, base, func(c *Config) { c.Keyword = "PAI通知" })
		require.NoError(t, targettest.ErrorOf(r.Send(ctx, notification())))
		seen := in.Received()
		require.Len(t, seen, 1)
		assert.True(t, seen[0].Accepted)
		assert.Equal(t, "valid", seen[0].Signature)
	})
	t.Run("takes webhook and key from the environment", func(t *testing.T) {
		_, base := standIn(t, inbox.Options{})
		t.Setenv(secret.DeclaredVariable, "ROBOT KEY")
		t.Setenv("ROBOT", base+"/robot/send?access_token="+token+"&timestamp=1&sign=pasted")
		t.Setenv("KEY", key)
		r := open(t, base, func(c *Config) { c.Webhook, c.SigningKey = "env:ROBOT", "env:KEY" })
		assert.NoError(t, targettest.ErrorOf(r.Send(ctx, notification())))
	})
	t.Run("fails for good without the key that a rule names", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		r := open(t, base, func(c *Config) { c.SigningKey = "env:NO_SUCH_KEY" })
		_, err := r.Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		assert.ErrorContains(t, err, "NO_SUCH_KEY")
		assert.Empty(t, in.Received())
	})
	t.Run("fails for good when the key that a rule names is a URL", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		t.Setenv(secret.DeclaredVariable, "KEY")
		t.Setenv("KEY", base+"/robot/send?access_token="+token)
		_, err := open(t, base, func(c *Config) { c.SigningKey = "env:KEY" }).Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		assert.ErrorContains(t, err, "holds a URL")
		assert.NotContains(t, err.Error(), token)
		assert.Empty(t, in.Received())
	})
	t.Run("fails for good for a webhook of another host", func(t *testing.T) {
		t.Setenv(webhook.AllowVariable, "")
		t.Setenv(secret.DeclaredVariable, "ROBOT")
		t.Setenv("ROBOT", "https://oapi.dingtalk.com.evil.example/robot/send?access_token="+token)
		r := open(t, "", func(c *Config) { c.Webhook = "env:ROBOT" })
		_, err := r.Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		assert.ErrorContains(t, err, "oapi.dingtalk.com")
		assert.NotContains(t, err.Error(), "evil")
		assert.NotContains(t, err.Error(), token)
	})
	t.Run("waits ten minutes after the twenty-first message of a minute", func(t *testing.T) {
		_, base := standIn(t, inbox.Options{})
		r := open(t, base, nil)
		for range 20 {
			require.NoError(t, targettest.ErrorOf(r.Send(ctx, notification())))
		}
		wait, ok := target.Wait(targettest.ErrorOf(r.Send(ctx, notification())))
		assert.True(t, ok)
		assert.Equal(t, 10*time.Minute, wait)
	})
	t.Run("signs again when the timestamp was refused", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		r := open(t, base, nil)
		times := []time.Time{time.Now().Add(-2 * time.Hour), time.Now()}
		r.now = func() time.Time {
			now := times[0]
			times = times[1:]
			return now
		}
		require.NoError(t, targettest.ErrorOf(r.Send(ctx, notification())))
		assert.Len(t, in.Received(), 2)
	})
	t.Run("gives up when the clock stays wrong", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		r := open(t, base, nil)
		r.now = func() time.Time { return time.Now().Add(-2 * time.Hour) }
		_, err := r.Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		refused, ok := asRefusal(err)
		require.True(t, ok)
		assert.Contains(t, refused.Advice, "clock")
		assert.Len(t, in.Received(), 2)
	})
	t.Run("shortens once what was too long", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		in.Script("dingtalk", token, inbox.Script{Status: 200, Body: `{"errcode":460101,"errmsg":"too long"}`})
		n := notification()
		for range 40 {
			n.Message.Fields = append(n.Message.Fields, message.Field{Label: "Reason", Value: longText})
		}
		require.NoError(t, targettest.ErrorOf(open(t, base, nil).Send(ctx, n)))
		seen := in.Received()
		require.Len(t, seen, 2)
		assert.LessOrEqual(t, len(seen[0].Body), 20000)
		assert.LessOrEqual(t, len(seen[1].Body), 10000)
		assert.Contains(t, seen[1].Text, "dlc1abc")
	})
	t.Run("leaves links out once they were called unsafe", func(t *testing.T) {
		for _, style := range []Style{Markdown, ActionCard} {
			in, base := standIn(t, inbox.Options{})
			in.Script("dingtalk", token, inbox.Script{Status: 200, Body: `{"errcode":430101,"errmsg":"unsafe"}`})
			r := open(t, base, func(c *Config) { c.Style = style })
			require.NoError(t, targettest.ErrorOf(r.Send(ctx, notification())))
			seen := in.Received()
			require.Len(t, seen, 2)
			assert.Contains(t, seen[0].Body, "https://")
			assert.NotContains(t, seen[1].Body, "https://")
		}
	})
	t.Run("corrects one thing after another", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		for _, answer := range []string{`{"errcode":310000,"errmsg":"keywords not in content"}`, `{"errcode":430101,"errmsg":"unsafe"}`, `{"errcode":460101,"errmsg":"too long"}`} {
			in.Script("dingtalk", token, inbox.Script{Status: 200, Body: answer})
		}
		n := notification()
		for range 40 {
			n.Message.Fields = append(n.Message.Fields, message.Field{Label: "Reason", Value: longText})
		}
		n.Message.Title = "PAI: " + n.Message.Title
		r := open(t, base, func(c *Config) { c.Keyword = "PAI" })
		require.NoError(t, targettest.ErrorOf(r.Send(ctx, n)))
		seen := in.Received()
		require.Len(t, seen, 4)
		last := seen[3]
		assert.True(t, last.Accepted)
		assert.NotContains(t, last.Body, "https://")
		assert.True(t, strings.HasSuffix(last.Text, "\n\nPAI"))
		assert.LessOrEqual(t, len(last.Body), 10000)
		assert.Contains(t, last.Text, "dlc1abc")
	})
	t.Run("reminds those it mentions", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		r := open(t, base, func(c *Config) {
			c.Mention = Mention{Mobiles: []string{"13800000000"}, Users: []string{"user_1"}, All: true}
		})
		require.NoError(t, targettest.ErrorOf(r.Send(ctx, notification())))
		assert.Equal(t, []string{"all", "13800000000", "user_1"}, in.Received()[0].Mentions)
	})
	t.Run("names people in text and list alike, as DingTalk matches them", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		r := open(t, base, func(c *Config) {
			c.Mention = Mention{Mobiles: []string{"138-0013-8000", "+86 139 0013 9000", "13800138000"}, Users: []string{"u1", "u1"}}
		})
		require.NoError(t, targettest.ErrorOf(r.Send(ctx, notification())))
		seen := in.Received()[0]
		assert.Equal(t, []string{"13800138000", "13900139000", "u1"}, seen.Mentions)
		assert.Contains(t, seen.Body, `"atMobiles":["13800138000","13900139000"],"atUserIds":["u1"]`)
		assert.Contains(t, seen.Text, "@13800138000 @13900139000 @u1")
	})
	t.Run("leaves out whom it cannot mention, and says so", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		r := open(t, base, func(c *Config) {
			c.Mention = Mention{Mobiles: []string{"+852 5123 4567", "13800138000"}, Users: []string{"all"}}
		})
		receipt, err := r.Send(ctx, notification())
		require.NoError(t, err)
		assert.Equal(t, []string{"13800138000"}, in.Received()[0].Mentions)
		assert.Contains(t, receipt.Note, "mention.mobiles[0]: is a number outside the Chinese mainland")
		assert.NotContains(t, in.Received()[0].Body, "5123")
	})
	t.Run("keeps the key of the platform's words in the language of the reader", func(t *testing.T) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"errcode":400102,"errmsg":"robot disabled"}`))
		}))
		defer s.Close()
		t.Setenv(webhook.AllowVariable, "127.0.0.1")
		n := notification()
		n.Message.Language = message.Chinese
		refused, ok := asRefusal(targettest.ErrorOf(open(t, s.URL, nil).Send(ctx, n)))
		require.True(t, ok)
		assert.Equal(t, "机器人已停用：请在群设置中启用。", refused.Advice)
		assert.Equal(t, "dingtalk: 400102 robot disabled", refused.Error())
	})
	t.Run("has no receipt for what was refused, whoever was left out", func(t *testing.T) {
		_, base := standIn(t, inbox.Options{})
		r := open(t, base, func(c *Config) {
			c.SigningKey, c.Mention = "SECwrong", Mention{Users: []string{"all"}}
		})
		receipt, err := r.Send(context.Background(), notification())
		require.Error(t, err)
		assert.Zero(t, receipt)
	})
}

func TestConfiguration(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "")
	hook := `"webhook":"https://oapi.dingtalk.com/robot/send?access_token=` + token + `"`
	refused := map[string]struct{ config, want string }{
		"nothing":                       {`{}`, "webhook: is missing"},
		"an unknown key":                {`{` + hook + `,"singing_key":"x"}`, "singing_key"},
		"an unknown style":              {`{` + hook + `,"style":"card"}`, "action_card"},
		"a mention in a card":           {`{` + hook + `,"style":"action_card","mention":{"all":true}}`, "mention"},
		"a mobile that is none":         {`{` + hook + `,"mention":{"mobiles":["Alice"]}}`, "mobiles[0]"},
		"a mobile that is too short":    {`{` + hook + `,"mention":{"mobiles":["13800138000","138-0013"]}}`, "mobiles[1]: is not a mobile number"},
		"a mobile abroad":               {`{` + hook + `,"mention":{"mobiles":["+852 5123 4567"]}}`, "under users"},
		"a mobile among the users":      {`{` + hook + `,"mention":{"users":["+8613800138000"]}}`, "under mobiles"},
		"everybody as a user":           {`{` + hook + `,"mention":{"users":["@all"]}}`, "all: true"},
		"a reference to a mobile":       {`{` + hook + `,"mention":{"mobiles":["env:ONCALL"]}}`, "mention.mobiles[0]: looks like a reference"},
		"a keyword by reference":        {`{` + hook + `,"keyword":"${KEYWORD}"}`, "keyword: looks like a reference"},
		"a key by a placeholder":        {`{` + hook + `,"signing_key":"$DINGTALK_KEY"}`, "signing_key: holds a placeholder"},
		"a user id that is none":        {`{` + hook + `,"mention":{"users":["a b"]}}`, "users[0]"},
		"a keyword of two lines":        {`{` + hook + `,"keyword":"a\nb"}`, "keyword"},
		"plain http":                    {`{"webhook":"http://oapi.dingtalk.com/robot/send?access_token=a"}`, "https"},
		"another host":                  {`{"webhook":"https://open.feishu.cn/robot/send?access_token=a"}`, "oapi.dingtalk.com"},
		"another path":                  {`{"webhook":"https://oapi.dingtalk.com/robot/sent?access_token=a"}`, "/robot/send"},
		"no token":                      {`{"webhook":"https://oapi.dingtalk.com/robot/send"}`, "access_token"},
		"two tokens":                    {`{"webhook":"https://oapi.dingtalk.com/robot/send?access_token=a&access_token=b"}`, "access_token"},
		"a whole URL as token":          {`{"webhook":"https://oapi.dingtalk.com/robot/send?access_token=https://oapi.dingtalk.com"}`, "whole URL"},
		"a whole URL as key":            {`{` + hook + `,"signing_key":"https://oapi.dingtalk.com/robot/send?access_token=` + token + `"}`, "signing_key: holds a URL"},
		"a key of two lines":            {`{` + hook + `,"signing_key":"SEC\na"}`, "signing_key"},
		"a token where the URL belongs": {`{"webhook":"` + token + `"}`, "https://"},
	}
	for name, c := range refused {
		t.Run("is refused with "+name, func(t *testing.T) {
			err := Spec.Check(json.RawMessage(c.config))
			require.Error(t, err)
			assert.True(t, target.IsPermanent(err))
			assert.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), token)
		})
	}
	t.Run("is accepted with everything", func(t *testing.T) {
		err := Spec.Check(json.RawMessage(`{` + hook + `,"signing_key":"env:KEY","style":"markdown","mention":{"mobiles":["+86-13800000000"],"users":["u1"],"all":true},"keyword":"PAI"}`))
		assert.NoError(t, err)
	})
}
