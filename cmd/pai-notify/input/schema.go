package input

import (
	"fmt"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace/schema"
)

// Schema is the command schema.
type Schema struct{}

// Run prints the schema of workspace documents.
func (Schema) Run(s terminal.Streams) error {
	text, err := schema.Generate(event.Builtin(), functions.Register()...)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, string(text))
	return nil
}
