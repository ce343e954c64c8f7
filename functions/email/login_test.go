package email

import (
	"context"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLogin(t *testing.T) {
	ctx := context.Background()
	none := "504 PLAIN authentication is not permitted by this server."
	for offer, want := range map[string][]string{
		"AUTH PLAIN LOGIN":       {"PLAIN"},
		"AUTH LOGIN PLAIN":       {"PLAIN"},
		"AUTH LOGIN":             {"LOGIN"},
		"AUTH=LOGIN":             {"LOGIN"}, // as old servers write it
		"AUTH=NTLM LOGIN":        {"LOGIN"},
		"AUTH=LOGIN PLAIN":       {"PLAIN"},
		"AUTH CRAM-MD5":          {"CRAM-MD5"},
		"AUTH XOAUTH2 CRAM-MD5":  {"CRAM-MD5"},
		"AUTH LOGIN\n250-AUTH=X": {"LOGIN"},
	} {
		t.Run("is by what the server offers: "+offer, func(t *testing.T) {
			p := (&peer{answers: map[string]string{"EHLO": "250-peer\n250-" + offer + "\n250 8BITMIME"}}).listen(t)
			require.NoError(t, targettest.ErrorOf(open(t, p.address, nil).Send(ctx, notification())))
			assert.Equal(t, want, p.ways)
		})
	}
	t.Run("is by the next way when the server offers one and does not take it", func(t *testing.T) {
		for _, refusal := range []string{none, "502 5.5.1 not implemented", "500 5.5.2 unrecognized command", "534 5.7.9 mechanism too weak"} {
			p := (&peer{answers: map[string]string{"AUTH PLAIN": refusal}}).listen(t)
			require.NoError(t, targettest.ErrorOf(open(t, p.address, nil).Send(ctx, notification())), refusal)
			assert.Equal(t, []string{"PLAIN", "LOGIN"}, p.ways)
			assert.Equal(t, 1, strings.Count(strings.Join(p.heard(), " "), "EHLO"), "on the same connection")
		}
	})
	t.Run("is tried once when username or password is wrong", func(t *testing.T) {
		p := (&peer{}).listen(t)
		_, err := open(t, p.address, func(c *Config) { c.Password = "wrong-password" }).Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		assert.Equal(t, []string{"PLAIN"}, p.ways)
		assert.Equal(t, loginAdvice.EN, adviceOf(t, err))
	})
	for name, c := range map[string]struct {
		answers map[string]string
		says    string
		advice  message.Text
	}{
		"offers none":                 {map[string]string{"EHLO": "250 peer"}, "offers no login", noLoginAdvice},
		"takes OAuth only":            {map[string]string{"EHLO": "250-peer\n250 AUTH XOAUTH2"}, "offers login by XOAUTH2 only", oauthAdvice},
		"takes two kinds of it":       {map[string]string{"EHLO": "250-peer\n250 AUTH XOAUTH2 OAUTHBEARER"}, "OAUTHBEARER, XOAUTH2 only", oauthAdvice},
		"takes Kerberos only":         {map[string]string{"EHLO": "250-peer\n250 AUTH GSSAPI"}, "offers login by GSSAPI only", mechanismAdvice},
		"offers one and takes none":   {map[string]string{"EHLO": "250-peer\n250 AUTH PLAIN", "AUTH": none}, "(the server offers login by PLAIN)", mechanismAdvice},
		"offers CRAM-MD5 but in vain": {map[string]string{"EHLO": "250-peer\n250 AUTH CRAM-MD5", "AUTH": "502 no"}, "offers login by CRAM-MD5", mechanismAdvice},
	} {
		t.Run("fails for good with a server that "+name+", and says what it offers", func(t *testing.T) {
			p := (&peer{answers: c.answers}).listen(t)
			_, err := open(t, p.address, nil).Send(ctx, notification())
			assert.True(t, target.IsPermanent(err))
			assert.ErrorContains(t, err, c.says)
			assert.Equal(t, c.advice.EN, adviceOf(t, err))
			assert.NotContains(t, p.heard(), "MAIL")
		})
	}
}
