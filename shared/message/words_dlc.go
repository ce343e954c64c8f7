package message

var dlcWords = []words{
	{
		name:  "dlc.job-queued",
		title: Text{"DLC job queued", "DLC 任务已进入队列", "DLC ジョブ待機中"},
	},
	{
		name:  "dlc.job-bidding",
		title: Text{"DLC job bidding", "DLC 任务开始竞价", "DLC ジョブ入札開始"},
	},
	{
		name:  "dlc.job-running",
		title: Text{"DLC job running", "DLC 任务已开始运行", "DLC ジョブ実行開始"},
	},
	{
		name:    "dlc.job-succeeded",
		title:   Text{"DLC job succeeded", "DLC 任务运行成功", "DLC ジョブ成功"},
		byState: succeededByState,
	},
	{
		name:    "dlc.job-failed",
		title:   Text{"DLC job failed", "DLC 任务失败", "DLC ジョブ失敗"},
		next:    failedNext,
		byState: failedByState,
	},
	{
		name:    "dlc.job-fault-tolerance",
		title:   Text{"DLC job restarting", "DLC 任务自动容错中", "DLC ジョブ自動再起動中"},
		next:    restartingNext,
		byState: restartingByState,
		refined: true,
	},
	{
		name:    "dlc.job-timeout",
		title:   Text{"DLC job timed out", "DLC 任务超时", "DLC ジョブタイムアウト"},
		next:    timeoutNext,
		byState: timeoutByState,
	},
	{
		name:    "dlc.job-preempted",
		title:   Text{"DLC job preempted", "DLC 任务被抢占", "DLC ジョブプリエンプト"},
		next:    preemptedNext,
		byState: preemptedByState,
	},
	{
		name:    "dlc.job-stopped",
		title:   Text{"DLC job stopped", "DLC 任务被手动停止", "DLC ジョブ手動停止"},
		next:    stoppedNext,
		byState: stoppedByState,
		refined: true,
	},
}

// A job that fails. AIMaster, PAI's automatic fault tolerance, restarts a job as
// often as --max-num-of-job-restart says and then marks it as failed (help page
// "AIMaster: Elastic automatic fault tolerance engine"). It is advised where it was
// not on and the job can have it.
var (
	failedNext = Text{
		EN: "Open the job and read the log of the first worker that failed, then the job's events. If the code is at fault, fix it and clone the job. If a node failed, run it again with automatic fault tolerance on.",
		ZH: "打开任务，先查看最先失败的 Worker 的日志，再查看任务事件。若是代码问题，修复后克隆任务重新提交；若是节点问题，请开启自动容错后重新运行。",
		JA: "ジョブを開き、最初に失敗したワーカーのログ、続いてジョブのイベントを確認してください。コードが原因の場合は修正してジョブをクローンし、ノードが原因の場合は自動フォールトトレランスを有効にして再実行してください。",
	}
	failedPlainly = Text{
		EN: "Open the job and read the log of the first worker that failed, then the job's events. If the code is at fault, fix it and clone the job. If a node failed, clone the job as it is. Resume from the latest checkpoint.",
		ZH: "打开任务，先查看最先失败的 Worker 的日志，再查看任务事件。若是代码问题，修复后克隆任务重新提交；若是节点问题，可直接克隆任务。请从最新的 Checkpoint 恢复。",
		JA: "ジョブを開き、最初に失敗したワーカーのログ、続いてジョブのイベントを確認してください。コードが原因の場合は修正してジョブをクローンし、ノードが原因の場合はそのままクローンして、最新のチェックポイントから再開してください。",
	}
	failedAfterAllRestarts = Text{
		EN: "Automatic restarts are used up (%s). Find the cause in the first failed worker's log and the job's events before you clone the job; resume from the latest checkpoint.",
		ZH: "自动重启次数已用尽（%s）。请先从最先失败的 Worker 的日志和任务事件中找到原因，再克隆任务，并从最新的 Checkpoint 恢复。",
		JA: "自動再起動の上限（%s）に達しました。最初に失敗したワーカーのログとジョブのイベントで原因を特定してからジョブをクローンし、最新のチェックポイントから再開してください。",
	}
)

// A job that is retained after it succeeded or failed (help page "Notification
// rules", event types of DLC jobs), so that somebody can look into its containers
// (PAI-DLC API, GetWebTerminal).
var (
	succeededRetained = Text{
		EN: "The job is retained for a while. Stop it when you no longer need it, to free its resources.",
		ZH: "任务成功后处于保留期。不再需要时请停止任务以释放资源。",
		JA: "ジョブは成功後、一定時間保持されます。不要になったらジョブを停止してリソースを解放してください。",
	}
	failedRetained = Text{
		EN: "The job is retained for a while: look into its containers before that ends, then stop it to free its resources.",
		ZH: "任务失败后处于保留期：请在保留期结束前进入容器排查，完成后停止任务以释放资源。",
		JA: "ジョブは失敗後、一定時間保持されます。保持期間が終わる前にコンテナーを調べ、完了したらジョブを停止してリソースを解放してください。",
	}
)

// A job that its automatic fault tolerance restarts (help page "AIMaster: Elastic
// automatic fault tolerance engine").
var (
	restartingNext = Text{
		EN: "Nothing to do yet: the job restarts by itself. Check that it resumes from the latest checkpoint, and look at the node if this happens again.",
		ZH: "暂时无需处理，任务会自动重启。请确认任务从最新的 Checkpoint 恢复；若反复触发，请检查节点。",
		JA: "ジョブは自動的に再起動するため、すぐに対応する必要はありません。最新のチェックポイントから再開しているか確認し、繰り返す場合はノードを調べてください。",
	}
	lastRestart = Text{
		EN: "Nothing to do yet: the job restarts by itself. No automatic restart is left after this one (%s), so look at the node, and check that the job resumes from the latest checkpoint.",
		ZH: "暂时无需处理，任务会自动重启。自动重启次数已达上限（%s），再次出错将不再重启：请检查节点，并确认任务从最新的 Checkpoint 恢复。",
		JA: "ジョブは自動的に再起動するため、すぐに対応する必要はありません。ただし、自動再起動は今回で上限（%s）です。ノードを調べ、最新のチェックポイントから再開しているか確認してください。",
	}
)

// A job that takes longer than a timeout rule allows. The rule is the workspace's,
// for queuing, preparing the environment, waiting for the start or running (help
// page "Notification rules", event types of DLC jobs); the page does not say that
// PAI stops such a job.
var (
	timeoutNext = Text{
		EN: "Read the end of the log to see whether the job was making progress. If it needs longer, clone it with a longer maximum running time, or change the timeout rule in the workspace's scheduling settings; if it hangs and still runs, stop it to free its resources.",
		ZH: "请查看日志末尾，确认任务是否仍有进展。若确实需要更长时间，请克隆任务并调大“最长运行时长”，或在工作空间的调度配置中修改超时规则；若已卡住且仍在运行，请停止任务以释放资源。",
		JA: "ログの末尾で、ジョブが進行していたか確認してください。さらに時間が必要な場合は最大実行時間を延ばしてジョブをクローンするか、ワークスペースのスケジューリング設定でタイムアウトルールを変更してください。進行せずに実行中のままの場合は、ジョブを停止してリソースを解放してください。",
	}
	timeoutEnded = Text{
		EN: "Read the end of the log to see whether the job was making progress. If it needs longer, clone it with a longer maximum running time, or change the timeout rule in the workspace's scheduling settings.",
		ZH: "请查看日志末尾，确认任务结束前是否仍有进展。若确实需要更长时间，请克隆任务并调大“最长运行时长”，或在工作空间的调度配置中修改超时规则。",
		JA: "ログの末尾で、ジョブが進行していたか確認してください。さらに時間が必要な場合は最大実行時間を延ばしてジョブをクローンするか、ワークスペースのスケジューリング設定でタイムアウトルールを変更してください。",
	}
	timeoutRunning = Text{
		EN: "The job is still running. Read the end of the log: if the job hangs, stop it to free its resources; if it needs longer, change the timeout rule in the workspace's scheduling settings.",
		ZH: "任务仍在运行。请查看日志末尾：若已卡住，请停止任务以释放资源；若确实需要更长时间，请在工作空间的调度配置中修改超时规则。",
		JA: "ジョブはまだ実行中です。ログの末尾を確認し、進行していない場合は停止してリソースを解放してください。さらに時間が必要な場合は、ワークスペースのスケジューリング設定でタイムアウトルールを変更してください。",
	}
	timeoutQueued = Text{
		EN: "The job has not started yet. Check the free resources of its quota and the jobs ahead of it; raise its priority or maximum bid, or change the timeout rule in the workspace's scheduling settings.",
		ZH: "任务尚未开始运行。请查看资源配额的空闲资源和排在前面的任务；可提高优先级或出价，或在工作空间的调度配置中修改超时规则。",
		JA: "ジョブはまだ開始されていません。クォータの空きリソースと先に待機しているジョブを確認し、優先度や最大入札価格を上げるか、ワークスペースのスケジューリング設定でタイムアウトルールを変更してください。",
	}
	timeoutPreparing = Text{
		EN: "The job has not started yet. Check in its events what holds up the environment, such as pulling the image or mounting datasets; if this is normal, change the timeout rule in the workspace's scheduling settings.",
		ZH: "任务尚未开始运行。请在任务事件中确认环境准备卡在哪一步，如拉取镜像或挂载数据集；若属正常，请在工作空间的调度配置中修改超时规则。",
		JA: "ジョブはまだ開始されていません。イメージの取得やデータセットのマウントなど、環境準備のどこで時間がかかっているかをジョブのイベントで確認してください。正常な場合は、ワークスペースのスケジューリング設定でタイムアウトルールを変更してください。",
	}
)

// A job that lost its preemptible resources. It fails when they are released, and
// the bid is called maximum bidding price (help page "Use a preemptible job").
var (
	preemptedNext = Text{
		EN: "Check that the latest checkpoint was saved and whether the job is queued again; clone it if it is not queued." + mustNotWaitEN,
		ZH: "请确认最新的 Checkpoint 已保存，并查看任务是否已重新排队；若未排队，请克隆任务重新提交。" + mustNotWaitZH,
		JA: "最新のチェックポイントが保存されたか、ジョブが再びキューに入ったかを確認し、入っていない場合はジョブをクローンしてください。" + mustNotWaitJA,
	}
	preemptedQueued = Text{
		EN: "The job is queued again. Check that the latest checkpoint was saved." + mustNotWaitEN,
		ZH: "任务已重新排队。请确认最新的 Checkpoint 已保存。" + mustNotWaitZH,
		JA: "ジョブは再びキューに入りました。最新のチェックポイントが保存されているか確認してください。" + mustNotWaitJA,
	}
	preemptedRunning = Text{
		EN: "The job is running. Check that it resumes from the latest checkpoint." + mustNotWaitEN,
		ZH: "任务正在运行。请确认任务从最新的 Checkpoint 恢复。" + mustNotWaitZH,
		JA: "ジョブは実行中です。最新のチェックポイントから再開しているか確認してください。" + mustNotWaitJA,
	}
	preemptedEnded = Text{
		EN: "The job is not queued: clone it and resume from the latest checkpoint." + mustNotWaitEN,
		ZH: "任务未重新排队，请克隆任务重新提交，并从最新的 Checkpoint 恢复。" + mustNotWaitZH,
		JA: "ジョブはキューに入っていません。ジョブをクローンし、最新のチェックポイントから再開してください。" + mustNotWaitJA,
	}
)

// Constants, so that the texts above are made by the compiler, not at each start.
const (
	mustNotWaitEN = " For work that must not wait, raise the maximum bid or the priority, or use resources that cannot be preempted, such as pay-as-you-go."
	mustNotWaitZH = "不能等待的任务，请提高出价或优先级，或改用不可抢占的资源（如按量付费资源）。"
	mustNotWaitJA = "急ぐ作業では、最大入札価格や優先度を上げるか、従量課金リソースなど、プリエンプトされないリソースを使用してください。"
)

// A job that somebody stopped.
var (
	stoppedNext = Text{
		EN: "If this was not you or your plan, ask the creator of the job; clone the job to run it again.",
		ZH: "如非预期，请向任务创建者确认；需要继续时克隆任务重新提交。",
		JA: "意図しない停止の場合はジョブの作成者に確認し、必要ならジョブをクローンして再実行してください。",
	}
	stoppedBySomebody = Text{
		EN: "If this was not you or your plan, see the reason for who stopped it; clone the job to run it again.",
		ZH: "如非预期，请根据“原因”确认停止人；需要继续时克隆任务重新提交。",
		JA: "意図しない停止の場合は「原因」で停止者を確認し、必要ならジョブをクローンして再実行してください。",
	}
)
