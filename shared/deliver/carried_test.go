package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/target"
)

// listing is a wrapper of rules around [jobFailed].
func listing(rules ...string) string {
	return `{"rules":[` + strings.Join(rules, ",") + `],"event":` + jobFailed + `}`
}

// listedRule is a rule of a list with a pattern and the lines of its receivers.
func listedRule(name, pattern string, lines ...string) string {
	var targets []string
	for _, line := range lines {
		targets = append(targets, fmt.Sprintf(`{"type":"station","name":%q,"language":"zh","parameters":{"line":%q}}`, "to-"+line, line))
	}
	return fmt.Sprintf(`{"rule":{"name":%q},"patterns":[%s],"targets":[%s]}`, name, pattern, strings.Join(targets, ","))
}

const (
	everything = `{"source":["acs.paidlc"]}`
	failures   = `{"data":{"Status":["Failed"]}}`
	successes  = `{"data":{"Status":["Succeeded"]}}`
)

// plainOf are the wrappers that the bus would carry without packing, for the
// rules whose pattern the event satisfies.
func plainOf(rules ...string) []string {
	var list []string
	for _, text := range rules {
		var r struct {
			Rule     json.RawMessage
			Patterns []json.RawMessage
			Targets  []json.RawMessage
		}
		_ = json.Unmarshal([]byte(text), &r)
		for _, pattern := range r.Patterns {
			p, err := rule.Compile(rule.Alibaba, pattern)
			if err != nil {
				continue
			}
			if ok, _ := p.Match([]byte(jobFailed)); !ok {
				continue
			}
			for _, to := range r.Targets {
				list = append(list, fmt.Sprintf(`{"rule":%s,"target":%s,"event":%s}`, r.Rule, to, jobFailed))
			}
		}
	}
	return list
}

func TestAListLeadsToTheNotificationsOfItsRules(t *testing.T) {
	rules := []string{
		listedRule("all", everything, "x", "y"), listedRule("failed", failures, "x", "z"), listedRule("done", successes, "x", "w"),
	}
	for name, apart := range map[string]bool{"of a chat": false, "of phones": true} {
		t.Run(name, func(t *testing.T) {
			f, l := newFunction(nil)
			f.spec.Apart = apart
			answer, err := f.Handle(t.Context(), []byte(listing(rules...)))
			require.NoError(t, err)
			got := outcomesOf(t, answer, err)

			other, m := newFunction(nil)
			other.spec.Apart = apart
			var want []outcome.Outcome
			for _, payload := range plainOf(rules...) {
				answer, err := other.Handle(t.Context(), []byte(payload))
				want = append(want, outcomeOf(t, answer, err))
			}
			require.Len(t, want, 4)
			for i := range got {
				got[i].Milliseconds = 0
			}
			assert.Equal(t, want, got)
			key := func(list []target.Notification) (keys []string) {
				for _, n := range list {
					keys = append(keys, n.ID+" "+n.Rule+" "+n.Message.Title)
				}
				slices.Sort(keys)
				return keys
			}
			assert.Equal(t, key(m.notifications), key(l.notifications), "two rules for one receiver are two messages, as with a target for each")
		})
	}
}

func TestAnEventThatNoRuleOfAListWantsIsOneSkip(t *testing.T) {
	f, l := newFunction(nil)
	var rules []string
	for i := range 30 {
		rules = append(rules, listedRule(fmt.Sprintf("rule-%02d", i), successes, "x", "y"))
	}
	answer, err := f.Handle(t.Context(), []byte(listing(rules...)))
	o := outcomeOf(t, answer, err)
	assert.Equal(t, outcome.Skipped, o.Status)
	assert.Equal(t, `no rule matches: rule-00: data.Status is "Failed", wanted "Succeeded"; rule-01: data.Status is "Failed", wanted "Succeeded"; rule-02: data.Status is "Failed", wanted "Succeeded"; and 27 more rules`, o.Reason)
	assert.Equal(t, []string{"e1", "dlc.job-failed", "station"}, []string{o.Event, o.EventType, o.Target})
	assert.Empty(t, l.notifications)
}

func TestARuleThatIsCoarseOnTheBusIsExactHere(t *testing.T) {
	coarse := func(patterns string) []byte {
		return []byte(strings.Replace(wrapped(jobFailed), `"target"`, `"patterns":`+patterns+`,"target"`, 1))
	}
	f, l := newFunction(nil)
	answer, err := f.Handle(t.Context(), coarse(`[`+successes+`,{"data":{"UserId":["7"]}}]`))
	o := outcomeOf(t, answer, err)
	assert.Equal(t, outcome.Sent, o.Status)
	require.Len(t, l.notifications, 1)

	other, _ := newFunction(nil)
	answer, err = other.Handle(t.Context(), []byte(wrapped(jobFailed)))
	assert.Equal(t, outcomeOf(t, answer, err), o, "the notification is the one without packing")

	f, l = newFunction(nil, "modelgallery")
	answer, err = f.Handle(t.Context(), coarse(`[`+successes+`,{"data":{"UserId":["8"]}}]`))
	o = outcomeOf(t, answer, err)
	assert.Equal(t, outcome.Skipped, o.Status)
	assert.Empty(t, o.Class)
	assert.Equal(t, `the rule does not want this event: data.Status is "Failed", wanted "Succeeded"`, o.Reason)
	assert.Equal(t, []string{"gpu-died", "station/oncall"}, []string{o.Rule, o.Target})
	assert.Empty(t, l.notifications)
}

func TestAPatternThatIsNoneFailsItsRuleAlone(t *testing.T) {
	const broken = `{"source":"acs.paidlc"}`
	f, l := newFunction(nil)
	answer, err := f.Handle(t.Context(), []byte(listing(listedRule("good", failures, "x"), listedRule("bad", broken, "y", "z"), listedRule("half", broken+","+failures, "w"))))
	require.NoError(t, err, "what was sent is not repeated for what no repetition mends")
	list := outcomesOf(t, answer, err)
	require.Len(t, list, 4)
	assert.Equal(t, []outcome.Status{outcome.Sent, outcome.Failed, outcome.Failed, outcome.Sent}, []outcome.Status{list[0].Status, list[1].Status, list[2].Status, list[3].Status})
	assert.Equal(t, outcome.Permanent, list[1].Class)
	assert.Contains(t, list[1].Reason, "rule bad: one of its event patterns is none")
	assert.Equal(t, []string{"bad", "station/to-z"}, []string{list[2].Rule, list[2].Target})
	assert.Len(t, l.notifications, 2)

	answer, err = f.Handle(t.Context(), []byte(listing(listedRule("bad", broken, "y"))))
	require.Error(t, err, "alone, the platform keeps it")
	assert.Equal(t, outcome.Permanent, outcomeOf(t, answer, err).Class)
	answer, err = f.Handle(t.Context(), []byte(strings.Replace(wrapped(jobFailed), `"target"`, `"patterns":[`+broken+`],"target"`, 1)))
	require.Error(t, err)
	assert.Equal(t, outcome.Permanent, outcomeOf(t, answer, err).Class)
}

func TestARuleAndAReceiverThatStandInAListTwiceAreOneNotification(t *testing.T) {
	f, l := newFunction(nil)
	answer, err := f.Handle(t.Context(), []byte(listing(listedRule("all", successes, "x"), listedRule("all", failures, "x", "x"), listedRule("all", everything, "x"))))
	assert.Equal(t, outcome.Sent, outcomeOf(t, answer, err).Status)
	assert.Len(t, l.notifications, 1)
}

func TestListsInABatchAreDigestedAsTargetsAre(t *testing.T) {
	rules := []string{listedRule("all", everything, "x"), listedRule("failed", failures, "x")}
	second := strings.Replace(listing(rules...), `"id":"e1"`, `"id":"e2"`, 1)
	f, l := newFunction(nil)
	f.spec.Apart = false
	answer, err := f.Handle(t.Context(), batch(listing(rules...), second))
	list := outcomesOf(t, answer, err)
	require.Len(t, list, 4)
	require.Len(t, l.notifications, 1, "two events, told once each")
	for _, o := range list {
		assert.Equal(t, l.notifications[0].ID, o.Digest)
	}
}

func TestAListForAnotherFunctionIsRefused(t *testing.T) {
	f, _ := newFunction(nil)
	answer, err := f.Handle(t.Context(), []byte(strings.ReplaceAll(listing(listedRule("all", everything, "x")), `"station"`, `"sms"`)))
	require.Error(t, err)
	assert.Contains(t, outcomeOf(t, answer, err).Reason, `the rule's target is of type "sms"`)
}

// What a function answers when some of a list fail: on one instance nobody who
// was told is told again, and no text is repeated on any.
func TestWhatWasToldOfAListIsNotToldAgain(t *testing.T) {
	payload := []byte(listing(listedRule("all", everything, "x", "y"), listedRule("failed", failures, "z")))
	permanent, limited := target.Permanent(errors.New("no such number")), target.RetryAfter(1<<40, errors.New("too many"))
	for name, c := range map[string]struct {
		phone     bool
		failure   error
		one, many int // attempts for who was told, over the platform's repetitions
		givenUp   bool
	}{
		"a chat that may pass":    {false, limited, 1, horizon, false},
		"a chat that is gone":     {false, permanent, 1, 1, true},
		"a text that may pass":    {true, limited, 1, 1, true},
		"a number that is no one": {true, permanent, 1, 1, true},
	} {
		for instances, want := range map[string]int{"one instance": c.one, "many": c.many} {
			t.Run(name+" on "+instances, func(t *testing.T) {
				var logs bytes.Buffer
				before := slog.Default()
				slog.SetDefault(slog.New(slog.NewJSONHandler(&logs, nil)))
				defer slog.SetDefault(before)
				attempts := map[string]int{}
				var mu sync.Mutex
				instance := func() *Function {
					f, _ := newFunction(func(_ context.Context, _ int, n target.Notification) error {
						mu.Lock()
						defer mu.Unlock()
						attempts[n.Rule]++
						if n.Rule == "failed" {
							return c.failure
						}
						return nil
					})
					if c.phone {
						f.spec = f.spec.To(target.ContactPhone)
					}
					return f
				}
				f := instance()
				for range horizon {
					if _, err := f.Handle(t.Context(), payload); err == nil {
						break
					}
					if instances == "many" {
						f = instance()
					}
				}
				assert.Equal(t, 2*want, attempts["all"])
				assert.Equal(t, c.givenUp, strings.Contains(logs.String(), `"msg":"notification given up"`), "what ends here is told")
			})
		}
	}
}

// The record that a platform keeps of what failed says what was sent: handed over
// again, on any instance, it leads to the rest alone.
func TestARecordOfAFailureRepeatsWhatFailedAlone(t *testing.T) {
	payload := listing(listedRule("all", everything, "x", "y"), listedRule("failed", failures, "z"))
	broken := true
	answer := func(_ context.Context, _ int, n target.Notification) error {
		if n.Rule == "failed" && broken {
			return target.RetryAfter(1<<40, errors.New("too many"))
		}
		return nil
	}
	f, _ := newFunction(answer)
	_, failed := f.Handle(t.Context(), []byte(payload))
	require.Error(t, failed)
	text, err := json.Marshal(failed.Error())
	require.NoError(t, err)
	record := `{"version":"1.0","requestContext":{"condition":"RetriesExhausted"},"requestPayload":` + payload + `,"responsePayload":{"errorMessage":` + string(text) + `,"errorType":"Transient"}}`
	body, err := json.Marshal(record)
	require.NoError(t, err)
	response, err := json.Marshal(`{"errorMessage":` + string(text) + `}`)
	require.NoError(t, err)
	broken = false
	for name, payload := range map[string]string{"by hand": record, "with a response that is a text": `{"requestPayload":` + payload + `,"responsePayload":` + string(response) + `}`, "by a queue": `{"Records":[{"messageId":"m1","body":` + string(body) + `}]}`} {
		t.Run(name, func(t *testing.T) {
			another, l := newFunction(answer)
			_, err := another.Handle(t.Context(), []byte(payload))
			require.NoError(t, err)
			require.Len(t, l.notifications, 1)
			assert.Equal(t, "failed", l.notifications[0].Rule)
		})
	}
	t.Run("a text that still cannot be sent stays with the queue", func(t *testing.T) {
		broken = true
		another, l := newFunction(answer)
		another.spec = another.spec.To(target.ContactPhone)
		_, err := another.Handle(t.Context(), []byte(record))
		require.Error(t, err, "a repetition sends nothing twice")
		require.Len(t, l.notifications, 1)
		broken = false
	})
	for name, response := range map[string]string{
		"nothing":                    `null`,
		"a text":                     `"x"`,
		"a text of an object":        `"{}"`,
		"no outcomes":                `{"errorMessage":"Task timed out"}`,
		"outcomes of something else": `{"errorMessage":"[{\"status\":\"sent\"},{\"status\":\"sent\",\"notification\":\"x\"}]"}`,
	} {
		t.Run("a record that says "+name, func(t *testing.T) {
			another, l := newFunction(answer)
			_, err := another.Handle(t.Context(), []byte(`{"requestPayload":`+payload+`,"responsePayload":`+response+`}`))
			require.NoError(t, err)
			assert.Len(t, l.notifications, 3, "it is all sent")
		})
	}
}

func TestPatternsAreCompiledOnceForAWrapper(t *testing.T) {
	f, _ := newFunction(nil)
	for i := range 3 * maxWants {
		payload := listing(listedRule("all", fmt.Sprintf(`{"data":{"Status":["%d"]}}`, i), "x"))
		_, err := f.Handle(t.Context(), []byte(payload))
		require.NoError(t, err)
		assert.LessOrEqual(t, len(f.wants.known), maxWants)
	}
	f.wants.known = nil
	for n := range 5 {
		_, err := f.Handle(t.Context(), []byte(strings.Replace(listing(listedRule("all", failures, "x")), `"e1"`, fmt.Sprintf(`"e%d"`, n), 1)))
		require.NoError(t, err)
	}
	assert.Len(t, f.wants.known, 1)
	_, err := f.Handle(t.Context(), []byte(wrapped(jobFailed)))
	require.NoError(t, err)
	assert.Len(t, f.wants.known, 1, "a plain wrapper has nothing to compile")
}

func TestAnEventThatIsOnlyWatchedIsNotSent(t *testing.T) {
	watching := func(rule, patterns, lines string) string {
		return `{"rule":{"name":"r","policy":{"recovered":true,"watched":["dlc.job-failed"]}` + rule + `},` + patterns + `"target":{"type":"station","name":"a","parameters":{"line":"` + lines + `"}},"event":` + jobFailed + `}`
	}
	for name, c := range map[string]struct {
		payload string
		sent    int
		reason  string
	}{
		"beside exact patterns":               {watching("", `"patterns":[`+successes+`],`, "a"), 0, "the rule does not ask for dlc.job-failed: it comes only to notice a recovery"},
		"where the bus alone decides":         {watching("", "", "a"), 0, "the rule does not ask for dlc.job-failed: it comes only to notice a recovery"},
		"but one that the rule asks for is":   {watching("", `"patterns":[`+failures+`],`, "a"), 1, ""},
		"nor one that nobody watches":         {strings.Replace(watching("", `"patterns":[`+successes+`],`, "a"), "dlc.job-failed", "dlc.job-queued", 1), 0, "the rule does not want this event"},
		"nor one in a list":                   {listing(strings.Replace(listedRule("r", successes, "a"), `"name":"r"`, `"name":"r","policy":{"recovered":true,"watched":["dlc.job-failed"]}`, 1)), 0, "it comes only to notice a recovery"},
		"and a rule beside it in a list does": {listing(strings.Replace(listedRule("r", successes, "a"), `"name":"r"`, `"name":"r","policy":{"watched":["dlc.job-failed"]}`, 1), listedRule("s", failures, "b")), 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, l := newFunction(nil)
			answer, err := f.Handle(t.Context(), []byte(c.payload))
			require.NoError(t, err)
			assert.Len(t, l.notifications, c.sent)
			assert.Contains(t, string(answer), c.reason)
		})
	}
}
