package input

import (
	"bytes"
	"fmt"

	demodoc "github.com/pai-notify/pai-notify/cmd/pai-notify/demo"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// variablesLimit is how many bytes all environment variables of a function may
// have, less a few for the others (Function Compute, Limits: 4 KB). Lambda
// takes as many.
const variablesLimit = 4000

// JSON is the command json.
type JSON struct {
	Workspace string `short:"w" required:"" type:"path" help:"Workspace document; - for standard input." placeholder:"FILE"`
}

// Run prints the JSON form of a document, on one line of printable ASCII.
func (c *JSON) Run(s terminal.Streams) error {
	text, err := ReadJSON(c.Workspace, nil, s)
	if err != nil {
		return err
	}
	if bytes.Contains(text, []byte(demodoc.InboxHost)) {
		return fmt.Errorf("%s: names %s, which only the local program knows: write the real server, or leave the line out, before a function gets the document", c.Workspace, demodoc.InboxHost)
	}
	if len(text) > variablesLimit {
		fmt.Fprintf(s.Err, "warning: %d bytes are more than the %d that fit the environment variables of a function: put them into its package as workspace.json\n", len(text), variablesLimit)
	}
	fmt.Fprintln(s.Out, string(text))
	return nil
}

// ReadJSON reads and checks a workspace document, or the demo for "", prints
// the warnings about it, and returns its JSON form.
func ReadJSON(path string, complete func([]byte) []byte, s terminal.Streams) ([]byte, error) {
	document, name, err := ReadDocument(path, complete, s)
	if err != nil {
		return nil, err
	}
	specs, err := Checked()
	if err != nil {
		return nil, err
	}
	text, warnings, err := yaml.JSON(document, name, specs...)
	if err != nil {
		return nil, err
	}
	for _, finding := range warnings {
		fmt.Fprintln(s.Err, "warning:", finding)
	}
	return text, nil
}
