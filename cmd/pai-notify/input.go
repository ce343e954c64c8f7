package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// readInput reads the payload of a function from a file, or from standard input
// for "-".
func readInput(path string, s streams) ([]byte, error) {
	return readLimited(path, event.MaxPayloadBytes, s)
}

// readLimited reads one byte more than the limit, so that what is too large is
// told apart and not cut.
func readLimited(path string, limit int64, s streams) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(s.in, limit+1))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// readDocument reads a workspace document, or the demo for "". complete puts the
// addresses of an inbox into it; nil for none, and it may name the inbox all the
// same.
func readDocument(path string, complete func([]byte) []byte, s streams) (document []byte, name string, err error) {
	document, name = demoWorkspace, "demo/workspace.yaml"
	if path != "" {
		if document, err = readLimited(path, workspace.MaxDocumentBytes, s); err != nil {
			return nil, "", err
		}
		name = path
	}
	if complete != nil {
		return complete(document), name, nil
	}
	return document, name, allow(inboxHost)
}

// readWorkspace reads and checks a workspace document, or the demo for "", and
// prints the warnings about it.
func readWorkspace(path string, complete func([]byte) []byte, s streams) (*workspace.Workspace, error) {
	document, name, err := readDocument(path, complete, s)
	if err != nil {
		return nil, err
	}
	return parseWorkspace(document, name, s)
}

// parseWorkspace checks a workspace document and prints the warnings about it. It
// is held to the operator's list of secrets where one is set.
func parseWorkspace(document []byte, name string, s streams) (*workspace.Workspace, error) {
	specs, err := heldToPinned()
	if err != nil {
		return nil, err
	}
	return parseBy(specs, document, name, s)
}

func parseBy(specs []target.Spec, document []byte, name string, s streams) (*workspace.Workspace, error) {
	w, err := yaml.Parse(document, name, specs...)
	if err != nil {
		return nil, err
	}
	for _, finding := range w.Warnings {
		fmt.Fprintln(s.err, "warning:", finding)
	}
	return w, nil
}

// readEvents reads the events of a file in any payload shape. Of a file with
// several it returns those that can be read, also beside an error that says what
// is wrong with the others.
func readEvents(path string, s streams) ([]event.Event, error) {
	text, err := readInput(path, s)
	if err != nil {
		return nil, err
	}
	return eventsOf(path, text)
}

// eventsOf decodes the events of a file that was read.
func eventsOf(path string, text []byte) ([]event.Event, error) {
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

// readAll reads the events of several files, as [readEvents] does.
func readAll(paths []string, s streams) (list []event.Event, unread error) {
	for _, path := range paths {
		found, err := readEvents(path, s)
		list, unread = append(list, found...), errors.Join(unread, err)
	}
	return list, unread
}

// errTest refuses a connectivity test where an event is expected.
var errTest = errors.New("this is a connectivity test and no event: use pai-notify test, or pai-notify send")
