package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
)

func TestTheCloudsJudgeFindsWhatMustNotBe(t *testing.T) {
	const job = "tj1-1"
	robot, phone := message{kind: "robot", events: []string{job}}, message{kind: "phone", events: []string{job}}
	noon := phone
	noon.at = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	unsaid := robot
	unsaid.unsaid = true
	sent := map[string]ledger.State{"dingtalk": ledger.Sent, "sms": ledger.Sent}
	for name, c := range map[string]struct {
		states map[string]ledger.State
		took   []message
		cut    bool
		marked bool
		// away is that the ledger was, at noon.
		away    bool
		unclear bool
		bad     bool
	}{
		"each once":                             {states: sent, took: []message{robot, phone}},
		"a text twice":                          {states: sent, took: []message{robot, phone, phone}, cut: true, bad: true},
		"a text twice, once without the ledger": {states: sent, took: []message{robot, phone, noon}, away: true},
		"a text twice, and the ledger was there at noon": {states: sent, took: []message{robot, phone, noon}, bad: true},
		"a text twice, both with the ledger":             {states: sent, took: []message{robot, phone, phone, noon}, away: true, bad: true},
		"no row, and the log says that nobody knows":     {states: map[string]ledger.State{"dingtalk": ledger.Sent}, took: []message{robot}, unclear: true},
		"sent and not taken":                             {states: sent, took: []message{robot}, bad: true},
		"no row and not taken":                           {states: map[string]ledger.State{"dingtalk": ledger.Sent}, took: []message{robot}, bad: true},
		"claimed for ever and not taken":                 {states: map[string]ledger.State{"dingtalk": ledger.Sent, "sms": ledger.Claimed}, took: []message{robot}, bad: true},
		"claimed for ever and taken":                     {states: map[string]ledger.State{"dingtalk": ledger.Claimed, "sms": ledger.Sent}, took: []message{robot, phone}, bad: true},
		"unknown and not taken":                          {states: map[string]ledger.State{"dingtalk": ledger.Sent, "sms": ledger.Unknown}, took: []message{robot}},
		"dead":                                           {states: map[string]ledger.State{"dingtalk": ledger.Dead, "sms": ledger.Unknown}, took: []message{phone}},
		"chat without a row":                             {states: map[string]ledger.State{"sms": ledger.Sent}, took: []message{robot, phone}},
		"chat twice":                                     {states: sent, took: []message{robot, robot, phone}, bad: true},
		"chat twice after a process died":                {states: sent, took: []message{robot, robot, phone}, cut: true},
		"chat twice without the ledger":                  {states: sent, took: []message{robot, robot, phone}, marked: true},
		"chat twice, of which one was not said":          {states: sent, took: []message{robot, unsaid, phone}},
	} {
		t.Run(name, func(t *testing.T) {
			store := memory.New()
			for typ, state := range c.states {
				require.NoError(t, store.Put(t.Context(), ledger.Entry{ID: typ, Bus: busName, EventID: job, Type: typ, State: state, Step: 1}))
			}
			just := map[string][]time.Time{"sms": {noon.at.Add(-time.Second)}}
			bad := &badNetwork{asked: just}
			if !c.away {
				bad.answered = just
			}
			run := &cloudRun{
				stood: &stood{sure: store, bad: bad}, receivers: &receivers{took: c.took}, posted: []string{job},
				instances: &instances{cut: map[string]bool{job: c.cut}, marked: map[string]bool{job: c.marked}, unclear: map[string]bool{job: c.unclear}},
			}
			err := run.judgeCloud(t.Context())
			assert.Equal(t, c.bad, err != nil, "%v", err)
		})
	}
}

func TestALogLineMarksItsJob(t *testing.T) {
	i := &instances{marked: map[string]bool{}, lines: map[string][]string{}}
	_, err := i.Write([]byte(`{"msg":"notification","event":"tj1-1","unguarded":true}
{"msg":"notification","event":"tj1-2"}
{"msg":"notification sent but not recorded","event":"tj1-3"}
`))
	require.NoError(t, err)
	assert.Equal(t, map[string]bool{"tj1-1": true, "tj1-2": false, "tj1-3": true}, i.marked)
}
