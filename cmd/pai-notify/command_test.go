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

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
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
			cmd := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", filepath.Join(buildDir, output), pkg) // as the Makefile does, and with what that has compiled
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

func TestRunReportsAnInterruptAsAGoodEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range []string{"DINGTALK_WEBHOOK", "DINGTALK_SIGNING_KEY", "MODEL_WEBHOOK_URL", "MODEL_WEBHOOK_SECRET", "LARK_WEBHOOK", "LARK_SIGNING_KEY", "WECOM_WEBHOOK", "INBOX_SMTP_PASSWORD", "INBOX_ACCESS_KEY_ID", "INBOX_ACCESS_KEY_SECRET", "PAI_NOTIFY_ALLOW"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	var out, diagnostics bytes.Buffer
	assert.Equal(t, exitOK, run(ctx, []string{"up"}, terminal.Streams{In: strings.NewReader(""), Out: &out, Err: &diagnostics}), diagnostics.String())
}
