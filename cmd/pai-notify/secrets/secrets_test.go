package secrets_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/secrets"
)

func open(t *testing.T, path string) *secrets.File {
	t.Helper()
	f, err := secrets.Open(path)
	require.NoError(t, err)
	return f
}

// unset clears variables now and after the test.
func unset(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		t.Setenv(name, "")
		require.NoError(t, os.Unsetenv(name))
	}
}

func TestKeptSecretsComeBackAsVariables(t *testing.T) {
	unset(t, "GPU_JOB_DIED_WEBHOOK")
	path := filepath.Join(t.TempDir(), "data", "secrets.env")
	value := `https://oapi.dingtalk.com/robot/send?access_token=a'b"c $d`
	name, err := open(t, path).Keep("gpu-job-died webhook", value)
	require.NoError(t, err)
	assert.Equal(t, "GPU_JOB_DIED_WEBHOOK", name)
	assert.Equal(t, value, os.Getenv(name))

	require.NoError(t, os.Unsetenv(name))
	again := open(t, path)
	assert.Equal(t, value, os.Getenv(name))
	assert.Equal(t, []string{name}, again.Names())

	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, again.Forget(name))
	assert.Empty(t, os.Getenv(name))
	assert.Empty(t, open(t, path).Names())
}

func TestOneValueHasOneName(t *testing.T) {
	unset(t, "A", "A_2", "B")
	f := open(t, "")
	for _, c := range []struct{ wanted, value, want string }{
		{"a", "one", "A"}, {"b", "one", "A"}, {"a", "two", "A_2"}, {"a", "two", "A_2"},
	} {
		got, err := f.Keep(c.wanted, c.value)
		require.NoError(t, err)
		assert.Equal(t, c.want, got)
	}
}

func TestVariablesOfTheUserStay(t *testing.T) {
	t.Setenv("MINE", "theirs")
	path := filepath.Join(t.TempDir(), "secrets.env")
	require.NoError(t, os.WriteFile(path, []byte("# kept\nMINE=ours\n"), 0o600))
	f := open(t, path)
	assert.Equal(t, "theirs", os.Getenv("MINE"))
	name, err := f.Keep("mine", "new")
	require.NoError(t, err)
	assert.Equal(t, "MINE_2", name)
	require.NoError(t, f.Forget(name))
}

func TestOpenNamesTheLineAndNotWhatStandsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets.env")
	for _, line := range []string{"A='topsecret", "topsecret", "1A=topsecret", "A='top'secret'", "A=top secret"} {
		require.NoError(t, os.WriteFile(path, []byte("\n"+line), 0o600))
		_, err := secrets.Open(path)
		require.Error(t, err, line)
		assert.Contains(t, err.Error(), "line 2")
		assert.NotContains(t, err.Error(), "secret'")
		assert.NotContains(t, err.Error(), "topsecret")
	}
}

func TestWhatIsNotOneLineIsNotKept(t *testing.T) {
	for _, value := range []string{"", "a\nb", "a\x00b"} {
		_, err := open(t, "").Keep("a", value)
		assert.Error(t, err)
	}
}

func TestWhatSteersProgramsIsNoSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets.env")
	for _, name := range []string{"LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "PATH", "GODEBUG", "SSL_CERT_FILE", "https_proxy", "BASH_ENV", "AWS_PROFILE", "PAI_NOTIFY_ALLOW", "FC_RUNTIME_API", "_X"} {
		t.Run(name, func(t *testing.T) {
			unset(t, name)
			require.NoError(t, os.WriteFile(path, []byte("A_WEBHOOK=x\n"+name+"=topsecret\n"), 0o600))
			_, err := secrets.Open(path)
			assert.ErrorContains(t, err, "line 2: "+name)
			assert.NotContains(t, err.Error(), "topsecret")
			assert.Empty(t, os.Getenv(name))
		})
	}
	unset(t, "A_WEBHOOK")
}

func TestNamesAreThoseOfVariables(t *testing.T) {
	for words, want := range map[string]string{"a-b c": "A_B_C", "1a": "SECRET_1A", "张伟": "SECRET", "aws alerts webhook": "SECRET_AWS_ALERTS_WEBHOOK", "path": "SECRET_PATH", "pathfinder webhook": "PATHFINDER_WEBHOOK", "google webhook": "GOOGLE_WEBHOOK", "rule 张伟 key": "RULE____KEY"} {
		assert.Equal(t, want, secrets.Name(words))
		assert.True(t, secrets.ValidName(secrets.Name(words)))
	}
}
