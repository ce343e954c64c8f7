package vault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/files"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/secretstore"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// FileStore is the store that is a file in the package of each function.
const FileStore = "file"

// openPackages returns the file of each function whose targets need secrets, or
// that has a file from an earlier push. Each holds only what its own type needs.
func (f *vaultFlags) openPackages(w *workspace.Workspace) (list []openedVault, err error) {
	name := cmp.Or(f.Name, "secrets.json")
	if !secret.FileName(name) {
		return nil, fmt.Errorf("--name %.100q is no plain file name: the file stands beside the executable, so write a name such as secrets.json", name)
	}
	for _, spec := range functions.Register() {
		folder := filepath.Join(f.Package, spec.Type)
		v := openedVault{vault: packageVault{}, secret: filepath.Join(folder, name), scheme: FileStore, limit: secretstore.MaxFile}
		v.list, v.others, _ = needs(w, spec.Type)
		if _, err := os.Lstat(v.secret); err != nil && len(v.list) == 0 {
			continue
		}
		if _, err := os.Stat(folder); err != nil {
			return nil, fmt.Errorf("the package of the function %s is not there: run make build, or name the folder with --package (%w)", spec.Type, err)
		}
		list = append(list, v)
	}
	return list, nil
}

// packageVault keeps a secret in a file; the secret's name is the path. A file has
// no versions: the last writer wins, on their own machine.
type packageVault struct{}

// Read returns the text of the file.
func (packageVault) Read(_ context.Context, path string) (value, version string, err error) {
	value, err = secretstore.ReadFile(filepath.Split(path))
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", &bus.Error{Kind: bus.NotFound, Resource: path, Text: "there is no such file"}
	}
	return value, FileStore, err
}

// Create writes a file that did not exist.
func (p packageVault) Create(ctx context.Context, path, version, value string) error {
	return p.Put(ctx, path, version, value)
}

// Put replaces the file atomically, so that no half of it is packed. Only its
// owner may read it.
func (packageVault) Put(_ context.Context, path, _, value string) error {
	return files.ReplacePrivate(path, []byte(value+"\n"))
}
