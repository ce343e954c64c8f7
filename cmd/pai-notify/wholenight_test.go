package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/hold"
)

// nightZone is where the people of the night are, and nightBus their bus.
const (
	nightZone     = "Asia/Shanghai"
	nightBus      = "pai-system-llm_lab"
	nightDocument = "../../docs/examples/night.yaml"
)

// happening is what happens at a moment of the night.
type happening struct {
	at time.Duration // after the midnight before
	// job and what say what happened to a job, and why its reason.
	job, what, why string
	restarts       string
	// mute is what somebody mutes.
	mute *hold.Mute
	text string // for the page; "" where it is one of many
}

func (h happening) id() string { return fmt.Sprintf("%s %s %s", clock(h.at), h.job, h.what) }

func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d:%02d", int(d.Hours())%24, int(d.Minutes())%60, int(d.Seconds())%60)
}

// event is an event as PAI sends it.
func (h happening) event(in *time.Location) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"acs.paidlc","type":"paidlc:JobStateChange:%s","time":"%s","datacontenttype":"application/json;charset=utf-8","aliyuneventbusname":%q,"data":{"JobId":"dlc-%s","DisplayName":%q,"Status":%q,"ReasonMessage":%q,"RestartTimes":%q,"UserId":%q,"WorkspaceName":"llm_lab"}}`,
		h.id(), h.what, nightDate(in).Add(h.at).Format(time.RFC3339), nightBus, h.job, h.job,
		map[string]string{"JobFailed": "Failed", "JobPreempted": "Preempted", "JobFaultTolerance": "Restarting", "JobRunning": "Running", "JobSucceeded": "Succeeded"}[h.what], h.why, h.restarts, h.user())
}

// user is the account of alice, or of somebody else.
func (h happening) user() string {
	if strings.HasPrefix(h.job, "train") {
		return "2002"
	}
	return "2001"
}

// nightDate is the midnight before the night of a Friday.
func nightDate(in *time.Location) time.Time { return time.Date(2026, 11, 27, 0, 0, 0, 0, in) }

// aNight is what happens.
func aNight() (list []happening) {
	at := func(hour, minute, second int) time.Duration {
		if hour < 12 {
			hour += 24
		}
		return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second
	}
	add := func(h happening) { list = append(list, h) }
	add(happening{at: at(21, 30, 0), job: "eval-mmlu", what: "JobSucceeded", text: "eval-mmlu succeeds, half an hour before the quiet hours"})
	add(happening{at: at(22, 40, 0), job: "sft-7b", what: "JobPreempted", why: "Preempted by a job of a higher priority.", text: "sft-7b is preempted"})
	add(happening{at: at(23, 10, 0), job: "sft-7b", what: "JobRunning", restarts: "1/10", text: "sft-7b runs again"})
	add(happening{at: at(0, 20, 0), job: "reward-3b", what: "JobPreempted", why: "Preempted by a job of a higher priority.", text: "reward-3b is preempted, and stays so"})
	add(happening{at: at(1, 5, 0), job: "eval-gsm8k", what: "JobSucceeded", text: "eval-gsm8k succeeds"})
	// The storm: 124 events in 50 seconds.
	const jobs, whose = 40, 4
	name := func(i int) string {
		if i < whose {
			return fmt.Sprintf("pretrain-%02d", i)
		}
		return fmt.Sprintf("train-%02d", i)
	}
	storm := at(3, 0, 0) + 100*time.Millisecond // no moment of it is a full second, which the clock may miss by some microseconds
	next := func(i int, what, restarts string) {
		add(happening{at: storm, job: name(i), what: what, why: fmt.Sprintf("Node cn-wlcb-%02d is lost.", i/2), restarts: restarts})
		storm += 400 * time.Millisecond
	}
	list2 := len(list)
	for round := range 2 {
		for i := range jobs {
			next(i, "JobFaultTolerance", fmt.Sprintf("%d/2", round+1))
		}
	}
	for i := range jobs {
		next(i, "JobFailed", "2/2")
	}
	for i := range whose {
		next(i, "JobFailed", "2/2")
	}
	list[list2].text = "a switch fails: in 50 s, 40 jobs lose nodes twice and fail, the 4 of alice (pretrain-00 to pretrain-03) once more: 124 events"
	for i := range 30 {
		h := happening{at: at(5, 0, 0) + time.Duration(i)*10*time.Second, job: name(i + 1), what: "JobRunning"}
		if i == 0 {
			h.text = "the switch is repaired: within 5 minutes, 30 of them (pretrain-01 to train-30) run again"
		}
		add(h)
	}
	add(happening{at: at(6, 0, 0), mute: &hold.Mute{Job: "dlc-" + name(0), By: "alice", Why: "moving its data"}, text: "alice mutes pretrain-00 until 08:30"})
	add(happening{at: at(6, 10, 0), job: name(0), what: "JobFailed", why: "Input data is not there.", text: "pretrain-00 fails again"})
	add(happening{at: at(6, 20, 0), job: name(3), what: "JobFailed", why: "CUDA out of memory.", text: "pretrain-03 fails again"})
	add(happening{at: at(8, 0, 0), text: "the quiet hours end"})
	add(happening{at: at(8, 30, 0), text: "the mute ends"})
	return list
}

const muteEnds = 32*time.Hour + 30*time.Minute

// play plays the night at a place.
func play(t *testing.T, s site) {
	in, err := time.LoadLocation(nightZone)
	require.NoError(t, err)
	begin := nightDate(in)
	for _, h := range aNight() {
		time.Sleep(time.Until(begin.Add(h.at)))
		switch {
		case h.mute != nil:
			m := *h.mute
			m.Until = begin.Add(muteEnds)
			s.mute(t, m)
		case h.job != "":
			s.publish(t, h.event(in))
		}
	}
	time.Sleep(time.Until(begin.Add(33 * time.Hour))) // 09:00
}
