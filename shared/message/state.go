package message

import (
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
)

// This file reads the state of what an event is about from its data. Statuses are
// those that PAI's APIs document. The rest is inferred, because PAI publishes
// neither its events nor the texts of their reasons: that RestartTimes counts what
// --max-num-of-job-restart allows, that a reason names who stopped a job, how it
// says that resources are insufficient or that a job took too long, that a retained
// job keeps its resources until it is stopped, what a type that tells of a timeout
// calls the part that took too long, and that an instance whose image could not be
// saved still runs. What cannot be read changes nothing.

// phase is how far a job has come.
type phase int

const (
	noPhase phase = iota // no status, or one that nobody knows
	ended
	stopping
	running
	preparing
	queued
)

// phases are by the statuses of GetJob (PAI-DLC API).
var phases = [...]struct {
	status string
	phase  phase
}{
	{"running", running},
	{"restarting", running},
	{"stopping", stopping},
	{"failed", ended},
	{"stopped", ended},
	{"succeeded", ended},
	{"failedreserving", ended},
	{"succeededreserving", ended},
	{"created", queued},
	{"creating", queued},
	{"queuing", queued},
	{"bidding", queued},
	{"dequeued", preparing},
	{"envpreparing", preparing},
	{"sanitychecking", preparing},
}

// phase returns how far the job has come that an event is about.
func (h *happening) phase() phase {
	status := lettersOf(h.raw("status"))
	for _, p := range phases {
		if strings.TrimPrefix(status, "job") == p.status {
			return p.phase
		}
	}
	return noPhase
}

// retained tells of a job that has ended and is kept for so many minutes as
// JobReservedMinutes of its settings says (PAI-DLC API, JobSettings).
func (h *happening) retained() bool { return strings.HasSuffix(h.state(), "reserving") }

// state is the letters of the status, or of what the event's type ends with where
// it has none.
func (h *happening) state() string {
	status := h.raw("status")
	if status == "" {
		status = lastPart(clean(h.event.Type()))
	}
	return lettersOf(status)
}

// restarts returns how often a job was restarted, and how often it may be, as in
// "3/10"; -1 for what the event does not say.
func (h *happening) restarts() (done, limit int) {
	first, second, _ := strings.Cut(h.raw("restarts"), "/")
	return count(first), count(second)
}

// count reads a number of times; -1 for none.
func count(s string) int {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 31)
	if err != nil {
		return -1
	}
	return int(n)
}

// restartsUsedUp returns the restarts of a job that may not be restarted again,
// such as "10/10"; "" for another one.
func restartsUsedUp(done, limit int) string {
	if limit > 0 && done >= limit {
		return strconv.Itoa(done) + "/" + strconv.Itoa(limit)
	}
	return ""
}

func failedByState(h *happening, v verdict) verdict {
	done, limit := h.restarts()
	switch used := restartsUsedUp(done, limit); {
	case used != "":
		v.next, v.with = failedAfterAllRestarts, used
	case h.preemptible() && containsAny(h.why(), preemptions[:]):
		v.next = preemptedEnded
	case done > 0 || limit > 0 || !h.restartable():
		v.next = failedPlainly
	}
	if h.retained() {
		v.next = v.next.and(failedRetained)
	}
	return v
}

func succeededByState(h *happening, v verdict) verdict {
	if h.retained() {
		v.next = succeededRetained
	}
	return v
}

// preemptible tells of a job that runs on preemptible resources. It fails when they
// are released (help page "Use a preemptible job").
func (h *happening) preemptible() bool { return h.event.Lookup("EnablePreemptibleJob") == "true" }

var preemptions = [...]string{"preempt", "reclaim", "evict", "spot ", "抢占"}

// restartable tells of a job that automatic fault tolerance could restart. It takes
// some frameworks only, and no preemptible job on general computing resources (help
// pages "AIMaster: Elastic automatic fault tolerance engine", Limitations, and "Use
// a preemptible job", Limits).
func (h *happening) restartable() bool {
	switch h.raw("job_type") {
	case "PyTorchJob", "MPIJob", "TFJob", "ElasticBatchJob", "":
		return !h.preemptible() || h.raw("resource_type") == "Lingjun"
	}
	return false
}

// why is what an event gives as reason, in lower case.
func (h *happening) why() string {
	return strings.ToLower(h.raw("reason_code") + " " + h.raw("reason"))
}

func restartingByState(h *happening, v verdict) verdict {
	used := restartsUsedUp(h.restarts())
	switch {
	case h.phase() == ended && severityIn(h.raw("status")) == event.Critical:
		v.severity = event.Critical
		return failedByState(h, verdict{severity: v.severity, next: failedPlainly})
	case h.phase() == ended:
		v.next = Text{} // it does not restart any more
	case used != "":
		v.next, v.with = lastRestart, used
	}
	return v
}

// tookTooLong returns how far a job had come that took too long: where its status
// does not say, by what the event calls the timeout. PAI has one for queuing,
// preparing the environment, waiting for the start and running (help page
// "Notification rules").
func (h *happening) tookTooLong() phase {
	if p := h.phase(); p != noPhase {
		return p
	}
	kind := lettersOf(lastPart(clean(h.event.Type())) + h.raw("sub_status") + h.raw("reason_code"))
	switch {
	case strings.Contains(kind, "prepar"):
		return preparing
	case containsAny(kind, []string{"queu", "wait", "bidding"}):
		return queued
	}
	return noPhase
}

func timeoutByState(h *happening, v verdict) verdict {
	switch h.tookTooLong() {
	case ended, stopping:
		v.next = timeoutEnded
	case running:
		v.next = timeoutRunning
	case preparing:
		v.next = timeoutPreparing
	case queued:
		v.next = timeoutQueued
	case noPhase:
	}
	return v
}

func preemptedByState(h *happening, v verdict) verdict {
	switch h.phase() {
	case ended:
		v.next = preemptedEnded
	case running:
		v.next = preemptedRunning
	case queued, preparing:
		v.next = preemptedQueued
	case stopping, noPhase:
	}
	return v
}

func stoppedByState(h *happening, v verdict) verdict {
	who, known := h.stopper()
	switch {
	case who == "" && containsAny(h.why(), timeouts[:]):
		v.next = timeoutEnded
	case known:
		v.next = stoppedBySomebody
	}
	if who != "" && (who == h.raw("user") || who == clean(h.event.Lookup(h.source.CreatedBy))) {
		v.severity = event.Info
	}
	return v
}

var timeouts = [...]string{"timeout", "timed out", "maximum running time", "max running time", "超时", "最长运行时长"}

// stopper returns who stopped a job, if its reason begins with that, and whether
// the reason may tell it at all. PAI's example is "Job is stopped by user." without
// a name, from which ours with one is inferred. A name further on does not count:
// what the reason quotes is not PAI's word.
func (h *happening) stopper() (name string, known bool) {
	reason := strings.TrimSuffix(h.raw("reason"), ".")
	for _, beginning := range [...]string{"The job was ", "The job is ", "Job was ", "Job is ", ""} {
		after, ok := cutPrefixFold(reason, beginning+"stopped by ")
		if !ok {
			continue
		}
		if rest, ok := cutPrefixFold(after, "user"); ok && (rest == "" || rest[0] == ' ') {
			after = rest
		}
		name = strings.TrimSpace(after)
		return name, name != ""
	}
	return "", reason != ""
}

func cutPrefixFold(s, prefix string) (after string, found bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// gone tells of a DSW instance that no longer runs, by the statuses of GetInstance
// and GetLifecycle (PAI-DSW API).
func (h *happening) gone() bool {
	switch strings.TrimPrefix(lettersOf(h.raw("status")), "instance") {
	case "stopped", "stopping", "failed", "arrearstopping", "arrearge":
		return true
	}
	return false
}

// alive tells of a DSW instance that runs.
func (h *happening) alive() bool {
	switch strings.TrimPrefix(lettersOf(h.raw("status")), "instance") {
	case "running", "savefailed", "saving", "saved", "updating":
		return true
	}
	return false
}

// deleted tells of a DSW instance that nobody can start any more, or soon.
func (h *happening) deleted() bool {
	status := strings.TrimPrefix(lettersOf(h.raw("status")), "instance")
	return status == "deleting" || status == "deleted"
}

func savingByState(h *happening, v verdict) verdict {
	switch {
	case h.deleted():
		v.severity, v.next = event.Warning, savingDeleted
	case h.gone():
		v.severity, v.next = event.Warning, savingWithoutInstance
	}
	return v
}

// A failed save is mended by saving again while the instance lives.
func saveFailedByState(h *happening, v verdict) verdict {
	switch {
	case h.alive():
		v.severity = event.Warning
	case h.deleted():
		v.next = saveFailedDeleted
	case h.gone():
		v.next = saveFailedWithoutInstance
	}
	return v
}

// overdue tells of a DSW instance that stops because the account's bill is not paid
// (GetLifecycle).
func (h *happening) overdue() bool { return strings.Contains(h.state(), "arrear") }

func instanceStoppedByState(h *happening, v verdict) verdict {
	if h.overdue() {
		v.severity, v.next = event.Warning, paymentOverdue
	}
	return v
}

func instanceFailedByState(h *happening, v verdict) verdict {
	if containsAny(h.why(), shortages[:]) {
		v.next = outOfResources
	}
	return v
}

var shortages = [...]string{"not enough resource", "insufficient resource", "resources are insufficient", "resource is insufficient", "resources insufficient", "insufficientresource", "notenoughresource", "resourcenotenough", "nostock", "no stock", "out of stock", "outofstock", "资源不足", "库存不足"}
