package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestTheJudgeFindsWhatMustNotBe(t *testing.T) {
	t0 := time.Now()
	at := func(seconds int) time.Time { return t0.Add(time.Duration(seconds) * time.Second) }
	first := newDocument()
	second := first
	second[3].phone, second[3].unnamed = 1, true
	event, who := jobPrefix+"0-0", userOf(3, 0)
	sent := func(target string) record { return record{Outcome: "sent", Target: target, EventID: event} }
	robot := message{kind: "robot", to: "robot-03", events: []string{event}, at: at(3)}
	text := message{kind: "phone", to: first[3].tel(), events: []string{event}, stable: "a", at: at(3)}
	corrected := message{kind: "phone", to: second[3].tel(), events: []string{event}, stable: "a", at: at(12)}
	unexplained := record{Outcome: "dead", Target: "sms/text-person-03", EventID: event}
	for name, c := range map[string]struct {
		took    []message
		history []record
		want    judgement
	}{
		"all is well":                                {[]message{robot, text}, []record{sent("dingtalk/dingtalk-ROBOT_03"), sent("sms/text-person-03")}, judgement{}},
		"a text to the number as it is then":         {[]message{robot, corrected}, []record{sent("dingtalk/robot-03"), sent("sms/text-person-03")}, judgement{}},
		"a notification that nobody knows of":        {[]message{robot}, []record{sent("dingtalk/robot-03")}, judgement{lost: 1}},
		"a message that tells of another one, too":   {[]message{{kind: "robot", to: "robot-03", events: jobs("3 events: tj0-0, tj0-9 and tj0-0"), at: at(3)}, text}, []record{sent("dingtalk/robot-03"), sent("sms/text-person-03")}, judgement{misdirected: 1}},
		"a message to somebody else":                 {[]message{robot, text, {kind: "robot", to: "robot-04", events: []string{event}, at: at(3)}}, []record{sent("dingtalk/robot-03"), sent("sms/text-person-03")}, judgement{misdirected: 1}},
		"a text to a number that is not known yet":   {[]message{robot, {kind: "phone", to: second[3].tel(), events: []string{event}, stable: "a", at: at(4)}}, []record{sent("dingtalk/robot-03"), sent("sms/text-person-03")}, judgement{misdirected: 1}},
		"a message of an event that nobody posted":   {[]message{robot, text, {kind: "endpoint", to: "endpoint", events: []string{"model-9"}, at: at(3)}}, []record{sent("dingtalk/robot-03"), sent("sms/text-person-03")}, judgement{misdirected: 1}},
		"a message that is said to be sent":          {[]message{text}, []record{sent("dingtalk/robot-03"), sent("sms/text-person-03")}, judgement{falselySent: 1}},
		"one notification as two texts":              {[]message{robot, text, corrected}, []record{sent("dingtalk/robot-03"), sent("sms/text-person-03")}, judgement{doubled: 1}},
		"an end that nobody can explain":             {[]message{robot}, []record{sent("dingtalk/robot-03"), unexplained}, judgement{unexplained: 1}},
		"a chat message twice, which is not counted": {[]message{robot, robot, text}, []record{sent("dingtalk/robot-03"), sent("sms/text-person-03")}, judgement{}},
	} {
		r := &run{receivers: &receivers{took: c.took}, timeline: &timeline{list: []*version{{first, at(0), at(11)}, {second, at(10), time.Time{}}}}}
		p := &publisher{all: map[string]*posting{event: {user: who, from: at(1), acknowledged: at(2)}}}
		assert.Equal(t, c.want, r.judge(p, c.history, nil), name)
	}
}

func TestTheJudgeAsksOnlyForWhatEveryDocumentAsksFor(t *testing.T) {
	first := newDocument()
	second := first
	second[3].off = true
	t0 := time.Now()
	r := &run{timeline: &timeline{list: []*version{{first, t0, t0.Add(11 * time.Second)}, {second, t0.Add(10 * time.Second), time.Time{}}}}}
	posted := func(seconds int) *posting {
		from := t0.Add(time.Duration(seconds) * time.Second)
		return &posting{user: userOf(3, 0), from: from, acknowledged: from.Add(time.Millisecond)}
	}
	assert.ElementsMatch(t, []string{"robot-03", "phone-03"}, r.wanted(jobPrefix, posted(5)))
	assert.Empty(t, r.wanted(jobPrefix, posted(10)), "the rule is being disabled")
	assert.Empty(t, r.wanted(jobPrefix, posted(20)))
	assert.Equal(t, []string{"endpoint"}, r.wanted(modelPrefix, posted(20)))
}

func TestTheJudgeKnowsThatAnAddressMayBeCorrectedAfterAUserHasLeftTheScope(t *testing.T) {
	t0 := time.Now()
	first := newDocument()
	first[3].wide = true
	second := first
	second[3].wide, second[3].phone = false, 1
	event := jobPrefix + "0-0"
	for to, misdirected := range map[string]int{second[3].tel(): 0, second[4].tel(): 1} {
		text := message{kind: "phone", to: to, events: []string{event}, stable: "a", at: t0.Add(3 * time.Second)}
		r := &run{receivers: &receivers{took: []message{text}}, timeline: &timeline{list: []*version{{first, t0, t0.Add(2 * time.Second)}, {second, t0.Add(2 * time.Second), time.Time{}}}}}
		p := &publisher{all: map[string]*posting{event: {user: userOf(3, usersOfTeam), from: t0.Add(time.Second)}}}
		assert.Equal(t, misdirected, r.judge(p, nil, nil).misdirected, to)
	}
}
