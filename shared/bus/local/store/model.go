package store

import "time"

// EventBus is a custom event bus.
type EventBus struct {
	Name, Description string
	Created           time.Time
}

// Rule is a rule of an event bus with its targets.
type Rule struct {
	Name, Bus, Description string
	// FilterPattern is the event pattern in the dialect of Alibaba Cloud.
	FilterPattern string
	Enabled       bool
	Created       time.Time
	Targets       []Target
}

// Target is one target of a rule, in the terms of Alibaba Cloud EventBridge.
type Target struct {
	// ID is unique within the rule.
	ID string `json:"id"`
	// Type is the kind of receiver, such as "acs.fc.function".
	Type     string  `json:"type"`
	Endpoint string  `json:"endpoint,omitempty"`
	Params   []Param `json:"params,omitempty"`
	// PushRetryStrategy is BACKOFF_RETRY, which "" means too, or
	// EXPONENTIAL_DECAY_RETRY.
	PushRetryStrategy string `json:"push_retry_strategy,omitempty"`
	// DeadLetterQueue is an ARN that is kept for whoever reads the target: the
	// bus keeps its dead letters itself.
	DeadLetterQueue string `json:"dead_letter_queue,omitempty"`
	// ErrorsTolerance is ALL, which "" means too, or NONE: while one notification
	// waits for its next attempt, later ones wait too.
	ErrorsTolerance string `json:"errors_tolerance,omitempty"`

	// Destinations are how notifications name the receivers of the target, in the
	// order of their identities; the store gives them.
	Destinations []int64 `json:"-"`
}

// Param is one parameter of a target: what is put into it and how.
type Param struct {
	ResourceKey string `json:"resource_key"`
	// Form is ORIGINAL, JSONPATH, CONSTANT or TEMPLATE.
	Form     string `json:"form"`
	Value    string `json:"value,omitempty"`
	Template string `json:"template,omitempty"`
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
