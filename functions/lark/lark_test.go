package lark

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/functions/lark/standin"
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
	id  = "01234567-89ab-cdef-0123-456789abcdef"
	key = "zs0TqAbCdEfGhIjKlMnOpQ"
)

func asRefusal(err error) (*target.Refusal, bool) { return errors.AsType[*target.Refusal](err) }

func sample() message.Message {
	return message.Message{
		Language: message.English,
		Severity: event.Critical,
		Title:    "DLC job failed: train-7b",
		Fields:   []message.Field{{Key: "id", Label: "Job", Value: "dlc1abc"}, {Key: "status", Label: "Status", Value: "Failed"}},
		Next:     "Read the log of the first instance that failed.",
		Link:     "https://pai.console.aliyun.com/?regionId=cn-hangzhou#/dlc/jobs/dlc1abc",
		LinkText: "Open in console",
		Subject:  "dlc1abc",
	}
}

func notification() target.Notification {
	return target.Notification{ID: "n1", Message: sample()}
}

// open opens a bot at a receiver on loopback.
func open(t *testing.T, base string, change func(*Config)) bot {
	t.Helper()
	c := Config{Webhook: target.Secret(base + hookPath + id), SigningKey: key}
	if change != nil {
		change(&c)
	}
	made, err := New(c)
	require.NoError(t, err)
	return made.(bot)
}

// standIn is a bot of the inbox that checks all the real one checks.
func standIn(t *testing.T, o inbox.Options, keywords ...string) (*inbox.Inbox, string) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	in := inbox.New(o, standin.Platform)
	in.Add("lark", id, inbox.Keys{Secret: key, Keywords: keywords})
	s := httptest.NewServer(in)
	t.Cleanup(s.Close)
	return in, s.URL
}

// says is a script of refusals.
func says(bodies ...string) []inbox.Script {
	var scripts []inbox.Script
	for _, body := range bodies {
		scripts = append(scripts, inbox.Script{Status: 200, Body: body})
	}
	return scripts
}

const badCard = `{"code":230099,"msg":"Failed to create card content, ext=ErrCode: 200621; ErrMsg: parse card json err; ErrorValue: x;"}`

// answers are all rows of the error table.
var answers = []targettest.Answer{
	{Name: "too many, inside a 400", Status: 400, Body: `{"code":9499,"msg":"too many request","data":{}}`, Class: targettest.RetryAfter},
	{Name: "too many, inside a 200", Status: 200, Body: `{"code":9499,"msg":"Too Many Request","data":{}}`, Class: targettest.RetryAfter},
	{Name: "bad request", Status: 200, Body: `{"code":9499,"msg":"Bad Request","data":{}}`, Class: targettest.Permanent},
	{Name: "bad request, inside a 400", Status: 400, Body: `{"code":9499,"msg":"Bad Request","data":{}}`, Class: targettest.Permanent},
	{Name: "crowded", Status: 200, Body: `{"code":11232,"msg":"frequency limited psm[lark.oapi.app_platform_runtime]"}`, Class: targettest.RetryAfter},
	{Name: "other frequency rule", Status: 200, Body: `{"code":11233,"msg":"x"}`, Class: targettest.RetryAfter},
	{Name: "frequency of apps", Status: 400, Body: `{"code":99991400,"msg":"x"}`, Class: targettest.RetryAfter},
	{Name: "frequency of a group", Status: 400, Body: `{"code":230020,"msg":"x"}`, Class: targettest.RetryAfter},
	{Name: "internal error", Status: 200, Body: `{"code":2200,"msg":"Internal Error"}`, Class: targettest.Transient},
	{Name: "unknown bot", Status: 200, Body: `{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}`, Class: targettest.Gone},
	{Name: "parameter", Status: 200, Body: `{"code":19002,"msg":"params error, unknown card value"}`, Class: targettest.Permanent},
	{Name: "other parameter", Status: 200, Body: `{"code":19003,"msg":"x"}`, Class: targettest.Permanent},
	{Name: "signature", Status: 200, Body: `{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}`, Class: targettest.Permanent},
	{Name: "address", Status: 200, Body: `{"code":19022,"msg":"Ip Not Allowed"}`, Class: targettest.Permanent},
	{Name: "keyword", Status: 200, Body: `{"code":19024,"msg":"Key Words Not Found"}`, Class: targettest.Permanent},
	{Name: "too long", Status: 200, Body: `{"code":230025,"msg":"x"}`, Class: targettest.Permanent},
	{Name: "sensitive", Status: 200, Body: `{"code":230022,"msg":"x"}`, Class: targettest.Permanent},
	{Name: "leak", Status: 200, Body: `{"code":230028,"msg":"x"}`, Class: targettest.Permanent},
	{Name: "card", Status: 200, Body: badCard, Class: targettest.Permanent},
	{Name: "card, inside a 400", Status: 400, Body: badCard, Class: targettest.Permanent},
	{Name: "mention", Status: 200, Body: `{"code":230099,"msg":"Failed to create card content, ext=ErrCode: 100290; ErrMsg: at user invalid;"}`, Class: targettest.Permanent},
	{Name: "mention, code alone", Status: 200, Body: `{"code":100290,"msg":"x"}`, Class: targettest.Permanent},
	{Name: "tables, code alone", Status: 200, Body: `{"code":11310,"msg":"x"}`, Class: targettest.Permanent},
	{Name: "unknown property, code alone", Status: 200, Body: `{"code":200621,"msg":"x"}`, Class: targettest.Permanent},
	{Name: "unsupported element, code alone", Status: 200, Body: `{"code":200861,"msg":"x"}`, Class: targettest.Permanent},
	{Name: "image of a card", Status: 200, Body: `{"code":200570,"msg":"x"}`, Class: targettest.Permanent},
	{Name: "template of a card", Status: 200, Body: `{"code":200380,"msg":"x"}`, Class: targettest.Permanent},
	{Name: "version of a template", Status: 200, Body: `{"code":200381,"msg":"x"}`, Class: targettest.Permanent},
	{Name: "group dissolved", Status: 200, Body: `{"code":232009,"msg":"x"}`, Class: targettest.Gone},
	{Name: "unknown code", Status: 200, Body: `{"code":999999,"msg":"x"}`, Class: targettest.Transient},
	{Name: "refusal of a very old kind", Status: 200, Body: `{"StatusCode":19001,"StatusMessage":"x"}`, Class: targettest.Gone},
	{Name: "success of a very old kind", Status: 200, Body: `{"StatusCode":0,"StatusMessage":"success"}`, Class: targettest.Sent},
	{Name: "codes that contradict", Status: 200, Body: `{"code":0,"msg":"success","StatusCode":19022,"StatusMessage":"x"}`, Class: targettest.Permanent},
	{Name: "codes that contradict the other way", Status: 200, Body: `{"code":19022,"msg":"x","StatusCode":0}`, Class: targettest.Permanent},
	{Name: "final code with a transient status", Status: 500, Body: `{"code":232009,"msg":"x"}`, Class: targettest.Gone},
	{Name: "success code with an error status", Status: 403, Body: `{"code":0,"msg":"success"}`, Class: targettest.Permanent},
	{Name: "code of a huge number", Status: 200, Body: `{"code":1e30,"msg":"x"}`, Class: targettest.Unconfirmed},
	{Name: "text that is no text", Status: 200, Body: `{"code":19022,"msg":{"a":1}}`, Class: targettest.Permanent},
}

func TestSuite(t *testing.T) {
	targettest.Run(t, targettest.Harness{
		Open: func(base string) (target.Target, error) {
			return New(Config{Webhook: target.Secret(base + hookPath + id), SigningKey: key})
		},
		Notification: notification(),
		Accepted:     `{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}`,
		Receipt:      target.Receipt{Status: 200, Code: "0"},
		Read:         read,
		Secrets:      []string{id, key},
		Answers:      answers,
	})
}

func TestRefusal(t *testing.T) {
	t.Run("has advice for every code in every language", func(t *testing.T) {
		for _, row := range codes {
			for _, l := range message.Languages() {
				advice := row.Advice.In(l)
				assert.NotEmpty(t, advice, "%s in %s", row.Codes, l)
				assert.NotContains(t, advice, "\n", "%s in %s", row.Codes, l)
			}
		}
	})
	t.Run("is tried once at least for every row of the table", func(t *testing.T) {
		for _, row := range codes {
			for code := range strings.FieldsSeq(strings.TrimSuffix(row.Codes, "*")) {
				assert.True(t, slices.ContainsFunc(answers, func(a targettest.Answer) bool { return strings.Contains(a.Body, `"code":`+code) }), code)
			}
		}
	})
	t.Run("is explained in the README for every code", func(t *testing.T) {
		readme, err := os.ReadFile("README.md")
		require.NoError(t, err)
		for _, row := range codes {
			for code := range strings.FieldsSeq(strings.TrimSuffix(row.Codes, "*")) {
				assert.Contains(t, string(readme), code)
			}
		}
	})
	t.Run("says of a mention that it is the mention", func(t *testing.T) {
		for code, text := range map[int64]string{230099: "Failed to create card content, ext=ErrCode: 100290; ErrMsg: x", 100290: "x"} {
			refused, ok := asRefusal(refused(code, 200, text, message.English, 0))
			require.True(t, ok)
			assert.Contains(t, refused.Advice, "mention.users")
		}
	})
	t.Run("keeps the platform's own code", func(t *testing.T) {
		refused, ok := asRefusal(refused(200621, 200, "x", message.English, 0))
		require.True(t, ok)
		assert.Equal(t, "200621", refused.Code)
	})
	t.Run("waits one to three seconds after a message too many", func(t *testing.T) {
		for random, want := range map[float64]time.Duration{0: time.Second, 0.5: 2 * time.Second} {
			b := bot{random: func() float64 { return random }}
			wait, ok := target.Wait(refused(11232, 200, "", message.English, b.pause()))
			assert.True(t, ok)
			assert.Equal(t, want, wait)
		}
		wait, ok := target.Wait(refused(11233, 200, "", message.English, 0))
		assert.True(t, ok)
		assert.Equal(t, time.Minute, wait)
	})
}

func TestSend(t *testing.T) {
	ctx := context.Background()
	t.Run("is accepted in every style by a bot that checks everything", func(t *testing.T) {
		for _, style := range []Style{Card, Post, Text} {
			in, base := standIn(t, inbox.Options{}, "PAI通知")
			b := open(t, base, func(c *Config) {
				c.Style, c.Keyword = style, "PAI通知"
				c.Mention = Mention{Users: []string{"ou_1a2b", "4d7a3c6g", "ou_1a2b", "13800138000"}, All: true}
			})
			receipt, err := b.Send(ctx, notification())
			require.NoError(t, err)
			assert.Contains(t, receipt.Note, "mention.users[3]: is a mail address or phone number")
			receipt.Note = ""
			assert.Equal(t, target.Receipt{Status: 200, Code: "0"}, receipt)
			seen := in.Received()
			require.Len(t, seen, 1, style)
			assert.True(t, seen[0].Accepted, style)
			assert.Equal(t, "valid", seen[0].Signature)
			assert.Equal(t, []string{"all", "ou_1a2b", "4d7a3c6g"}, seen[0].Mentions, style)
			read := seen[0].Plain()
			for _, want := range []string{"🔴 DLC job failed: train-7b", "Job: dlc1abc", "Status: Failed", "Read the log", "@all", "PAI通知", "https://pai.console.aliyun.com/?regionId=cn-hangzhou#/dlc/jobs/dlc1abc"} {
				assert.Contains(t, read, want, style)
			}
		}
	})
	t.Run("has no receipt for what was refused, whoever was left out", func(t *testing.T) {
		_, base := standIn(t, inbox.Options{})
		b := open(t, base, func(c *Config) {
			c.SigningKey, c.Mention = "wrong", Mention{Users: []string{"13800138000"}}
		})
		receipt, err := b.Send(ctx, notification())
		require.Error(t, err)
		assert.Zero(t, receipt)
	})
	t.Run("takes webhook and key from the environment", func(t *testing.T) {
		_, base := standIn(t, inbox.Options{})
		t.Setenv(secret.DeclaredVariable, "BOT KEY")
		t.Setenv("BOT", base+hookPath+id)
		t.Setenv("KEY", key)
		b := open(t, base, func(c *Config) { c.Webhook, c.SigningKey = "env:BOT", "env:KEY" })
		assert.NoError(t, targettest.ErrorOf(b.Send(ctx, notification())))
	})
	t.Run("fails for good when what the environment holds cannot work", func(t *testing.T) {
		t.Setenv(webhook.AllowVariable, "")
		good := "https://open.feishu.cn" + hookPath + id
		for name, c := range map[string]struct{ hook, key, want string }{
			"another host":     {"https://open.feishu.cn.evil.example" + hookPath + id, key, "open.feishu.cn or open.larksuite.com"},
			"the old path":     {"https://open.feishu.cn/open-apis/bot/hook/" + id, key, "first generation"},
			"a URL as the key": {good, good, "signing_key: holds a URL"},
			"no key":           {good, "", "KEY is not set"},
		} {
			t.Setenv(secret.DeclaredVariable, "BOT KEY")
			t.Setenv("BOT", c.hook)
			t.Setenv("KEY", c.key)
			_, err := open(t, "", func(c *Config) { c.Webhook, c.SigningKey = "env:BOT", "env:KEY" }).Send(ctx, notification())
			assert.True(t, target.IsPermanent(err), name)
			assert.ErrorContains(t, err, c.want, name)
			assert.NotContains(t, err.Error(), "evil", name)
			assert.NotContains(t, err.Error(), id, name)
		}
	})
	t.Run("waits after the sixth message of a second", func(t *testing.T) {
		now := time.Now()
		_, base := standIn(t, inbox.Options{Now: func() time.Time { return now }})
		b := open(t, base, nil)
		b.now = func() time.Time { return now }
		for range 5 {
			require.NoError(t, targettest.ErrorOf(b.Send(ctx, notification())))
		}
		wait, ok := target.Wait(targettest.ErrorOf(b.Send(ctx, notification())))
		assert.True(t, ok)
		assert.GreaterOrEqual(t, wait, time.Second)
	})
	t.Run("signs again when the timestamp was refused", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		b := open(t, base, nil)
		times := []time.Time{time.Now().Add(-2 * time.Hour), time.Now()}
		b.now = func() time.Time {
			now := times[0]
			times = times[1:]
			return now
		}
		require.NoError(t, targettest.ErrorOf(b.Send(ctx, notification())))
		assert.Len(t, in.Received(), 2)
	})
	t.Run("gives up when the clock stays wrong", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		b := open(t, base, nil)
		b.now = func() time.Time { return time.Now().Add(-2 * time.Hour) }
		_, err := b.Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		refused, ok := asRefusal(err)
		require.True(t, ok)
		assert.Contains(t, refused.Advice, "clock")
		assert.Len(t, in.Received(), 2)
	})
	t.Run("gives up at once when there is no key to sign with", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		_, err := open(t, base, func(c *Config) { c.SigningKey = "" }).Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		refused, ok := asRefusal(err)
		require.True(t, ok)
		assert.Contains(t, refused.Advice, "signing_key")
		assert.Len(t, in.Received(), 1)
	})
	t.Run("sends a refused card as a post, then as a text", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		in.Script("lark", id, says(badCard)...)
		require.NoError(t, targettest.ErrorOf(open(t, base, nil).Send(ctx, notification())))
		in.Script("lark", id, says(badCard, `{"code":19002,"msg":"params error"}`)...)
		require.NoError(t, targettest.ErrorOf(open(t, base, nil).Send(ctx, notification())))
		assert.Equal(t, []string{"interactive", "post", "interactive", "post", "text"}, types(t, in))
	})
	t.Run("gives up when the text is refused too", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		in.Script("lark", id, says(badCard, badCard, badCard)...)
		_, err := open(t, base, nil).Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		assert.Equal(t, []string{"interactive", "post", "text"}, types(t, in))
	})
	t.Run("puts the keyword where it counts", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		in.Script("lark", id, says(`{"code":19024,"msg":"Key Words Not Found"}`)...)
		require.NoError(t, targettest.ErrorOf(open(t, base, func(c *Config) { c.Keyword = "PAI" }).Send(ctx, notification())))
		assert.Equal(t, []string{"interactive", "post"}, types(t, in))
	})
	t.Run("asks for a keyword that is not configured", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{}, "告警")
		_, err := open(t, base, nil).Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		refused, ok := asRefusal(err)
		require.True(t, ok)
		assert.Contains(t, refused.Advice, "parameter keyword")
		assert.Len(t, in.Received(), 1)
	})
	t.Run("shortens once what was too long", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		in.Script("lark", id, says(`{"code":230025,"msg":"too long"}`)...)
		n := notification()
		for range 40 {
			n.Message.Fields = append(n.Message.Fields, message.Field{Label: "Reason", Value: longText})
		}
		require.NoError(t, targettest.ErrorOf(open(t, base, nil).Send(ctx, n)))
		seen := in.Received()
		require.Len(t, seen, 2)
		assert.LessOrEqual(t, len(seen[0].Body), maxBody)
		assert.LessOrEqual(t, len(seen[1].Body), maxBody/2)
		assert.Contains(t, seen[1].Text, "dlc1abc")
	})
	t.Run("hides phones and mail addresses once they were refused", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		in.Script("lark", id, says(`{"code":230028,"msg":"dlp"}`)...)
		n := notification()
		n.Message.Fields = append(n.Message.Fields, message.Field{Label: "Owner", Value: "alice@example.com, 13800138000"})
		require.NoError(t, targettest.ErrorOf(open(t, base, nil).Send(ctx, n)))
		seen := in.Received()
		require.Len(t, seen, 2)
		assert.Contains(t, seen[0].Body, "alice@example.com")
		assert.NotContains(t, seen[1].Body, "alice")
		assert.NotContains(t, seen[1].Body, "13800138000")
		assert.Contains(t, seen[1].Body, "dlc1abc")
	})
	t.Run("makes several corrections, each once", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		in.Script("lark", id, says(`{"code":19021,"msg":"x"}`, `{"code":230025,"msg":"x"}`, badCard, `{"code":230022,"msg":"x"}`)...)
		n := notification()
		n.Message.Title += " of alice@example.com"
		for range 20 {
			n.Message.Fields = append(n.Message.Fields, message.Field{Label: "Reason", Value: strings.Repeat("exit code 1, ", 100)})
		}
		require.NoError(t, targettest.ErrorOf(open(t, base, nil).Send(ctx, n)))
		assert.Len(t, in.Received(), 5)
	})
	t.Run("does not send again what a correction would leave as it is", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		in.Script("lark", id, says(`{"code":230025,"msg":"too long"}`)...)
		assert.True(t, target.IsPermanent(targettest.ErrorOf(open(t, base, nil).Send(ctx, notification()))))
		assert.Len(t, in.Received(), 1)
	})
	t.Run("advises in the language of the reader", func(t *testing.T) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"code":232009,"msg":"chat dissolved"}`))
		}))
		defer s.Close()
		t.Setenv(webhook.AllowVariable, "127.0.0.1")
		n := notification()
		n.Message.Language = message.Chinese
		refused, ok := asRefusal(targettest.ErrorOf(open(t, s.URL, nil).Send(ctx, n)))
		require.True(t, ok)
		assert.Equal(t, "群已解散：请从规则中删除该通知目标。", refused.Advice)
		assert.Equal(t, "lark: 232009 chat dissolved", refused.Error())
	})
}

// types lists the kinds of the messages a stand-in has seen.
func types(t *testing.T, in *inbox.Inbox) []string {
	t.Helper()
	var list []string
	for _, m := range in.Received() {
		var r request
		require.NoError(t, json.Unmarshal([]byte(m.Body), &r))
		list = append(list, r.Type)
	}
	return list
}

func TestConfiguration(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "")
	url := "https://open.larksuite.com/open-apis/bot/v2/hook/" + id
	hook := `"webhook":"` + url + `"`
	refused := map[string]struct{ config, want string }{
		"nothing":                     {`{}`, "webhook: is missing"},
		"an unknown key":              {`{` + hook + `,"secret":"x"}`, "secret"},
		"an unknown style":            {`{` + hook + `,"style":"markdown"}`, "card, post, text"},
		"a URL as key":                {`{` + hook + `,"signing_key":"` + url + `"}`, "signing_key: holds a URL"},
		"a key with a space":          {`{` + hook + `,"signing_key":"a b"}`, "signing_key: must not hold spaces"},
		"a mail address to mention":   {`{` + hook + `,"mention":{"users":["a@b.example"]}}`, "users[0]: is a mail address or phone"},
		"a phone to mention":          {`{` + hook + `,"mention":{"users":["ou_1","+8613800138000"]}}`, "users[1]: is a mail address or phone"},
		"a union id to mention":       {`{` + hook + `,"mention":{"users":["on_1"]}}`, "union id"},
		"all among the users":         {`{` + hook + `,"mention":{"users":["all"]}}`, "all: true"},
		"a bare phone to mention":     {`{` + hook + `,"mention":{"users":["138-0013-8000"]}}`, "users[0]: is a mail address or phone"},
		"everyone as @all":            {`{` + hook + `,"mention":{"users":["@_all"]}}`, "all: true"},
		"a tag as user":               {`{` + hook + `,"mention":{"users":["a></at>"]}}`, "users[0]"},
		"too many to mention":         {`{` + hook + `,"mention":{"users":["a"` + strings.Repeat(`,"a"`, 50) + `]}}`, "51 people"},
		"a keyword of two lines":      {`{` + hook + `,"keyword":"a\nb"}`, "keyword"},
		"a keyword that is a tag":     {`{` + hook + `,"keyword":"<at user_id=\"all\">"}`, "keyword"},
		"plain http":                  {`{"webhook":"http://open.feishu.cn/open-apis/bot/v2/hook/` + id + `"}`, "https"},
		"another host":                {`{"webhook":"https://oapi.dingtalk.com/open-apis/bot/v2/hook/` + id + `"}`, "open.feishu.cn or open.larksuite.com"},
		"another path":                {`{"webhook":"https://open.feishu.cn/open-apis/bot/v3/hook/` + id + `"}`, "/open-apis/bot/v2/hook/"},
		"the path of an old bot":      {`{"webhook":"https://open.feishu.cn/open-apis/bot/hook/` + id + `"}`, "add a new custom bot"},
		"no id":                       {`{"webhook":"https://open.feishu.cn/open-apis/bot/v2/hook/"}`, "robot's id"},
		"a query":                     {`{"webhook":"` + url + `?x=1"}`, "query"},
		"an id where the URL belongs": {`{"webhook":"` + id + `"}`, "https://"},
	}
	for name, c := range refused {
		t.Run("is refused with "+name, func(t *testing.T) {
			err := Spec.Check(json.RawMessage(c.config))
			require.Error(t, err)
			assert.True(t, target.IsPermanent(err))
			assert.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), id)
		})
	}
	t.Run("is accepted with everything, on either host", func(t *testing.T) {
		for _, host := range platformURL.Hosts {
			err := Spec.Check(json.RawMessage(`{"webhook":"https://` + host + hookPath + id + `","signing_key":"env:KEY","style":"post","mention":{"users":["ou_1","u-2"],"all":true},"keyword":"PAI"}`))
			assert.NoError(t, err)
		}
	})
	t.Run("keeps to both published rates", func(t *testing.T) {
		assert.Equal(t, []target.Rate{{Messages: 5, Per: time.Second}, {Messages: 100, Per: time.Minute}}, Spec.Rates)
	})
}
