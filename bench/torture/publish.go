package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/events"
)

// posting is an event that was posted, and may have been accepted.
type posting struct {
	user string // "" for an event that is not a job's
	from time.Time
	// acknowledged is zero when no answer came, or another one.
	acknowledged time.Time
}

// publisher posts events whether the program runs or not.
type publisher struct {
	address string
	mu      sync.Mutex
	all     map[string]*posting
	refused atomic.Int64 // with 503, while the program starts or stops
	over    atomic.Bool
	running sync.WaitGroup
}

// The kinds of events. No rule asks for those that are loud: they keep the disk
// busy.
const (
	modelPrefix = "model-"
	loudPrefix  = "loud-"
)

func publish(address string) (*publisher, error) {
	samples := map[string]map[string]any{}
	for kind, name := range map[string]string{jobPrefix: "dlc-job-failed.json", modelPrefix: "model-version-approved.json"} {
		text, err := events.Files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var e map[string]any
		if err := json.Unmarshal(text, &e); err != nil {
			return nil, err
		}
		samples[kind] = e
	}
	samples[loudPrefix] = map[string]any{"specversion": "1.0", "source": "torture", "type": "loud", "data": map[string]any{}}
	p := &publisher{address: address, all: map[string]*posting{}}
	for kind, load := range map[string]struct {
		publishers int
		pause      time.Duration // on average
	}{jobPrefix: {6, 200 * time.Millisecond}, modelPrefix: {4, 60 * time.Millisecond}, loudPrefix: {3, 6 * time.Millisecond}} {
		for n := range load.publishers {
			p.running.Go(func() {
				for i := 0; !p.over.Load(); i++ {
					p.post(samples[kind], kind, fmt.Sprintf("%s%d-%d", kind, n, i))
					time.Sleep(time.Duration(rand.Int64N(int64(2 * load.pause))))
				}
			})
		}
	}
	return p, nil
}

func (p *publisher) stop() {
	p.over.Store(true)
	p.running.Wait()
}

// post posts one event once.
func (p *publisher) post(of map[string]any, kind, id string) {
	e, data := map[string]any{}, map[string]any{}
	for k, v := range of {
		e[k] = v
	}
	if original, ok := of["data"].(map[string]any); ok {
		for k, v := range original {
			data[k] = v
		}
	}
	user := ""
	if kind == jobPrefix {
		user = userOf(rand.IntN(teams), rand.IntN(usersOfTeam+1))
		data["UserId"], data["JobId"], data["DisplayName"] = user, id, id
	}
	e["id"], e["data"], e["time"] = id, data, time.Now().Format(time.RFC3339)
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // it was JSON
	}
	one := &posting{user: user, from: time.Now()}
	p.mu.Lock()
	p.all[id] = one
	p.mu.Unlock()
	res, err := http.Post("http://"+p.address+"/eventbuses/"+busName+"/events", "application/cloudevents+json", bytes.NewReader(text))
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	switch res.StatusCode {
	case http.StatusAccepted:
		p.mu.Lock()
		one.acknowledged = time.Now()
		p.mu.Unlock()
	case http.StatusServiceUnavailable:
		p.refused.Add(1)
	}
}

// kept posts the loud events again that were acknowledged, and returns those that
// the bus does not know any more.
func (p *publisher) kept() (lost []string, err error) {
	var batch []map[string]any
	check := func() error {
		text, err := json.Marshal(batch)
		if err != nil {
			return err
		}
		res, err := http.Post("http://"+p.address+"/eventbuses/"+busName+"/events", "application/cloudevents-batch+json", bytes.NewReader(text))
		if err != nil {
			return err
		}
		defer res.Body.Close()
		var answer struct {
			Events []struct {
				ID        string
				Duplicate bool
			}
		}
		if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
			return err
		}
		if len(answer.Events) != len(batch) {
			return fmt.Errorf("the bus answered HTTP %d", res.StatusCode)
		}
		for _, e := range answer.Events {
			if !e.Duplicate {
				lost = append(lost, e.ID)
			}
		}
		batch = batch[:0]
		return nil
	}
	for id, one := range p.all {
		if one.user != "" || one.acknowledged.IsZero() || len(id) < len(loudPrefix) || id[:len(loudPrefix)] != loudPrefix {
			continue
		}
		batch = append(batch, map[string]any{"specversion": "1.0", "id": id, "source": "torture", "type": "loud", "data": map[string]any{}})
		if len(batch) == 16 {
			if err := check(); err != nil {
				return lost, err
			}
		}
	}
	if len(batch) > 0 {
		err = check()
	}
	return lost, err
}
