package workspace

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Variable names the environment variable that gives a function its document:
// the JSON form itself, or "file:" and the path of one. Without it a
// [PackagedFile] beside the executable is read, if there is one.
const Variable = "PAI_NOTIFY_WORKSPACE"

// PackagedFile is the document within a function's package.
const PackagedFile = "workspace.json"

// ErrNotConfigured tells that a function was given no document.
var ErrNotConfigured = errors.New("workspace: the function has no workspace document")

// Configured returns the text of the document that a function was given, and
// what to call it in messages; an [ErrNotConfigured] when it was given none,
// with the command that gives it one. The packages of both deployments are the
// folders of build that are called as the function.
func Configured(function string) (document []byte, name string, err error) {
	value := os.Getenv(Variable)
	if path, ok := strings.CutPrefix(value, "file:"); ok {
		document, err = os.ReadFile(path)
		if err != nil {
			return nil, "", fmt.Errorf("workspace: the document that %s names cannot be read: %w", Variable, err)
		}
		return document, filepath.Base(path), nil
	}
	if strings.TrimSpace(value) != "" {
		return []byte(value), Variable, nil
	}
	executable, err := os.Executable()
	if err != nil {
		return nil, "", fmt.Errorf("workspace: %w", err)
	}
	document, err = os.ReadFile(filepath.Join(filepath.Dir(executable), PackagedFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, "", fmt.Errorf("%w: run build/pai-notify json -w workspace.yaml > build/%s/%s (in build/lambda or build/fc where the package is from there) and invoke or deploy it again, or set %s to what that command prints", ErrNotConfigured, function, PackagedFile, Variable)
	}
	if err != nil {
		return nil, "", fmt.Errorf("workspace: %s cannot be read: %w", PackagedFile, err)
	}
	return document, PackagedFile, nil
}
