package deliver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// WorkspaceVariable names the environment variable that gives a function its
// rules when the bus does not carry them: the JSON form of a workspace document
// itself, or "file:" and the path of one. Without it a workspace.json beside
// the executable is read, if there is one.
const WorkspaceVariable = "PAI_NOTIFY_WORKSPACE"

const packagedFile = "workspace.json"

// loadWorkspace reads the document that was configured by hand. It is an error
// when there is none, because the event that needs it would be lost.
func loadWorkspace(spec target.Spec) (*workspace.Workspace, error) {
	document, name, err := readDocument()
	if err != nil {
		return nil, err
	}
	return workspace.ParseFor(document, name, spec)
}

func readDocument() (document []byte, name string, err error) {
	value := os.Getenv(WorkspaceVariable)
	if path, ok := strings.CutPrefix(value, "file:"); ok {
		document, err = os.ReadFile(path)
		if err != nil {
			return nil, "", fmt.Errorf("deliver: the workspace document that %s names cannot be read: %w", WorkspaceVariable, err)
		}
		return document, filepath.Base(path), nil
	}
	if strings.TrimSpace(value) != "" {
		return []byte(value), WorkspaceVariable, nil
	}
	executable, err := os.Executable()
	if err != nil {
		return nil, "", fmt.Errorf("deliver: %w", err)
	}
	document, err = os.ReadFile(filepath.Join(filepath.Dir(executable), packagedFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, "", fmt.Errorf("deliver: the event came without a rule and a target, and the function has no rules of its own: set %s to the JSON form of a workspace document, or put it into the package as %s", WorkspaceVariable, packagedFile)
	}
	if err != nil {
		return nil, "", fmt.Errorf("deliver: %s cannot be read: %w", packagedFile, err)
	}
	return document, packagedFile, nil
}
