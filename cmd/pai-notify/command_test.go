package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
)

// built returns the folder with the executables of the program and of the
// functions, built once for all tests.
func built(t *testing.T) string {
	t.Helper()
	buildOnce.Do(func() {
		buildDir, buildErr = os.MkdirTemp("", "pai-notify-test")
		if buildErr != nil {
			return
		}
		packages := map[string]string{"pai-notify": "."}
		for _, spec := range functions.Register() {
			packages[spec.Type+"/bootstrap"] = "../../functions/" + spec.Type + "/bootstrap"
		}
		for output, pkg := range packages {
			cmd := exec.Command("go", "build", "-o", filepath.Join(buildDir, output), pkg)
			if out, err := cmd.CombinedOutput(); err != nil {
				buildErr = err
				t.Logf("%s", out)
			}
		}
	})
	require.NoError(t, buildErr)
	return buildDir
}

var (
	buildOnce sync.Once
	buildDir  string
	buildErr  error
)

func TestMain(m *testing.M) {
	code := m.Run()
	if buildDir != "" {
		_ = os.RemoveAll(buildDir)
	}
	os.Exit(code)
}

// result is what a finished command left.
type result struct {
	out, err string
	code     int
}

// command runs the real program in the top folder of the repository.
func command(t *testing.T, environment []string, stdin string, arguments ...string) result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(built(t), "pai-notify"), arguments...)
	cmd.Dir = "../.."
	cmd.Env = append([]string{"NO_COLOR=1", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, environment...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, diagnostics bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	_ = cmd.Run() // the exit code is what tests look at
	return result{out.String(), diagnostics.String(), cmd.ProcessState.ExitCode()}
}

func TestCommands(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	demo, err := os.ReadFile("demo/workspace.yaml")
	require.NoError(t, err)
	typo := write("typo.yaml", strings.Replace(string(demo), "signing_key", "signing_kee", 1))
	large := write("large.json", `{"id":"1","source":"s","type":"t","data":"`+strings.Repeat("x", 1<<20)+`"}`)
	broken := write("broken.json", `{"id":"1",`)
	stranger := write("stranger.json", `{"id":"1","source":"acs.oss","type":"oss:ObjectCreated:PutObject"}`)

	for name, c := range map[string]struct {
		arguments []string
		stdin     string
		code      int
		out, err  string
	}{
		"match names the rule and its targets": {
			arguments: []string{"match", "events/dlc-job-failed.json"}, code: exitOK,
			out: "match    job-needs-help → dingtalk/oncall",
		},
		"match says which condition failed and what it saw": {
			arguments: []string{"match", "events/dlc-job-failed.json"}, code: exitOK,
			out: `no match nightly-flow: source is "acs.paidlc", wanted "acs.paiflow"`,
		},
		"match shows every condition on demand": {
			arguments: []string{"match", "-v", "events/dlc-job-running.json"}, code: exitOK,
			out: `✓ data.UserId is "201457962310948521"`,
		},
		"match reads the forms of AWS": {
			arguments: []string{"match", "events/aws/dlc-job-failed.eventbridge.json"}, code: exitOK,
			out: "match    job-needs-help",
		},
		"match answers no when nothing matches": {
			arguments: []string{"match", "events/dlc-job-queued.json"}, code: exitNo,
			out: "no match job-needs-help: type is",
		},
		"an unknown source matches nothing": {
			arguments: []string{"match", stranger}, code: exitNo,
			out: `source is "acs.oss"`,
		},
		"an event on standard input": {
			arguments: []string{"match", "-"}, stdin: `{"id":"1","source":"acs.paimodel","type":"anything"}`, code: exitOK,
			out: "match    model-approval",
		},
		"a missing file is an error": {
			arguments: []string{"match", "nowhere.json"}, code: exitTrying,
			err: "nowhere.json: no such file",
		},
		"malformed JSON is an error with its place": {
			arguments: []string{"match", broken}, code: exitTrying,
			err: "broken.json: event: the payload is not JSON: line 1",
		},
		"a non-event is an error that says what was found": {
			arguments: []string{"match", "-"}, stdin: `{"hello":"world"}`, code: exitTrying,
			err: "not a CloudEvent: id, source, type missing or empty (found: hello)",
		},
		"an event larger than a bus carries is an error": {
			arguments: []string{"match", large}, code: exitTrying,
			err: "more than the 262144 EventBridge carries",
		},
		"a typo in the document is an error with line, column and the right word": {
			arguments: []string{"match", "-w", typo, "events/dlc-job-failed.json"}, code: exitTrying,
			err: "typo.yaml:22:9: rules[0].targets[0]: unknown key \"signing_kee\": did you mean \"signing_key\"?",
		},
		"no arguments is a usage error": {
			code: exitTrying, err: "pai-notify --help",
		},
		"send wants a function that exists": {
			arguments: []string{"send", "fax", "events/dlc-job-failed.json"}, code: exitTrying,
			err: `there is no function "fax": use one of [dingtalk email http lark sms voice wecom]`,
		},
		"send says what the function misses": {
			arguments: []string{"send", "dingtalk", "events/dlc-job-failed.json"}, code: exitNo,
			out: "environment variable DINGTALK_WEBHOOK is not set",
		},
		"send into the inbox shows the outcome": {
			arguments: []string{"send", "--inbox", "dingtalk", "events/dlc-job-failed.json"}, code: exitOK,
			out: `"status": "sent"`, err: "DLC job failed: qwen3-moe-pretrain-512gpu",
		},
		"send answers no for a payload that is no event": {
			arguments: []string{"send", "dingtalk", "-"}, stdin: "hello", code: exitNo,
			out: "the payload is not JSON",
		},
		"send to an address that nobody may reach fails for good": {
			arguments: []string{"send", "http", "-"}, stdin: wrapHTTP("https://169.254.169.254/latest"), code: exitNo,
			out: `"class": "permanent"`,
		},
		"test shows what each platform said": {
			arguments: []string{"test", "--inbox"}, code: exitOK,
			out: "dingtalk/oncall      HTTP 200, code 0",
		},
		"test of one target leaves the others alone": {
			arguments: []string{"test", "--inbox", "--target", "http/registry", "--json"}, code: exitOK,
			out: `"target":"http/registry","http_status":200`,
		},
		"test says what is missing": {
			arguments: []string{"test", "--target", "dingtalk"}, code: exitNo,
			out: "environment variable DINGTALK_WEBHOOK is not set",
		},
		"test of nothing is an error": {
			arguments: []string{"test", "--rule", "nope"}, code: exitTrying,
			err: "no target of the workspace is called so",
		},
		"test asks before it costs money": {
			arguments: []string{"test", "--inbox", "--rule", "job-died"}, code: exitOK,
			out: "it costs money: add --yes to test it",
		},
		"test sends what costs money when told to": {
			arguments: []string{"test", "--inbox", "--rule", "job-died", "--yes"}, code: exitOK,
			out: "HTTP 200, code OK, receipt ",
		},
		"pattern judges line by line": {
			arguments: []string{"pattern", "--dialect", "aliyun"}, code: exitOK,
			stdin: `{"id":"a","pattern":"{\"type\":[\"t\"]}","event":"{\"type\":\"t\"}"}` + "\n" +
				`{"id":"b","pattern":"{\"type\":[]}","event":"{}"}` + "\n" +
				`{"id":"c","pattern":"{\"type\":[\"t\"]}","event":"{"}` + "\n",
			out: `{"id":"a","valid":true,"match":true,"error":""}` + "\n" + `{"id":"b","valid":false,"match":false,"error":"`,
		},
		"pattern knows the other dialect": {
			arguments: []string{"pattern", "--dialect", "aws"}, code: exitOK,
			stdin: `{"id":"a","pattern":"{\"a\":[{\"wildcard\":\"x*z\"}]}","event":"{\"a\":\"xyz\"}"}`,
			out:   `{"id":"a","valid":true,"match":true,"error":""}`,
		},
		"pattern explains": {
			arguments: []string{"pattern", "--dialect", "aliyun", "--explain"}, code: exitOK,
			stdin: `{"id":"a","pattern":"{\"type\":[\"t\"]}","event":"{\"type\":\"u\"}"}`,
			out:   `"conditions":[{"path":"type","want":"\"t\"","seen":"\"u\"","holds":false}]`,
		},
		"pattern answers a line it cannot read and fails": {
			arguments: []string{"pattern", "--dialect", "aliyun"}, code: exitTrying,
			stdin: `{"id":"a"}` + "\n" + `nonsense` + "\n",
			out:   `{"id":"a","valid":false,"match":false,"error":"line 1:`, err: "2 of 2 lines could not be read",
		},
		"pattern wants a dialect that exists": {
			arguments: []string{"pattern", "--dialect", "gcp"}, code: exitTrying, err: "gcp",
		},
		"up refuses to listen for others": {
			arguments: []string{"up", "--listen", "0.0.0.0:0"}, code: exitTrying,
			err: "only a loopback address",
		},
		"the version is printed": {
			arguments: []string{"--version"}, code: exitOK, out: "devel",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := command(t, nil, c.stdin, c.arguments...)
			assert.Equal(t, c.code, r.code, "out: %s\nerr: %s", r.out, r.err)
			assert.Contains(t, r.out, c.out)
			assert.Contains(t, r.err, c.err)
		})
	}
}

func wrapHTTP(url string) string {
	return `{"rule":"r","target":{"type":"http","name":"n","parameters":{"url":"` + url + `"}},"event":{"id":"1","source":"acs.paimodel","type":"paimodel:x:y"}}`
}

func TestRunReportsAnInterruptAsAGoodEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range []string{"DINGTALK_WEBHOOK", "DINGTALK_SIGNING_KEY", "MODEL_WEBHOOK_URL", "MODEL_WEBHOOK_SECRET", "LARK_WEBHOOK", "LARK_SIGNING_KEY", "WECOM_WEBHOOK", "INBOX_SMTP_PASSWORD", "INBOX_ACCESS_KEY_ID", "INBOX_ACCESS_KEY_SECRET", "PAI_NOTIFY_ALLOW"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	var out, diagnostics bytes.Buffer
	assert.Equal(t, exitOK, run(ctx, []string{"up"}, streams{strings.NewReader(""), &out, &diagnostics}), diagnostics.String())
}
