package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/webhook"
)

const (
	// teams have a rule each. With the ones that are split they stay below the
	// fifty rules of a bus.
	teams = 24
	// usersOfTeam are in a rule's scope; one more makes it two rules on the bus.
	usersOfTeam = 5
)

// team is one rule of the document: who is in its scope, and who is told.
type team struct {
	number  int
	name    string
	id      bool // whether it outlives a rename
	off     bool
	gone    bool
	wide    bool // one user more than fits one pattern
	front   bool // a robot in front of the others
	noText  bool
	unnamed bool // whether the robot has a name
	phone   int  // how often the number was corrected
	renames int
}

func (t team) robot() string { return fmt.Sprintf("robot-%02d", t.number) }
func (t team) fore() string  { return fmt.Sprintf("front-%02d", t.number) }
func (t team) tel() string   { return fmt.Sprintf("138%04d%04d", t.phone, t.number) }

// variable is the one that leads to a robot.
func variable(robot string) string {
	return strings.ToUpper(strings.ReplaceAll(robot, "-", "_"))
}

// environment is what the document refers to.
func environment(receivers string) []string {
	list := []string{webhook.AllowVariable + "=" + receivers}
	for i := range teams {
		t := team{number: i}
		for _, robot := range []string{t.robot(), t.fore()} {
			list = append(list, fmt.Sprintf("%s=http://%s/robot/send?access_token=%s", variable(robot), receivers, robot))
		}
	}
	return list
}

// userOf is the number of a user who is in the scope of a team, the last of whom
// only when it is wide.
func userOf(team, n int) string { return fmt.Sprintf("%d", 1000+team*10+n) }

func (t team) users() []string {
	n := usersOfTeam
	if t.wide {
		n++
	}
	list := make([]string, n)
	for i := range list {
		list[i] = userOf(t.number, i)
	}
	return list
}

// has tells whether a user is in the rule's scope.
func (t team) has(user string) bool { return slices.Contains(t.users(), user) }

// told are the addresses of the rule's receivers, by their kinds.
func (t team) told() map[string]string {
	if t.off || t.gone {
		return nil
	}
	to := map[string]string{"robot": t.robot()}
	if t.front {
		to["front"] = t.fore()
	}
	if !t.noText {
		to["phone"] = t.tel()
	}
	return to
}

// write writes the rule; receivers is the address of all platforms.
func (t team) write(b *strings.Builder, receivers string) {
	fmt.Fprintf(b, "  - name: %s\n", t.name)
	if t.id {
		fmt.Fprintf(b, "    id: team-%02d\n", t.number)
	}
	fmt.Fprintf(b, "    description: What team %d asked for.\n    enabled: %v\n    source: dlc\n    events: [\"*\"]\n    scope: {created_by: [\"%s\"]}\n    targets:\n",
		t.number, !t.off, strings.Join(t.users(), `", "`))
	if t.front {
		fmt.Fprintf(b, "      - {type: dingtalk, webhook: env:%s}\n", variable(t.fore()))
	}
	name := ""
	if !t.unnamed {
		name = "name: " + t.robot() + ", "
	}
	fmt.Fprintf(b, "      - {type: dingtalk, %swebhook: env:%s}\n", name, variable(t.robot()))
	if !t.noText {
		fmt.Fprintf(b, "      - {type: sms, name: text, contacts: [person-%02d], sign_name: sign, template_code: SMS_100000001, access_key_id: id, access_key_secret: secret, endpoint: \"http://%s\"}\n", t.number, receivers)
	}
}

// document is the workspace document at one time.
type document [teams]team

func newDocument() document {
	var d document
	for i := range d {
		d[i] = team{number: i, name: fmt.Sprintf("team-%02d", i), id: i%2 == 0, unnamed: i%3 == 0}
	}
	return d
}

func (d document) yaml(receivers string) string {
	b := &strings.Builder{}
	b.WriteString("workspace: torture\nlanguage: en\nquota: 10\ncontacts:\n")
	for _, t := range d {
		fmt.Fprintf(b, "  - {name: person-%02d, phone: \"+86%s\"}\n", t.number, t.tel())
	}
	fmt.Fprintf(b, "rules:\n  - {name: models, source: model, events: [\"*\"], targets: [{type: http, name: endpoint, url: \"http://%s/receive\"}]}\n", receivers)
	for _, t := range d {
		if !t.gone {
			t.write(b, receivers)
		}
	}
	return b.String()
}

// changes are what people do to a team's rule.
var changes = []struct {
	name string
	fits func(t team) bool // every one when nil
	do   func(t *team)
}{
	{"a robot put in front or taken away", nil, func(t *team) { t.front = !t.front }},
	{"a phone corrected", nil, func(t *team) { t.phone++ }},
	{"a rule renamed that has an id", func(t team) bool { return t.id }, rename},
	{"a rule renamed that has none", func(t team) bool { return !t.id }, rename},
	{"a robot renamed", nil, func(t *team) { t.unnamed = !t.unnamed }},
	{"a rule disabled or enabled", nil, func(t *team) { t.off = !t.off }},
	{"a rule split in two or joined", nil, func(t *team) { t.wide = !t.wide }},
	{"a text removed or put back", nil, func(t *team) { t.noText = !t.noText }},
	{"a rule removed or put back", nil, func(t *team) { t.gone = !t.gone }},
}

func rename(t *team) {
	t.renames++
	t.name = fmt.Sprintf("team-%02d-v%d", t.number, t.renames)
}

// change makes some changes and counts them. Before, it brings some of what was
// disabled or removed back, or else most would be in the end.
func (d document) change(random *rand.Rand, counts map[string]int) document {
	for i := range d {
		if t := &d[i]; (t.off || t.gone || t.noText) && random.IntN(2) == 0 {
			t.off, t.gone, t.noText = false, false, false
			counts["what was disabled or removed brought back"]++
		}
	}
	for range 1 + random.IntN(4) {
		c := changes[random.IntN(len(changes))]
		i := random.IntN(teams)
		for c.fits != nil && !c.fits(d[i]) {
			i = (i + 1) % teams
		}
		c.do(&d[i])
		counts[c.name]++
	}
	return d
}

// version is a document with the time in which it may have been in force, whole
// or in part.
type version struct {
	document
	from, until time.Time
}

// timeline is what was in force when.
type timeline struct {
	mu   sync.Mutex
	list []*version
}

// begin notes that a document may be in force from now on.
func (l *timeline) begin(d document) *version {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := &version{document: d, from: time.Now()}
	l.list = append(l.list, v)
	return v
}

// applied notes that it is in force, and nothing else any more.
func (l *timeline) applied(v *version) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for _, old := range l.list {
		if old != v && old.until.IsZero() {
			old.until = now
		}
	}
}

// between returns the documents that may have been in force in a time.
func (l *timeline) between(from, until time.Time) []*version {
	var list []*version
	for _, v := range l.list {
		if v.from.Before(until) && (v.until.IsZero() || v.until.After(from)) {
			list = append(list, v)
		}
	}
	return list
}
