package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

// held has a night's notifications held, and measures what they take of memory and
// how many messages the morning is.
func held(dir string) error {
	var calls, messages atomic.Int64
	var morning atomic.Pointer[time.Time]
	b, err := local.Open(context.Background(), local.Options{
		Dir: filepath.Join(dir, "held"),
		Identify: func(local.Target) (local.Identity, bool) {
			return local.Identity{RuleName: "r", Receiver: "chat/r"}, true
		},
		Storm: func(local.Target) local.Storm { return local.Storm{Together: "r"} },
		Invoke: func(_ context.Context, _ string, payload []byte) (json.RawMessage, error) {
			status := `"status":"sent"`
			if due := *morning.Load(); time.Now().Before(due) {
				status = fmt.Sprintf(`"status":"waiting","due":%q,"reason":"held until 08:00 (nights)"`, due.Format(time.RFC3339Nano))
				calls.Add(1)
			} else {
				messages.Add(1)
			}
			return answered(payload, status)
		},
	})
	if err != nil {
		return err
	}
	defer func() { _ = b.Close(context.Background()) }()
	ctx := context.Background()
	if err := b.CreateEventBus(ctx, local.EventBus{Name: "bus"}); err != nil {
		return err
	}
	if err := b.CreateRule(ctx, local.Rule{Name: "r", Bus: "bus", FilterPattern: `{}`, Enabled: true, Targets: []local.Target{{ID: "r", Type: local.FunctionType, Params: []local.Param{
		{ResourceKey: "functionName", Form: "CONSTANT", Value: "chat"}, {ResourceKey: "Body", Form: "ORIGINAL"},
	}}}}); err != nil {
		return err
	}
	before := heap()
	batch, err := newEvents(waitingEvents)
	if err != nil {
		return err
	}
	due := time.Now().Add(30 * time.Second)
	morning.Store(&due)
	if _, err := storm(batch, func(e event.Event) error { return publish(b, e) }); err != nil {
		return err
	}
	if time.Sleep(time.Until(due) - time.Second); calls.Load() == 0 || messages.Load() > 0 {
		return errors.New("the night was not over before the morning: the machine is too slow for this measurement")
	}
	night := heap()
	for b.Waiting() > 0 {
		time.Sleep(10 * time.Millisecond)
	}
	took := time.Since(due)
	fmt.Printf("\n%d notifications held for one group:\n", waitingEvents)
	fmt.Printf("%-58s %8s %8s\n", "", "", "most")
	atMost("memory that they take while they are held (MB)", (night-before)/1e6, 10)
	atMost("memory that is left when they were sent (MB)", (heap()-before)/1e6, 10)
	atMost("messages of the morning", float64(messages.Load()), waitingEvents/20+1)
	line("seconds until the last was handed over", took.Seconds())
	return nil
}

// answered is what a function answers to one event or a list of them.
func answered(payload []byte, status string) (json.RawMessage, error) {
	var ids []struct {
		ID string `json:"id"`
	}
	list := bytes.HasPrefix(payload, []byte("["))
	if !list {
		payload = append(append([]byte{'['}, payload...), ']')
	}
	if err := json.Unmarshal(payload, &ids); err != nil {
		return nil, err
	}
	outcomes := make([]string, len(ids))
	for i, e := range ids {
		outcomes[i] = fmt.Sprintf(`{%s,"event":%q,"rule":"r","target":"chat/r"}`, status, e.ID)
	}
	if !list {
		return json.RawMessage(outcomes[0]), nil
	}
	return json.RawMessage("[" + strings.Join(outcomes, ",") + "]"), nil
}

// heap is the memory in use, in bytes.
func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
