package backend

import (
	"encoding/json"
	"strconv"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
)

// Changed returns a sample with other attributes.
func Changed(sample []byte, others map[string]string) ([]byte, error) {
	var attributes map[string]json.RawMessage
	if err := json.Unmarshal(sample, &attributes); err != nil {
		return nil, err
	}
	for name, text := range others {
		attributes[name] = json.RawMessage(strconv.Quote(text))
	}
	return json.Marshal(attributes)
}

// Classify finds what the catalogue knows of an event.
func Classify(catalogue *event.Catalogue, e event.Event) (event.Source, event.Type) {
	classifier, err := deliver.NewClassifier(catalogue)
	if err != nil {
		return event.Source{}, event.Type{}
	}
	return classifier.Classify(e)
}

// SampleNames lists the samples in the order of their week.
var SampleNames = events.Story()
