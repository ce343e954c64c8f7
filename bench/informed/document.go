package main

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

//go:embed storm.yaml
var document string

const busName = "pai-system-llm_lab"

// wishes are the rules of the document as they stand on a bus.
type wishes struct {
	bus *bustest.Memory
	// list has the targets of the enabled rules, and set their patterns.
	list []wish
	set  *rule.Set
}

type wish struct {
	rule   bus.Rule
	target bus.Target
}

// payload is what the target's function gets with an event.
func (w wish) payload(t *testing.T, event string) []byte {
	wrapper, err := w.target.Wrapper()
	require.NoError(t, err)
	return append(wrapper[:len(wrapper)-1:len(wrapper)-1], `,"event":`+event+`}`...)
}

// wishesFor applies the document, with the robot of a platform at an address, to a
// bus.
func wishesFor(t *testing.T, p platform, url string) *wishes {
	t.Helper()
	if url == "" {
		url = "http://127.0.0.1:1"
	}
	text := strings.NewReplacer("type: dingtalk", "type: "+p.typ, "env:ROBOT", "'"+url+p.path+robotName+"'").Replace(document)
	w, err := yaml.Parse([]byte(text), "storm.yaml", functions.Register()...)
	require.NoError(t, err)
	memory := bustest.NewMemory()
	pr := provision.Provisioner{Cloud: provision.Cloud{Name: provision.Aliyun, Bus: memory, DeadLetter: "none"}, Workspace: w}
	plan, err := pr.Plan(t.Context())
	require.NoError(t, err)
	require.NoError(t, pr.Cloud.Apply(t.Context(), plan, func(provision.Progress) {}))
	all := &wishes{bus: memory}
	var patterns []*rule.Pattern
	for _, key := range slices.Sorted(maps.Keys(memory.Rules)) {
		r := memory.Rules[key]
		if !r.Enabled {
			continue
		}
		for _, to := range memory.Targets[key] {
			pattern, err := rule.Compile(rule.Alibaba, []byte(r.Pattern))
			require.NoError(t, err)
			all.list, patterns = append(all.list, wish{r, to}), append(patterns, pattern)
		}
	}
	all.set = rule.NewSet(patterns...)
	return all
}

// of returns the indexes of those that want an event.
func (w *wishes) of(t require.TestingT, event string) []int {
	list, err := w.set.Match([]byte(event), nil)
	require.NoError(t, err)
	return list
}
