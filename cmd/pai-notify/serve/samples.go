package serve

import (
	"fmt"
	"path/filepath"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
)

// samples returns the events to begin with.
func (c *Up) samples() ([]event.Event, error) {
	switch {
	case c.NotActivated:
		return nil, nil // nobody would take them
	case c.Events != "":
		return eventsIn(c.Events)
	case c.Workspace != "":
		return nil, nil // its targets may be real, and the samples are invented
	}
	var list []event.Event
	for _, name := range events.Story() {
		text, err := events.Files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		e, err := event.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		list = append(list, e)
	}
	return list, nil
}

// eventsIn returns the events of a folder's files, as [input.ReadEvents] does.
func eventsIn(folder string) ([]event.Event, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no .json file in %s", folder)
	}
	return input.ReadAll(files, terminal.Streams{})
}
