package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

func TestTheCloudsJudgeFindsWhatMustNotBe(t *testing.T) {
	const job = "tj1-1"
	robot, phone := message{kind: "robot", events: []string{job}}, message{kind: "phone", events: []string{job}}
	unsaid := robot
	unsaid.unsaid = true
	sent := map[string]ledger.State{"dingtalk": ledger.Sent, "sms": ledger.Sent}
	for name, c := range map[string]struct {
		states map[string]ledger.State
		took   []message
		cut    bool
		marked bool
		// unguarded is what the rows say of how they were sent.
		unguarded bool
		bad       bool
	}{
		"each once":                             {states: sent, took: []message{robot, phone}},
		"a text twice":                          {states: sent, took: []message{robot, phone, phone}, cut: true, bad: true},
		"a text without the ledger":             {states: sent, took: []message{robot, phone}, unguarded: true, bad: true},
		"a text without a row":                  {states: map[string]ledger.State{"dingtalk": ledger.Sent}, took: []message{robot, phone}, bad: true},
		"chat without the ledger":               {states: map[string]ledger.State{"dingtalk": ledger.Sent, "sms": ledger.Dead}, took: []message{robot}, unguarded: true},
		"sent and not taken":                    {states: sent, took: []message{robot}, bad: true},
		"no row and not taken":                  {states: map[string]ledger.State{"dingtalk": ledger.Sent}, took: []message{robot}, bad: true},
		"claimed for ever and not taken":        {states: map[string]ledger.State{"dingtalk": ledger.Sent, "sms": ledger.Claimed}, took: []message{robot}, bad: true},
		"claimed for ever and taken":            {states: map[string]ledger.State{"dingtalk": ledger.Claimed, "sms": ledger.Sent}, took: []message{robot, phone}, bad: true},
		"unknown and not taken":                 {states: map[string]ledger.State{"dingtalk": ledger.Sent, "sms": ledger.Unknown}, took: []message{robot}},
		"dead":                                  {states: map[string]ledger.State{"dingtalk": ledger.Dead, "sms": ledger.Unknown}, took: []message{phone}},
		"chat without a row":                    {states: map[string]ledger.State{"sms": ledger.Sent}, took: []message{robot, phone}},
		"chat twice":                            {states: sent, took: []message{robot, robot, phone}, bad: true},
		"chat twice after a process died":       {states: sent, took: []message{robot, robot, phone}, cut: true},
		"chat twice without the ledger":         {states: sent, took: []message{robot, robot, phone}, marked: true},
		"chat twice, of which one was not said": {states: sent, took: []message{robot, unsaid, phone}},
	} {
		t.Run(name, func(t *testing.T) {
			store := memory.New()
			for typ, state := range c.states {
				require.NoError(t, store.Put(t.Context(), ledger.Entry{ID: typ, Bus: busName, EventID: job, Type: typ, State: state, Step: 1, Outcome: outcome.Outcome{Unguarded: c.unguarded}}))
			}
			run := &cloudRun{
				stood: &stood{sure: store, bad: &badNetwork{}}, receivers: &receivers{took: c.took}, posted: []string{job},
				instances: &instances{cut: map[string]bool{job: c.cut}, marked: map[string]bool{job: c.marked}},
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
