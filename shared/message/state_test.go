package message_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// The beginnings of advice, and its severity, by what the event says of its state.
func TestAdviceFitsTheStateThatTheEventTells(t *testing.T) {
	for _, c := range []struct {
		typ      string
		data     map[string]any
		severity event.Severity
		en       string
	}{
		{"dlc.job-failed", map[string]any{"RestartTimes": "10/10"}, event.Critical, "Automatic restarts are used up (10/10). Find the cause"},
		{"dlc.job-failed", map[string]any{"RestartTimes": " 3 / 3 "}, event.Critical, "Automatic restarts are used up (3/3). Find the cause"},
		{"dlc.job-failed", map[string]any{"RestartTimes": "4/3"}, event.Critical, "Automatic restarts are used up (4/3). Find the cause"},
		{"dlc.job-failed", map[string]any{"RestartTimes": "3/10"}, event.Critical, "Open the job and read the log"},
		{"dlc.job-failed", map[string]any{"RestartTimes": "0/0"}, event.Critical, "Open the job and read the log"},
		{"dlc.job-failed", map[string]any{"RestartTimes": []int{1}}, event.Critical, "Open the job and read the log"},
		{"dlc.job-failed", map[string]any{"RestartTimes": "-1/-1"}, event.Critical, "Open the job and read the log"},
		{"dlc.job-failed", map[string]any{"RestartTimes": "0/3", "EnablePreemptibleJob": true, "ReasonMessage": "The instance was reclaimed."}, event.Critical, "The job is not queued: clone it"},
		{"dlc.job-failed", map[string]any{"RestartTimes": "0/3", "ReasonMessage": "The instance was reclaimed."}, event.Critical, "Open the job and read the log"},

		{"dlc.job-fault-tolerance", nil, event.Warning, "Nothing to do yet: the job restarts by itself. Check"},
		{"dlc.job-fault-tolerance", map[string]any{"RestartTimes": "10/10"}, event.Warning, "Nothing to do yet: the job restarts by itself. No automatic restart is left after this one (10/10)"},
		{"dlc.job-fault-tolerance", map[string]any{"Status": "Failed", "RestartTimes": "10/10"}, event.Critical, "Automatic restarts are used up (10/10)"},
		{"dlc.job-fault-tolerance", map[string]any{"Status": "Succeeded"}, event.Warning, ""},

		{"dlc.job-timeout", nil, event.Critical, "Read the end of the log"},
		{"dlc.job-timeout", map[string]any{"Status": "Running"}, event.Critical, "The job is still running."},
		{"dlc.job-timeout", map[string]any{"Status": "JOB_RUNNING"}, event.Critical, "The job is still running."},
		{"dlc.job-timeout", map[string]any{"Status": "Queuing"}, event.Critical, "The job has not started yet. Check the free resources"},
		{"dlc.job-timeout", map[string]any{"Status": "EnvPreparing"}, event.Critical, "The job has not started yet. Check in its events"},

		{"dlc.job-preempted", nil, event.Warning, "The job is queued again."},
		{"dlc.job-preempted", map[string]any{"Status": "Running"}, event.Warning, "The job is running."},
		{"dlc.job-preempted", map[string]any{"Status": "Failed"}, event.Warning, "The job is not queued: clone it"},
		{"dlc.job-preempted", map[string]any{"Status": nil}, event.Warning, "Check that the latest checkpoint was saved and whether the job is queued again; clone it if it is not queued."},
		{"dlc.job-preempted", map[string]any{"Status": "Stopping"}, event.Warning, "Check that the latest checkpoint was saved and whether the job is queued again; clone it if it is not queued."},

		{"dlc.job-stopped", nil, event.Info, "If this was not you or your plan, see the reason for who stopped it"},
		{"dlc.job-stopped", map[string]any{"ReasonMessage": "Job is stopped by user 207364910285736150."}, event.Info, "If this was not you or your plan, see the reason"},
		{"dlc.job-stopped", map[string]any{"ReasonMessage": "The job was stopped by user 李雷."}, event.Warning, "If this was not you or your plan, see the reason"},
		{"dlc.job-stopped", map[string]any{"ReasonMessage": "Job is stopped by user."}, event.Warning, "If this was not you or your plan, ask the creator"},
		{"dlc.job-stopped", map[string]any{"ReasonMessage": ""}, event.Warning, "If this was not you or your plan, ask the creator"},
		{"dlc.job-stopped", map[string]any{"ReasonMessage": "", "Username": nil, "UserId": nil}, event.Warning, "If this was not you or your plan, ask the creator"},
		{"dlc.job-stopped", map[string]any{"ReasonMessage": "The job reached its maximum running time of 1440 minutes."}, event.Warning, "Read the end of the log to see whether"},
		{"dlc.job-stopped", map[string]any{"ReasonMessage": "", "ReasonCode": "JobTimeout"}, event.Warning, "Read the end of the log to see whether"},
		{"dlc.job-stopped", map[string]any{"ReasonMessage": "The job was stopped by user timeout-watchdog."}, event.Warning, "If this was not you or your plan, see the reason"},
		{"dlc.job-stopped", map[string]any{"ReasonMessage": "The log says: The job was stopped by user 王芳."}, event.Warning, "If this was not you or your plan, see the reason"},
		{"dlc.job-stopped", map[string]any{"ReasonMessage": "The job was stopped by user 王芳, says nobody."}, event.Warning, "If this was not you or your plan, see the reason"},

		{"dlc.job-failed", map[string]any{"Status": "FailedReserving"}, event.Critical, "Automatic restarts are used up (10/10)."},
		{"dlc.job-succeeded", map[string]any{"Status": "SucceededReserving"}, event.Success, "The job is retained for a while. Stop it"},
		{"dlc.job-succeeded", nil, event.Success, ""},
		{"dsw.instance-stopping", map[string]any{"Status": "ArrearStopping"}, event.Warning, "Payment is overdue:"},
		{"dsw.instance-stopped", map[string]any{"Status": "Arrearge"}, event.Warning, "Payment is overdue:"},
		{"dsw.instance-stopped", nil, event.Info, ""},

		{"dsw.image-save-failed", nil, event.Warning, "Not saved: do not stop or delete the instance."},
		{"dsw.image-save-failed", map[string]any{"Status": "Running"}, event.Warning, "Not saved: do not stop or delete the instance."},
		{"dsw.image-save-failed", map[string]any{"Status": "Stopped"}, event.Critical, "Not saved, and the instance no longer runs"},
		{"dsw.image-save-failed", map[string]any{"Status": "ArrearStopping"}, event.Critical, "Not saved, and the instance no longer runs"},
		{"dsw.image-save-failed", map[string]any{"Status": nil}, event.Critical, "Not saved: do not stop or delete the instance."},
		{"dsw.image-save-failed", map[string]any{"Status": "Deleting"}, event.Critical, "Not saved, and the instance is deleted or being deleted"},
		{"dsw.image-saving", map[string]any{"Status": "Deleted"}, event.Warning, "The instance is deleted or being deleted. Check whether"},
		{"dsw.image-saving", nil, event.Info, "Do not stop or delete the instance until"},
		{"dsw.image-saving", map[string]any{"Status": "Stopping"}, event.Warning, "The instance no longer runs."},

		{"dsw.instance-failed", nil, event.Critical, "Resources are insufficient: choose"},
		{"dsw.instance-failed", map[string]any{"ReasonCode": "OperationDenied.NoStock", "ReasonMessage": ""}, event.Critical, "Resources are insufficient: choose"},
		{"dsw.instance-failed", map[string]any{"ReasonMessage": "The image cannot be pulled."}, event.Critical, "Read the reason and the instance's events."},
		{"dsw.instance-failed", map[string]any{"ReasonMessage": ""}, event.Critical, "Read the reason and the instance's events."},

		{"model.version-approved", nil, event.Success, "The version may be published; approval is final. An EAS service"},
		{"model.version-rejected", nil, event.Warning, "Rejection is final for this version."},
		{"flow.task-failed", nil, event.Critical, "Open the task, find the first failed node"},
	} {
		e := changed(t, c.typ, "", c.data)
		_, s, known := sample(t, c.typ)
		m := message.Render(e, s, known, message.English, event.Rule{})
		assert.Equal(t, c.severity, m.Severity, "%s %v", c.typ, c.data)
		assert.True(t, strings.HasPrefix(m.Next, c.en) && (m.Next == "") == (c.en == ""), "%s %v: %s", c.typ, c.data, m.Next)
		severity, always := message.SeverityOf(e, s, known)
		assert.Equal(t, c.severity, severity)
		assert.True(t, !always || severity == known.Severity, "what may be remembered by type depends on the type alone")
		for _, l := range []message.Language{message.Chinese, message.Japanese} {
			other := message.Render(e, s, known, l, event.Rule{}).Next
			assert.Equal(t, m.Next == "", other == "")
			assert.NotContains(t, other, "%s")
		}
	}
}

func TestAdviceIsInTheWordsThatWereAgreed(t *testing.T) {
	for typ, want := range map[string][3]string{
		"dlc.job-failed": {
			"Automatic restarts are used up (10/10). Find the cause in the first failed worker's log and the job's events before you clone the job; resume from the latest checkpoint.",
			"自动重启次数已用尽（10/10）。请先从最先失败的 Worker 的日志和任务事件中找到原因，再克隆任务，并从最新的 Checkpoint 恢复。",
			"自動再起動の上限（10/10）に達しました。最初に失敗したワーカーのログとジョブのイベントで原因を特定してからジョブをクローンし、最新のチェックポイントから再開してください。",
		},
		"dlc.job-stopped": {
			"If this was not you or your plan, see the reason for who stopped it; clone the job to run it again.",
			"如非预期，请根据“原因”确认停止人；需要继续时克隆任务重新提交。",
			"意図しない停止の場合は「原因」で停止者を確認し、必要ならジョブをクローンして再実行してください。",
		},
		"dsw.image-save-failed": {
			"Not saved: do not stop or delete the instance. Check push permission, repository quota and image size; then save again.",
			"环境尚未保存，请勿停止或删除实例。请检查推送权限、仓库配额和镜像大小后重新保存。",
			"環境は未保存です。インスタンスを停止・削除しないでください。プッシュ権限、リポジトリのクォータ、イメージサイズを確認して再保存してください。",
		},
	} {
		e, s, known := sample(t, typ)
		for i, l := range message.Languages() {
			assert.Equal(t, want[i], message.Render(e, s, known, l, event.Rule{}).Next)
		}
	}
}

func TestNoAdviceIsToTurnOnWhatWasOn(t *testing.T) {
	for _, restarts := range []string{"1/10", "10/10", "0/3"} {
		e := changed(t, "dlc.job-failed", "", map[string]any{"RestartTimes": restarts})
		_, s, known := sample(t, "dlc.job-failed")
		for l, words := range map[message.Language]string{message.English: "fault tolerance", message.Chinese: "自动容错", message.Japanese: "フォールトトレランス"} {
			assert.NotContains(t, message.Render(e, s, known, l, event.Rule{}).Next, words, restarts)
		}
	}
	// Nor what a job cannot have.
	for _, data := range []map[string]any{{"JobType": "XGBoostJob"}, {"EnablePreemptibleJob": true, "ResourceType": "ECS"}} {
		data["RestartTimes"] = nil
		e := changed(t, "dlc.job-failed", "", data)
		_, s, known := sample(t, "dlc.job-failed")
		assert.NotContains(t, message.Render(e, s, known, message.English, event.Rule{}).Next, "fault tolerance", data)
	}
	e := changed(t, "dlc.job-failed", "", map[string]any{"RestartTimes": nil})
	_, s, known := sample(t, "dlc.job-failed")
	assert.Contains(t, message.Render(e, s, known, message.English, event.Rule{}).Next, "with automatic fault tolerance on")
}

func TestFailuresAreRankedByTheirTypeAlone(t *testing.T) {
	// In a storm of them none has to be read for its rank.
	for name, want := range map[string]bool{
		"dlc.job-failed": true, "dlc.job-timeout": true, "dlc.job-preempted": true, "dsw.instance-failed": true, "flow.task-failed": true,
		"dlc.job-stopped": false, "dlc.job-fault-tolerance": false, "dsw.image-save-failed": false, "dlc.job-succeeded": false,
	} {
		e, s, known := sample(t, name)
		_, always := message.SeverityOf(e, s, known)
		assert.Equal(t, want, always, name)
	}
}
