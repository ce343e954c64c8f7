package files_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/files"
)

func TestAReplacedFileHasTheModeItHad(t *testing.T) {
	folder := t.TempDir()
	file, link := filepath.Join(folder, "file"), filepath.Join(folder, "link")
	require.NoError(t, os.WriteFile(file, []byte("old"), 0o640))
	require.NoError(t, os.Chmod(file, 0o640))
	require.NoError(t, os.Symlink("file", link))
	for _, one := range []struct {
		name    string
		replace func(string, []byte) error
		path    string
		want    fs.FileMode
	}{
		{"through a link", files.Replace, link, 0o640},
		{"a new one in a new directory", files.Replace, filepath.Join(folder, "new", "file"), 0o600},
		{"a private one", files.ReplacePrivate, file, 0o600},
	} {
		t.Run(one.name, func(t *testing.T) {
			require.NoError(t, one.replace(one.path, []byte(one.name)))
			text, err := os.ReadFile(one.path)
			require.NoError(t, err)
			assert.Equal(t, one.name, string(text))
			info, err := os.Stat(one.path)
			require.NoError(t, err)
			assert.Equal(t, one.want, info.Mode().Perm())
			target, err := os.Readlink(link)
			require.NoError(t, err)
			assert.Equal(t, "file", target, "the link stays one")
			left, err := filepath.Glob(filepath.Join(filepath.Dir(one.path), ".*"))
			require.NoError(t, err)
			assert.Empty(t, left, "nothing temporary is left")
		})
	}
	require.Error(t, files.ReplacePrivate(filepath.Join(folder, "none", "file"), nil))
}

func TestTwoProgramsDoNotWriteAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, files.ReplacePrivate(file, []byte("old")))
	unlock, err := files.Lock(file)
	require.NoError(t, err)
	done := make(chan error)
	go func() {
		again, err := files.Lock(file)
		if err == nil {
			again()
		}
		done <- err
	}()
	select {
	case <-done:
		t.Fatal("both have it")
	case <-time.After(20 * time.Millisecond):
	}
	require.NoError(t, files.Replace(file, []byte("new")))
	unlock()
	assert.NoError(t, <-done, "the file that is there by now is locked")
}
