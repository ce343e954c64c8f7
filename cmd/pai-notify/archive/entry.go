package archive

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// notificationOf is what history shows of a row.
func notificationOf(e ledger.Entry) local.Notification {
	n := local.Notification{
		ID: e.ID, State: states[e.State], Bus: e.Bus, Rule: cmp.Or(e.RuleName, e.Rule), RuleKey: e.Rule, Target: receiverOf(e), Owner: e.Owner,
		Job: e.Job, JobName: e.JobName, EventID: e.EventID, EventType: e.EventType,
		Accepted: e.Created, Attempts: e.Claims, Outcome: e.Outcome,
	}
	n.Receiver = n.Target
	if happened, err := event.Parse(e.Event); err == nil {
		n.EventSource, n.EventType, n.Time = happened.Source(), happened.Type(), happened.Time()
	}
	if n.State == local.Waiting {
		n.Due = e.Due
	}
	if e.Outcome.Status != "" {
		n.Answer, _ = json.Marshal(e.Outcome) // texts and numbers can be written
		if !e.Changed.IsZero() {
			n.Started = e.Changed.Add(-time.Duration(e.Outcome.Milliseconds) * time.Millisecond)
		}
	}
	if n.MovedTo, n.MovedFrom = e.MovedTo, e.MovedFrom; n.MovedFrom != "" {
		n.Attempts-- // a person made it, and not its first sender
	}
	if n.State.Ended() {
		n.Ended = e.Changed
	}
	n.Outcome.Reason, n.Outcome.EventType = because(e), cmp.Or(e.Outcome.EventType, e.EventType)
	return n
}

// receiverOf is the receiver of a row as <type>/<name>.
func receiverOf(e ledger.Entry) string {
	if strings.Contains(e.Receiver, "/") {
		return e.Receiver
	}
	return e.Type + "/" + e.Receiver
}

// because is why a row is as it is, and what the last attempt said beside that.
func because(e ledger.Entry) string {
	if e.Because == "" || strings.Contains(e.Outcome.Reason, e.Because) {
		return e.Outcome.Reason
	}
	if e.Outcome.Reason == "" || strings.Contains(e.Because, e.Outcome.Reason) {
		return e.Because
	}
	return e.Because + "; " + e.Outcome.Reason
}
