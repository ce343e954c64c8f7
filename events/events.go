// Package events embeds one sample CloudEvent for every event type of the
// catalogue, from the files beside it, and two samples in the forms in which AWS
// wraps events.
//
// The samples tell one week of one workspace, so jobs, instances and models keep
// their ids from event to event. Names and values are invented; envelope
// attributes are those that EventBridge adds, data fields and statuses those of
// PAI's OpenAPI.
package events

import (
	"embed"
	"slices"
)

// Files holds the samples: "<source>-<what>.json" for each event type, and the
// forms of AWS under "aws".
//
//go:embed *.json aws/*.json
var Files embed.FS

// PublishedPrefix begins the ids that pai-notify makes for events that people
// publish by hand. They say nothing about those of PAI.
const PublishedPrefix = "pai-notify-"

// Story returns the names of the samples in the order in which they happened,
// one for each event type, without the forms of AWS.
func Story() []string { return slices.Clone(story) }

var story = []string{
	"dlc-job-queued.json",
	"dlc-job-running.json",
	"dsw-instance-creating.json",
	"dsw-instance-running.json",
	"dsw-instance-failed.json",
	"dlc-job-bidding.json",
	"dlc-job-succeeded.json",
	"dlc-job-preempted.json",
	"flow-task-failed.json",
	"flow-task-succeeded.json",
	"dsw-image-saving.json",
	"dsw-image-saved.json",
	"dlc-job-fault-tolerance.json",
	"model-version-approved.json",
	"model-version-rejected.json",
	"dlc-job-timeout.json",
	"dlc-job-stopped.json",
	"dsw-image-save-failed.json",
	"dsw-instance-stopping.json",
	"dsw-instance-stopped.json",
	"dlc-job-failed.json",
}
