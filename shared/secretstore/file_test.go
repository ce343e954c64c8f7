package secretstore_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/secretstore"
	"github.com/pai-notify/pai-notify/shared/target"
)

// packaged returns the path of a file in the package of this process.
func packaged(t *testing.T, name string) string {
	t.Helper()
	executable, err := os.Executable()
	require.NoError(t, err)
	path := filepath.Join(filepath.Dir(executable), name)
	t.Cleanup(func() { _ = os.Remove(path) })
	return path
}

func TestAFunctionReadsTheFileOfItsPackage(t *testing.T) {
	path := packaged(t, "secrets.json")
	write := func(text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	write(`{"ROBOT":"https://h/1","PASSWORD":{"value":"p","hosts":["smtp.example.com"]},"KEY":{"value":"k","hosts":[]},"AWS_SECRET_ACCESS_KEY":"stolen"}` + "\n")
	for _, platform := range []string{"", "FC_RUNTIME_API", "AWS_LAMBDA_RUNTIME_API"} {
		t.Setenv("FC_RUNTIME_API", "")
		t.Setenv("AWS_LAMBDA_RUNTIME_API", "")
		if platform != "" {
			t.Setenv(platform, "127.0.0.1:1")
		}
		t.Setenv(secret.DeclaredVariable, "file:secrets.json#*")
		ctx := secret.DeclaredHere(secretstore.Here()).In(t.Context())
		v, err := target.Secret("env:ROBOT").Reveal(ctx)
		require.NoError(t, err, platform)
		assert.Equal(t, "https://h/1", v)
		v, err = target.Secret("env:PASSWORD").RevealTo(ctx, "smtp.example.com:465")
		require.NoError(t, err)
		assert.Equal(t, "p", v)
		_, err = target.Secret("env:KEY").SignFor(ctx, "https://anybody.example/x")
		require.NoError(t, err)
		for name, refused := range map[string]func() (string, error){
			"another host":     func() (string, error) { return target.Secret("env:PASSWORD").RevealTo(ctx, "evil.example:465") },
			"a key as it is":   func() (string, error) { return target.Secret("env:KEY").RevealTo(ctx, "h.example:443") },
			"a reserved name":  func() (string, error) { return target.Secret("env:AWS_SECRET_ACCESS_KEY").Reveal(ctx) },
			"the file itself":  func() (string, error) { return target.Secret("file:secrets.json").Reveal(ctx) },
			"its member":       func() (string, error) { return target.Secret("file:secrets.json#ROBOT").Reveal(ctx) },
			"a file elsewhere": func() (string, error) { return target.Secret("file:/proc/self/environ").Reveal(ctx) },
			"a missing member": func() (string, error) { return target.Secret("env:OTHER").Reveal(ctx) },
		} {
			v, err := refused()
			assert.True(t, target.IsPermanent(err), "%s: %v", name, err)
			assert.Empty(t, v, name)
		}
		missing := secret.Look(ctx, []string{"env:ROBOT", "env:OTHER"})
		require.Len(t, missing, 1)
		assert.Contains(t, missing[0].Reason, "the secret file:secrets.json has no member OTHER")
	}

	// A file that is replaced while the function runs is read again like a store.
	ctx := secret.DeclaredHere(secretstore.Here()).In(t.Context())
	assert.Len(t, secret.Look(ctx, []string{"env:OTHER"}), 1)
	write(`{"OTHER":"o"}`)
	assert.Eventually(t, func() bool { return len(secret.Look(ctx, []string{"env:OTHER"})) == 0 }, 10e9, 50e6)
}

func TestAFileThatIsNoneSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		make func(path string) error
		says string
	}{
		"missing":     {func(string) error { return nil }, "file:secrets.json is not in the package of the function: write it with pai-notify secrets push --store file, and deploy again"},
		"a link":      {func(path string) error { return os.Symlink("/proc/self/environ", path) }, "put an ordinary file there"},
		"a dead link": {func(path string) error { return os.Symlink("/nowhere", path) }, "put an ordinary file there"},
		"a folder":    {func(path string) error { return os.Mkdir(path, 0o700) }, "put an ordinary file there"},
		"a pipe":      {func(path string) error { return syscall.Mkfifo(path, 0o600) }, "put an ordinary file there"},
		"10 MB": {func(path string) error {
			return os.WriteFile(path, []byte(`{"R":"`+strings.Repeat("hunter2", 1500000)+`"}`), 0o600)
		}, "longer than 65536 bytes"},
		"no JSON":  {func(path string) error { return os.WriteFile(path, []byte(`R='hunter2'`), 0o600) }, "file:secrets.json is no JSON object"},
		"a list":   {func(path string) error { return os.WriteFile(path, []byte(`["hunter2"]`), 0o600) }, "file:secrets.json is no JSON object"},
		"cut off":  {func(path string) error { return os.WriteFile(path, []byte(`{"R":"hunter2`), 0o600) }, "file:secrets.json is no JSON object"},
		"twice":    {func(path string) error { return os.WriteFile(path, []byte(`{"R":"hunter2","R":"hunter3"}`), 0o600) }, "two members of one name"},
		"a number": {func(path string) error { return os.WriteFile(path, []byte(`{"R":4711}`), 0o600) }, `neither a text nor an object with "value" and "hosts"`},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, c.make(packaged(t, "secrets.json")))
			t.Setenv(secret.DeclaredVariable, "file:secrets.json#*")
			_, err := target.Secret("env:R").Reveal(secret.DeclaredHere(secretstore.Here()).In(t.Context()))
			require.ErrorContains(t, err, c.says)
			assert.True(t, target.IsPermanent(err))
			assert.NotContains(t, err.Error(), "hunter")
			assert.NotContains(t, err.Error(), "4711")
		})
	}
}

func TestNoPathIsReadAsAFileOfThePackage(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "secrets.json"), []byte(`{}`), 0o600))
	inner := filepath.Join(folder, "package")
	require.NoError(t, os.Mkdir(inner, 0o700))
	for _, name := range []string{"", ".", "..", "../secrets.json", filepath.Join(folder, "secrets.json"), "a/../../secrets.json", `..\secrets.json`, ".secrets.json", "a\x00b", "a b"} {
		_, err := secretstore.ReadFile(inner, name)
		assert.ErrorContains(t, err, "no plain file name", name)
		_, err = secret.ParseDeclared("file:" + name + "#*")
		assert.Error(t, err, name)
	}
}
