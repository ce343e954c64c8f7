package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

// make pages runs the page of Alibaba Cloud; here is who is told in the end.
func TestWhoIsToldOnAlibabaCloudIsWhomMatchNames(t *testing.T) {
	told := &deliveries{}
	a := newAliyunAccount(t, local.Options{Invoke: told.invoke})
	a.write(read(t, "docs/workspace.yaml"))
	r := a.run("", "apply", "--yes")
	require.Equal(t, 0, r.code, r.err)
	told.matchSays(t, a)
}

// deliveries are what functions were invoked with: "<rule> <target> <event>".
type deliveries struct {
	mu   sync.Mutex
	list []string
}

func (d *deliveries) invoke(_ context.Context, function string, payload []byte) (json.RawMessage, error) {
	p, err := event.Decode(payload)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, item := range p.Items {
		if "pai-notify-"+item.Target.Type != function {
			d.list = append(d.list, "the wrong function: "+function)
		}
		d.list = append(d.list, item.Rule.Name+" "+item.Target.Type+"/"+item.Target.Name+" "+item.Event.ID())
	}
	return json.RawMessage(`{"status":"sent"}`), nil
}

func (d *deliveries) sorted() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(slices.Values(d.list))
}

// matchSays puts every sample on the bus and compares who is told with what
// match says.
func (d *deliveries) matchSays(t *testing.T, a *aliyunAccount) {
	t.Helper()
	arguments := []string{"match", "-w", a.document}
	for _, name := range events.Story() {
		arguments = append(arguments, filepath.Join("events", name))
		e, err := event.Parse([]byte(read(t, "events/"+name)))
		require.NoError(t, err)
		_, err = a.bus.Publish(t.Context(), "pai-system-llm_lab", e)
		require.NoError(t, err)
	}
	var said []string
	id := ""
	for line := range strings.Lines(command(t, nil, "", arguments...).out) {
		if !strings.HasPrefix(line, " ") {
			id = strings.Fields(line)[1]
		} else if m := regexp.MustCompile(`^  match +(\S+) → (.+)\n$`).FindStringSubmatch(line); m != nil {
			for target := range strings.SplitSeq(m[2], ", ") {
				said = append(said, m[1]+" "+target+" "+id)
			}
		}
	}
	slices.Sort(said)
	assert.NotEmpty(t, said)
	assert.EventuallyWithT(t, func(c *assert.CollectT) { assert.Equal(c, said, d.sorted()) }, 20*time.Second, 10*time.Millisecond)
}
