package receivers

import (
	"sync"

	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// Classifier returns that of the catalogue which comes with the program.
var Classifier = sync.OnceValues(func() (*deliver.Classifier, error) { return deliver.NewClassifier(event.Builtin()) })

// Job tells the local bus what an event is about, as messages have it.
func Job(text []byte) (id, name string) {
	e, err := event.Parse(text)
	if err != nil {
		return "", ""
	}
	c, err := Classifier()
	if err != nil {
		return "", ""
	}
	source, typ := c.Classify(e)
	return message.AboutOf(e, source, typ)
}
