package main

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// happening is an event of a storm.
type happening struct {
	name     string
	after    time.Duration // the storm began
	critical bool
	fresh    bool // it comes while the storm is being told
	text     string
}

// storm is a cluster fault.
type storm struct {
	events        []happening
	notifications int
	wanted        [][]int // the wishes for each event
}

// fresh is how many critical events come after the others.
const fresh = 8

// start is when simulated time begins.
var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// What happens: one event in ten is critical.
var (
	critical = []string{"paidlc:JobStateChange:JobFailed", "paiflow:TaskStateChange:TaskFailed", "paidsw:InstanceStateChange:InstanceFailed", "paidlc:JobStateChange:JobTimeout"}
	others   = []string{"paidlc:JobStateChange:JobSucceeded", "paidsw:InstanceStateChange:InstanceStopped", "paidlc:JobStateChange:JobPreempted", "paiflow:TaskStateChange:TaskSucceeded", "paidlc:JobStateChange:JobRunning"}
)

func newStorm(n int, within time.Duration, w *wishes) *storm {
	s := &storm{}
	random := rand.New(rand.NewPCG(1, uint64(n))) //nolint:gosec // a simulation; n is small
	add := func(after time.Duration, typ string, urgent, late bool) {
		name := fmt.Sprintf("job%06dx", len(s.events))
		s.events = append(s.events, happening{name, after, urgent, late, eventOf(name, typ, start.Add(after))})
	}
	for i := range n {
		after := within * time.Duration(i) / time.Duration(n)
		if i%10 == 9 {
			add(after, critical[random.IntN(len(critical))], true, false)
		} else {
			add(after, others[random.IntN(len(others))], false, false)
		}
	}
	for i := range fresh {
		add(within+70*time.Second+time.Duration(i)*17*time.Second, critical[0], true, true)
	}
	s.wanted = make([][]int, len(s.events))
	for i, e := range s.events {
		s.wanted[i] = w.of(nil, e.text)
		s.notifications += len(s.wanted[i])
	}
	return s
}

// eventOf is an event as PAI sends it.
func eventOf(name, typ string, at time.Time) string {
	source, data := "acs.paidlc", `"JobId":"%[1]s","DisplayName":"%[1]s"`
	switch typ[:6] {
	case "paiflo":
		source, data = "acs.paiflow", `"PipelineRunId":"%[1]s","Name":"%[1]s"`
	case "paidsw":
		source, data = "acs.paidsw", `"InstanceId":"%[1]s","InstanceName":"%[1]s"`
	}
	return fmt.Sprintf(`{"specversion":"1.0","id":"ev-%[1]s","source":"%[2]s","type":"%[3]s","time":"%[4]s","aliyuneventbusname":"%[5]s","data":{`+data+`}}`,
		name, source, typ, at.UTC().Format(time.RFC3339), busName)
}

// play calls for each event when it happens.
func (s *storm) play(t *testing.T, happens func(i int, e happening)) {
	began := time.Now()
	if !began.Equal(start) {
		t.Fatal("simulated time does not begin at", start)
	}
	for i, e := range s.events {
		time.Sleep(e.after - time.Since(began))
		happens(i, e)
	}
}
