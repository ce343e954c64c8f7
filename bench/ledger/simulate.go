package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/dynamodb"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

const (
	receivers = 5 // of a workspace
	// Parts of all attempts.
	waits, dies = 0.06, 0.01
)

// simulation is a table and who uses it.
type simulation struct {
	table  *table
	ledger *ledger.Ledger
	at     time.Time
	random *rand.Rand
	events []event.Event

	notifications, attempts, lost, taken int
}

var ctx = context.Background()

func simulate(length time.Duration, rate float64, workspaces int, alone bool) (*simulation, error) {
	s := &simulation{table: newTable(), at: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC), random: rand.New(rand.NewPCG(1, 2))}
	now := func() time.Time { return s.at }
	store, err := dynamodb.New(dynamodb.Config{
		Region: "us-east-1", Table: "ledger", Now: now, HTTP: &http.Client{Transport: s.table},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "simulated", SecretAccessKey: "simulated"}, nil
		}),
	})
	if err != nil {
		return nil, err
	}
	s.ledger = ledger.New(store).With(now, 0)
	if s.events, err = samples(); err != nil {
		return nil, err
	}
	// A few workspaces have most of the jobs.
	busy := rand.NewZipf(s.random, 1.3, 1, uint64(workspaces-1)) //nolint:gosec // there is one at least
	for second := range int(length / time.Second) {
		s.table.tick()
		for range poisson(s.random, rate) {
			workspace := 0
			if !alone {
				workspace = int(busy.Uint64()) //nolint:gosec // less than there are
			}
			s.notify(workspace)
		}
		for workspace := second % 60; workspace < workspaces; workspace += 60 {
			if err := s.redeliver(workspace); err != nil && rate > 0 {
				s.lost++
			}
		}
		s.at = s.at.Add(time.Second)
	}
	return s, nil
}

func samples() (list []event.Event, err error) {
	for _, name := range events.Story() {
		text, err := events.Files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		e, err := event.Parse(text)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

func poisson(r *rand.Rand, mean float64) (n int) {
	if mean > 100 {
		return int(math.Round(mean + r.NormFloat64()*math.Sqrt(mean)))
	}
	for p := r.Float64(); p > math.Exp(-mean); p *= r.Float64() {
		n++
	}
	return n
}

func busOf(workspace int) string { return fmt.Sprintf("pai-system-workspace_%03d", workspace) }

// notify sends one notification: claim, place among the sender's, settle.
func (s *simulation) notify(workspace int) {
	s.notifications++
	e := s.events[s.random.IntN(len(s.events))]
	receiver := s.random.IntN(receivers)
	sum := sha256.Sum256(fmt.Append(nil, s.notifications))
	s.attempt(ledger.Entry{
		ID: hex.EncodeToString(sum[:16]), Bus: busOf(workspace), Owner: "lab", Rule: "training-failed", RuleName: "training-failed",
		Type: "dingtalk", Receiver: fmt.Sprintf("dingtalk-team-%d", receiver), Event: e.JSON(), EventID: e.ID(), EventType: e.Type(),
		Job: fmt.Sprintf("dlc%013x", s.random.IntN(1<<20)), JobName: "pretrain-llama-7b", Severity: 3,
	})
}

func (s *simulation) attempt(e ledger.Entry) {
	s.attempts++
	verdict, claim, err := s.ledger.Claim(ctx, e, time.Minute)
	switch {
	case err != nil:
		s.lost++ // the ledger is not there for it, and chat is sent without
		return
	case verdict != ledger.Mine:
		s.taken++
		return
	}
	sender := "sender/" + hex.EncodeToString(fmt.Append(nil, claim.Bus, claim.Receiver))
	if _, err := s.ledger.Update(ctx, sender, func(value []byte) ([]byte, bool) {
		// Twenty times within a minute, as the robots of DingTalk allow.
		value = append(slices.Clip(value), "1789012,"...)
		return value[max(0, len(value)-20*8):], true
	}); err != nil {
		s.lost++
	}
	o := outcome.Outcome{Status: outcome.Sent, Notification: claim.ID, Event: claim.EventID, EventType: claim.EventType, Rule: claim.RuleName, Target: claim.Type + "/" + claim.Receiver, HTTPStatus: 200, Attempts: 1, Milliseconds: 231}
	r := ledger.Result{State: ledger.Sent, Outcome: o}
	switch p := s.random.Float64(); {
	case p < dies:
		r = ledger.Result{State: ledger.Dead, Because: "dingtalk: 310000 keywords not in content", Outcome: o}
	case p < dies+waits:
		r = ledger.Result{State: ledger.Waiting, Due: s.at.Add(30 * time.Second), Because: "dingtalk: 429", Outcome: o}
	}
	if _, err := s.ledger.Settle(ctx, claim, r); err != nil {
		s.lost++
	}
}

// redeliver is one run of the waker of a workspace.
func (s *simulation) redeliver(workspace int) error {
	name := busOf(workspace)
	for _, read := range []string{"redeliver/" + name, "swept/" + name} {
		if _, err := s.ledger.Update(ctx, read, func(value []byte) ([]byte, bool) { return value, false }); err != nil {
			return err
		}
	}
	due, err := s.ledger.Due(ctx, name, s.at, 1000)
	if err != nil {
		return err
	}
	for _, e := range due {
		s.attempt(e)
	}
	_, err = s.ledger.Update(ctx, "heartbeat/"+name, func([]byte) ([]byte, bool) {
		return fmt.Appendf(nil, `{"at":%q,"due":%d,"overdue":0,"invoked":0,"given_up":0}`, s.at.Format(time.RFC3339), len(due)), true
	})
	return err
}

func (s *simulation) cost() float64 {
	return s.table.writes/1e6*perMillionWrites + s.table.reads/1e6*perMillionReads
}

func (t *table) hottestPartition() (name string) {
	for of, units := range t.hottest {
		if units > t.hottest[name] || units == t.hottest[name] && of < name {
			name = of
		}
	}
	return name
}

func (s *simulation) print(title string) {
	t, n := s.table, float64(s.notifications)
	fmt.Printf("%s: %d, %d attempts\n", title, s.notifications, s.attempts)
	fmt.Printf("  DynamoDB: %.2f write and %.2f read units for each, %.2f USD a million, %d of %d calls refused, %d ledger calls given up\n",
		t.writes/n, t.reads/n, s.cost()/n*1e6, t.throttled, t.calls, s.lost)
	fmt.Println("  most units in a second, of each partition:")
	for _, of := range slices.Sorted(maps.Keys(t.hottest)) {
		fmt.Printf("    %-42s %5.0f\n", of, t.hottest[of])
	}
	fmt.Println("  most units in a second, of one key:")
	for _, of := range slices.Sorted(maps.Keys(t.hotKey)) {
		fmt.Printf("    %-42s %5.0f\n", of, t.hotKey[of])
	}
	fmt.Printf("  Tablestore: %.2f write and %.2f read units for each; most row operations in a second:\n", t.tablestoreW/n, t.tablestoreR/n)
	for _, of := range slices.Sorted(maps.Keys(t.tablestoreHottest)) {
		fmt.Printf("    %-42s %5.0f\n", of, t.tablestoreHottest[of])
	}
}
