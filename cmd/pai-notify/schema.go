package main

import (
	"fmt"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace/schema"
)

type schemaCommand struct{}

// Run prints the schema of workspace documents.
func (schemaCommand) Run(s streams) error {
	text, err := schema.Generate(event.Builtin(), functions.Register()...)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, string(text))
	return nil
}
