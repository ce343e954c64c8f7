package message

// unit says how a field's value is written for people.
type unit int

const (
	asItIs unit = iota
	seconds
	minutes
	moment // a time in RFC 3339
	image  // a container image
	gpus   // a number of GPUs, or JobSpecs of DLC
	failed // Pods of DLC
	scores // an object of numbers
)

type label struct {
	key  string
	unit unit
	text Text
}

// LabelOf returns what messages in l call the field of a key; a key that they do
// not know is its own label.
func LabelOf(key string, l Language) string { return labelFor(key).text.In(l) }

// labelFor returns the label of a field. A key that is not known, as a
// workspace document may bring, is its own label.
func labelFor(key string) label {
	for i := range labels {
		if labels[i].key == key {
			return labels[i]
		}
	}
	return label{key: key, text: Text{key, key, key}}
}

var labels = []label{
	{"name", asItIs, Text{"Name", "名称", "名前"}},
	{"id", asItIs, Text{"ID", "ID", "ID"}},
	{"status", asItIs, Text{"Status", "状态", "ステータス"}},
	{"sub_status", asItIs, Text{"Sub-status", "子状态", "サブステータス"}},
	{"reason_code", asItIs, Text{"Reason code", "状态详情码", "原因コード"}},
	{"reason", asItIs, Text{"Reason", "原因", "原因"}},
	{"restarts", asItIs, Text{"Restarts", "重启次数", "再起動回数"}},
	{"failed_workers", failed, Text{"Failed workers", "失败实例", "失敗したワーカー"}},
	{"duration", seconds, Text{"Ran for", "运行时长", "実行時間"}},
	{"gpus", gpus, Text{"GPUs", "GPU", "GPU"}},
	{"metrics", scores, Text{"Metrics", "指标", "メトリクス"}},
	{"max_running_time", minutes, Text{"Maximum running time", "最长运行时长", "最大実行時間"}},
	{"job_type", asItIs, Text{"Job type", "任务类型", "ジョブタイプ"}},
	{"priority", asItIs, Text{"Priority", "优先级", "優先度"}},
	{"quota", asItIs, Text{"Quota", "资源配额", "リソースクォータ"}},
	{"resource_type", asItIs, Text{"Resource type", "资源类型", "リソースタイプ"}},
	{"user", asItIs, Text{"Created by", "创建者", "作成者"}},
	{"owner", asItIs, Text{"Account", "主账号", "アカウント"}},
	{"user_id", asItIs, Text{"User ID", "用户 ID", "ユーザー ID"}},
	{"workspace", asItIs, Text{"Workspace", "工作空间", "ワークスペース"}},
	{"workspace_id", asItIs, Text{"Workspace ID", "工作空间 ID", "ワークスペース ID"}},
	{"flow", asItIs, Text{"Flow", "工作流", "フロー"}},
	{"started", moment, Text{"Started", "开始时间", "開始時刻"}},
	{"finished", moment, Text{"Finished", "结束时间", "終了時刻"}},
	{"origin", asItIs, Text{"Submitted from", "提交来源", "作成元"}},
	{"version", asItIs, Text{"Version", "版本", "バージョン"}},
	{"description", asItIs, Text{"Description", "版本描述", "バージョンの説明"}},
	{"format", asItIs, Text{"Format", "模型格式", "モデル形式"}},
	{"framework", asItIs, Text{"Framework", "模型框架", "フレームワーク"}},
	{"uri", asItIs, Text{"Model URI", "存储位置", "保存先"}},
	{"snapshot", asItIs, Text{"Snapshot", "快照", "スナップショット"}},
	{"snapshot_status", asItIs, Text{"Snapshot status", "快照状态", "保存ステータス"}},
	{"snapshot_message", asItIs, Text{"Save error", "失败原因", "保存エラー"}},
	{"image", image, Text{"Image", "镜像", "イメージ"}},
	{"spec", asItIs, Text{"Specification", "实例规格", "スペック"}},
	{"accelerator", asItIs, Text{"Accelerator", "加速器", "アクセラレーター"}},
	{"payment", asItIs, Text{"Billing", "付费方式", "課金方式"}},
	// The facts about an event itself, which every event has.
	{"time", moment, Text{"Time", "时间", "時刻"}},
	{"source", asItIs, Text{"Event source", "事件源", "イベントソース"}},
	{"type", asItIs, Text{"Event type", "事件类型", "イベントタイプ"}},
	{"subject", asItIs, Text{"Subject", "事件主体", "サブジェクト"}},
	{"data", asItIs, Text{"Data", "数据", "データ"}},
	{"event_id", asItIs, Text{"Event ID", "事件 ID", "イベント ID"}},
}
