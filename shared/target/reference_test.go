package target_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type everywhere struct {
	Password target.Secret            `json:"password,omitempty"`
	Headers  map[string]target.Secret `json:"headers,omitempty"`
	From     string                   `json:"from,omitempty"`
	Params   map[string]string        `json:"params,omitempty"`
	Raw      json.RawMessage          `json:"raw,omitempty"`
	More     struct {
		Users []string `json:"users,omitempty"`
	} `json:"more,omitzero"`
	Extra *extra `json:"extra,omitempty"`
	extra
}

type extra struct {
	Inner target.Secret `json:"inner,omitempty"`
	count int
}

func openEverywhere(t *testing.T, c map[string]any) error {
	t.Helper()
	text, err := json.Marshal(c)
	require.NoError(t, err)
	_, err = target.Define("x", func(c everywhere) (target.Target, error) { return stub{config{Max: c.count}}, nil }).Open(text)
	return err
}

// What looks like a reference, as a whole value, and is none.
var misreferences = []string{
	"env:", "env: NAME", "env :NAME", "ENV:NAME", "Env:NAME", "env:MY-TOKEN", "env:1NAME", "env:NAME ", " env:NAME",
	"env:NAME\n", "env:A env:B", "env:a.b", "$env:NAME", "${env:NAME}", `"env:NAME"`, "'env:NAME'", "<env:NAME>", "env：NAME",
	"{{ env:NAME }}", "ssm:", "ssm: /a", "ssm:a b", "SSM:/a", "secretsmanager:", "SecretsManager:a",
	"arn:aws:secretsmanager:us-east-1:123456789012:secret:a", "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/a",
	"${NAME}", "${name}", "${NAME:-x}", "$NAME", "$(NAME)", "{{ NAME }}", "{{NAME}}", "{{ .Values.name }}", "${{ secrets.NAME }}", "%NAME%",
	"${env('NAME')}", " ${NAME} ",
}

func TestWhatOnlyLooksLikeAReferenceIsRefusedEverywhere(t *testing.T) {
	for _, value := range misreferences {
		for parameter, c := range map[string]map[string]any{
			"password":              {"password": value},
			"headers.Authorization": {"headers": map[string]string{"Authorization": value}},
			"from":                  {"from": value},
			"params.job":            {"params": map[string]string{"job": value}},
			"more.users[1]":         {"more": map[string]any{"users": []string{"a", value}}},
			"inner":                 {"inner": value},
			"extra.inner":           {"extra": map[string]any{"inner": value}},
		} {
			err := openEverywhere(t, c)
			require.Error(t, err, "%s: %s", parameter, value)
			assert.True(t, target.IsPermanent(err))
			found, ok := errors.AsType[target.Misreferences](err)
			require.True(t, ok)
			require.Len(t, found, 1)
			assert.Equal(t, parameter, found[0].Parameter, value)
			assert.Contains(t, found[0].Text, "env:NAME", "it says what to write")
		}
		_, err := target.Secret(value).Reveal(context.Background())
		assert.True(t, target.IsPermanent(err), "%s is not sent to a receiver", value)
	}
}

func TestAReferenceInsideATextIsRefused(t *testing.T) {
	for _, value := range []string{
		"Bearer ${TOKEN}", "Bearer $TOKEN", "Bearer $token", "Bearer {{ token }}", "Bearer %TOKEN%", "Bearer env: TOKEN", "Bearer  env:TOKEN",
		"Bearer ENV:TOKEN", "Token token=env:TOKEN", "Bearer env:MY-TOKEN", "a b env:TOKEN", "Bearer (env:TOKEN)", "Bearer ssm:/a b", "token=$TOKEN",
		"Bearer env:1X", "Bearer env:my-token", "Bearer env: token", "Bearer Env:token", "Bearer $env:token", "Bearer ${env:token}", "Bearer env:", "token %TOKEN% b",
	} {
		err := openEverywhere(t, map[string]any{"headers": map[string]string{"X-A": value}})
		assert.ErrorContains(t, err, "headers.X-A", value)
	}
	for _, value := range []string{"PAI ${X}", "a $TOKEN b", "a@{{ domain }}", "PAI <env:FROM>", "%USER%@example.com", "$name", "a env: NAME", "https://host/ssm:/a"} {
		assert.Error(t, secret.CheckPlain(value), value)
	}
	for _, value := range []string{
		"https://host/${X}", "https://host/$TENANT/hook", "https://host/?key={{ key }}", "https://host/?key=%KEY%", "https://host/?access_token=env:TOKEN",
		"https://$(HOST)/", "https://host/env:PATH",
	} {
		assert.ErrorContains(t, openEverywhere(t, map[string]any{"password": value}), "password", value)
		_, err := target.Secret(value).Reveal(context.Background())
		assert.True(t, target.IsPermanent(err), value)
	}
	assert.ErrorContains(t, openEverywhere(t, map[string]any{"password": "Bearer env:TOKEN"}), "password", "only a header has a word before a reference")
}

func TestWhatIsNoReferenceStaysAsItIs(t *testing.T) {
	for _, c := range []map[string]any{
		{"password": "env:NAME", "inner": "ssm:/pai/key:3", "headers": map[string]string{"A": "env:_n1", "B": "Bearer env:NAME", "C": "Basic ssm:/a"}},
		{"password": "secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:a-b+c"},
		{"password": "SEC$A${b}c"}, {"password": "p$WORD"}, {"password": "$lower"}, {"password": "a{{b}}c"}, {"password": "{{x!9}}#"}, {"password": "$1$abc"},
		{"password": "100%"}, {"password": "environment:x"}, {"password": "xenv:y"}, {"password": "$"}, {"password": "%%"}, {"password": "two $WORDS"},
		{"password": "https://host/?tags=env:prod&$top=1", "headers": map[string]string{"X-Tags": "team:a,env:prod", "X-B": "a $b c", "X-C": "a, env:prod b"}},
		{"from": "PAI env:prod"},
		{"password": "https://host/?$filter=a&x=%E4%BD%A0%20b"}, {"password": "https://env:8080/x"},
		{"headers": map[string]string{"A": "Bearer abc$DEF", "B": `{"a":{"b":{"c":1}}}`, "C": "Basic YTpi", "D": "100% a"}},
		{"from": "PAI <alerts@example.com>", "params": map[string]string{"job": "id"}, "more": map[string]any{"users": []string{"u$1", "5 $"}}},
		{"from": "arn:aws:sms-voice:us-east-1:123456789012:phone-number/a"}, {"from": "发送环境"}, {"raw": "env:"},
	} {
		assert.NoError(t, openEverywhere(t, c), "%v", c)
		if password, ok := c["password"].(string); ok && target.Secret(password).Literal() {
			v, err := target.Secret(password).Reveal(context.Background())
			require.NoError(t, err)
			assert.Equal(t, password, v)
		}
	}
}

func TestAWordBeforeAReferenceStays(t *testing.T) {
	t.Setenv("TOKEN", "t0k3n\n")
	t.Setenv(secret.DeclaredVariable, "TOKEN NOT_SET_ANYWHERE")
	v, err := target.Secret("Bearer env:TOKEN").Reveal(context.Background())
	require.NoError(t, err)
	assert.Equal(t, "Bearer t0k3n", v)
	assert.False(t, target.Secret("Bearer env:TOKEN").Literal())
	assert.True(t, target.Secret("Bearer t0k3n").Literal())
	assert.True(t, target.Secret("Bearer ${TOKEN} t0k3n").Literal())

	_, err = target.Secret("Bearer env:NOT_SET_ANYWHERE").Reveal(context.Background())
	assert.ErrorContains(t, err, "NOT_SET_ANYWHERE")
}

func TestAValueIsRevealedWithoutTheBlanksItWasPastedWith(t *testing.T) {
	ctx := declared(t, "secretsmanager:key", map[string]string{"secretsmanager:key": " v2\n"})
	for secret, want := range map[target.Secret]string{" k3y\n": "k3y", "secretsmanager:key": "v2"} {
		v, err := secret.Reveal(ctx)
		require.NoError(t, err)
		assert.Equal(t, want, v)
	}
}

func TestANameThatMayBeASecretIsNotShown(t *testing.T) {
	err := openEverywhere(t, map[string]any{"headers": map[string]string{"hunter2 Bearer": "$hunter2"}})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "hunter2")
}
