package secretstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
)

// MaxFile is the most bytes of a file of secrets: as many as of a secret in AWS,
// so that one can replace the other.
const MaxFile = MaxSecretsManager

// ReadFile returns the text of a file of secrets in folder, the package of a
// function. It accepts only a plain name, and no link that leads out of the
// package.
func ReadFile(folder, name string) (string, error) {
	if !secret.FileName(name) {
		return "", fmt.Errorf("%.100q is no plain file name: it stands beside the executable, so write letters, digits, \".\", \"-\" and \"_\"", name)
	}
	path := filepath.Join(folder, name)
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is a link, a folder or a device: put an ordinary file there", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err == nil && len(text) > MaxFile {
		err = fmt.Errorf("%s is longer than %d bytes: take out what is not needed", path, MaxFile)
	}
	if err != nil {
		return "", err
	}
	return string(text), nil
}

// readPackaged reads a file beside the executable of this process.
func readPackaged(_ context.Context, name string) (string, error) {
	executable, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("file:%s was not read: %w", name, err)
	}
	text, err := ReadFile(filepath.Dir(executable), name)
	_, ofSystem := errors.AsType[*fs.PathError](err)
	switch {
	case err == nil:
		return text, nil
	case errors.Is(err, fs.ErrNotExist):
		return "", target.Permanent(fmt.Errorf("file:%s is not in the package of the function: write it with pai-notify secrets push --store file, and deploy again", name))
	case errors.Is(err, fs.ErrPermission):
		return "", target.Permanent(fmt.Errorf("file:%s may not be read by the user that the function runs as: give it mode 644 before it is packed, and deploy again", name))
	case ofSystem:
		return "", fmt.Errorf("file:%s was not read: %w", name, err)
	}
	return "", target.Permanent(fmt.Errorf("file:%s cannot be read: %w", name, err))
}
