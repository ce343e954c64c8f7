package functions_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// standIn is the platform of one target type, with four receivers on it.
type standIn struct {
	inbox     *inbox.Inbox
	receivers []target.Receiver
}

func newStandIn(t *testing.T, typ string) standIn {
	t.Helper()
	in, place := served(t, inbox.Options{Rate: 100_000})
	made := standIn{inbox: in}
	for i, name := range []string{"alice", "bob", "carol", "dan"} {
		place.Receiver = addressOf(t, typ, name, fmt.Sprintf("+861380013800%d", i))
		place.Keys = platformOf(t, typ).Keys
		in.Add(typ, place.Receiver, place.Keys)
		made.receivers = append(made.receivers, target.Receiver{Type: typ, Name: name, Language: "zh", Parameters: asJSON(t, leadTo(t, typ, place, nil))})
	}
	return made
}

// rules are four of a document, with what they want and whom they tell. A number
// takes one message a minute: phones have one rule each.
func (s standIn) rules(t *testing.T) []bus.Carried {
	rules := []bus.Carried{
		{Rule: event.Rule{Name: "failed", ID: "r1"}, Patterns: []string{`{"type":[{"suffix":"Failed"}]}`, `{"data":{"Status":["Failed"]}}`}},
		{Rule: event.Rule{Name: "models"}, Patterns: []string{`{"source":[{"prefix":"acs.paimodel"}]}`}},
		{Rule: event.Rule{Name: "all"}, Patterns: []string{`{"source":[{"prefix":"acs."}]}`}},
		{Rule: event.Rule{Name: "none"}, Patterns: []string{`{"source":["nobody"]}`}},
	}
	for i := range rules {
		rules[i].Receivers = s.receivers[:2]
		if typ := s.receivers[0].Type; specOf(t, typ).Contact == target.ContactPhone {
			rules[i].Receivers = s.receivers[i : i+1]
		}
	}
	return rules
}

// forms are the targets by which a bus may carry rules. Of the plain ones those
// are left out whose bus rule does not match.
func forms(t *testing.T, rules []bus.Carried, e []byte) map[string][]bus.Target {
	t.Helper()
	all := map[string][]bus.Target{"a list": {{List: rules}}}
	for _, c := range rules {
		wanted := slices.ContainsFunc(c.Patterns, func(text string) bool {
			pattern, err := rule.Compile(rule.Alibaba, []byte(text))
			require.NoError(t, err)
			ok, err := pattern.Match(e)
			require.NoError(t, err)
			return ok
		})
		for _, r := range c.Receivers {
			one := bus.Target{Rule: c.Rule, Receiver: r}
			if wanted {
				all["plain"] = append(all["plain"], one)
			}
			one.Patterns = c.Patterns
			all["coarse"] = append(all["coarse"], one)
		}
	}
	return all
}

// sent are the outcomes of what the targets of a form lead to, without skips for
// what no rule wants, and the requests that the platform got.
func sent(t *testing.T, spec target.Spec, form string, e []byte) (outcomes []outcome.Outcome, requests []string) {
	t.Helper()
	platform := newStandIn(t, spec.Type)
	f := deliver.New(spec.Within(), nil)
	for _, one := range forms(t, platform.rules(t), e)[form] {
		wrapper, err := one.Wrapper()
		require.NoError(t, err)
		answer, err := f.Handle(t.Context(), fmt.Appendf(nil, `%s,"event":%s}`, strings.TrimSuffix(string(wrapper), "}"), e))
		require.NoError(t, err)
		if answer[0] != '[' {
			answer = fmt.Appendf(nil, "[%s]", answer)
		}
		var list []outcome.Outcome
		require.NoError(t, json.Unmarshal(answer, &list))
		for _, o := range list {
			o.Milliseconds, o.Receipt = 0, "" // the machine's and the platform's own
			if !strings.Contains(o.Reason, "does not want") && !strings.HasPrefix(o.Reason, "no rule matches") {
				outcomes = append(outcomes, o)
			}
		}
	}
	for _, m := range platform.inbox.Received() {
		requests = append(requests, strings.Join([]string{m.Receiver, m.ID, m.Title, m.Text, m.Link, m.Reason}, "|"))
	}
	slices.Sort(requests)
	return outcomes, requests
}

// TestEveryFormTellsTheSame sends every sample event through the forms that a bus
// may carry.
func TestEveryFormTellsTheSame(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(before)
	entries, err := events.Files.ReadDir(".")
	require.NoError(t, err)
	told := map[string]int{}
	for _, spec := range types() {
		typ := spec.Type
		for _, entry := range entries {
			if path.Ext(entry.Name()) != ".json" {
				continue
			}
			t.Run(typ+" "+entry.Name(), func(t *testing.T) {
				text, err := events.Files.ReadFile(entry.Name())
				require.NoError(t, err)
				e, err := event.Parse(text)
				require.NoError(t, err)
				want, wantRequests := sent(t, spec, "plain", e.JSON())
				for _, form := range []string{"coarse", "a list"} {
					got, gotRequests := sent(t, spec, form, e.JSON())
					assert.Equal(t, want, got, form)
					assert.Equal(t, wantRequests, gotRequests, form)
				}
				told[typ] += len(wantRequests)
			})
		}
		assert.Positive(t, told[typ], typ)
	}
}
