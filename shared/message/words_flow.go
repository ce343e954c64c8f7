package message

var flowWords = []words{
	{
		name:  "flow.task-failed",
		title: Text{"Flow task failed", "工作流任务失败", "フロータスク失敗"},
		next: Text{
			EN: "Open the task, find the first failed node and read its log. After fixing it, run the flow again from that node: the nodes before it keep their results.",
			ZH: "打开任务，找到最先失败的节点并查看其日志。修复后可从该节点继续运行，之前节点的结果会保留。",
			JA: "タスクを開き、最初に失敗したノードのログを確認してください。修正後はそのノードから再実行でき、それより前のノードの結果は残ります。",
		},
	},
	{
		name:  "flow.task-succeeded",
		title: Text{"Flow task succeeded", "工作流任务运行成功", "フロータスク成功"},
	},
}
