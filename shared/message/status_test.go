package message

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/event"
)

func TestAStatusMeansTheSameHoweverItIsWritten(t *testing.T) {
	for severity, statuses := range map[event.Severity][]string{
		event.Critical: {
			"Failed", "FAILED", "failed", "job_failed", "JobFailed", "JOB_FAILED", "job failed", "job-failed", "jobfailed", "JOBFAILED", "FailedReserving",
			"SaveFailed", "CreateFailed", "InitializeFailed", "Failure", "failing", "Error", "ErrImagePull", "CrashLoopBackOff", "OOMKilled", "OutOfMemoryError",
			"Timeout", "TimedOut", "timed_out", "DeadlineExceeded", "Unhealthy", "NodeDown", "VolcanoFailed", "StopFailed", "失败", "失敗", "异常", "エラー",
			"SomethingNobodyKnowsFailed", "failed: exit code 1", "FATAL", "KernelPanic", "JobHang", "Unavailable",
			"ImagePullBackOff", "Time out", "Abnormal", "AbnormalExit", "Unreachable", "出错", "崩溃", "不正常", "異常終了", "部分失败", "FailoverFailed",
		},
		event.Warning: {
			"Stopped", "STOPPED", "job_stopped", "Rejected", "Cancelled", "Canceled", "Terminated", "Aborted", "Killed", "Preempted", "Evicted", "Suspended", "Restarting",
			"Expired", "Unknown", "Arrearge", "ArrearStopping", "ManualStop", "UserCancel", "NotApproved", "Unapproved", "Disapproved", "Unsuccessful", "Incomplete", "PartiallySucceeded",
			"RecoveredFromFailure", "SucceededWithErrors", "已停止", "未通过", "却下", "FailoverCompleted", "InstanceShutdown", "QuotaExceeded",
			"FailedOver", "Fail-over", "failedover", "不成功", "未成功", "未完成", "未完了", "成功せず", "成功していない", "部分成功", "一部成功", "审批不通过",
		},
		event.Success: {"Succeeded", "SUCCEEDED", "job_succeeded", "Success", "Succeed", "Saved", "Approved", "Completed", "Complete", "OK", "SucceededReserving", "成功", "已通过", "完了", "Healthy", "正常終了", "完成"},
		"": {
			"", "Running", "Queuing", "Bidding", "Creating", "EnvPreparing", "SanityChecking", "Pending", "PendingApproval", "Stopping", "Terminating", "Saving", "Saving...", "Deleting",
			"ReadyToSchedule", "Recovering", "Initialized", "Skipped", "Hibernated", "StatusChanged", "JobStateChange", "Exchange", "Mirror", "Breakdown", "NoError", "no_errors", "NotFailed",
			"0 failed", "Download", "Token", "Book", "CommitFile", "5", "true", "\u200b", "运行中",
			"UnFailed", "未失败", "没有失败", "不失败", "无异常", "无错误", "エラーなし", "失敗していません", "ScaleDown", "ScalingDown", "ShuttingDown",
		},
	} {
		for _, status := range statuses {
			assert.Equal(t, severity, severityIn(status), "%q", status)
		}
	}
}

func TestTheWordsOfAName(t *testing.T) {
	for name, want := range map[string][]string{
		"":                    nil,
		"JobFailed":           {"job", "failed"},
		"job_failed":          {"job", "failed"},
		"OOMKilled":           {"oom", "killed"},
		"JOB FAILED":          {"job", "failed"},
		"--a..b--":            {"a", "b"},
		"worker12Failed":      {"worker12", "failed"},
		"ErrImagePull/x":      {"err", "image", "pull", "x"},
		"任务失败":                {"任务失败"},
		"\xffX":               {"x"},
		"imageSaveFailed(99)": {"image", "save", "failed", "99"},
	} {
		var got []string
		for word := range wordsOf(name) {
			got = append(got, word)
		}
		assert.Equal(t, want, got, name)
	}
}

func TestTheLastPartOfAType(t *testing.T) {
	for typ, want := range map[string]string{
		"paidlc:JobStatusChanged:Failed": "Failed", "com.example.job.failed": "failed", "a/b": "b", "x": "x", "": "", "a:b:": "a:b:", "EC2 State Change": "EC2 State Change",
	} {
		assert.Equal(t, want, lastPart(typ), typ)
	}
}
