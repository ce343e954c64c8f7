package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"

	"github.com/pai-notify/pai-notify/functions/voice"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"go.yaml.in/yaml/v3"
)

// reader returns the text that a call of a message reads once.
type reader func(message.Message) (string, error)

// cloud stands for both clouds and keeps what the last call was to say.
type cloud struct {
	server *httptest.Server
	// template is Alibaba's, as the target's README shows it, and params are what
	// the rule there fills it with.
	template string
	params   map[string]string
	said     string
}

func newCloud() (*cloud, error) {
	c := &cloud{}
	c.server = httptest.NewServer(http.HandlerFunc(c.take))
	for name, value := range map[string]string{webhook.AllowVariable: "127.0.0.1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"} {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	const page = "functions/voice/README.md"
	readme, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	template := regexp.MustCompile(`(?m)^ *> (.*\$\{.*)$`).FindSubmatch(readme)
	rule := regexp.MustCompile("(?s)```yaml\n(- type: voice\n.*?tts_code.*?)```").FindSubmatch(readme)
	var targets []struct {
		Params map[string]string `yaml:"tts_params"`
	}
	if template == nil || rule == nil || yaml.Unmarshal(rule[1], &targets) != nil || len(targets) != 1 {
		return nil, fmt.Errorf("speech: %s shows no template, or no rule with it", page)
	}
	c.template, c.params = string(template[1]), targets[0].Params
	return c, nil
}

// readers are those of the calls in a language. The template that the README shows
// is for Chinese ones.
func (c *cloud) readers(l message.Language) []reader {
	if l == message.Chinese {
		return []reader{c.aws, c.alibaba}
	}
	return []reader{c.aws}
}

// take answers a call as both clouds would.
func (c *cloud) take(w http.ResponseWriter, r *http.Request) {
	var call struct{ MessageBody string }
	_ = json.NewDecoder(r.Body).Decode(&call)
	c.said = call.MessageBody + r.URL.Query().Get("TtsParam")
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"Code":"OK","CallId":"1","MessageId":"1"}`)
}

// aws is a call that reads its text once.
func (c *cloud) aws(m message.Message) (string, error) {
	err := c.call(voice.Config{PlayTimes: 1, Clouds: phone.Clouds{OriginationIdentity: "+12065550100", Region: "us-east-1"}}, m)
	return c.said, err
}

// alibaba is the template with its variables filled.
func (c *cloud) alibaba(m message.Message) (string, error) {
	err := c.call(voice.Config{TTSCode: "TTS_100000001", TTSParams: c.params, Clouds: phone.Clouds{AccessKeyID: "key", AccessKeySecret: "secret"}}, m)
	if err != nil {
		return "", err
	}
	var filled map[string]string
	if err := json.Unmarshal([]byte(c.said), &filled); err != nil {
		return "", err
	}
	text := c.template
	for name, value := range filled {
		text = strings.ReplaceAll(text, "${"+name+"}", value)
	}
	return text, nil
}

func (c *cloud) call(config voice.Config, m message.Message) error {
	config.Contact, config.Endpoint = target.Contact{Name: "Alice", Phone: "+8613800138000"}, c.server.URL
	to, err := voice.New(config)
	if err != nil {
		return err
	}
	_, err = to.Send(context.Background(), target.Notification{ID: "0123456789abcdef0123456789abcdef", Message: m})
	return err
}
