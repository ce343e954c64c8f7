package provision

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/target"
)

// samePolicy reports whether two rules send at the same times.
func samePolicy(a, b *hold.Policy) bool {
	if a.IsZero() || b.IsZero() {
		return a.IsZero() == b.IsZero()
	}
	x, _ := json.Marshal(a) // texts and numbers can be written
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// comparePolicies describes what changes in when messages are sent.
func comparePolicies(is, want *hold.Policy) []Difference {
	if samePolicy(is, want) {
		return nil
	}
	a, b := or(is), or(want)
	list := differing(
		Difference{"quiet", quietHours(a.Quiet), quietHours(b.Quiet)},
		Difference{"group", grouping(a.Group), grouping(b.Group)},
		Difference{"recovered", yesNo(a.Recovered), yesNo(b.Recovered)},
		Difference{"summary", yesNo(a.Summary), yesNo(b.Summary)},
		Difference{"prices", pricing(a.Prices), pricing(b.Prices)},
		Difference{"watches", strings.Join(a.Watched, ", "), strings.Join(b.Watched, ", ")},
	)
	if len(list) == 0 { // in what is not shown
		list = []Difference{{"when it sends", "<not shown>", "as this document says"}}
	}
	return list
}

func or(p *hold.Policy) hold.Policy {
	if p == nil {
		return hold.Policy{}
	}
	return *p
}

// quietHours formats quiet hours: nights 22:00–08:00 Asia/Shanghai (mon, tue).
func quietHours(list []hold.Interval) string {
	texts := make([]string, len(list))
	for i, q := range list {
		texts[i] = fmt.Sprintf("%s %s–%s %s", q.Name, q.From, q.To, q.Zone)
		if len(q.Days) > 0 {
			texts[i] += " (" + strings.Join(q.Days, ", ") + ")"
		}
	}
	return shortened(strings.Join(texts, "; "))
}

func grouping(g *hold.Grouping) string {
	if g == nil {
		return ""
	}
	return g.String()
}

// pricing formats prices: CNY, any 15 a GPU, ecs.g6.large 1.2 an instance.
func pricing(p *hold.Prices) string {
	if p == nil {
		return ""
	}
	texts := []string{p.Currency}
	add := func(prices map[string]int64, of string) {
		for _, name := range slices.Sorted(maps.Keys(prices)) {
			price := strconv.FormatFloat(float64(prices[name])/hold.PriceUnit, 'f', -1, 64)
			texts = append(texts, name+" "+price+of)
		}
	}
	add(p.GPUs, " a GPU")
	add(p.Instances, " an instance")
	return shortened(strings.Join(texts, ", "))
}

// held are the names of the enabled rules that hold messages back.
func (pr Provisioner) held() (names []string) {
	for _, r := range pr.Workspace.Rules {
		holds := func(to target.Receiver) bool {
			p := r.Policy(to)
			return p != nil && (p.Group != nil || len(p.Quiet) > 0)
		}
		if r.Enabled && slices.ContainsFunc(r.Receivers(), holds) {
			names = append(names, r.Name)
		}
	}
	return names
}
