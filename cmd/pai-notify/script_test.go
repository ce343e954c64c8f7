package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	testscript.Main(cleaning{m}, map[string]func(){"pai-notify": main})
}

// cleaning removes what the tests have built.
type cleaning struct{ *testing.M }

// Run runs the tests.
func (c cleaning) Run() int {
	defer func() { _ = os.RemoveAll(buildDir) }()
	return c.M.Run()
}

// TestScripts runs the sessions in testdata/script, each in an empty directory
// with the sample events.
func TestScripts(t *testing.T) {
	samples, err := filepath.Abs("../../events")
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			e.Setenv("HOME", e.WorkDir)
			return errors.Join(os.Symlink(samples, filepath.Join(e.WorkDir, "events")),
				os.WriteFile(filepath.Join(e.WorkDir, "large.json"), []byte(`{"id":"1","source":"s","type":"t","data":"`+strings.Repeat("x", 1<<20)+`"}`), 0o600))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// exits CODE COMMAND… runs a command that ends with this exit code.
			"exits": func(ts *testscript.TestScript, _ bool, arguments []string) {
				code := 0
				if ended, ok := errors.AsType[*exec.ExitError](ts.Exec(arguments[1], arguments[2:]...)); ok {
					code = ended.ExitCode()
				}
				if strconv.Itoa(code) != arguments[0] {
					ts.Fatalf("exit code %d, wanted %s", code, arguments[0])
				}
			},
		},
	})
}

func TestEveryExampleInTheHelpParses(t *testing.T) {
	t.Chdir("../..")
	var none strings.Builder
	parser, err := newParser(streams{out: &none, err: &none}, func(int) {})
	require.NoError(t, err)
	for _, command := range parser.Model.Leaves(true) {
		name := strings.TrimPrefix(command.FullPath(), "pai-notify ")
		require.NotEmpty(t, examples[name], "%s has no example", name)
		for _, example := range examples[name] {
			_, line, _ := strings.Cut(example, "pai-notify ")
			line, _, _ = strings.Cut(line, " > ")
			_, err := parser.Parse(strings.Fields(strings.TrimSuffix(line, ")")))
			require.NoError(t, err, example)
			assert.True(t, strings.HasPrefix(line, name), example)
		}
	}
}

func TestTheVersionIsKnownHoweverTheProgramWasMade(t *testing.T) {
	defer func(before string) { version = before }(version)
	version = ""
	installed := &debug.BuildInfo{}
	installed.Main.Version = "v1.2.3"
	assert.Equal(t, "v1.2.3", versionOf(installed, true), "go install")
	assert.Equal(t, "(devel)", versionOf(nil, false))
	version = "v2.0.0-1-gabc"
	assert.Equal(t, "v2.0.0-1-gabc", versionOf(installed, true), "make build")
}
