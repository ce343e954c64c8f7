package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
	"github.com/pai-notify/pai-notify/shared/exactjson"
)

// Outcome is what a function answered about a notification: the outcome of
// package deliver, as it is written in JSON.
type Outcome struct {
	// Status is sent, skipped or failed.
	Status string `json:"status"`
	// Class says what a failure means: transient, rate-limited, permanent, gone
	// or unknown.
	Class  string `json:"class,omitempty"`
	Reason string `json:"reason,omitempty"`
	// HTTPStatus and Code are the platform's own, Receipt its id of the message.
	HTTPStatus int    `json:"http_status,omitempty"`
	Code       string `json:"code,omitempty"`
	Receipt    string `json:"receipt,omitempty"`
	// Advice is what a person can do.
	Advice string `json:"advice,omitempty"`
	// Notification is the stable id that receivers are given, and Digest the one
	// of a message that told of several.
	Notification string `json:"notification,omitempty"`
	Digest       string `json:"digest,omitempty"`
	Event        string `json:"event,omitempty"`
	EventType    string `json:"event_type,omitempty"`
	Rule         string `json:"rule,omitempty"`
	Target       string `json:"target,omitempty"`
	// RetryAfter is the wait in seconds before another attempt can help.
	RetryAfter int `json:"retry_after,omitempty"`
	// Milliseconds is the time that sending took.
	Milliseconds int64 `json:"ms,omitempty"`
}

// The statuses and classes of outcomes.
const (
	statusSent    = "sent"
	statusSkipped = "skipped"
	statusFailed  = "failed"

	classTransient   = "transient"
	classRateLimited = "rate-limited"
	classPermanent   = "permanent"
	classGone        = "gone"
	classUnknown     = "unknown"
)

var classes = []string{classTransient, classRateLimited, classPermanent, classGone, classUnknown}

// failure is an outcome of the bus's own.
func failure(class, reason string) (Outcome, string) {
	return answered(Outcome{Status: statusFailed, Class: class, Reason: reason})
}

// answered is an outcome with its JSON.
func answered(o Outcome) (Outcome, string) {
	text, _ := json.Marshal(o) // texts and numbers can always be written
	return o, string(text)
}

// limited tells that the receiver has asked to be spared for a while.
func (o Outcome) limited() bool { return o.Class == classRateLimited && o.RetryAfter > 0 }

// asked is the wait that the receiver asked for, or that its platform is known to
// need. Beside another class it does not pause the receiver, and the attempt after
// it uses up a retry.
func (o Outcome) asked() time.Duration {
	return min(time.Duration(o.RetryAfter)*time.Second, longestWait)
}

// noOutcome is why nobody knows what became of a notification whose function
// succeeded.
const noOutcome = "the function succeeded and told no outcome: it may have sent, or not, and is not asked again"

// outcomeOf reads what a function answered. One that succeeds and tells no
// outcome may have sent or not: nobody knows, and it is not called sent. When it
// fails without telling how, another try may help, unless its messages must not
// be doubled: then nobody knows either.
func outcomeOf(answer json.RawMessage, err error, atMostOnce bool) (Outcome, string) {
	text := answerText(answer, err)
	if o, ok := readOutcome(text); ok && (err == nil || o.Status == statusFailed) {
		return o.classed(atMostOnce), string(text)
	}
	if err == nil {
		return failure(classUnknown, noOutcome)
	}
	var typed interface{ FailureType() string }
	switch {
	case errors.As(err, &typed) && typed.FailureType() == "Permanent":
		return failure(classPermanent, err.Error())
	case atMostOnce:
		return failure(classUnknown, err.Error())
	}
	return failure(classTransient, err.Error())
}

func answerText(answer json.RawMessage, err error) []byte {
	if err != nil {
		answer = json.RawMessage(err.Error())
	}
	return bytes.TrimSpace(answer)
}

// classed gives a failure whose class nobody knows the one that is safe.
func (o Outcome) classed(atMostOnce bool) Outcome {
	if o.Status == statusFailed && !slices.Contains(classes, o.Class) {
		o.Class = classTransient
		if atMostOnce {
			o.Class = classUnknown
		}
	}
	return o
}

// told is an outcome with its JSON text.
type told struct {
	Outcome
	text string
	// ofAll tells that it was said of several together, and of none by itself.
	ofAll bool
}

// outcomesOf reads what a function answered to several notifications: a list of
// their outcomes in the same order, also when it failed for the sake of some. An
// outcome that is not plainly a notification's is nobody's: what is not said to
// have been sent is not called sent.
func outcomesOf(answer json.RawMessage, err error, calls []call, atMostOnce bool) []told {
	text := answerText(answer, err)
	var texts []json.RawMessage
	whole := told{ofAll: true} // what became of those that have no outcome of their own
	switch {
	case len(text) == 0 || text[0] != '[':
		whole.Outcome, whole.text = outcomeOf(answer, err, atMostOnce)
	case json.Unmarshal(text, &texts) == nil && len(texts) != len(calls):
		texts = nil
	}
	switch {
	case whole.Status == statusFailed:
	case err == nil || atMostOnce:
		whole.Outcome, whole.text = failure(classUnknown, noOutcome)
	default:
		whole.Outcome, whole.text = failure(classTransient, "the function failed and did not tell what became of this one")
	}
	list := make([]told, len(calls))
	for i, c := range calls {
		list[i] = whole
		if texts == nil {
			continue
		}
		if o, ok := readOutcome(texts[i]); ok && o.isOf(c) {
			list[i] = told{Outcome: o.classed(atMostOnce), text: string(texts[i])}
		}
	}
	return list
}

// isOf tells whether an outcome is that of a notification. One that could not be
// read has a place in the list and no more.
func (o Outcome) isOf(c call) bool {
	if o.Status == statusFailed && o.Event == "" {
		return true
	}
	identity := c.to.identity()
	return o.Event == c.event && o.Rule == identity.RuleName && (o.Target == identity.Receiver || o.Status == statusFailed)
}

// readOutcome reads an outcome, or the first that failed of a list.
func readOutcome(text []byte) (Outcome, bool) {
	text = bytes.TrimSpace(text)
	var list []Outcome
	switch {
	case len(text) == 0:
		return Outcome{}, false
	case text[0] == '[':
		if exactjson.Unmarshal(text, &list) != nil {
			return Outcome{}, false
		}
	default:
		list = make([]Outcome, 1)
		if exactjson.Unmarshal(text, &list[0]) != nil {
			return Outcome{}, false
		}
	}
	var found Outcome
	for i, o := range list {
		if o.Status != statusSent && o.Status != statusSkipped && o.Status != statusFailed {
			return Outcome{}, false
		}
		if i == 0 || o.Status == statusFailed && found.Status != statusFailed {
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
func verdict(o Outcome, strategy string, w *work, now time.Time, chance float64) (state store.State, wait time.Duration, retries int) {
	switch {
	case o.Status == statusSent:
		return store.Sent, 0, w.retries
	case o.Status == statusSkipped:
		return store.Skipped, 0, w.retries
	case o.Class == classUnknown:
		return store.Unknown, 0, w.retries
	case o.Class == classPermanent, o.Class == classGone:
		return store.Dead, 0, w.retries
	case o.limited():
		if !w.begun.IsZero() && now.Sub(w.begun) > longestLimited {
			return store.Dead, 0, w.retries
		}
		return store.Waiting, o.asked(), w.retries
	}
	used := 1
	if o.unreadable() && strategy == exponentialDecay {
		used = decayRetries / 4
	}
	wait, again := backoff(strategy, w.retries+used-1, chance)
	if !again {
		return store.Dead, 0, w.retries
	}
	return store.Waiting, max(wait, o.asked()), w.retries + used
}

// unreadable tells that a receiver answered with a success that says nothing. It
// may have taken the message, and would take each repetition: of those there are
// few.
func (o Outcome) unreadable() bool { return o.HTTPStatus/100 == 2 && o.Code == "" }

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
