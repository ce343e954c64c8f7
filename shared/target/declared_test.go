package target_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// declared returns a context with a list, and with stores that hold some secrets.
func declared(t *testing.T, list string, stored map[string]string) context.Context {
	t.Helper()
	d, err := secret.ParseDeclared(list)
	require.NoError(t, err)
	stores := map[string]secret.Store{}
	for _, scheme := range []string{"ssm", "secretsmanager", "kms"} {
		stores[scheme] = func(_ context.Context, name string) (string, error) {
			v, ok := stored[scheme+":"+name]
			if !ok {
				return "", errors.New(scheme + " does not answer")
			}
			return v, nil
		}
	}
	return d.From(stores).In(t.Context())
}

func TestOnlyWhatIsDeclaredCanBeNamed(t *testing.T) {
	t.Setenv("OURS", "ours")
	t.Setenv("OTHERS", "hunter2")
	stored := map[string]string{
		"secretsmanager:pai": `{"TOKEN":"member","EMPTY":" "}`, "secretsmanager:other": `{"OTHERS":"hunter2"}`,
		"ssm:/pai/a": "parameter", "ssm:/paid": "hunter2", "kms:pai": "hunter2",
	}
	ctx := declared(t, "env:OURS, secretsmanager:pai#*\nssm:/pai/* kms:json#KEY", stored)
	for reference, want := range map[target.Secret]string{
		"env:OURS": "ours", "env:TOKEN": "member", "secretsmanager:pai#TOKEN": "member", "ssm:/pai/a": "parameter", "Bearer env:OURS": "Bearer ours",
	} {
		v, err := reference.Reveal(ctx)
		require.NoError(t, err, reference)
		assert.Equal(t, want, v)
	}
	for reference, want := range map[target.Secret]string{
		"env:OTHERS": "no member OTHERS", "env:EMPTY": "is empty", "env:ours": "no member",
		"secretsmanager:pai": "is not declared", "secretsmanager:other": "is not declared", "secretsmanager:other#OTHERS": "is not declared", "secretsmanager:pai#NONE": "no member",
		"ssm:/paid": "is not declared", "kms:pai": "is not declared", "kms:json": "is not declared", "kms:json#OTHER": "is not declared", "Basic env:OTHERS": "no member",
	} {
		_, err := reference.Reveal(ctx)
		require.Error(t, err, reference)
		assert.ErrorContains(t, err, want)
		assert.True(t, target.IsPermanent(err), reference)
		assert.NotContains(t, err.Error(), "hunter2")
	}
	_, err := target.Secret("env:OTHERS").Reveal(declared(t, "OURS", nil))
	require.ErrorIs(t, err, secret.ErrUndeclared)
	assert.ErrorContains(t, err, "adds OTHERS to PAI_NOTIFY_SECRETS")
	_, err = target.Secret("env:OURS").Reveal(context.Background())
	assert.ErrorIs(t, err, secret.ErrUndeclared, "nothing is declared where nobody says so")
}

func TestTheProcessesOwnNamesAreNeverForTargets(t *testing.T) {
	for _, name := range []string{
		"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "aws_session_token", "Aws_Session_Token", "_AWS_XRAY", "LAMBDA_TASK_ROOT", "_LAMBDA_SERVER_PORT",
		"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECRET_KEY", "ALIBABACLOUD_X", "ALIYUN_X", "FC_ACCOUNT_ID", "accessKeyID", "accessKeySecret", "securityToken",
		"PAI_NOTIFY_SECRETS", "PAI_NOTIFY_ALLOW", "PATH", "LD_PRELOAD",
	} {
		t.Setenv(name, "hunter2")
		_, err := secret.ParseDeclared("OURS " + name)
		require.Error(t, err, name)
		_, err = target.Secret("env:" + name).Reveal(declared(t, "secretsmanager:pai#*", map[string]string{"secretsmanager:pai": `{"` + name + `":"hunter2"}`}))
		require.ErrorContains(t, err, "credentials and settings of the process")
		assert.NotContains(t, err.Error(), "hunter2")
		for _, config := range []map[string]any{
			{"password": "env:" + name}, {"headers": map[string]string{"Authorization": "Bearer env:" + name}}, {"inner": "env:" + name},
		} {
			assert.ErrorContains(t, openEverywhere(t, config), "credentials and settings of the process", name)
		}
	}
	for _, name := range []string{"SMTP_PASSWORD", "FCX", "AWSKEY", "MY_AWS_KEY", "PAI_WEBHOOK", "FEISHU"} {
		assert.False(t, secret.Reserved(name), name)
	}
}

func TestASecretReachesOnlyTheHostsItIsDeclaredFor(t *testing.T) {
	t.Setenv("TOKEN", "hunter2")
	t.Setenv("URL", "https://there.example:8443/x")
	admitted := map[string][]string{
		"TOKEN@a.example":                   {"https://a.example/x", "https://A.Example", "https://a.example.:444/", "a.example:465", "http://a.example"},
		"TOKEN@a.example:443":               {"https://a.example/", "a.example:443", "https://a.example:443"},
		"TOKEN@A.EXAMPLE.":                  {"https://a.example"},
		"TOKEN@[::1]:25":                    {"[::1]:25", "[0:0:0:0:0:0:0:1]:25"},
		"TOKEN@::1":                         {"[::1]:25", "https://[::1]/"},
		"TOKEN@127.0.0.1:2525":              {"127.0.0.1:2525", "[::ffff:127.0.0.1]:2525"},
		"TOKEN@例子.中国":                       {"https://例子.中国/"},
		"TOKEN@env:URL URL@":                {"https://there.example:8443/y"},
		"TOKEN@a.example TOKEN@b.example:1": {"https://a.example", "b.example:1"},
		"TOKEN@a.example,TOKEN":             {"https://evil.example"},
	}
	for list, receivers := range admitted {
		ctx := declared(t, list, nil)
		for _, receiver := range receivers {
			v, err := target.Secret("env:TOKEN").RevealTo(ctx, receiver)
			require.NoError(t, err, "%s to %s", list, receiver)
			assert.Equal(t, "hunter2", v)
			_, err = target.Secret("env:TOKEN").SignFor(ctx, receiver)
			require.NoError(t, err)
		}
		_, err := target.Secret("env:TOKEN").Reveal(ctx)
		require.NoError(t, err, "as a URL it leads where it leads")
	}
	refused := map[string][]string{
		"TOKEN@a.example": {"https://evil.example", "https://a.example@evil.example/", "https://a.example:x@evil.example/", "https://user@a.example/", "https://evil.example/a.example", "https://a.example.evil.example",
			"https://evil.example?a.example", "https://evil.example#a.example", "https://xa.example", "https://ａ.example", "", "::", "https://"},
		"TOKEN@a.example:443": {"https://a.example:444/", "a.example:465", "http://a.example/"},
		"TOKEN@k.example":     {"https://\u212a.example/"}, // the Kelvin sign, whose lower case is k
		"TOKEN@ı.example":     {"https://İ.example", "https://i.example"},
		"TOKEN@127.0.0.1":     {"https://127.1", "https://0x7f.0.0.1", "https://2130706433"},
		"TOKEN@":              {"https://a.example", "127.0.0.1:25", ""},
		"TOKEN@env:URL URL@":  {"https://there.example/", "https://url/", "https://env:URL/"},
		"TOKEN@env:URL":       {"https://there.example:8443/y"}, // the URL itself is not declared
	}
	for list, receivers := range refused {
		for _, receiver := range receivers {
			_, err := target.Secret("Bearer env:TOKEN").RevealTo(declared(t, list, nil), receiver)
			require.ErrorContains(t, err, "is not declared for this receiver", "%s to %s", list, receiver)
			assert.True(t, target.IsPermanent(err))
			assert.NotContains(t, err.Error(), "hunter2")
			_, err = target.Secret("env:TOKEN").SignFor(declared(t, list, nil), receiver)
			assert.Equal(t, list != "TOKEN@", err != nil, "hosts hold for signatures too; without any, it is for signing")
		}
	}
}

func TestAMemberReachesOnlyItsHosts(t *testing.T) {
	t.Setenv("URL", "https://there.example/x")
	secret := `{"ANY":{"value":"v"},"BOUND":{"value":"v","hosts":["A.example","b.example:25","env:URL"]},"NOBODY":{"value":"v","hosts":[]},"URL":"https://there.example/x"}`
	for _, scheme := range []string{"kms", "secretsmanager"} {
		ctx := declared(t, scheme+":pai#*", map[string]string{scheme + ":pai": secret})
		for _, prefix := range []string{"env:", scheme + ":pai#"} {
			for name, hosts := range map[string]string{"ANY": "https://evil.example", "BOUND": "https://a.example b.example:25 https://there.example/y"} {
				for host := range strings.FieldsSeq(hosts) {
					v, err := target.Secret(prefix+name).RevealTo(ctx, host)
					require.NoError(t, err, "%s to %s", name, host)
					assert.Equal(t, "v", v)
				}
			}
			for name, hosts := range map[string]string{"BOUND": "https://evil.example b.example:26 https://there.example:444", "NOBODY": "https://a.example"} {
				for host := range strings.FieldsSeq(hosts) {
					_, err := target.Secret(prefix+name).RevealTo(ctx, host)
					assert.ErrorContains(t, err, "is not declared for this receiver", "%s to %s", name, host)
				}
			}
			_, err := target.Secret(prefix+"NOBODY").SignFor(ctx, "https://a.example")
			require.NoError(t, err)
		}
	}
}

func TestASecretThatIsNotUnderstoodIsNotUsed(t *testing.T) {
	for secret, want := range map[string]string{
		`{"A":"hunter2","A":"hunter3"}`:                    "two members of one name",
		`{"A":"hunter2","\u0041":{"value":"hunter3"}}`:     "two members of one name",
		`{"A":{"value":"hunter2","host":["a.example"]}}`:   "neither a text nor an object",
		`{"A":{"value":"hunter2","hosts":null}}`:           "neither a text nor an object",
		`{"A":{"value":"hunter2","hosts":"a.example"}}`:    "neither a text nor an object",
		`{"A":{"value":"hunter2","hosts":["https://a/"]}}`: "has a host that is neither",
		`{"A":{"value":"hunter2","hosts":["*.example"]}}`:  "has a host that is neither",
		`{"A":{"hosts":[]}}`:                               "neither a text nor an object",
		`{"A":["hunter2"]}`:                                "neither a text nor an object",
		`{"A":null}`:                                       "neither a text nor an object",
		`{"A":7}`:                                          "neither a text nor an object",
		`{"a":"hunter2"}`:                                  "no member A",
		`{"A":""}`:                                         "is empty",
		`{"A":{"value":" "}}`:                              "is empty",
		`hunter2`:                                          "no JSON object",
		`["hunter2"]`:                                      "no JSON object",
		`{"A":"hunter2"`:                                   "no JSON object",
		`null`:                                             "no JSON object",
	} {
		ctx := declared(t, "kms:pai#*", map[string]string{"kms:pai": secret})
		_, err := target.Secret("env:A").RevealTo(ctx, "https://a.example")
		require.ErrorContains(t, err, want, secret)
		assert.True(t, target.IsPermanent(err), secret)
		assert.NotContains(t, err.Error(), "hunter")
	}
	_, err := target.Secret("kms:pai").Reveal(declared(t, "kms:pai", map[string]string{"kms:pai": `{"A":"hunter2"}`}))
	require.ErrorContains(t, err, "write kms:pai#KEY")
	_, err = target.Secret("env:A").Reveal(declared(t, "kms:pai#*", nil))
	require.Error(t, err)
	assert.False(t, target.IsPermanent(err), "the store may answer later")
}

func TestAListThatCannotBeReadDeclaresNothing(t *testing.T) {
	t.Setenv("OURS", "hunter2")
	for _, list := range []string{
		"OURS https://a.example", "OURS=hunter2", "OURS a-b", "OURS X@https://a.example/", "OURS X@a.example/b", "OURS X@a:b@c", "OURS X@*.example", "OURS X@a.example:0", "OURS X@a.example:99999", "OURS @a.example", "OURS 1X",
		"OURS ssm:", "OURS ssm:/a#KEY", "OURS ssm:*", "OURS kms:#*", "OURS kms:a*#*", "OURS kms:a#", "OURS vault:a", "OURS ENV:X", "OURS *", "OURS PAI_NOTIFY_X@a.example", "OURS；X",
	} {
		_, err := secret.ParseDeclared(list)
		require.Error(t, err, list)
		t.Setenv(secret.DeclaredVariable, list)
		_, err = target.Secret("env:OURS").Reveal(secret.DeclaredHere(nil).In(t.Context()))
		require.ErrorContains(t, err, "PAI_NOTIFY_SECRETS", list)
		assert.True(t, target.IsPermanent(err))
	}
}

func TestAListIsWrittenAsItIsRead(t *testing.T) {
	for list, want := range map[string]string{
		"": "", " A , env:B@ ": "A B@", "A@x A@Y:1 A@x": "A@x A@y:1", "A@x A": "A", "A A@x": "A", "A@ A@x": "A@x", "A@::1 A@[::1]:25": "A@::1 A@[::1]:25", "A@env:URL": "A@env:URL", "A@ssm:/url": "A@ssm:/url", "A@kms:443": "A@kms:443",
		"ssm:/a/* kms:a#* kms:a#k kms:a secretsmanager:a@b": "ssm:/a/* kms:a#* kms:a#k kms:a secretsmanager:a@b",
	} {
		d, err := secret.ParseDeclared(list)
		require.NoError(t, err, list)
		assert.Equal(t, want, d.String())
		again, err := secret.ParseDeclared(d.String())
		require.NoError(t, err)
		assert.Equal(t, d, again)
	}
}
