package targettest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Reading is what becomes of one message at its receiver, by the rules that the
// platform documents: the target's tests read it, with other code than the
// target's own.
type Reading struct {
	// Text is what is shown, without its markup. It is "" where a platform shows
	// a part of a message only.
	Text string
	// Marks counts what gives a message its form, by kind: headings, bold words,
	// the elements of a card, the parameters of a request.
	Marks map[string]int
	// Links are where a tap leads behind other words than the address itself.
	Links []string
	// Mentions are whom the platform reminds.
	Mentions []string
}

// Names runs the suite's check of names alone, for a configuration of which the
// rest of the suite says nothing new.
func Names(t *testing.T, h Harness) {
	h.certificates = prepare(t)
	namesStayNames(t, h.ready())
}

// namesStayNames runs every hostile name through every attempt of a target: as
// the first one, and after each refusal that the target answers by a corrected
// message, and by another one, as far as the target goes. What arrives must have
// no more marks, links and mentions than the same message with harmless names.
func namesStayNames(t T, h Harness) {
	require.NotNil(t, h.Read, "the harness does not tell how the platform reads a message")
	s := h.scripted(t)
	random := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // the same names in every run
	for _, refusals := range s.sequences() {
		allowed := s.tame(refusals)
		check := func(title, status, value, user string) []Reading {
			n := h.called(title, status, value, user)
			all := s.readings(n, refusals)
			for _, r := range all {
				allowed.check(t, r, refusals, n)
			}
			return all
		}
		// After a refusal each name still stands somewhere, of the four places;
		// after two of them every other.
		step := [...]int{1, 4, 8}[len(refusals)]
		for i := 0; i < len(hostiles); i += step {
			at := func(n int) hostile { return hostiles[(i+n)%len(hostiles)] }
			for _, r := range check(at(0).text, at(1).text, at(2).text, at(3).text) {
				if shown := at(0).shown; allowed.texts {
					assert.Contains(t, r.Text, shown, "after %s the title %q cannot be read", refusals, at(0).text)
				}
			}
			if i%8 == 0 {
				// A cut must not fall between the two halves of an escape,
				// wherever it comes.
				long := func(n int) string {
					return strings.Repeat("x", i/8%7) + strings.Repeat(at(n).text+" ", 1+3000/len(at(n).text))
				}
				check(long(0), long(1), long(2), long(3))
				check(anyName(random), anyName(random), anyName(random), anyName(random))
			}
		}
	}
}

// called returns the harness's notification with names: of a title, of a
// status, of the other fields, and of the user and the event's own texts.
func (h Harness) called(title, status, value, user string) target.Notification {
	n := h.Notification
	n.Message.Title = "DLC job failed: " + title
	n.Message.Fields = slices.Clone(n.Message.Fields)
	for i := range n.Message.Fields {
		n.Message.Fields[i].Value = value
		if n.Message.Fields[i].Key == "status" {
			n.Message.Fields[i].Value = status
		}
	}
	n.Message.Fields = append(n.Message.Fields, message.Field{Key: "reason", Label: "Reason", Value: value}, message.Field{Key: "user", Label: "Created by", Value: user})
	n.Message.Next = value
	text, _ := json.Marshal(map[string]any{ // texts can always be written
		"specversion": "1.0", "id": user, "source": "acs.paidlc", "type": "paidlc:JobStateChange:JobFailed", "subject": title,
		"data": map[string]string{"DisplayName": title, "Status": status, "ReasonMessage": value},
	})
	n.Event, _ = event.Parse(text)
	return n
}

// sequence are answers that a platform gives one after the other, before it
// takes what comes.
type sequence []Answer

func (s sequence) String() string {
	if len(s) == 0 {
		return "no refusal"
	}
	var names []string
	for _, a := range s {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}

// scripted is a platform that refuses as it is told, with a target for it.
type scripted struct {
	t        T
	h        Harness
	receiver *receiver
	to       target.Target
	refusals sequence
}

func (h Harness) scripted(t T) *scripted {
	s := &scripted{t: t, h: h}
	s.receiver = h.receive(t, nil, func(m Message) Reply {
		if len(s.refusals) == 0 {
			return h.accept(m)
		}
		a := s.refusals[0]
		s.refusals = s.refusals[1:]
		return Reply{Status: a.Status, Body: a.Body}
	})
	s.to = h.open(t, s.receiver.Base())
	return s
}

// readings are the messages that arrive for n when the platform refuses so.
func (s *scripted) readings(n target.Notification, refusals sequence) []Reading {
	before := len(s.receiver.seen())
	s.refusals = refusals
	_ = send(context.Background(), s.t, s.to, n)
	var all []Reading
	for _, m := range s.receiver.seen()[before:] {
		all = append(all, s.h.Read(s.t, m))
	}
	return all
}

// sequences are all refusals, one after the other, that the target answers by
// one more message each, at most two, and first none. Of refusals that lead to the
// same message it takes one.
func (s *scripted) sequences() []sequence {
	all := []sequence{nil}
	kinds := s.h.Answers
	for next := 0; next < len(all) && len(all[next]) < 2; next++ {
		known := map[string]bool{}
		var correctable []Answer
		for _, a := range kinds {
			after := append(slices.Clone(all[next]), a)
			short, long := s.readings(s.h.plain(1), after), s.readings(s.h.plain(many), after)
			if max(len(short), len(long)) <= len(after) {
				continue
			}
			last := ""
			for _, r := range []Reading{short[len(short)-1], long[len(long)-1]} {
				last += fmt.Sprint(r.Marks, r.Links, r.Mentions, len(r.Text))
			}
			if !known[last] {
				known[last] = true
				correctable = append(correctable, a)
				all = append(all, after)
			}
		}
		if next == 0 {
			kinds = correctable
		}
	}
	return all
}

// many words are longer than what any platform takes of one field.
const many = 120

// plain is a message whose names are words, and of which a rule against leaks
// may dislike some.
func (h Harness) plain(length int) target.Notification {
	name := strings.TrimSpace(strings.Repeat("name 13800138000 a@b.example ", length))
	return h.called(name, name, name, name)
}

// allowance is what a message may have at most.
type allowance struct {
	marks           map[string]int
	links, mentions []string
	texts           bool
}

// tame returns what the messages of harmless names have.
func (s *scripted) tame(refusals sequence) allowance {
	a := allowance{marks: map[string]int{}, texts: true}
	for _, length := range []int{1, many} {
		for _, r := range s.readings(s.h.plain(length), refusals) {
			for kind, count := range r.Marks {
				a.marks[kind] = max(a.marks[kind], count)
			}
			a.links, a.mentions = append(a.links, r.Links...), append(a.mentions, r.Mentions...)
			a.texts = a.texts && r.Text != ""
		}
	}
	return a
}

func (a allowance) check(t T, r Reading, refusals sequence, n target.Notification) {
	t.Helper()
	about := fmt.Sprintf("after %s with the title %.80q", refusals, n.Message.Title)
	for kind, count := range r.Marks {
		assert.LessOrEqual(t, count, a.marks[kind], "%s: marks of the kind %q in %.2000q", about, kind, r.Text)
	}
	assert.Subset(t, a.links, r.Links, "%s: links", about)
	assert.Subset(t, a.mentions, r.Mentions, "%s: mentions", about)
}
