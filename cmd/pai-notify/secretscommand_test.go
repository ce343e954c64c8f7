package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/aliyun/kms/kmstest"
	"github.com/pai-notify/pai-notify/shared/bus/aws/mototest"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/secretstore"
	"github.com/pai-notify/pai-notify/shared/target"
)

// needy needs a robot's URL and key, the password of a mail server, and a token
// of a rule that is disabled.
const needy = `workspace: lab
contacts: [{name: alice, email: alice@example.com}]
rules:
  - name: died
    source: dlc
    events: [job-failed]
    targets:
      - {type: dingtalk, webhook: env:ROBOT, signing_key: env:ROBOT_KEY}
      - {type: email, contacts: [alice], server: "smtp.example.com:465", from: a@example.com, username: a, password: env:SMTP_PASSWORD}
  - name: off
    enabled: false
    source: model
    events: [version-approved]
    targets: [{type: http, url: "https://hooks.example.com/x", headers: {Authorization: Bearer env:TOKEN}}]
`

// vaultOf is a secret of a cloud's store on loopback.
type vaultOf struct {
	t           *testing.T
	document    string
	environment []string
	flags       []string
}

func (v vaultOf) run(command string, more ...string) result {
	v.t.Helper()
	flags := v.flags
	if command == "list" {
		flags = nil
	}
	return commandOf(v.t, v.environment, append(append([]string{"secrets", command, "-w", v.document}, more...), flags...)...)
}

func commandOf(t *testing.T, environment []string, arguments ...string) result {
	return command(t, environment, "", arguments...)
}

func (v vaultOf) with(environment ...string) vaultOf {
	v.environment = append(append([]string{}, v.environment...), environment...)
	return v
}

func onKMS(t *testing.T, document string) (vaultOf, *kmstest.Service) {
	s := kmstest.Start(t)
	return vaultOf{t, document,
		[]string{"ALIBABA_CLOUD_ACCESS_KEY_ID=" + kmstest.KeyID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + kmstest.Key},
		[]string{"--bus", "aliyun", "--region", "cn-hangzhou", "--endpoint", s.URL}}, s
}

func TestASecretIsFilledAndChecked(t *testing.T) {
	for cloud, open := range map[string]func(t *testing.T) vaultOf{
		"aliyun": func(t *testing.T) vaultOf { v, _ := onKMS(t, document(t, needy)); return v },
		"aws": func(t *testing.T) vaultOf {
			return vaultOf{t, document(t, needy), []string{"AWS_ACCESS_KEY_ID=AKID", "AWS_SECRET_ACCESS_KEY=secret", "AWS_EC2_METADATA_DISABLED=true"},
				[]string{"--bus", "aws", "--region", "ap-southeast-1", "--endpoint", mototest.Start(t)}}
		},
	} {
		t.Run(cloud, func(t *testing.T) {
			v := open(t)
			r := v.run("check")
			assert.Equal(t, exitNo, r.code, r.err)
			assert.Contains(t, r.out, "There is no secret ")
			assert.Contains(t, r.out, "missing ROBOT: for dingtalk/")
			assert.Contains(t, r.out, "missing TOKEN: for http/")

			v = v.with("ROBOT=https://oapi.dingtalk.com/robot/send?access_token=aaa111", "SMTP_PASSWORD= hunter2222 ")
			r = v.run("push")
			assert.Equal(t, exitNo, r.code)
			assert.Contains(t, r.out, "missing ROBOT_KEY: it has a value neither here nor in the secret")
			assert.Contains(t, r.err, "nothing was written: 1 missing")
			assert.Contains(t, v.run("check").out, "There is no secret ")

			full := v.with("ROBOT_KEY=SECbbb222")
			r = full.run("push")
			require.Equal(t, exitOK, r.code, r.out+r.err)
			assert.Contains(t, r.out, "new     ROBOT\nnew     ROBOT_KEY\nnew     SMTP_PASSWORD\nmissing TOKEN: it has a value neither here nor in the secret; no rule that is enabled needs it\nWrote ")
			for _, secret := range []string{"aaa111", "SECbbb222", "hunter2222"} {
				assert.NotContains(t, r.out+r.err, secret)
			}
			r = v.run("check")
			assert.Equal(t, exitOK, r.code, r.out+r.err)
			assert.Contains(t, r.out, "ok      ROBOT\nok      ROBOT_KEY\nok      SMTP_PASSWORD\n")

			r = full.run("push")
			assert.Equal(t, exitOK, r.code)
			assert.Contains(t, r.out, "same    ROBOT\n")
			assert.Contains(t, r.out, "Nothing to write: ")

			r = v.with("ROBOT=https://oapi.dingtalk.com/robot/send?access_token=ccc333").run("push")
			assert.Equal(t, exitOK, r.code, r.out+r.err)
			assert.Contains(t, r.out, "changed ROBOT\nkept    ROBOT_KEY: no value here\nsame    SMTP_PASSWORD\n")

			// Another document leads the password elsewhere, and needs one name more.
			require.NoError(t, os.WriteFile(v.document, []byte(strings.NewReplacer("smtp.example.com", "mail.example.org", "signing_key: env:ROBOT_KEY", "signing_key: env:OTHER_KEY").Replace(needy)), 0o600))
			r = v.run("check")
			assert.Equal(t, exitNo, r.code)
			assert.Contains(t, r.out, "bound   SMTP_PASSWORD: it is for smtp.example.com:465, and the document leads to mail.example.org:465")
			assert.Contains(t, r.out, "extra   ROBOT_KEY: the document does not need it")
			r = v.run("push", "--partial")
			assert.Equal(t, exitNo, r.code, "something is missing")
			assert.Contains(t, r.out, "changed SMTP_PASSWORD: for other hosts\n")
			assert.Contains(t, r.out, "kept    ROBOT_KEY: the document does not name it\n")
			assert.Contains(t, r.out, "Wrote ")
			r = v.with("OTHER_KEY=SECddd444").run("push", "--prune")
			assert.Equal(t, exitOK, r.code, r.out+r.err)
			assert.Contains(t, r.out, "removed ROBOT_KEY: the document does not name it\n")
			assert.Equal(t, exitOK, v.run("check").code)
		})
	}
}

func TestWhatIsPushedIsWhatFunctionsRead(t *testing.T) {
	v, s := onKMS(t, document(t, needy))
	r := v.with("ROBOT=https://h/1", "ROBOT_KEY=SEC1", "SMTP_PASSWORD=p").run("push")
	require.Equal(t, exitOK, r.code, r.out+r.err)
	value, _ := s.Get("pai-notify")
	assert.True(t, json.Valid([]byte(value)))

	t.Setenv("FC_RUNTIME_API", "127.0.0.1:1")
	t.Setenv("FC_REGION", "cn-hangzhou")
	t.Setenv(secretstore.KMSEndpointVariable, s.URL)
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", kmstest.KeyID)
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", kmstest.Key)
	t.Setenv(secret.DeclaredVariable, "kms:pai-notify#*")
	ctx := secret.DeclaredHere(secretstore.Here()).In(t.Context())
	assert.Empty(t, secret.Look(ctx, []string{"env:ROBOT", "env:ROBOT_KEY", "env:SMTP_PASSWORD"}))
	got, err := target.Secret("env:SMTP_PASSWORD").RevealTo(ctx, "smtp.example.com:465")
	require.NoError(t, err)
	assert.Equal(t, "p", got)
	_, err = target.Secret("env:SMTP_PASSWORD").RevealTo(ctx, "evil.example:465")
	assert.Error(t, err)
}

func TestValuesCanComeFromAFile(t *testing.T) {
	v, s := onKMS(t, document(t, needy))
	file := filepath.Join(t.TempDir(), "secrets.env")
	require.NoError(t, os.WriteFile(file, []byte("ROBOT='https://h/1'\nROBOT_KEY='SEC'\nSMTP_PASSWORD='p'\\''q'\n"), 0o600))
	r := v.with("ROBOT=of the environment").run("push", "--from", file)
	require.Equal(t, exitOK, r.code, r.out+r.err)
	value, _ := s.Get("pai-notify")
	assert.Contains(t, value, "https://h/1")
	assert.Contains(t, value, "p'q")
}

func TestASecretOfSomethingElseIsLeftAlone(t *testing.T) {
	for _, value := range []string{"plain", `["a"]`, "null", `{"a":`, ""} {
		v, s := onKMS(t, document(t, needy))
		s.Set("pai-notify", "one", value)
		r := v.with("ROBOT=a", "ROBOT_KEY=b", "SMTP_PASSWORD=c").run("push")
		assert.Equal(t, exitTrying, r.code, r.out)
		assert.Contains(t, r.err, "made for something else")
		now, versions := s.Get("pai-notify")
		assert.Equal(t, value, now)
		assert.Equal(t, 1, versions)
	}
}

func TestASecretThatIsTooLongIsNotWritten(t *testing.T) {
	v, s := onKMS(t, document(t, needy))
	r := v.with("ROBOT="+strings.Repeat("x", 31<<10), "ROBOT_KEY=b", "SMTP_PASSWORD=c").run("push")
	assert.Equal(t, exitTrying, r.code)
	assert.Contains(t, r.err, "the store takes 30720")
	assert.Zero(t, s.Calls("CreateSecret"))
}

func TestListTellsNamesAndHosts(t *testing.T) {
	v := vaultOf{t: t, document: document(t, needy+"  - {name: apart, source: dlc, events: [job-failed], targets: [{type: lark, webhook: \"kms:lark#url\"}]}\n")}
	r := v.run("list")
	require.Equal(t, exitOK, r.code, r.err)
	assert.Contains(t, r.out, "SMTP_PASSWORD\n    targets  email/")
	assert.Contains(t, r.out, "    for      smtp.example.com:465\n")
	assert.Contains(t, r.out, "TOKEN (disabled)\n")
	assert.Contains(t, r.out, "apart   kms:lark#url: ")
	r = v.run("list", "--entries")
	require.Equal(t, exitOK, r.code, r.err)
	_, err := secret.ParseDeclared(r.out)
	require.NoError(t, err)
	assert.Contains(t, r.out, "SMTP_PASSWORD@smtp.example.com:465")
	assert.Contains(t, r.out, "kms:lark#url")
}

func TestCheckFindsWhatFunctionsRefuse(t *testing.T) {
	for name, c := range map[string]struct{ robot, said string }{
		"hosts that are null":       {`"ROBOT":{"value":"https://h/1","hosts":null}`, "missing ROBOT: its value is neither"},
		"a host that is a URL":      {`"ROBOT":{"value":"https://h/1","hosts":["env:ROBOT","https://h/"]}`, "missing ROBOT: its value is neither"},
		"a member that is unknown":  {`"ROBOT":{"value":"https://h/1","note":"mine"}`, "missing ROBOT: its value is neither"},
		"no value":                  {`"ROBOT":{"hosts":[]}`, "missing ROBOT: its value is neither"},
		"a value of blanks":         {`"ROBOT":" \n"`, "missing ROBOT: for dingtalk/"},
		"two members with one name": {`"ROBOT":"https://h/1","ROBOT":"https://h/2"`, `two members "ROBOT"`},
	} {
		t.Run(name, func(t *testing.T) {
			v, s := onKMS(t, document(t, needy))
			value := `{` + c.robot + `,"ROBOT_KEY":"SEC","SMTP_PASSWORD":{"value":"p","hosts":["smtp.example.com:465"]}}`
			s.Set("pai-notify", "one", value)
			r := v.run("check")
			assert.NotEqual(t, exitOK, r.code, r.out)
			assert.Contains(t, r.out+r.err, c.said)

			r = v.run("push")
			assert.NotEqual(t, exitOK, r.code, r.out)
			now, _ := s.Get("pai-notify")
			assert.Equal(t, value, now, "nothing is written while a value is missing")
		})
	}
}

func TestAPartialPushKeepsWhatItCannotReplace(t *testing.T) {
	v, s := onKMS(t, document(t, needy))
	s.Set("pai-notify", "one", `{"ROBOT":{"value":"https://h/1","note":"mine"}}`)
	r := v.with("ROBOT_KEY=SEC").run("push", "--partial")
	assert.Equal(t, exitNo, r.code, r.err)
	now, _ := s.Get("pai-notify")
	assert.JSONEq(t, `{"ROBOT":{"value":"https://h/1","note":"mine"},"ROBOT_KEY":{"value":"SEC","hosts":["env:ROBOT"]}}`, now)
}

func TestAValueThatIsNoTextIsNotWrittenAsAnother(t *testing.T) {
	v, s := onKMS(t, document(t, needy))
	r := v.with("ROBOT=https://h/1", "ROBOT_KEY=SEC\xff1", "SMTP_PASSWORD=p").run("push")
	assert.Equal(t, exitTrying, r.code, r.out)
	assert.Contains(t, r.err, "the value of ROBOT_KEY is no text in UTF-8")
	assert.NotContains(t, r.out+r.err, "SEC")
	assert.Zero(t, s.Calls("CreateSecret"))
}

func TestAPushSaysWhomItTakesASecretFrom(t *testing.T) {
	v, s := onKMS(t, document(t, needy))
	s.Set("pai-notify", "one", `{"ROBOT":"https://h/1","ROBOT_KEY":"SEC","SMTP_PASSWORD":"p"}`)
	r := v.run("push")
	require.Equal(t, exitOK, r.code, r.out+r.err)
	assert.Contains(t, r.out, "changed SMTP_PASSWORD: it was for anybody, and is for the hosts of this document only")
	assert.Contains(t, v.run("check").out, "ok      SMTP_PASSWORD\n")
}

// inPackages is the secrets of functions in their packages, in a folder with those
// of the types.
func inPackages(t *testing.T, document string, types ...string) (vaultOf, string) {
	folder := t.TempDir()
	for _, typ := range types {
		require.NoError(t, os.Mkdir(filepath.Join(folder, typ), 0o755))
	}
	return vaultOf{t, document, nil, []string{"--store", "file", "--package", folder}}, folder
}

func TestEachPackageGetsWhatItsFunctionNeeds(t *testing.T) {
	v, folder := inPackages(t, document(t, needy), "dingtalk", "email", "http", "voice")
	file := func(typ string) string { return filepath.Join(folder, typ, "secrets.json") }
	r := v.run("check")
	assert.Equal(t, exitNo, r.code, r.err)
	assert.Contains(t, r.out, "There is no secret file:"+file("dingtalk")+".\nmissing ROBOT: for dingtalk/")

	r = v.with("ROBOT=https://h/aaa111", "SMTP_PASSWORD=hunter2222").run("push")
	assert.Equal(t, exitNo, r.code, r.out)
	assert.Contains(t, r.err, "nothing was written: 1 missing")
	assert.NoFileExists(t, file("email"), "nothing is written while a value is missing")

	full := v.with("ROBOT=https://h/aaa111", "SMTP_PASSWORD=hunter2222", "ROBOT_KEY=SECbbb222")
	r = full.run("push")
	require.Equal(t, exitOK, r.code, r.out+r.err)
	assert.Contains(t, r.out, "new     ROBOT\nnew     ROBOT_KEY\n")
	assert.Contains(t, r.out, "Wrote file:"+file("dingtalk")+". The function has it when it is deployed again.\n")
	for _, secret := range []string{"aaa111", "SECbbb222", "hunter2222"} {
		assert.NotContains(t, r.out+r.err, secret)
	}
	for typ, want := range map[string]string{
		"dingtalk": `{"ROBOT":{"value":"https://h/aaa111","hosts":["env:ROBOT"]},"ROBOT_KEY":{"value":"SECbbb222","hosts":["env:ROBOT"]}}`,
		"email":    `{"SMTP_PASSWORD":{"value":"hunter2222","hosts":["smtp.example.com:465"]}}`,
	} {
		text, err := os.ReadFile(file(typ))
		require.NoError(t, err)
		assert.JSONEq(t, want, string(text))
		info, err := os.Stat(file(typ))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode())
		files, err := os.ReadDir(filepath.Dir(file(typ)))
		require.NoError(t, err)
		assert.Len(t, files, 1, "nothing else is left in the package")
	}
	assert.NoFileExists(t, file("http"))
	assert.NoFileExists(t, file("voice"))
	assert.Equal(t, exitOK, v.run("check").code)
	r = full.run("push")
	assert.Contains(t, r.out, "Nothing to write: file:"+file("email"))
	assert.NotContains(t, r.out, "Wrote")

	// The settings of a deployment say it as well.
	settings := vaultOf{t, v.document, []string{"PAI_NOTIFY_SECRET_STORE=file"}, []string{"--package", folder, "--bus", "aliyun", "--region", "cn-hangzhou"}}
	assert.Equal(t, exitOK, settings.run("check").code)

	// A package that was made anew lacks its file, also when another has the name.
	require.NoError(t, os.Remove(file("email")))
	r = v.run("check")
	assert.Equal(t, exitNo, r.code)
	assert.Contains(t, r.out, "missing SMTP_PASSWORD")

	// A document that no longer has the targets leaves a file behind, which is said.
	require.NoError(t, os.WriteFile(v.document, []byte(strings.Replace(needy, "dingtalk, webhook: env:ROBOT, signing_key: env:ROBOT_KEY", "wecom, webhook: env:ROBOT", 1)), 0o600))
	r = full.run("push")
	assert.Equal(t, exitTrying, r.code)
	assert.Contains(t, r.err, "the package of the function wecom is not there: run make build")
	require.NoError(t, os.Mkdir(filepath.Join(folder, "wecom"), 0o755))
	require.Equal(t, exitOK, full.run("push").code)
	assert.Contains(t, v.run("check").out, file("dingtalk")+"\nextra   ROBOT: the document does not need it\nextra   ROBOT_KEY")
	r = full.run("push", "--prune")
	assert.Contains(t, r.out, "removed ROBOT: the document does not name it\n")
	text, err := os.ReadFile(file("dingtalk"))
	require.NoError(t, err)
	assert.JSONEq(t, `{}`, string(text))
}

func TestAPackageTakesNoOtherFile(t *testing.T) {
	v, folder := inPackages(t, document(t, needy), "dingtalk", "email", "http")
	v = v.with("ROBOT=https://h/1", "ROBOT_KEY=SEC", "SMTP_PASSWORD=p")
	for _, name := range []string{"../secrets.json", "/tmp/secrets.json", ".hidden", "a/b"} {
		r := v.run("push", "--name", name)
		assert.Equal(t, exitTrying, r.code, r.out)
		assert.Contains(t, r.err, "no plain file name")
	}
	elsewhere := filepath.Join(t.TempDir(), "mine")
	require.NoError(t, os.WriteFile(elsewhere, []byte("{}"), 0o600))
	link := filepath.Join(folder, "email", "secrets.json")
	require.NoError(t, os.Symlink(elsewhere, link))
	for _, command := range []string{"push", "check"} {
		r := v.run(command)
		assert.Equal(t, exitTrying, r.code, r.out)
		assert.Contains(t, r.err, "put an ordinary file there")
	}
	assert.NoFileExists(t, filepath.Join(folder, "dingtalk", "secrets.json"), "nothing is written when one cannot be")
	text, err := os.ReadFile(elsewhere)
	require.NoError(t, err)
	assert.Equal(t, "{}", string(text))

	v.flags = nil
	r := v.run("check")
	assert.Equal(t, exitTrying, r.code)
	assert.Contains(t, r.err, "--store file")
	v.flags = []string{"--bus", "aws", "--region", "eu-central-1", "--store", "kms"}
	assert.Contains(t, v.run("check").err, "kms is not the store of --bus aws: correct --store")
}
