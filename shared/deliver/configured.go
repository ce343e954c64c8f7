package deliver

import (
	"errors"
	"fmt"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// loadWorkspace reads the document in the function's package. It fails when there
// is none, because the event that needs it would be lost.
func loadWorkspace(spec target.Spec) (*workspace.Workspace, error) {
	document, name, err := workspace.Configured(spec.Type)
	if errors.Is(err, workspace.ErrNotConfigured) {
		return nil, fmt.Errorf("deliver: the event came without a rule and a target: %w", err)
	}
	if err != nil {
		return nil, err
	}
	return workspace.ParseFor(document, name, spec)
}
