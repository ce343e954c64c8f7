package main

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/localfunctions"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/receivers"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
)

// machine is our program on one machine: its bus, and its functions in the same
// process.
type machine struct {
	*testing.T
	bus *local.Bus
}

func newMachine(t *testing.T, in *peer, w *wishes, directory string) *machine {
	function := deliver.New(in.spec(t), nil)
	function.WaitAtMost(time.Second)
	b, err := local.Open(t.Context(), local.Options{
		Dir: directory, Identify: receivers.Identify, Split: receivers.Split, Storm: new(receivers.Storms).Of, InvokeTimeout: input.FunctionTimeout,
		Invoke: func(ctx context.Context, _ string, payload []byte) (json.RawMessage, error) {
			ctx, cancel := context.WithTimeout(ctx, input.FunctionTimeout)
			defer cancel()
			return function.Handle(localfunctions.CallerIn(ctx), payload)
		},
	})
	require.NoError(t, err)
	function.HoldIn(localfunctions.Rows{Bus: b})
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: busName}))
	for _, one := range w.list {
		wrapper, err := one.target.Wrapper()
		require.NoError(t, err)
		to := local.Target{ID: one.target.ID, Type: local.FunctionType, PushRetryStrategy: "EXPONENTIAL_DECAY_RETRY", Params: []local.Param{
			{ResourceKey: "functionName", Form: "CONSTANT", Value: one.target.Function},
			{ResourceKey: "Body", Form: "TEMPLATE", Value: `{"data":"$"}`, Template: string(wrapper[:len(wrapper)-1]) + `,"event":${data}}`},
		}}
		require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: one.rule.Name, Bus: busName, FilterPattern: one.rule.Pattern, Enabled: true, Targets: []local.Target{to}}))
	}
	return &machine{t, b}
}

func (m *machine) close() { require.NoError(m, m.bus.Close(context.WithoutCancel(m.Context()))) }

// publish publishes an event, and again while the bus cannot follow, as a sender of
// events does that is told to come back.
func (m *machine) publish(text string) {
	e, err := event.Parse([]byte(text))
	require.NoError(m, err)
	for {
		if _, err = m.bus.Publish(m.Context(), busName, e); err == nil {
			return
		}
		time.Sleep(5 * time.Second)
	}
}

func runLocal(t *testing.T, s *storm, in *peer) {
	m := newMachine(t, in, wishesFor(t, in.platform, in.url), local.Memory)
	defer m.close()
	var publishing sync.WaitGroup
	s.play(t, func(_ int, e happening) { publishing.Go(func() { m.publish(e.text) }) })
	publishing.Wait()
	for range 6 * 3600 {
		if m.bus.Waiting() == 0 {
			return
		}
		time.Sleep(time.Second)
	}
}
