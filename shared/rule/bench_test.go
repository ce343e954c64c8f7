package rule

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// matcher is what a benchmark measures. A peer is dropped in by an adapter with
// this method and a line in matchers.
type matcher interface {
	// Match returns how many of the patterns the event satisfies.
	Match(event []byte) (int, error)
}

// matchers make a matcher of AWS patterns.
var matchers = map[string]func(patterns []string) (matcher, error){
	"rule": func(patterns []string) (matcher, error) { return newSetMatcher(AWS, patterns) },
}

type setMatcher struct {
	set     *Set
	matched []int
}

func newSetMatcher(d Dialect, patterns []string) (*setMatcher, error) {
	list := make([]*Pattern, len(patterns))
	for i, text := range patterns {
		var err error
		if list[i], err = Compile(d, []byte(text)); err != nil {
			return nil, err
		}
	}
	return &setMatcher{set: NewSet(list...)}, nil
}

func (m *setMatcher) Match(event []byte) (int, error) {
	var err error
	m.matched, err = m.set.Match(event, m.matched[:0])
	return len(m.matched), err
}

func repeat(n int, one func() string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = one()
	}
	return list
}

func events(n int, one func() []byte) [][]byte {
	list := make([][]byte, n)
	for i := range list {
		list[i] = one()
	}
	return list
}

// measure runs m over the events and reports its time as a share of that of
// json.Valid on the same bytes. The two take turns, so that a busy machine slows
// both.
func measure(b *testing.B, m matcher, list [][]byte) {
	size, matches := 0, 0
	for _, event := range list {
		n, err := m.Match(event)
		if err != nil {
			b.Fatal(err)
		}
		size += len(event)
		matches += n
	}
	b.SetBytes(int64(size / len(list)))
	b.ReportAllocs()
	var valid time.Duration
	b.ResetTimer()
	for done := 0; done < b.N; {
		turn := min(10*len(list), b.N-done)
		done += turn
		for i := range turn {
			if _, err := m.Match(list[i%len(list)]); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		start := time.Now()
		for i := range turn {
			if !json.Valid(list[i%len(list)]) {
				b.Fatal("an event is not valid")
			}
		}
		valid += time.Since(start)
		b.StartTimer()
	}
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed())/float64(valid), "x-json.Valid")
	b.ReportMetric(float64(matches)/float64(len(list)), "matches/event")
}

// BenchmarkPAI matches events of 1 to 1.5 KB against the rules of workspaces.
func BenchmarkPAI(b *testing.B) {
	for _, rules := range []int{5, 100, 1000, 10000} {
		for name, make := range matchers {
			b.Run(fmt.Sprintf("%d/%s", rules, name), func(b *testing.B) {
				w := newWorkload()
				m, err := make(repeat(rules, w.paiPattern))
				if err != nil {
					b.Fatal(err)
				}
				measure(b, m, events(500, w.paiEvent))
			})
		}
		b.Run(fmt.Sprintf("%d/rule-aliyun", rules), func(b *testing.B) {
			w := newWorkload()
			m, err := newSetMatcher(Alibaba, repeat(rules, w.paiPattern))
			if err != nil {
				b.Fatal(err)
			}
			measure(b, m, events(500, w.paiEvent))
		})
	}
}

// BenchmarkLots matches lines like those of the public "citylots" set.
func BenchmarkLots(b *testing.B) {
	for _, c := range []struct {
		name     string
		points   bool
		patterns []string
	}{
		{"exact", false, []string{
			`{"properties":{"STREET":["CRANLEIGH"]}}`, `{"properties":{"BLOCK_NUM":["1234"],"LOT_NUM":["001"]}}`,
			`{"properties":{"STREET":["18TH"],"ST_TYPE":["ST"]}}`, `{"properties":{"MAPBLKLOT":["1430022"]}}`,
			`{"geometry":{"type":["Polygon"]},"properties":{"ODD_EVEN":["O"],"STREET":["NORIEGA"]}}`}},
		{"prefix", false, []string{`{"properties":{"STREET":[{"prefix":"CR"}]}}`, `{"properties":{"MAPBLKLOT":[{"prefix":"14"}]}}`}},
		{"anything-but", false, []string{
			`{"properties":{"STREET":[{"anything-but":["CRANLEIGH"]}]}}`, `{"properties":{"ST_TYPE":[{"anything-but":["ST","AVE"]}]}}`,
			`{"geometry":{"type":[{"anything-but":["Polygon","MultiPolygon"]}]}}`}},
		{"numeric", true, []string{
			`{"geometry":{"coordinates":{"x":[{"numeric":["=",-122.42916360922355]}]}}}`, `{"geometry":{"coordinates":{"y":[{"numeric":[">",37.1,"<",37.2]}]}}}`,
			`{"geometry":{"coordinates":{"z":[{"numeric":["<",0]}]}}}`}},
		{"arrays", true, []string{
			`{"geometry":{"type":["Polygon"],"coordinates":{"x":[-122.42916360922355],"y":[37.765]}}}`,
			`{"properties":{"STREET":["18TH"]},"geometry":{"coordinates":{"x":[-122.5],"y":[37.7],"z":[0]}}}`,
			`{"geometry":{"coordinates":{"x":[{"numeric":["<",-122.99]}],"y":[{"numeric":["<",37.01]}],"z":[0]}}}`}},
	} {
		for name, make := range matchers {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				m, err := make(c.patterns)
				if err != nil {
					b.Fatal(err)
				}
				w := newWorkload()
				measure(b, m, events(500, func() []byte { return w.lot(c.points) }))
			})
		}
	}
}

// BenchmarkCompile makes a set of 10,000 rules from their texts.
func BenchmarkCompile(b *testing.B) {
	patterns := repeat(10000, newWorkload().paiPattern)
	for b.Loop() {
		if _, err := newSetMatcher(Alibaba, patterns); err != nil {
			b.Fatal(err)
		}
	}
}
