// Package rule decides whether an event matches an event pattern, as Alibaba Cloud
// EventBridge and Amazon EventBridge decide.
//
// [Compile] reads a pattern of one [Dialect]; [Pattern.Match] answers for one
// pattern, and [Set.Match] for many in one pass over the event. [Pattern.Explain]
// shows condition by condition why an event matches or not, and [Pattern.Portable]
// says whether both clouds read a pattern alike. PATTERNS.md beside the code is
// the specification.
package rule
