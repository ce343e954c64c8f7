package wecom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConfiguration(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "")
	const prefix = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
	hook := `"webhook":"` + prefix + `?key=` + key + `"`
	refused := map[string]struct{ config, want string }{
		"nothing":                       {`{}`, "webhook: is missing"},
		"an unknown key":                {`{` + hook + `,"mentions":{}}`, "mentions"},
		"an unknown style":              {`{` + hook + `,"style":"card"}`, "markdown, text, template_card"},
		"a mobile that is none":         {`{` + hook + `,"mention":{"mobiles":["Alice"]}}`, "mobiles[0]"},
		"a mobile that is too short":    {`{` + hook + `,"mention":{"mobiles":["138-0013"]}}`, "mobiles[0]: is not a mobile number"},
		"a mobile abroad":               {`{` + hook + `,"mention":{"mobiles":["0081 90 1234 5678"]}}`, "under users"},
		"everybody as a mobile":         {`{` + hook + `,"mention":{"mobiles":["@all"]}}`, "all: true"},
		"a user id that is none":        {`{` + hook + `,"mention":{"users":["a b"]}}`, "users[0]"},
		"a user id that ends a mention": {`{` + hook + `,"mention":{"users":["a><@b"]}}`, "users[0]"},
		"a user id with its mention":    {`{` + hook + `,"mention":{"users":["@zhangsan"]}}`, "users[0]"},
		"everybody as a user":           {`{` + hook + `,"mention":{"users":["@all"]}}`, "all: true"},
		"too many users":                {`{` + hook + `,"mention":{"users":[` + many(21, "u") + `]}}`, "at most 20"},
		"too many users with all":       {`{` + hook + `,"mention":{"all":true,"users":[` + many(20, "u") + `]}}`, "with all among them"},
		"too many mobiles":              {`{` + hook + `,"mention":{"mobiles":[` + many(10, "1380000000") + `,` + many(10, "1390000000") + `,"13700000000"]}}`, "at most 20"},
		"too long a list of users":      {`{` + hook + `,"mention":{"users":[` + many(12, "a-user-id-that-is-rather-long-but-still-legal") + `]}}`, "512"},
		"plain http":                    {`{"webhook":"http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=` + key + `"}`, "https"},
		"no scheme":                     {`{"webhook":"qyapi.weixin.qq.com/cgi-bin/webhook/send?key=` + key + `"}`, "https://"},
		"another host":                  {`{"webhook":"https://oapi.dingtalk.com/cgi-bin/webhook/send?key=` + key + `"}`, "qyapi.weixin.qq.com"},
		"a host that looks alike":       {`{"webhook":"https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=` + key + `"}`, "host"},
		"the path of an upload":         {`{"webhook":"https://qyapi.weixin.qq.com/cgi-bin/webhook/upload_media?key=` + key + `"}`, "/cgi-bin/webhook/send"},
		"the API of an application":     {`{"webhook":"https://qyapi.weixin.qq.com/cgi-bin/message/send?access_token=` + key + `"}`, "/cgi-bin/webhook/send"},
		"no key in the URL":             {`{"webhook":"` + prefix + `"}`, "key"},
		"an empty key":                  {`{"webhook":"` + prefix + `?key="}`, "key"},
		"two keys":                      {`{"webhook":"` + prefix + `?key=` + key + `&key=` + key + `"}`, "key"},
		"another parameter":             {`{"webhook":"` + prefix + `?key=` + key + `&type=file"}`, "key"},
		"a whole URL as key":            {`{"webhook":"` + prefix + `?key=` + prefix + `?key=` + key + `"}`, "whole URL where the token alone belongs"},
		"a bare key":                    {`{"webhook":"` + key + `"}`, "is the key alone: write the whole URL, " + prefix + "?key="},
		"a named key":                   {`{"webhook":"key=` + key + `"}`, "is the key alone"},
	}
	for name, c := range refused {
		t.Run("is refused with "+name, func(t *testing.T) {
			err := Spec.Check(json.RawMessage(c.config))
			require.Error(t, err)
			assert.True(t, target.IsPermanent(err))
			assert.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), key)
		})
	}
	t.Run("is accepted with everything", func(t *testing.T) {
		for _, style := range Style("").Values() {
			err := Spec.Check(json.RawMessage(`{` + hook + `,"style":"` + style + `","mention":{"mobiles":["+86-13800000000"],"users":["u1"],"all":true}}`))
			assert.NoError(t, err)
		}
	})
}

// many lists n texts that begin so, as JSON.
func many(n int, prefix string) string {
	var b bytes.Buffer
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q", fmt.Sprint(prefix, i))
	}
	return b.String()
}
