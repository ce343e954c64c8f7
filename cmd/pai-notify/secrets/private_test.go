package secrets_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/secrets"
)

// stranger is a user that these tests are not run by.
const stranger = 65533

// give makes a file another user's; the test needs root for it.
func give(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to give a file to another user")
	}
	require.NoError(t, os.Lchown(path, stranger, stranger))
}

// own takes a file back, with a group; -1 leaves the one that it has. The group of
// root's tests is root's.
func own(t *testing.T, path string, group int) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to know what the group is")
	}
	require.NoError(t, os.Lchown(path, os.Geteuid(), group))
}

// within makes a directory with a mode.
func within(t *testing.T, parent string, mode os.FileMode) string {
	t.Helper()
	directory := filepath.Join(parent, "d")
	require.NoError(t, os.Mkdir(directory, 0o700))
	require.NoError(t, os.Chmod(directory, mode))
	return directory
}

func TestAFileThatOthersCanReadOrWriteIsRefused(t *testing.T) {
	const value = "NAME_OF_TEST='topsecret'\n"
	for name, c := range map[string]struct {
		spoil func(t *testing.T, directory, path string) (to string)
		says  string
	}{
		"this user's alone":                {func(*testing.T, string, string) string { return "" }, ""},
		"read-only":                        {func(t *testing.T, _, path string) string { return mode(t, path, 0o400) }, ""},
		"read by others":                   {func(t *testing.T, _, path string) string { return mode(t, path, 0o604) }, "can read the secrets in it: run: chmod 600 "},
		"written by others":                {func(t *testing.T, _, path string) string { return mode(t, path, 0o602) }, "other users can write it: look whether it is still yours, then run: chmod 600 "},
		"written by a group":               {func(t *testing.T, _, path string) string { return mode(t, path, 0o620) }, "other users can write it"},
		"in a directory that others write": {func(t *testing.T, directory, _ string) string { return mode(t, directory, 0o777) }, "can replace what is in the directory"},
		"in a sticky one":                  {func(t *testing.T, directory, _ string) string { return mode(t, directory, 0o777|os.ModeSticky) }, ""},
		"another user's":                   {func(t *testing.T, _, path string) string { give(t, path); return "" }, "belongs to the user 65533"},
		"in another user's directory":      {func(t *testing.T, directory, _ string) string { give(t, directory); return "" }, "belongs to the user 65533, who can replace"},
		"behind another user's link": {func(t *testing.T, directory, path string) string {
			link := filepath.Join(directory, "link")
			require.NoError(t, os.Symlink(path, link))
			give(t, link)
			return link
		}, "belongs to the user 65533"},
		"behind an own link": {func(t *testing.T, directory, path string) string {
			link := filepath.Join(directory, "link")
			require.NoError(t, os.Symlink(filepath.Base(path), link))
			return link
		}, ""},
		"behind a link to a directory that others write": {func(t *testing.T, directory, path string) string {
			open := within(t, t.TempDir(), 0o777)
			require.NoError(t, os.Rename(path, filepath.Join(open, "secrets.env")))
			link := filepath.Join(directory, "link")
			require.NoError(t, os.Symlink(open, link))
			return filepath.Join(link, "secrets.env")
		}, "can replace what is in the directory"},
		"behind links in a circle": {func(t *testing.T, directory, path string) string {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Symlink(path, path))
			return path
		}, "too many"},
	} {
		t.Run(name, func(t *testing.T) {
			unset(t, "NAME_OF_TEST")
			directory := within(t, t.TempDir(), 0o700)
			path := filepath.Join(directory, "secrets.env")
			require.NoError(t, os.WriteFile(path, []byte(value), 0o600))
			if to := c.spoil(t, directory, path); to != "" {
				path = to
			}
			_, err := secrets.Open(path)
			if c.says == "" {
				require.NoError(t, err)
				assert.Equal(t, "topsecret", os.Getenv("NAME_OF_TEST"))
				return
			}
			assert.ErrorContains(t, err, c.says)
			assert.Empty(t, os.Getenv("NAME_OF_TEST"), "nothing of it is used")
			assert.NotContains(t, err.Error(), "topsecret")
		})
	}
}

func mode(t *testing.T, path string, mode os.FileMode) string {
	t.Helper()
	require.NoError(t, os.Chmod(path, mode))
	return ""
}

func TestADirectoryThatOthersCanWriteIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, parent, path string)
		says  string
	}{
		"new":                      {func(t *testing.T, _, path string) { require.NoError(t, os.Remove(path)) }, ""},
		"seen by others":           {func(t *testing.T, _, path string) { mode(t, path, 0o755) }, ""},
		"written by others":        {func(t *testing.T, _, path string) { mode(t, path, 0o707) }, "run: chmod go-w "},
		"written by a group":       {func(t *testing.T, _, path string) { give(t, path); own(t, path, -1); mode(t, path, 0o770) }, "run: chmod go-w "},
		"written by the own group": {func(t *testing.T, _, path string) { own(t, path, os.Getegid()); mode(t, path, 0o775) }, ""},
		"sticky":                   {func(t *testing.T, _, path string) { mode(t, path, 0o777|os.ModeSticky) }, "run: chmod go-w "},
		"another user's":           {func(t *testing.T, _, path string) { give(t, path) }, "belongs to the user 65533: choose another place, or run as root: chown"},
		"another user's link": {func(t *testing.T, parent, path string) {
			mode(t, parent, 0o777|os.ModeSticky)
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Symlink(t.TempDir(), path))
			give(t, path)
		}, "belongs to the user 65533"},
		"in one that others write": {func(t *testing.T, parent, _ string) { mode(t, parent, 0o777) }, "can replace what is in the directory"},
	} {
		t.Run(name, func(t *testing.T) {
			parent := within(t, t.TempDir(), 0o700)
			path := within(t, parent, 0o700)
			c.spoil(t, parent, path)
			err := secrets.Directory(path)
			if c.says != "" {
				assert.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			if name == "new" {
				info, err := os.Stat(path)
				require.NoError(t, err)
				assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
			}
		})
	}
}

func TestRootLooksIntoTheDirectoriesOfServices(t *testing.T) {
	path := filepath.Join(within(t, t.TempDir(), 0o700), "local.json")
	require.NoError(t, os.WriteFile(path, []byte("{}"), 0o600))
	give(t, filepath.Dir(path))
	give(t, path)
	_, err := secrets.Read(path)
	assert.ErrorContains(t, err, "belongs to the user")
	text, err := secrets.ReadAsRoot(path)
	require.NoError(t, err)
	assert.Equal(t, "{}", string(text))
	mode(t, path, 0o666)
	_, err = secrets.ReadAsRoot(path)
	assert.ErrorContains(t, err, "other users can write it")
}
