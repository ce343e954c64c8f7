package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// judgement counts what must not be.
type judgement struct{ lost, misdirected, falselySent, doubled, unexplained int }

func (j judgement) bad() bool {
	return j != judgement{}
}

// whom is a notification by its event and its receiver.
type whom struct{ event, receiver string }

// receiverOf names a receiver the same whatever its key, such as
// "dingtalk/robot-07", "dingtalk/dingtalk-ROBOT_07" or "sms/text-person-07".
func receiverOf(target string) string {
	text := strings.ReplaceAll(strings.ToLower(target), "_", "-")
	for of, kind := range map[string]string{"robot-": "robot-", "front-": "front-", "person-": "phone-"} {
		if _, number, found := strings.Cut(text, of); found {
			return kind + number
		}
	}
	return "endpoint"
}

// receiver names the one that took a message in the same way.
func (m message) receiver() string {
	if m.kind == "phone" {
		return "phone-" + m.to[len(m.to)-2:]
	}
	return m.to
}

// due are the addresses that an event of a user has to reach, by receiver.
func (d document) due(user string) map[string]string {
	return d.told(func(t team) bool { return t.has(user) })
}

// reached are the addresses of the team of a user, who need not be in the scope
// of its rule any more.
func (d document) reached(user string) map[string]string {
	return d.told(func(t team) bool { t.wide = true; return t.has(user) })
}

func (d document) told(whose func(team) bool) map[string]string {
	for _, t := range d {
		if to := t.told(); to != nil && whose(t) {
			return map[string]string{t.robot(): to["robot"], t.fore(): to["front"], fmt.Sprintf("phone-%02d", t.number): to["phone"]}
		}
	}
	return nil
}

// judge compares what was due with what the history says, and with what the
// receivers took.
//
// A notification is lost when every document that may have been in force while
// its event was posted asks for it, and the history does not know it. A message
// is misdirected when no document that may have been in force from then until it
// was taken asks for it, or none has the receiver at that address: an address may
// be corrected after the user has left the scope. One is falsely sent when the history says so and
// nobody took it. A text is doubled when a phone has the same event twice, or the
// platform the same notification.
func (t *run) judge(p *publisher, history []record, lostLoud []string) judgement {
	var j judgement
	complain := func(count *int, format string, args ...any) {
		if *count++; *count <= 10 {
			fmt.Printf(format+"\n", args...)
		}
	}
	known, outcomes := map[whom]int{}, map[string]map[string]int{}
	took, texts := map[whom]int{}, map[string]int{}
	for _, m := range t.receivers.took {
		if m.kind == "phone" {
			texts[m.stable]++
		}
		for _, event := range m.events {
			took[whom{event, m.receiver()}]++
			if m.kind == "phone" {
				texts[m.to+" "+event]++
			}
			one := p.all[event]
			if one == nil {
				complain(&j.misdirected, "misdirected: %s, which nobody posted, of %+v", event, m)
				continue
			}
			in := t.timeline.between(one.from, m.at)
			asked := slices.ContainsFunc(in, func(v *version) bool { return v.due(one.user)[m.receiver()] != "" })
			there := slices.ContainsFunc(in, func(v *version) bool { return v.reached(one.user)[m.receiver()] == m.to })
			if m.kind != "endpoint" && (!asked || !there) {
				complain(&j.misdirected, "misdirected: %s of %s in %+v", event, one.user, m)
			}
		}
	}
	for _, n := range history {
		who := whom{n.EventID, receiverOf(n.Target)}
		known[who]++
		kind, _, _ := strings.Cut(who.receiver, "-")
		if outcomes[kind] == nil {
			outcomes[kind] = map[string]int{}
		}
		outcomes[kind][n.Outcome]++
		if n.Outcome == "sent" && took[who] == 0 {
			complain(&j.falselySent, "reported as sent and not taken: %+v", n)
		}
		if slices.Contains([]string{"dead", "unknown", "cancelled"}, n.Outcome) && n.Answer.Reason == "" {
			complain(&j.unexplained, "without a reason: %+v", n)
		}
	}
	for text, n := range texts {
		if n > 1 {
			complain(&j.doubled, "taken %d times: %s", n, text)
		}
	}
	acknowledged := 0
	for id, one := range p.all {
		if one.acknowledged.IsZero() {
			continue
		}
		acknowledged++
		for _, receiver := range t.wanted(id, one) {
			if known[whom{id, receiver}] == 0 {
				complain(&j.lost, "lost: %s for %s", id, receiver)
			}
		}
	}
	for _, id := range lostLoud {
		complain(&j.lost, "lost: %s", id)
	}
	fmt.Printf("\n%s\n", t.receivers.summary())
	for _, kind := range slices.Sorted(maps.Keys(outcomes)) {
		var list []string
		for _, outcome := range slices.Sorted(maps.Keys(outcomes[kind])) {
			list = append(list, fmt.Sprintf("%d %s", outcomes[kind][outcome], outcome))
		}
		fmt.Printf("%-9s %s\n", kind, strings.Join(list, ", "))
	}
	fmt.Println()
	for _, what := range slices.Sorted(maps.Keys(t.changes)) {
		fmt.Printf("%6d × %s\n", t.changes[what], what)
	}
	fmt.Printf("\n%d events posted, %d acknowledged, %d refused while the program started or stopped; %d documents, %d applied while it ran; %d notifications\n",
		len(p.all), acknowledged, p.refused.Load(), len(t.timeline.list), t.applied, len(history))
	fmt.Printf("%6d notifications or events lost\n%6d misdirected\n%6d reported as sent that no receiver took\n%6d texts doubled\n%6d ends without a reason\n",
		j.lost, j.misdirected, j.falselySent, j.doubled, j.unexplained)
	return j
}

// wanted are the receivers that every document asks for which may have been in
// force while an event was posted.
func (t *run) wanted(id string, one *posting) []string {
	if strings.HasPrefix(id, modelPrefix) {
		return []string{"endpoint"}
	}
	var list []string
	for i, v := range t.timeline.between(one.from, one.acknowledged) {
		var due []string
		for receiver, to := range v.due(one.user) {
			if to != "" {
				due = append(due, receiver)
			}
		}
		if i == 0 {
			list = due
			continue
		}
		list = slices.DeleteFunc(list, func(receiver string) bool { return !slices.Contains(due, receiver) })
	}
	return list
}
