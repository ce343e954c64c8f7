package wecom

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	key      = "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa"
	accepted = `{"errcode":0,"errmsg":"ok"}`
)

func sample() message.Message {
	return message.Message{
		Language: message.English,
		Severity: event.Critical,
		Title:    "DLC job failed: train-7b",
		Fields:   []message.Field{{Key: "id", Label: "ID", Value: "dlc1abc"}, {Key: "status", Label: "Status", Value: "Failed"}},
		Next:     "Read the log of the first instance that failed.",
		Link:     "https://pai.console.aliyun.com/?regionId=cn-hangzhou#/dlc/jobs/dlc1abc",
		LinkText: "Open in console",
	}
}

func notification() target.Notification {
	return target.Notification{ID: "n1", Message: sample()}
}

// open opens a robot at a receiver on loopback.
func open(t testing.TB, base string, change func(*Config)) target.Target {
	t.Helper()
	c := Config{Webhook: target.Secret(base + "/cgi-bin/webhook/send?key=" + key)}
	if change != nil {
		change(&c)
	}
	made, err := New(c)
	require.NoError(t, err)
	return made
}

// standIn is a robot of the inbox that checks all the real one checks.
func standIn(t *testing.T) (*inbox.Inbox, string) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	in := inbox.New(inbox.Options{})
	in.AddWecom(key)
	s := httptest.NewServer(in)
	t.Cleanup(s.Close)
	return in, s.URL
}

// refusing scripts the next answers of the robot.
func refusing(in *inbox.Inbox, codes ...int) {
	for _, code := range codes {
		in.Script("wecom", key, inbox.Script{Status: 200, Body: fmt.Sprintf(`{"errcode":%d,"errmsg":"x"}`, code)})
	}
}

func answers() []targettest.Answer {
	var all []targettest.Answer
	for _, a := range []struct {
		code   int
		class  targettest.Class
		advice string
	}{
		{-1, targettest.Transient, "busy"},
		{6000, targettest.Transient, "busy"},
		{45033, targettest.Transient, "same moment"},
		{999999, targettest.Transient, "global table"},
		{45009, targettest.RetryAfter, "20 messages"},
		{93000, targettest.Gone, "removed"},
		{40001, targettest.Permanent, "key"},
		{40003, targettest.Permanent, "user ids"},
		{40004, targettest.Permanent, "report it"},
		{40006, targettest.Permanent, "report it"},
		{40007, targettest.Permanent, "report it"},
		{40008, targettest.Permanent, "another style"},
		{40014, targettest.Permanent, "key"},
		{40033, targettest.Permanent, "illegal"},
		{40035, targettest.Permanent, "whole URL"},
		{40058, targettest.Permanent, "too long"},
		{40063, targettest.Permanent, "whole URL"},
		{40123, targettest.Permanent, "report it"},
		{41006, targettest.Permanent, "report it"},
		{42045, targettest.Permanent, "style text"},
		{44004, targettest.Permanent, "report it"},
		{45001, targettest.Permanent, "report it"},
		{45002, targettest.Permanent, "too long"},
		{45008, targettest.Permanent, "report it"},
		{45034, targettest.Permanent, "link"},
		{46004, targettest.Permanent, "user ids"},
		{48002, targettest.Permanent, "administrator"},
		{93008, targettest.Permanent, "not in the group"},
	} {
		all = append(all, targettest.Answer{
			Name: fmt.Sprint(a.code), Status: 200, Body: fmt.Sprintf(`{"errcode":%d,"errmsg":"x, hint: [1], from ip: 192.0.2.7"}`, a.code),
			Class: a.class, Code: fmt.Sprint(a.code), Advice: a.advice,
		})
	}
	return append(all,
		targettest.Answer{Name: "too long, older code", Status: 200, Body: `{"errcode":93000,"errmsg":"Invalid input : content exceed max length. invalid Request Parameter"}`, Class: targettest.Permanent},
		targettest.Answer{Name: "key named in a text", Status: 200, Body: `{"errcode":40058,"errmsg":"invalid param 'key'"}`, Class: targettest.Permanent},
		targettest.Answer{Name: "taken but not read", Status: 200, Body: `{"errcode":0,"errmsg":"ok. Warning: wrong json format. "}`, Class: targettest.Permanent},
		targettest.Answer{Name: "final code with a transient status", Status: 500, Body: `{"errcode":93000,"errmsg":"x"}`, Class: targettest.Gone},
		targettest.Answer{Name: "success code with an error status", Status: 403, Body: accepted, Class: targettest.Permanent},
		targettest.Answer{Name: "success code with a transient status", Status: 502, Body: accepted, Class: targettest.Unconfirmed},
		targettest.Answer{Name: "code of a huge number", Status: 200, Body: `{"errcode":1e30,"errmsg":"x"}`, Class: targettest.Unconfirmed},
	)
}

func TestSuite(t *testing.T) {
	for _, style := range []Style{Markdown, Text, TemplateCard} {
		t.Run(string(style), func(t *testing.T) {
			targettest.Run(t, targettest.Harness{
				Open: func(base string) (target.Target, error) {
					return New(Config{Webhook: target.Secret(base + "/cgi-bin/webhook/send?key=" + key), Style: style})
				},
				Notification: notification(),
				Accepted:     accepted,
				Receipt:      target.Receipt{Status: 200, Code: "0"},
				Read:         read,
				Secrets:      []string{key},
				Answers:      answers(),
			})
		})
	}
}

func TestRefusal(t *testing.T) {
	t.Run("is tried for every row of the table", func(t *testing.T) {
		for _, row := range rows {
			assert.True(t, (row.mark == nil) != (row.fix == 0), "%d has a class or a correction", row.code)
			assert.True(t, slices.ContainsFunc(answers(), func(a targettest.Answer) bool { return strings.Contains(a.Body, fmt.Sprintf(`:%d,`, row.code)) }), "%d", row.code)
		}
	})
	t.Run("waits out the minute", func(t *testing.T) {
		wait, ok := target.Wait(refusal(45009, 200, "x", message.English))
		assert.True(t, ok)
		assert.GreaterOrEqual(t, wait, time.Minute)
		assert.LessOrEqual(t, wait, 2*time.Minute)
	})
	t.Run("shows what WeCom said without hint and address", func(t *testing.T) {
		t.Setenv(webhook.AllowVariable, "127.0.0.1")
		const foreign = `, hint: [1653710540075724015410106], from ip: 192.0.2.7, more info at https://open.work.weixin.qq.com/devtool/query?e=1`
		for body, want := range map[string]string{
			`{"errcode":45009,"errmsg":"api freq out of limit` + foreign + `"}`:                              "wecom: 45009 api freq out of limit",
			`{"errcode":93000,"errmsg":"invalid webhook url` + foreign + `"}`:                                "wecom: 93000 invalid webhook url",
			`{"errcode":999,"errmsg":"hint: [1], from ip: 192.0.2.7"}`:                                       "wecom: 999",
			`{"errcode":999,"errmsg":{"from ip": "192.0.2.7"}}`:                                              `wecom: 999 {"`,
			`{"errcode":"0","errmsg":"odd` + foreign + `"}`:                                                  `wecom: HTTP 200 the answer is not the JSON it should be: {"errcode":"0","errmsg":"odd`,
			`{"errcode":0,"errmsg":"ok. Warning: wrong json format` + foreign + `"}`:                         "wecom: 0 ok. Warning: wrong json format",
			`{"errcode":40008,"errmsg":"Warning: wrong json format. invalid message type` + foreign + ` x"}`: "wecom: 40008 Warning: wrong json format. invalid message type",
		} {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
			refused, ok := asRefusal(targettest.ErrorOf(open(t, s.URL, nil).Send(context.Background(), notification())))
			s.Close()
			require.True(t, ok, body)
			assert.Equal(t, want, refused.Error())
		}
	})
}

func TestSend(t *testing.T) {
	ctx := context.Background()
	t.Run("is accepted by a robot that checks everything, in every style", func(t *testing.T) {
		for _, style := range []Style{"", Markdown, Text, TemplateCard} {
			in, base := standIn(t)
			receipt, err := open(t, base, func(c *Config) { c.Style = style }).Send(ctx, notification())
			require.NoError(t, err)
			assert.Equal(t, target.Receipt{Status: 200, Code: "0"}, receipt)
			seen := in.Received()
			require.Len(t, seen, 1)
			assert.True(t, seen[0].Accepted)
			for _, want := range []string{"dlc1abc", "Failed", "DLC job failed: train-7b", "pai.console.aliyun.com"} {
				assert.Contains(t, seen[0].Plain(), want, style)
			}
		}
	})
	t.Run("takes the webhook from the environment, without the switch of the test tool", func(t *testing.T) {
		_, base := standIn(t)
		t.Setenv(target.SecretsVariable, "ROBOT")
		t.Setenv("ROBOT", base+"/cgi-bin/webhook/send?key="+key+"&debug=1\n")
		assert.NoError(t, targettest.ErrorOf(open(t, base, func(c *Config) { c.Webhook = "env:ROBOT" }).Send(ctx, notification())))
	})
	t.Run("fails for good for a webhook that is not one, wherever it comes from", func(t *testing.T) {
		t.Setenv(webhook.AllowVariable, "")
		for value, want := range map[string]string{
			"https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=" + key: "qyapi.weixin.qq.com",
			key: "whole URL",
		} {
			t.Setenv(target.SecretsVariable, "ROBOT")
			t.Setenv("ROBOT", value)
			_, err := open(t, "", func(c *Config) { c.Webhook = "env:ROBOT" }).Send(ctx, notification())
			assert.True(t, target.IsPermanent(err))
			assert.ErrorContains(t, err, want)
			assert.NotContains(t, err.Error(), "evil")
			assert.NotContains(t, err.Error(), key)
		}
	})
	t.Run("is told that a robot was removed", func(t *testing.T) {
		_, base := standIn(t)
		_, err := open(t, base, func(c *Config) { c.Webhook += "0" }).Send(ctx, notification())
		assert.True(t, target.IsGone(err))
	})
	t.Run("waits a minute after the twenty-first message of a minute", func(t *testing.T) {
		_, base := standIn(t)
		r := open(t, base, nil)
		for range 20 {
			require.NoError(t, targettest.ErrorOf(r.Send(ctx, notification())))
		}
		wait, ok := target.Wait(targettest.ErrorOf(r.Send(ctx, notification())))
		assert.True(t, ok)
		assert.GreaterOrEqual(t, wait, time.Minute)
	})
	t.Run("names its rate", func(t *testing.T) {
		assert.Equal(t, []target.Rate{{Messages: 20, Per: time.Minute}}, Spec.Rates)
	})
}

func TestCorrection(t *testing.T) {
	ctx := context.Background()
	t.Run("shortens once what was too long", func(t *testing.T) {
		for style, limit := range map[Style]int{Markdown: 4096, Text: 2048} {
			for _, code := range []int{40058, 45002} {
				in, base := standIn(t)
				refusing(in, code)
				n := notification()
				for range 40 {
					n.Message.Fields = append(n.Message.Fields, message.Field{Label: "Reason", Value: longText})
				}
				require.NoError(t, targettest.ErrorOf(open(t, base, func(c *Config) { c.Style = style }).Send(ctx, n)))
				seen := in.Received()
				require.Len(t, seen, 2)
				assert.LessOrEqual(t, len(contentOf(t, []byte(seen[0].Body))), limit)
				assert.LessOrEqual(t, len(contentOf(t, []byte(seen[1].Body))), limit/2)
				assert.Contains(t, seen[1].Text, "dlc1abc")
			}
		}
	})
	t.Run("cuts a refused card to what WeCom recommends", func(t *testing.T) {
		in, base := standIn(t)
		refusing(in, 40058)
		n := notification()
		n.Message.Title += " " + longText
		require.NoError(t, targettest.ErrorOf(open(t, base, func(c *Config) { c.Style = TemplateCard }).Send(ctx, n)))
		seen := in.Received()
		require.Len(t, seen, 2)
		for i, characters := range []int{52, 26} {
			assert.Len(t, []rune(decoded(t, []byte(seen[i].Body)).Card.Title.Title), characters)
		}
	})
	t.Run("leaves members out who are refused, and still mentions all", func(t *testing.T) {
		for _, code := range []int{40003, 46004} {
			in, base := standIn(t)
			refusing(in, code)
			r := open(t, base, func(c *Config) {
				c.Style, c.Mention = Text, Mention{Users: []string{"gone"}, Mobiles: []string{"13800000000"}, All: true}
			})
			require.NoError(t, targettest.ErrorOf(r.Send(ctx, notification())))
			seen := in.Received()
			require.Len(t, seen, 2)
			assert.Contains(t, seen[0].Body, `"gone"`)
			assert.Equal(t, []string{"all"}, seen[1].Mentions)

			in, base = standIn(t)
			refusing(in, code)
			require.NoError(t, targettest.ErrorOf(open(t, base, func(c *Config) { c.Mention.Users = []string{"gone"} }).Send(ctx, notification())))
			seen = in.Received()
			require.Len(t, seen, 2)
			assert.NotContains(t, seen[1].Body, "gone")
		}
	})
	t.Run("sends characters that were called illegal no more", func(t *testing.T) {
		in, base := standIn(t)
		refusing(in, 40033)
		n := notification()
		n.Message.Title = "任务 🚀 C:\\user a\u200db\ufffd"
		require.NoError(t, targettest.ErrorOf(open(t, base, nil).Send(ctx, n)))
		seen := in.Received()
		require.Len(t, seen, 2)
		assert.Contains(t, seen[0].Body, "🚀")
		assert.Contains(t, seen[1].Body, `### 任务  C:＼user ab\n`)
		assert.Contains(t, seen[1].Text, "dlc1abc")
	})
	t.Run("turns a refused card into markdown", func(t *testing.T) {
		in, base := standIn(t)
		refusing(in, 42045)
		require.NoError(t, targettest.ErrorOf(open(t, base, func(c *Config) { c.Style = TemplateCard }).Send(ctx, notification())))
		seen := in.Received()
		require.Len(t, seen, 2)
		assert.Contains(t, seen[1].Body, `"msgtype":"markdown"`)
	})
	t.Run("is tried once, and not at all when it would change nothing", func(t *testing.T) {
		for code, requests := range map[int]int{40033: 2, 40003: 1, 40058: 1, 42045: 1} {
			in, base := standIn(t)
			refusing(in, code, code, code)
			_, err := open(t, base, nil).Send(ctx, notification())
			assert.True(t, target.IsPermanent(err), code)
			assert.Len(t, in.Received(), requests, code)
		}
	})
	t.Run("that meets another refusal takes its class", func(t *testing.T) {
		in, base := standIn(t)
		refusing(in, 40033, 45009)
		_, ok := target.Wait(targettest.ErrorOf(open(t, base, nil).Send(ctx, notification())))
		assert.True(t, ok)
	})
}

func TestReminder(t *testing.T) {
	ctx := context.Background()
	everybody := Mention{Users: []string{"zhangsan"}, Mobiles: []string{"13800000000"}, All: true}
	t.Run("follows for those the style cannot mention itself", func(t *testing.T) {
		for style, want := range map[Style][][]string{
			Markdown:     {{"zhangsan"}, {"all", "13800000000"}},
			Text:         {{"zhangsan", "all", "13800000000"}},
			TemplateCard: {nil, {"zhangsan", "all", "13800000000"}},
		} {
			in, base := standIn(t)
			require.NoError(t, targettest.ErrorOf(open(t, base, func(c *Config) { c.Style, c.Mention = style, everybody }).Send(ctx, notification())))
			var got [][]string
			for _, m := range in.Received() {
				assert.True(t, m.Accepted)
				assert.Contains(t, m.Plain(), "DLC job failed: train-7b", "a reminder says what it is about")
				got = append(got, m.Mentions)
			}
			assert.Equal(t, want, got, style)
		}
	})
	t.Run("names people as WeCom matches them, each once", func(t *testing.T) {
		in, base := standIn(t)
		who := Mention{Users: []string{"zhangsan", "zhangsan"}, Mobiles: []string{"+86 138-0013-8000", "１３８００１３８０００"}}
		require.NoError(t, targettest.ErrorOf(open(t, base, func(c *Config) { c.Style, c.Mention = Text, who }).Send(ctx, notification())))
		assert.Contains(t, in.Received()[0].Body, `"mentioned_list":["zhangsan"],"mentioned_mobile_list":["13800138000"]`)
	})
	t.Run("leaves out whom WeCom would not match, and says so", func(t *testing.T) {
		in, base := standIn(t)
		receipt, err := open(t, base, func(c *Config) { c.Mention = Mention{Mobiles: []string{"+852 5123 4567"}} }).Send(ctx, notification())
		require.NoError(t, err)
		assert.Len(t, in.Received(), 1, "nobody is left to remind")
		assert.Contains(t, receipt.Note, "under users")
	})
	t.Run("does not follow a message that was refused", func(t *testing.T) {
		in, base := standIn(t)
		refusing(in, 93008)
		assert.Error(t, targettest.ErrorOf(open(t, base, func(c *Config) { c.Mention = everybody }).Send(ctx, notification())))
		assert.Len(t, in.Received(), 1)
	})
	t.Run("that is refused leaves the message sent and a warning in the log", func(t *testing.T) {
		in, base := standIn(t)
		in.Script("wecom", key, inbox.Script{Took: true, Status: 200, Body: accepted}, inbox.Script{Status: 200, Body: `{"errcode":45009,"errmsg":"api freq out of limit, from ip: 192.0.2.7"}`})
		var log bytes.Buffer
		former := slog.Default()
		slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
		defer slog.SetDefault(former)
		receipt, err := open(t, base, func(c *Config) { c.Mention.All = true }).Send(ctx, notification())
		require.NoError(t, err)
		assert.Equal(t, "0", receipt.Code)
		assert.Contains(t, receipt.Note, "45009")
		assert.NotContains(t, receipt.Note, key)
		assert.Len(t, in.Received(), 2)
		for _, want := range []string{`"level":"WARN"`, `"notification":"n1"`, "45009"} {
			assert.Contains(t, log.String(), want)
		}
		assert.NotContains(t, log.String(), key)
		assert.NotContains(t, log.String(), "192.0.2.7")
	})
	t.Run("that is left without anybody is not sent", func(t *testing.T) {
		in, base := standIn(t)
		in.Script("wecom", key, inbox.Script{Took: true, Status: 200, Body: accepted}, inbox.Script{Status: 200, Body: `{"errcode":40003,"errmsg":"invalid userid"}`})
		n := notification()
		n.Test = true
		_, err := open(t, base, func(c *Config) { c.Style, c.Mention.Users = TemplateCard, []string{"gone"} }).Send(ctx, n)
		assert.True(t, target.IsPermanent(err))
		assert.Len(t, in.Received(), 2)
	})
	t.Run("that is refused fails a test of the connection", func(t *testing.T) {
		in, base := standIn(t)
		in.Script("wecom", key, inbox.Script{Took: true, Status: 200, Body: accepted}, inbox.Script{Status: 200, Body: `{"errcode":45009,"errmsg":"x"}`})
		n := notification()
		n.Test = true
		receipt, err := open(t, base, func(c *Config) { c.Mention.All = true }).Send(ctx, n)
		_, waits := target.Wait(err)
		assert.True(t, waits)
		assert.ErrorContains(t, err, "the message was taken")
		assert.Zero(t, receipt)
	})
}

func TestOneThingAfterAnotherIsCorrected(t *testing.T) {
	in, base := standIn(t)
	refusing(in, 40033, 45002)
	n := notification()
	n.Message.Title = "bert \U0001F680"
	for range 40 {
		n.Message.Fields = append(n.Message.Fields, message.Field{Key: "reason", Label: "Reason", Value: strings.Repeat("x", 300)})
	}
	require.NoError(t, targettest.ErrorOf(open(t, base, nil).Send(t.Context(), n)))
	seen := in.Received()
	require.Len(t, seen, 3)
	assert.True(t, seen[2].Accepted)
	assert.NotContains(t, seen[2].Text, "\U0001F680")
	assert.Less(t, len(seen[2].Body), len(seen[1].Body))
	assert.Contains(t, seen[2].Text, "bert")
}
