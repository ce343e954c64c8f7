// Package input reads what commands are given: workspace documents, events and
// times.
package input

import (
	"errors"
	"fmt"
	"io"
	"os"

	demodoc "github.com/pai-notify/pai-notify/cmd/pai-notify/demo"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// ReadInput reads the payload of a function from a file, or from standard input
// for "-".
func ReadInput(path string, s terminal.Streams) ([]byte, error) {
	return ReadFile(path, event.MaxPayloadBytes, s)
}

// ReadFile reads one byte more than the limit, so that what is too large is
// told apart and not cut.
func ReadFile(path string, limit int64, s terminal.Streams) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(s.In, limit+1))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// ReadDocument reads a workspace document, or the demo for "". complete puts the
// addresses of an inbox into it; nil for none, and it may name the inbox all the
// same.
func ReadDocument(path string, complete func([]byte) []byte, s terminal.Streams) (document []byte, name string, err error) {
	document, name = demodoc.Workspace, "demo/workspace.yaml"
	if path != "" {
		if document, err = ReadFile(path, workspace.MaxDocumentBytes, s); err != nil {
			return nil, "", fmt.Errorf("--workspace: %w", err)
		}
		name = path
	}
	if complete != nil {
		return complete(document), name, nil
	}
	return document, name, demodoc.Allow(demodoc.InboxHost)
}

// ReadWorkspace reads and checks a workspace document, or the demo for "", and
// prints the warnings about it.
func ReadWorkspace(path string, complete func([]byte) []byte, s terminal.Streams) (*workspace.Workspace, error) {
	document, name, err := ReadDocument(path, complete, s)
	if err != nil {
		return nil, err
	}
	return ParseWorkspace(document, name, s)
}

// ParseWorkspace checks a workspace document and prints the warnings about it. It
// is held to the operator's list of secrets where one is set.
func ParseWorkspace(document []byte, name string, s terminal.Streams) (*workspace.Workspace, error) {
	specs, err := Checked()
	if err != nil {
		return nil, err
	}
	return ParseWith(specs, document, name, s)
}

// ParseWith is [ParseWorkspace] with the target types that are given.
func ParseWith(specs []target.Spec, document []byte, name string, s terminal.Streams) (*workspace.Workspace, error) {
	w, err := yaml.Parse(document, name, specs...)
	if err != nil {
		return nil, err
	}
	for _, finding := range w.Warnings {
		fmt.Fprintln(s.Err, "warning:", finding)
	}
	return w, nil
}

// ReadEvents reads the events of a file in any payload shape. Of a file with
// several it returns those that can be read, also beside an error that says what
// is wrong with the others.
func ReadEvents(path string, s terminal.Streams) ([]event.Event, error) {
	text, err := ReadInput(path, s)
	if err != nil {
		return nil, err
	}
	return EventsOf(path, text)
}

// EventsOf decodes the events of a file that was read.
func EventsOf(path string, text []byte) ([]event.Event, error) {
	p, err := event.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var list []event.Event
	var unread error
	for _, item := range p.Items {
		if item.Test {
			item.Err = errTest
		}
		if item.Err != nil {
			unread = errors.Join(unread, fmt.Errorf("%s: %w", path, item.Err))
			continue
		}
		list = append(list, item.Event)
	}
	if len(p.Items) == 0 {
		return nil, fmt.Errorf("%s: there is no event in it", path)
	}
	return list, unread
}

// ReadAll reads the events of several files, as [ReadEvents] does.
func ReadAll(paths []string, s terminal.Streams) (list []event.Event, unread error) {
	for _, path := range paths {
		found, err := ReadEvents(path, s)
		list, unread = append(list, found...), errors.Join(unread, err)
	}
	return list, unread
}

// errTest refuses a connectivity test where an event is expected.
var errTest = errors.New("this is a connectivity test and no event: use pai-notify test, or pai-notify send")
