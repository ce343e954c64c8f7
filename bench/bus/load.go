package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

// The load: as many publishers as the numbers of the project speak of, each
// waiting for its acknowledgement, with events of 1 KB.
const (
	publishers = 64
	eventBytes = 1024
)

var serial atomic.Int64

// newEvent returns an event of 1 KB that no other is like.
func newEvent() []byte {
	head := fmt.Sprintf(`{"specversion":"1.0","id":"bench-%d-%d","source":"acs.paidlc","type":"paidlc:JobStatusChanges:JobFailed","time":"2026-01-02T03:04:05Z","data":{"JobId":"dlc000000000000","WorkspaceId":"20","Status":"Failed","ReasonMessage":"`, os.Getpid(), serial.Add(1))
	return []byte(head + strings.Repeat("x", eventBytes-len(head)-3) + `"}}`)
}

// storm has the publishers put the events of a batch as fast as they are
// acknowledged, and returns how long that takes.
func storm(batch []event.Event, put func(event.Event) error) (time.Duration, error) {
	var next atomic.Int64
	var failure atomic.Pointer[error]
	var running sync.WaitGroup
	start := time.Now()
	for range publishers {
		running.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(batch)) && failure.Load() == nil; i = next.Add(1) - 1 {
				if err := put(batch[i]); err != nil {
					failure.Store(&err)
				}
			}
		})
	}
	running.Wait()
	if err := failure.Load(); err != nil {
		return 0, *err
	}
	return time.Since(start), nil
}

// openBus opens a bus with a number of rules, of which the last matches the
// events if one is to. Its function does nothing; handled counts its calls.
func openBus(dir string, rules int, match bool, handled *atomic.Int64) (*local.Bus, error) {
	ctx := context.Background()
	b, err := local.Open(ctx, local.Options{
		Dir: dir, RulesPerBus: rules, MaxWaiting: 1 << 20, HistoryBytes: 1 << 40,
		Invoke: func(context.Context, string, []byte) (json.RawMessage, error) {
			handled.Add(1)
			return json.RawMessage(`{"status":"sent","notification":"0123456789abcdef0123456789abcdef","event":"bench","event_type":"dlc.job-failed","rule":"rule","target":"dingtalk/oncall","http_status":200,"attempts":1,"ms":212}`), nil
		},
	})
	if err != nil {
		return nil, err
	}
	if err := b.CreateEventBus(ctx, local.EventBus{Name: "bus"}); err != nil {
		return nil, err
	}
	for i := range rules {
		pattern := fmt.Sprintf(`{"source":["acs.paidlc"],"type":["paidlc:JobStatusChanges:JobFailed"],"data":{"UserId":["user-%d"]}}`, i)
		if match && i == rules-1 {
			pattern = `{"source":["acs.paidlc"],"type":["paidlc:JobStatusChanges:JobFailed"]}`
		}
		if err := b.CreateRule(ctx, local.Rule{Name: fmt.Sprintf("rule-%d", i), Bus: "bus", FilterPattern: pattern, Enabled: true, Targets: []local.Target{wrapping()}}); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// wrapping is a target as provisioning makes them.
func wrapping() local.Target {
	return local.Target{ID: "oncall", Type: local.FunctionType, PushRetryStrategy: "EXPONENTIAL_DECAY_RETRY", Params: []local.Param{
		{ResourceKey: "functionName", Form: "CONSTANT", Value: "pai-notify-dingtalk"},
		{ResourceKey: "Body", Form: "TEMPLATE",
			Value:    `{"id":"$.id","source":"$.source","type":"$.type","time":"$.time","data":"$.data"}`,
			Template: `{"rule":{"name":"rule"},"target":{"type":"dingtalk","name":"oncall","parameters":{"webhook":"env:DINGTALK_WEBHOOK"}},"event":{"specversion":"1.0","id":"${jsonEscape(id)}","source":"${jsonEscape(source)}","type":"${jsonEscape(type)}","time":"${jsonEscape(time)}","data":${data}}}`},
	}}
}

func publish(b *local.Bus, e event.Event) error {
	puts, err := b.Publish(context.Background(), "bus", e)
	if err == nil && puts[0].Text != "" {
		err = errors.New(puts[0].Text)
	}
	return err
}

// fsyncs returns the times that the machine takes to bring 64 KB to the disk,
// the shortest first.
func fsyncs(dir string) ([]time.Duration, error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	block := make([]byte, 64<<10)
	var list []time.Duration
	for range 500 {
		if _, err := f.Write(block); err != nil {
			return nil, err
		}
		start := time.Now()
		if err := f.Sync(); err != nil {
			return nil, err
		}
		list = append(list, time.Since(start))
	}
	slices.Sort(list)
	return list, nil
}

func at(sorted []time.Duration, share float64) time.Duration {
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}
