package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"text/template"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/aws"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
)

// places are where the night is played.
var places = []struct {
	name string
	open func(t *testing.T, p *people) site
}{
	{"one machine", newMachine},
	{"AWS", func(t *testing.T, p *people) site {
		return newAccount(t, p, nightCloud{
			name: provision.AWS, ledger: onDynamoDB(t), patterns: aws.Patterns, timer: `{"version":"0","id":"53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa","detail-type":"Scheduled Event","source":"aws.events","account":"123456789012","time":"2026-11-28T03:00:00Z","region":"ap-southeast-1","resources":[],"detail":{}}`,
			handsOver: func(e string) string {
				happened, err := event.Parse([]byte(e))
				require.NoError(t, err)
				envelope, err := aws.Envelope(happened)
				require.NoError(t, err)
				return string(envelope)
			},
		})
	}},
	{"Alibaba Cloud", func(t *testing.T, p *people) site {
		return newAccount(t, p, nightCloud{name: provision.Aliyun, ledger: onTablestore(t), patterns: asTheyAre, handsOver: itself, timer: `{"triggerTime":"2026-11-28T03:00:00Z","triggerName":"minute","payload":""}`})
	}},
}

// told is how the night was told at a place.
type told struct {
	place    string
	messages []inbox.Message
	rows     map[string]row // by event, rule and receiver
}

// row is what the history says of a notification.
type row struct {
	accepted, event, rule, receiver string
	says                            string // when it ended, how, and why
	state                           local.State
	late                            bool // it ended later than it came
	because                         string
}

// clockIn is the time of day where the people are.
func clockIn(at time.Time) string {
	in, _ := time.LoadLocation(nightZone) // it was loaded before
	return at.In(in).Format(time.TimeOnly)
}

// idsIn finds the ids of notifications and messages in a reason.
var idsIn = regexp.MustCompile(`\b[0-9a-f]{32}\b|\b\d+-\d+\b`)

func played(t *testing.T, name string, open func(*testing.T, *people) site) (n told) {
	p := newPeople(t)
	synctest.Test(t, func(t *testing.T) {
		in, err := time.LoadLocation(nightZone)
		require.NoError(t, err)
		time.Sleep(time.Until(nightDate(in).Add(21 * time.Hour)))
		p.tell()
		s := open(t, p)
		defer s.close(t)
		play(t, s)
		n = told{place: name, messages: p.Received(), rows: map[string]row{}}
		list := s.history(t)
		events := map[string]string{}
		digests := map[string]int{}
		for _, one := range list {
			events[one.ID] = "the one of " + one.EventID
			// The function's own name for it, which one machine does not have for an ID.
			events[one.Outcome.Notification] = events[one.ID]
			if one.Outcome.Digest != "" {
				digests[one.Outcome.Digest]++
				events[one.Outcome.Digest] = "the message of " + clockIn(one.Ended)
			}
		}
		named := func(text string) string {
			return idsIn.ReplaceAllStringFunc(text, func(id string) string { return cmp.Or(events[id], id) })
		}
		for _, one := range list {
			r := row{accepted: clockIn(one.Accepted), event: one.EventID, rule: one.RuleKey, receiver: one.Target, state: one.State, late: one.Ended.Sub(one.Accepted) > time.Second}
			var why []string
			for _, reason := range append(s.steps(t, one.ID), one.Outcome.Reason) {
				if reason = named(reason); reason != "" && !slices.Contains(why, reason) {
					why = append(why, reason)
				}
			}
			r.because = strings.Join(why, "; ")
			if others := digests[one.Outcome.Digest] - 1; others > 0 {
				why = append(why, fmt.Sprintf("in one message with %d more", others))
			}
			r.says = strings.TrimRight(fmt.Sprintf("%s %-8s %s", clockIn(one.Ended), one.State, strings.Join(why, "; ")), " ")
			key := r.event + "|" + r.rule + "|" + r.receiver
			assert.NotContains(t, n.rows, key, "it is there twice")
			n.rows[key] = r
		}
		assert.ElementsMatch(t, s.wanted(t), slices.Collect(maps.Keys(n.rows)), "each notification is in the history, and no other")
		for key, r := range n.rows {
			assert.True(t, r.state == local.Sent || r.state == local.Skipped, "%s: %s", key, r.says)
			if r.state != local.Sent {
				assert.NotEmpty(t, r.because, "%s: it says why it was not sent", key)
			}
		}
	})
	for _, m := range n.messages {
		assert.True(t, m.Accepted, "%s %s was refused: %s", m.Platform, m.Title, m.Reason)
		assert.False(t, m.Repeated, "%s %s was sent before", m.Platform, m.Title)
	}
	return n
}

// person is one whose inbox is shown.
type person struct{ Name, platform, About string }

var persons = []person{
	{"The group", "dingtalk", "Failures are critical and pass the quiet hours, within the 20 messages a minute that a robot may send; what is left is told twenty to a message. All else waits for 08:00, and for the end of the mute where it is about pretrain-00."},
	{"Alice, by SMS", "sms", "Her own quiet hours hold what is not critical. What a group holds is not told again: a text has no room for it."},
	{"Bob, by calls", "voice", "Nobody is called in quiet hours about what is not critical, nor to hear that all is well. A phone is called once a minute and five times an hour at most."},
	{"Carol, by mail", "email", "She reads about her GPUs in the morning."},
}

// line is a message in a line.
func line(m inbox.Message) string {
	if m.Platform == "sms" || m.Platform == "voice" {
		said := strings.Split(strings.TrimSpace(m.Plain()), "\n")
		for i := range said {
			_, said[i], _ = strings.Cut(said[i], ": ")
		}
		return clockIn(m.Time) + "  " + strings.Join(said, ", ")
	}
	title, _, _ := strings.Cut(m.Plain(), "\n")
	return clockIn(m.Time) + "  " + title
}

// same is what several places have in common.
type same struct{ Places, Text string }

// alike puts the places together that have the same text.
func alike(nights []told, text func(told) string) (list []same) {
	for _, n := range nights {
		t := text(n)
		if i := slices.IndexFunc(list, func(s same) bool { return s.Text == t }); i >= 0 {
			list[i].Places += ", " + n.place
		} else {
			list = append(list, same{n.place, t})
		}
	}
	if len(list) == 1 {
		list[0].Places = "all three"
	}
	return list
}

func (n told) inbox(platform string, show func(inbox.Message) string) string {
	var lines []string
	for _, m := range n.messages {
		if m.Platform == platform {
			lines = append(lines, show(m))
		}
	}
	return strings.Join(lines, "\n")
}

// particular is what tells one notification's reason from another's.
var particular = regexp.MustCompile(`the (one|message) of [0-9:]{8}( [\w-]+ \w+)?|\d+ h \d+ min|\d+ min|\d{4}-\d\d-\d\dT[0-9:]+Z|[0-9:]{8} UTC`)

// reasons counts why notifications ended as they did, at each place.
func reasons(nights []told) (list [][]string) {
	counts := map[[2]string][]int{}
	for i, n := range nights {
		for _, r := range n.rows {
			why := particular.ReplaceAllString(r.because, "…")
			if why == "" {
				why = map[bool]string{false: "at once", true: "later"}[r.late]
			}
			key := [2]string{r.state.String(), why}
			if counts[key] == nil {
				counts[key] = make([]int, len(nights))
			}
			counts[key][i]++
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(counts), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		line := key[:]
		for _, n := range counts[key] {
			line = append(line, strconv.Itoa(n))
		}
		list = append(list, line)
	}
	return list
}

// TestANightIsToldAsThePageShows plays the night on one machine and on both clouds.
//
//	go test ./cmd/pai-notify -run ANightIsTold -update
func TestANightIsToldAsThePageShows(t *testing.T) {
	quietly(t)
	var nights []told
	for _, at := range places {
		t.Run(at.name, func(t *testing.T) { nights = append(nights, played(t, at.name, at.open)) })
	}
	if len(nights) != len(places) {
		t.Skip("not all places were played")
	}
	document, err := os.ReadFile(nightDocument)
	require.NoError(t, err)
	type shown struct {
		person
		Inboxes []same
	}
	page := struct {
		Document, Happened string
		People             []shown
		Rows               int
		Places             []string
		Counts, Reasons    [][]string
	}{Document: string(document)}
	for _, n := range nights {
		page.Places = append(page.Places, n.place)
	}
	for _, h := range aNight() {
		if h.text != "" {
			page.Happened += "| " + clock(h.at)[:5] + " | " + h.text + " |\n"
		}
	}
	var texts bytes.Buffer
	for _, p := range persons {
		page.People = append(page.People, shown{p, alike(nights, func(n told) string { return n.inbox(p.platform, line) })})
		counts := []string{p.Name}
		for _, n := range nights {
			lines := strings.Split(n.inbox(p.platform, line), "\n")
			counts = append(counts, fmt.Sprintf("%d, %s", len(lines), lines[len(lines)-1][:8]))
		}
		page.Counts = append(page.Counts, counts)
		for _, s := range alike(nights, func(n told) string {
			return n.inbox(p.platform, func(m inbox.Message) string { return "--- " + clockIn(m.Time) + "\n" + m.Plain() })
		}) {
			fmt.Fprintf(&texts, "=== %s: %s\n%s\n", p.Name, s.Places, s.Text)
		}
	}
	var history bytes.Buffer
	keys := slices.Collect(maps.Keys(nights[0].rows))
	order := map[string]int{}
	for i, h := range aNight() {
		order[h.id()] = i
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(order[nights[0].rows[a].event], order[nights[0].rows[b].event]), cmp.Compare(a, b))
	})
	page.Rows = len(keys)
	for _, key := range keys {
		r := nights[0].rows[key]
		fmt.Fprintf(&history, "%s, %s\n", r.event, r.receiver)
		for _, s := range alike(nights, func(n told) string { return n.rows[key].says }) {
			fmt.Fprintf(&history, "    %-26s %s\n", s.Places+":", s.Text)
		}
	}
	page.Reasons = reasons(nights)
	var out bytes.Buffer
	require.NoError(t, template.Must(template.ParseFiles("testdata/night.md.tmpl")).Execute(&out, page))
	targettest.Golden(t, "../../../docs/night.md", out.Bytes())
	targettest.Golden(t, "../../../docs/night/history.txt", history.Bytes())
	targettest.Golden(t, "../../../docs/night/messages.txt", texts.Bytes())
}
