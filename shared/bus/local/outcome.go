package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

var classes = []outcome.Class{outcome.Transient, outcome.RateLimited, outcome.Permanent, outcome.Gone, outcome.Unknown}

// failure is an outcome of the bus's own, with its JSON.
func failure(class outcome.Class, reason string) (outcome.Outcome, string) {
	return made(outcome.Outcome{Status: outcome.Failed, Class: class, Reason: reason})
}

// made is an outcome of the bus's own with its JSON, which the history keeps.
func made(o outcome.Outcome) (outcome.Outcome, string) {
	text, _ := json.Marshal(struct { // texts can always be written
		Status outcome.Status `json:"status"`
		Class  outcome.Class  `json:"class,omitempty"`
		Reason string         `json:"reason,omitempty"`
	}{o.Status, o.Class, o.Reason})
	return o, string(text)
}

// limited says that the receiver has asked to be spared for a while.
func limited(o outcome.Outcome) bool { return o.Class == outcome.RateLimited && o.RetryAfter > 0 }

// passing is the urgency above which others are still tried: a platform that has
// refused is asked for nothing more, but a function that counts by itself may have
// places for what is more urgent.
func passing(o outcome.Outcome, w *work) int {
	if o.HTTPStatus != 0 || o.Code != "" {
		return math.MaxInt
	}
	return w.urgency
}

// asked is the wait that the receiver asked for, or that its platform is known to
// need. Beside another class it does not pause the receiver, and the attempt after
// it uses up a retry.
func asked(o outcome.Outcome) time.Duration {
	return min(time.Duration(o.RetryAfter)*time.Second, longestWait)
}

// noOutcome is why nobody knows what became of a notification whose function
// succeeded.
const noOutcome = "the function succeeded and told no outcome: it may have sent, or not, and is not asked again"

// outcomeOf reads what a function answered. One that succeeds and tells no
// outcome may have sent or not: nobody knows, and it is not called sent. When it
// fails without telling how, another try may help, unless its messages must not
// be doubled: then nobody knows either.
func outcomeOf(answer json.RawMessage, err error, atMostOnce bool) (outcome.Outcome, string) {
	text := answerText(answer, err)
	if o, ok := readOutcome(text); ok && (err == nil || o.Status == outcome.Failed) {
		return classed(o, atMostOnce), string(text)
	}
	if err == nil {
		return failure(outcome.Unknown, noOutcome)
	}
	var typed interface{ FailureType() string }
	switch {
	case errors.As(err, &typed) && typed.FailureType() == "Permanent":
		return failure(outcome.Permanent, err.Error())
	case atMostOnce:
		return failure(outcome.Unknown, err.Error())
	}
	return failure(outcome.Transient, err.Error())
}

func answerText(answer json.RawMessage, err error) []byte {
	if err != nil {
		answer = json.RawMessage(err.Error())
	}
	return bytes.TrimSpace(answer)
}

// classed gives a failure whose class nobody knows the one that is safe.
func classed(o outcome.Outcome, atMostOnce bool) outcome.Outcome {
	if o.Status == outcome.Failed && !slices.Contains(classes, o.Class) {
		o.Class = outcome.Transient
		if atMostOnce {
			o.Class = outcome.Unknown
		}
	}
	return o
}

// result is an outcome with its JSON text.
type result struct {
	outcome.Outcome
	text string
	// ofAll says that it is the outcome of several together, and of none by itself.
	ofAll bool
}

// outcomesOf reads what a function answered to several notifications: a list of
// their outcomes in the same order, also when it failed for the sake of some. An
// outcome that is not plainly a notification's is nobody's: what is not said to
// have been sent is not called sent.
func outcomesOf(answer json.RawMessage, err error, calls []call, atMostOnce bool) []result {
	text := answerText(answer, err)
	var texts []json.RawMessage
	whole := result{ofAll: true} // what became of those that have no outcome of their own
	switch {
	case len(text) == 0 || text[0] != '[':
		whole.Outcome, whole.text = outcomeOf(answer, err, atMostOnce)
	case json.Unmarshal(text, &texts) == nil && len(texts) != len(calls):
		texts = nil
	}
	switch {
	case whole.Status == outcome.Failed:
	case err == nil || atMostOnce:
		whole.Outcome, whole.text = failure(outcome.Unknown, noOutcome)
	default:
		whole.Outcome, whole.text = failure(outcome.Transient, "the function failed and did not tell what became of this one")
	}
	list := make([]result, len(calls))
	for i, c := range calls {
		list[i] = whole
		if texts == nil {
			continue
		}
		if o, ok := readOutcome(texts[i]); ok && isOf(o, c) {
			list[i] = result{Outcome: classed(o, atMostOnce), text: string(texts[i])}
		}
	}
	return list
}

// isOf tells whether an outcome is that of a notification. One that could not be
// read has a place in the list and no more.
func isOf(o outcome.Outcome, c call) bool {
	if o.Status == outcome.Failed && o.Event == "" {
		return true
	}
	identity := c.to.identity()
	return o.Event == c.event && o.Rule == identity.RuleName && (o.Target == identity.Receiver || o.Status == outcome.Failed)
}

// readOutcome reads an outcome, or the first that failed of a list.
func readOutcome(text []byte) (found outcome.Outcome, ok bool) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || text[0] != '[' {
		return outcome.Read(text)
	}
	var list []json.RawMessage
	if json.Unmarshal(text, &list) != nil {
		return found, false
	}
	for i, one := range list {
		o, ok := outcome.Read(one)
		if !ok {
			return outcome.Outcome{}, false
		}
		if i == 0 || o.Status == outcome.Failed && found.Status != outcome.Failed {
			found = o
		}
	}
	return found, len(list) > 0
}

// longestWait bounds every wait for another attempt: targets believe a platform
// up to an hour.
const longestWait = time.Hour

// longestLimited is how long a receiver may go on asking to be spared: a day, as
// EXPONENTIAL_DECAY_RETRY tries. Such attempts use up no retries, because nothing
// was wrong with the notification.
const longestLimited = 24 * time.Hour

// verdict is the state that an outcome leads to, and the wait before the next
// attempt when it is Waiting.
func verdict(o outcome.Outcome, strategy string, w *work, now time.Time, chance float64) (state store.State, wait time.Duration, retries int) {
	switch {
	case o.Status == outcome.Sent:
		return store.Sent, 0, w.retries
	case o.Status == outcome.Skipped:
		return store.Skipped, 0, w.retries
	case o.Class == outcome.Unknown:
		return store.Unknown, 0, w.retries
	case o.Class == outcome.Permanent, o.Class == outcome.Gone:
		return store.Dead, 0, w.retries
	case limited(o):
		if !w.begun.IsZero() && now.Sub(w.begun) > longestLimited {
			return store.Dead, 0, w.retries
		}
		return store.Waiting, asked(o), w.retries
	}
	used := 1
	if unreadable(o) && strategy == exponentialDecay {
		used = decayRetries / 4
	}
	wait, again := backoff(strategy, w.retries+used-1, chance)
	if !again {
		return store.Dead, 0, w.retries
	}
	return store.Waiting, max(wait, asked(o)), w.retries + used
}

// unreadable tells that a receiver answered with a success that says nothing. It
// may have taken the message, and would take each repetition: of those there are
// few.
func unreadable(o outcome.Outcome) bool { return o.HTTPStatus/100 == 2 && o.Code == "" }

// decayRetries are those of EXPONENTIAL_DECAY_RETRY.
const decayRetries = 176

// backoff returns the wait before a retry, of which some were made, and whether
// there is one (Alibaba Cloud EventBridge, Retry policies): BACKOFF_RETRY is 3
// retries 10 to 20 s apart, EXPONENTIAL_DECAY_RETRY 176 retries after 1, 2, 4, …
// 512 s and then every 512 s, a day in all.
func backoff(strategy string, made int, chance float64) (time.Duration, bool) {
	if strategy == exponentialDecay {
		return time.Second << min(made, 9), made < decayRetries
	}
	return 10*time.Second + time.Duration(chance*float64(10*time.Second)), made < 3
}
