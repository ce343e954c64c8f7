package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

// What make dist writes is the same from two copies of the tree in different
// folders. A part of it is enough: the rest goes the same way.
func TestTwoCopiesOfTheTreeGiveTheSameBytes(t *testing.T) {
	first, second := t.TempDir(), filepath.Join(t.TempDir(), "elsewhere/and/deeper")
	copyTree(t, first)
	copyTree(t, second)
	dist(t, first, "linux/"+goarch(t))
	dist(t, second, "linux/"+goarch(t), "TZ=Asia/Tokyo", "GOFLAGS=-tags=other")
	program := "pai-notify_v0.0.0-test_linux_" + goarch(t)
	want := []string{"SHA256SUMS", "dingtalk_v0.0.0-test_linux_arm64.zip", "pai-notify_v0.0.0-test_sbom.cdx.json", program + ".tar.gz", "lambda-dingtalk_v0.0.0-test_linux_arm64.zip"}
	assert.ElementsMatch(t, want, names(t, filepath.Join(first, "dist")))
	for _, name := range want {
		a, b := read(t, filepath.Join(first, "dist", name)), read(t, filepath.Join(second, "dist", name))
		assert.Equal(t, sha256.Sum256(a), sha256.Sum256(b), name)
	}

	t.Run("also where nothing is compiled yet", func(t *testing.T) {
		dist(t, second, "", "GOCACHE="+t.TempDir(), "VARIANTS=")
		a, b := read(t, filepath.Join(first, "dist", want[1])), read(t, filepath.Join(second, "dist", want[1]))
		assert.Equal(t, sha256.Sum256(a), sha256.Sum256(b))
	})

	t.Run("and a cloud can start the function", func(t *testing.T) {
		archive, err := zip.OpenReader(filepath.Join(first, "dist", want[1]))
		require.NoError(t, err)
		defer archive.Close()
		require.Len(t, archive.File, 1)
		assert.Equal(t, "bootstrap", archive.File[0].Name)
		assert.Equal(t, "-rwxr-xr-x", archive.File[0].Mode().String())
	})

	t.Run("and the program of the archive runs and says its version", func(t *testing.T) {
		folder := untar(t, filepath.Join(first, "dist", program+".tar.gz"))
		out, err := exec.Command(filepath.Join(folder, program, "pai-notify"), "--version").Output()
		require.NoError(t, err)
		assert.Contains(t, string(out), "v0.0.0-test")
		for _, name := range []string{"LICENSE", "NOTICE", "README.md", "workspace.yaml", "docs/workspace.schema.json", "events/dlc-job-failed.json"} {
			assert.FileExists(t, filepath.Join(folder, program, name))
		}
	})

	t.Run("and the list of materials names what is linked, by each executable's sum", func(t *testing.T) {
		var list struct {
			SerialNumber string
			Metadata     struct{ Timestamp string }
			Components   []struct {
				Name, Type string
				Hashes     []struct{ Content string }
			}
		}
		require.NoError(t, json.Unmarshal(read(t, filepath.Join(first, "dist", want[2])), &list))
		assert.Empty(t, list.SerialNumber)
		assert.Empty(t, list.Metadata.Timestamp)
		found := map[string]string{}
		for _, c := range list.Components {
			found[c.Name] = c.Type
			if c.Name == program {
				executable := read(t, filepath.Join(first, "build/dist", program, "pai-notify"))
				assert.Equal(t, fmt.Sprintf("%x", sha256.Sum256(executable)), c.Hashes[0].Content)
			}
		}
		assert.Equal(t, "library", found["modernc.org/sqlite"])
		assert.Equal(t, "library", found["std"])
		assert.Equal(t, "application", found["dingtalk_v0.0.0-test_linux_arm64"])
	})
}

func TestChecksumsAreWhatSha256sumReads(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "b"), []byte("abc"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a"), nil, 0o600))
	require.NoError(t, writeSums(folder))
	assert.Equal(t, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n"+
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b\n", string(read(t, filepath.Join(folder, "SHA256SUMS"))))
}

func TestAFolderWithoutOneExecutableIsNotPacked(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "dingtalk_v1_linux_amd64"), 0o700))
	require.ErrorContains(t, run("v1", folder, t.TempDir()), "has 0 files")
	require.ErrorContains(t, run("v1", t.TempDir(), t.TempDir()), "run make dist")
	require.ErrorContains(t, run("", folder, t.TempDir()), "--version")
}

// dist makes one function's archive in a copy of the tree, and that of the program
// for a platform unless it is empty.
func dist(t *testing.T, tree, platform string, environment ...string) {
	command := exec.Command("make", "dist", "VERSION=v0.0.0-test", "PLATFORMS="+platform, "FUNCTIONS=dingtalk", "ARCHS=arm64")
	command.Dir = tree
	command.Env = append(append(os.Environ(), "MAKEFLAGS="), environment...)
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// copyTree copies what git knows and what is not committed yet.
func copyTree(t *testing.T, to string) {
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	out, err := list.Output()
	require.NoError(t, err)
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		info, err := os.Stat(filepath.Join(root, name))
		if errors.Is(err, os.ErrNotExist) {
			continue // removed, and not committed yet
		}
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Join(to, filepath.Dir(name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(to, name), read(t, filepath.Join(root, name)), info.Mode()))
	}
}

func untar(t *testing.T, path string) string {
	folder := t.TempDir()
	in, err := os.Open(path)
	require.NoError(t, err)
	defer in.Close()
	plain, err := gzip.NewReader(in)
	require.NoError(t, err)
	for archive := tar.NewReader(plain); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return folder
		}
		require.NoError(t, err)
		content, err := io.ReadAll(archive)
		require.NoError(t, err)
		name := filepath.Join(folder, header.Name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
		require.NoError(t, os.WriteFile(name, content, header.FileInfo().Mode()))
	}
}

func names(t *testing.T, folder string) []string {
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}

func goarch(t *testing.T) string {
	out, err := exec.Command("go", "env", "GOARCH").Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

func read(t *testing.T, path string) []byte {
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return content
}
