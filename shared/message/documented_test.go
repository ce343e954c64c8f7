package message_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// Every status that PAI's API references list, and how an event of an unknown type
// reads that has it: how urgent it is, and how its advice begins.
var documented = map[string]struct {
	sample, key string
	statuses    []told
}{
	// GetJob and ListJobs (PAI-DLC API), with two of earlier versions.
	"dlc": {"dlc.job-running", "Status", []told{
		{"Creating", event.Info, ""},
		{"Created", event.Info, ""},
		{"Queuing", event.Info, ""},
		{"Dequeued", event.Info, ""},
		{"Bidding", event.Info, ""},
		{"EnvPreparing", event.Info, ""},
		{"SanityChecking", event.Info, ""},
		{"Running", event.Info, ""},
		{"Restarting", event.Warning, "Nothing to do yet: the job restarts by itself."},
		{"Stopping", event.Info, ""},
		{"SucceededReserving", event.Success, "The job is retained for a while. Stop it"},
		{"FailedReserving", event.Critical, "Open the job and read the log of the first worker"},
		{"Succeeded", event.Success, ""},
		{"Failed", event.Critical, "Open the job and read the log of the first worker"},
		{"Stopped", event.Warning, "If this was not you or your plan, ask the creator"},
	}},
	// GetInstance and GetLifecycle (PAI-DSW API).
	"dsw": {"dsw.instance-running", "Status", []told{
		{"Creating", event.Info, ""},
		{"ResourceAllocating", event.Info, ""},
		{"Queuing", event.Info, ""},
		{"EnvPreparing", event.Info, ""},
		{"Starting", event.Info, ""},
		{"Running", event.Info, ""},
		{"Updating", event.Info, ""},
		{"Recovering", event.Info, ""},
		{"Saving", event.Info, "Do not stop or delete the instance until"},
		{"Saved", event.Success, ""},
		{"SaveFailed", event.Critical, "Not saved: do not stop or delete the instance."},
		{"Stopping", event.Info, ""},
		{"Stopped", event.Warning, "If this was not planned"},
		{"Failed", event.Critical, "Read the reason and the instance's events."},
		{"Deleting", event.Info, ""},
		{"ArrearStopping", event.Warning, "Payment is overdue"},
		{"Arrearge", event.Warning, "Payment is overdue"},
	}},
	// GetModelVersion.
	"model": {"model.version-approved", "ApprovalStatus", []told{
		{"Pending", event.Info, ""},
		{"Approved", event.Success, "The version may be published"},
		{"Rejected", event.Warning, "Rejection is final"},
	}},
	// GetPipelineRun (PAIFlow API), with three of its Python SDK.
	"flow": {"flow.task-succeeded", "Status", []told{
		{"Initialized", event.Info, ""},
		{"ReadyToSchedule", event.Info, ""},
		{"WorkflowServiceStarting", event.Info, ""},
		{"Starting", event.Info, ""},
		{"Running", event.Info, ""},
		{"Succeeded", event.Success, ""},
		{"Failed", event.Critical, "Open the task, find the first failed node"},
		{"Suspended", event.Warning, "If this was not planned"},
		{"Terminating", event.Info, ""},
		{"Terminated", event.Warning, "If this was not planned"},
		{"Unknown", event.Warning, "If this was not planned"},
		{"Skipped", event.Info, ""},
	}},
}

type told struct {
	status   string
	severity event.Severity
	advice   string
}

func TestEveryDocumentedStatusOfAnUnknownTypeIsToldAsItIs(t *testing.T) {
	for source, list := range documented {
		s, ok := event.Builtin().Source(source)
		require.True(t, ok)
		for _, c := range list.statuses {
			t.Run(source+" "+c.status, func(t *testing.T) {
				e := changed(t, list.sample, "pai:New:Kind", map[string]any{list.key: c.status})
				for _, l := range message.Languages() {
					m := message.Render(e, s, event.Type{}, l, event.Rule{})
					assert.Equal(t, c.severity, m.Severity)
					assert.True(t, strings.HasSuffix(m.What, " "+c.status), m.What)
					assert.Equal(t, c.advice == "", m.Next == "", m.Next)
					assert.NotContains(t, m.Next, "%s")
					severity, _ := message.SeverityOf(e, s, event.Type{})
					assert.Equal(t, c.severity, severity)
				}
				en := message.Render(e, s, event.Type{}, message.English, event.Rule{})
				assert.True(t, strings.HasPrefix(en.Next, c.advice), en.Next)
			})
		}
	}
}

func TestEveryDocumentedStatusIsTranslatedWhereItIsAField(t *testing.T) {
	rule := event.Rule{Fields: []event.Fact{{Key: "status"}}}
	for source, list := range documented {
		s, _ := event.Builtin().Source(source)
		for _, c := range list.statuses {
			e := changed(t, list.sample, "", map[string]any{list.key: c.status})
			assert.Equal(t, c.status, value(message.Render(e, s, event.Type{}, message.English, rule), "status"))
			for _, l := range []message.Language{message.Chinese, message.Japanese} {
				text := value(message.Render(e, s, event.Type{}, l, rule), "status")
				assert.NotContains(t, text, c.status, "%s of %s in %s", c.status, source, l)
			}
		}
	}
}

// The kinds of DLC events that the help page "Notification rules" names and the
// catalogue does not know, as they may arrive: what they are called is inferred.
func TestKindsOfEventsThatPAINamesReadWellAsUnknownTypes(t *testing.T) {
	const retained = "The job is retained for a while: look into its containers"
	for _, c := range []struct {
		sample, typ, status string
		severity            event.Severity
		what, advice        string
	}{
		{"dlc.job-running", "JobEnvPreparing", "EnvPreparing", event.Info, "DLC job status EnvPreparing", ""},
		{"dlc.job-running", "JobEnvPreparing", "", event.Info, "DLC job event JobEnvPreparing", ""},
		{"dlc.job-succeeded", "JobSucceededReserving", "SucceededReserving", event.Success, "DLC job status SucceededReserving", "The job is retained for a while. Stop it"},
		{"dlc.job-succeeded", "JobSucceededReserving", "", event.Success, "DLC job status JobSucceededReserving", "The job is retained for a while. Stop it"},
		{"dlc.job-failed", "JobFailedReserving", "FailedReserving", event.Critical, "DLC job status FailedReserving", retained},
		{"dlc.job-failed", "JobFailedReserving", "", event.Critical, "DLC job status JobFailedReserving", retained},
		{"dlc.job-failed", "JobFinished", "Failed", event.Critical, "DLC job status Failed", "Automatic restarts are used up (10/10)"},
		{"dlc.job-succeeded", "JobFinished", "Succeeded", event.Success, "DLC job status Succeeded", ""},
		{"dlc.job-queued", "QueueTimeout", "Queuing", event.Critical, "DLC job event QueueTimeout", "The job has not started yet. Check the free resources"},
		{"dlc.job-queued", "QueuingTimeout", "", event.Critical, "DLC job status QueuingTimeout", "The job has not started yet. Check the free resources"},
		{"dlc.job-queued", "EnvPreparingTimeout", "EnvPreparing", event.Critical, "DLC job event EnvPreparingTimeout", "The job has not started yet. Check in its events"},
		{"dlc.job-queued", "EnvironmentPreparationTimeout", "", event.Critical, "DLC job status EnvironmentPreparationTimeout", "The job has not started yet. Check in its events"},
		{"dlc.job-queued", "WaitTimeout", "Bidding", event.Critical, "DLC job event WaitTimeout", "The job has not started yet. Check the free resources"},
		{"dlc.job-queued", "WaitTimeout", "", event.Critical, "DLC job status WaitTimeout", "The job has not started yet. Check the free resources"},
		{"dlc.job-running", "RunningTimeout", "Running", event.Critical, "DLC job event RunningTimeout", "The job is still running."},
	} {
		t.Run(c.typ+" "+c.status, func(t *testing.T) {
			data := map[string]any{"Status": c.status}
			if c.status == "" {
				data["Status"] = nil
			}
			e := changed(t, c.sample, "paidlc:JobStateChange:"+c.typ, data)
			s, _ := event.Builtin().Source("dlc")
			m := message.Render(e, s, event.Type{}, message.English, event.Rule{})
			assert.Equal(t, c.severity, m.Severity)
			assert.Equal(t, c.what, m.What)
			assert.Contains(t, m.Next, c.advice)
			assert.Equal(t, c.advice == "", m.Next == "")
			if strings.Contains(m.Next, "not started") {
				assert.Empty(t, value(m, "max_running_time"), "it has not run")
			}
		})
	}
}

func TestAFailedSnapshotOfAnInstanceThatRunsIsNotToldAsItsFailure(t *testing.T) {
	e := changed(t, "dsw.instance-running", "paidsw:SnapshotStatusChanged:Failed", nil)
	s, _ := event.Builtin().Source("dsw")
	m := message.Render(e, s, event.Type{}, message.English, event.Rule{})
	assert.True(t, strings.HasPrefix(m.Next, "Not saved: do not stop"), m.Next)
	assert.NotContains(t, m.What, "status")
	assert.Equal(t, "Running", value(m, "status"))
}
