package message

var dlcWords = []words{
	{
		name:  "dlc.job-queued",
		title: Text{"DLC job queued", "DLC 任务已进入队列", "DLC ジョブがキューに入りました"},
	},
	{
		name:  "dlc.job-bidding",
		title: Text{"DLC job is bidding for spot resources", "DLC 任务开始竞价", "DLC ジョブがスポットリソースの入札を開始しました"},
	},
	{
		name:  "dlc.job-running",
		title: Text{"DLC job started running", "DLC 任务已开始运行", "DLC ジョブの実行が始まりました"},
	},
	{
		name:  "dlc.job-succeeded",
		title: Text{"DLC job succeeded", "DLC 任务运行成功", "DLC ジョブが成功しました"},
	},
	{
		name:  "dlc.job-failed",
		title: Text{"DLC job failed", "DLC 任务失败", "DLC ジョブが失敗しました"},
		next: Text{
			EN: "Open the job and read the log of the first worker that failed, then the job's events. If the code is at fault, fix it and clone the job; if a node is, run it again with automatic fault tolerance on.",
			ZH: "打开任务，先查看最早失败的 Worker 的日志，再查看任务事件。若是代码问题，修复后克隆任务重新提交；若是节点问题，请开启自动容错后重新运行。",
			JA: "ジョブを開き、最初に失敗したワーカーのログ、続いてジョブのイベントを確認してください。コードが原因なら修正してジョブを複製し、ノードが原因なら自動フォールトトレランスを有効にして再実行してください。",
		},
	},
	{
		name:  "dlc.job-fault-tolerance",
		title: Text{"DLC job is recovering automatically", "DLC 任务触发自动容错", "DLC ジョブの自動フォールトトレランスが作動しました"},
		next: Text{
			EN: "Nothing to do yet: the job restarts by itself. Check that it resumes from the latest checkpoint, and look at the node if this happens again.",
			ZH: "暂时无需处理，任务会自动重启。请确认任务从最新的 Checkpoint 恢复；若反复触发，请检查节点。",
			JA: "ジョブは自動的に再起動するため、すぐに対応する必要はありません。最新のチェックポイントから再開しているか確認し、繰り返す場合はノードを調べてください。",
		},
	},
	{
		name:  "dlc.job-timeout",
		title: Text{"DLC job timed out", "DLC 任务超时", "DLC ジョブがタイムアウトしました"},
		next: Text{
			EN: "Read the end of the log to see whether the job was making progress. If it needs longer, clone it with a longer maximum running time, or change the timeout rule in the workspace's scheduling settings; if it hangs and still runs, stop it to free its resources.",
			ZH: "请查看日志末尾，确认任务是否仍有进展。若确实需要更长时间，请克隆任务并调大“最大运行时长”，或在工作空间的调度配置中修改超时规则；若已卡住且仍在运行，请停止任务以释放资源。",
			JA: "ログの末尾で、ジョブが進行していたか確認してください。さらに時間が必要なら最大実行時間を延ばしてジョブを複製するか、ワークスペースのスケジューリング設定でタイムアウトルールを変更してください。進行せずに実行中のままであれば、ジョブを停止してリソースを解放してください。",
		},
	},
	{
		name:  "dlc.job-preempted",
		title: Text{"DLC job preempted", "DLC 任务被抢占", "DLC ジョブがプリエンプトされました"},
		next: Text{
			EN: "Check that the latest checkpoint was saved and whether the job is queued again. For work that must not wait, raise the bid or the priority, or use resources that cannot be preempted.",
			ZH: "请确认最新的 Checkpoint 已保存，并查看任务是否已重新排队。不能等待的任务，请提高出价或优先级，或改用不可抢占的资源。",
			JA: "最新のチェックポイントが保存されたか、ジョブが再びキューに入ったかを確認してください。急ぐ作業では、入札価格や優先度を上げるか、プリエンプトされないリソースを使ってください。",
		},
	},
	{
		name:  "dlc.job-stopped",
		title: Text{"DLC job stopped by hand", "DLC 任务被手动停止", "DLC ジョブが手動で停止されました"},
		next: Text{
			EN: "If this was not intended, ask the owner of the job who stopped it, then clone the job to run it again.",
			ZH: "若非预期操作，请向任务负责人确认是谁停止的，再克隆任务重新运行。",
			JA: "意図しない停止であれば、誰が停止したかをジョブの担当者に確認し、ジョブを複製して再実行してください。",
		},
	},
}
