package console_test

import (
	"context"
	"encoding/json"
	"html"
	"iter"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// passed is what a bus remembers: one event a minute, the last one just now.
type passed struct {
	mu     sync.Mutex
	events []string
	err    error
	hangs  bool
	reads  int
}

func (p *passed) set(events ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = events
}

func (p *passed) Traced(ctx context.Context, _ string, since, until time.Time) iter.Seq2[bus.Trace, error] {
	return func(yield func(bus.Trace, error) bool) {
		if p.hangs {
			<-ctx.Done()
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.reads++
		if p.err != nil {
			yield(bus.Trace{}, p.err)
			return
		}
		for i, text := range p.events {
			e, err := event.Parse([]byte(text))
			if err != nil {
				panic(err)
			}
			at := time.Now().Add(time.Duration(i-len(p.events)) * time.Minute)
			if at.Before(since) || !at.Before(until) {
				continue
			}
			if !yield(bus.Trace{ID: e.ID(), Source: e.Source(), Type: e.Type(), Received: at}, nil) {
				return
			}
		}
	}
}

func (p *passed) TracedEvent(_ context.Context, _ string, t bus.Trace) (event.Event, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, text := range p.events {
		if e, err := event.Parse([]byte(text)); err == nil && e.ID() == t.ID {
			return e, nil
		}
	}
	return event.Event{}, &bus.Error{Kind: bus.NotFound}
}

// passes is an event as PAI may send it.
func passes(id, source, typ string) string {
	text, _ := json.Marshal(map[string]any{"specversion": "1.0", "id": id, "source": source, "type": typ, "data": map[string]string{
		"JobId": "dlc1", "DisplayName": "train", "JobType": "PyTorchJob", "Status": "Failed", "UserId": "7",
	}})
	return string(text)
}

var theirs = passes("1", "acs.pai.dlc", "Dlc:Job:Failed")

// remembering starts a machine whose bus remembers what passed.
func remembering(t *testing.T, text string, p *passed, change func(*console.Options)) *machine {
	t.Helper()
	return start(t, text, func(o *console.Options, _ *local.Options) {
		o.Cloud.Traces = p
		if change != nil {
			change(o)
		}
	})
}

// events and override are what the overview says of events that rules do not match.
const (
	events   = `href="/setup#source-`
	override = `action="/adopt"`
)

func TestTheOverviewIsSilentWhenRulesMatch(t *testing.T) {
	p := &passed{events: []string{passes("1", "acs.paidlc", "paidlc:JobStateChange:JobFailed")}}
	m := remembering(t, small, p, nil)
	assert.NotContains(t, m.get(t, "/?wait=1").body, events)
	m = remembering(t, strings.Replace(small, "source: dlc", "enabled: false\n    source: dlc", 1), &passed{events: []string{theirs}}, nil)
	assert.NotContains(t, m.get(t, "/?wait=1").body, events, "nothing is to fire")
	m = start(t, "workspace: lab\n", nil)
	assert.NotContains(t, m.get(t, "/?wait=1").body, events, "there is no rule yet")
}

func TestTheOverviewSaysWhatItCannotTell(t *testing.T) {
	m := remembering(t, small, &passed{err: &bus.Error{Kind: bus.Denied, Action: "eventbridge:QueryTracedEvents", Code: "NoPermission"}}, nil)
	home := m.get(t, "/?wait=1").body
	assert.Contains(t, home, "Could not be checked")
	assert.Contains(t, home, "cannot read the events of the bus")
	assert.NotContains(t, home, `action="/adopt"`)
	assert.Contains(t, m.get(t, "/setup").body, "cannot read the events of the bus")
	assert.Contains(t, m.get(t, "/setup", "Accept-Language", "zh").body, "无法读取总线上的事件")
}

func TestTheOverviewTellsOfAQuietBus(t *testing.T) {
	p := &passed{}
	m := remembering(t, small, p, nil)
	assert.NotContains(t, m.get(t, "/?wait=1").body, "no event in 7 days", "the steps say what comes next")
	m = remembering(t, small, p, func(o *console.Options) { o.Cloud.Name = provision.Aliyun })
	m.post(t, "/apply", nil)
	home := m.get(t, "/?wait=1").body
	assert.Contains(t, home, "no event in 7 days")
	assert.Contains(t, m.get(t, "/?wait=1", "Accept-Language", "ja").body, "過去 7 日間にイベントがありません")
}

func TestAnOverrideIsAdoptedWithOneClick(t *testing.T) {
	p := &passed{events: []string{theirs}}
	m := remembering(t, small, p, nil)
	home := m.get(t, "/?wait=1").body
	assert.Contains(t, home, `PAI&#39;s source is &#34;acs.pai.dlc&#34;, no rule matches it`)
	shown := html.UnescapeString(home)
	assert.Contains(t, shown, "Dlc:Job:Failed")
	adopted := m.post(t, "/adopt", form("seal", value(t, home, "seal")))
	require.Equal(t, "/?done=adopted", adopted.header.Get("Location"), adopted.body)
	assert.True(t, strings.HasPrefix(m.text(t), small), "all else stays as it was written, comments too:\n%s", m.text(t))
	rule, err := m.bus.GetRule(t.Context(), "pai-system-lab", "one")
	require.NoError(t, err)
	assert.Contains(t, rule.FilterPattern, "Dlc:Job:Failed", "the bus of this machine follows at once")
	reads := p.reads
	after := m.get(t, "/?done=adopted").body
	assert.Contains(t, after, "The override is in the document")
	assert.NotContains(t, after, events)
	assert.Equal(t, reads, p.reads, "what passed is judged anew without being read again")
	text := m.text(t)
	again := m.post(t, "/adopt", form("seal", value(t, home, "seal")))
	assert.Equal(t, http.StatusConflict, again.status, "adopted twice")
	assert.Equal(t, text, m.text(t))
}

func TestWhatPassedTheBusOfThisMachineIsJudged(t *testing.T) {
	m := start(t, small, nil)
	publish := func(text string) {
		e, err := event.Parse([]byte(text))
		require.NoError(t, err)
		_, err = m.bus.Publish(t.Context(), "pai-system-lab", e)
		require.NoError(t, err)
	}
	publish(theirs)
	home := m.get(t, "/?wait=1").body
	require.Equal(t, "/?done=adopted", m.post(t, "/adopt", form("seal", value(t, home, "seal"))).header.Get("Location"))
	publish(passes("another", "acs.pai.dlc", "Dlc:Job:Failed"))
	require.Eventually(t, func() bool { return len(m.inbox.Received()) == 1 }, time.Minute, 5*time.Millisecond, "the rule fires")
}

func TestOverACloudsBusTheNextClickApplies(t *testing.T) {
	m := remembering(t, small, &passed{events: []string{theirs}}, func(o *console.Options) { o.Cloud.Name = provision.Aliyun })
	m.post(t, "/apply", nil)
	home := m.get(t, "/?wait=1").body
	require.Equal(t, "/document?done=waiting#plan", m.post(t, "/adopt", form("seal", value(t, home, "seal"))).header.Get("Location"))
	rule, err := m.bus.GetRule(t.Context(), "pai-system-lab", "one")
	require.NoError(t, err)
	assert.NotContains(t, rule.FilterPattern, "Dlc:Job:Failed")
	page := m.get(t, "/document").body
	assert.Contains(t, html.UnescapeString(page), "Dlc:Job:Failed", "the plan shows what changes")
	require.Equal(t, "/document?done=applied", m.post(t, "/apply", form("seal", value(t, page, "seal"))).header.Get("Location"))
	rule, err = m.bus.GetRule(t.Context(), "pai-system-lab", "one")
	require.NoError(t, err)
	assert.Contains(t, rule.FilterPattern, "Dlc:Job:Failed")
}

func TestNothingIsAdoptedButWhatWasShown(t *testing.T) {
	var ahead atomic.Int64
	for name, change := range map[string]func(m *machine, p *passed){
		"the document changed": func(m *machine, _ *passed) {
			require.NoError(t, os.WriteFile(m.document, []byte(small+"# by hand\n"), 0o600))
		},
		"another override is proposed": func(_ *machine, p *passed) {
			p.set(theirs, passes("2", "acs.pai.dlc", "Dlc:Job:TimeOut"))
			ahead.Store(int64(time.Hour))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := &passed{events: []string{theirs}}
			ahead.Store(0)
			m := remembering(t, small, p, func(o *console.Options) {
				o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			})
			seal := value(t, m.get(t, "/?wait=1").body, "seal")
			change(m, p)
			before := m.text(t)
			refused := m.post(t, "/adopt", form("seal", seal))
			assert.Equal(t, http.StatusConflict, refused.status)
			assert.Contains(t, refused.body, "so nothing was written")
			assert.Equal(t, before, m.text(t))
			require.Equal(t, http.StatusSeeOther, m.post(t, "/adopt", form("seal", value(t, refused.body, "seal"))).status, "what is shown now is adopted")
			assert.Contains(t, m.text(t), "acs.pai.dlc")
		})
	}
	m := remembering(t, small, &passed{events: []string{theirs}}, nil)
	for _, seal := range []string{"", "0"} {
		assert.Equal(t, http.StatusConflict, m.post(t, "/adopt", form("seal", seal)).status)
	}
	assert.Equal(t, small, m.text(t))
}

func TestOfTwoTabsThatAdoptAtOnceOneIsTold(t *testing.T) {
	m := remembering(t, small, &passed{events: []string{theirs}}, nil)
	seal := value(t, m.get(t, "/?wait=1").body, "seal")
	answers := make(chan answer, 4)
	for range cap(answers) {
		go func() { answers <- m.post(t, "/adopt", form("seal", seal)) }()
	}
	done := 0
	for range cap(answers) {
		a := <-answers
		if a.status == http.StatusSeeOther {
			done++
		} else {
			assert.Equal(t, http.StatusConflict, a.status, a.body)
		}
	}
	assert.Equal(t, 1, done)
	assert.Equal(t, 1, strings.Count(m.text(t), "catalogue:"))
}

func TestNothingIsAdoptedIntoABrokenDocument(t *testing.T) {
	m := remembering(t, small, &passed{events: []string{theirs}}, nil)
	seal := value(t, m.get(t, "/?wait=1").body, "seal")
	require.NoError(t, os.WriteFile(m.document, []byte("workspace: [\n"), 0o600))
	assert.NotContains(t, m.get(t, "/?wait=1").body, `action="/adopt"`)
	assert.Equal(t, "/document", m.post(t, "/adopt", form("seal", seal)).header.Get("Location"))
	assert.Equal(t, "workspace: [\n", m.text(t))
}

func TestSlowTracesDelayNoPage(t *testing.T) {
	m := remembering(t, small, &passed{hangs: true}, nil)
	home := m.get(t, "/")
	assert.Equal(t, http.StatusOK, home.status)
	assert.Contains(t, home.body, `data-later="/?wait=1"`)
	assert.Contains(t, home.body, "Checking the bus")
}

func TestWhatPassedIsNotReadForEachPage(t *testing.T) {
	p := &passed{events: []string{theirs}}
	m := remembering(t, small, p, nil)
	m.get(t, "/?wait=1")
	reads := p.reads
	assert.NotZero(t, reads)
	for range 3 {
		m.get(t, "/?wait=1")
	}
	assert.Equal(t, reads, p.reads)
}

func TestANameThatCameWithAnEventIsShownAsText(t *testing.T) {
	m := remembering(t, small, &passed{events: []string{passes("1", "<script>alert(1)</script>\u202e\x1b[31m{2}", "<b>x</b>")}}, nil)
	for _, path := range []string{"/?wait=1", "/setup"} {
		page := m.get(t, path).body
		assert.Contains(t, page, "&lt;script&gt;", path)
		for _, not := range []string{"<script>alert", "\u202e", "\x1b", "<b>x"} {
			assert.NotContains(t, page, not, path)
		}
	}
}
