package message

import (
	"cmp"
	"slices"
	"strings"
)

// translated returns a value of PAI's APIs in the words of a language. One that is
// not in the table stays as it is, and so does nearly every one in English.
func translated(key, value string, l Language) string {
	for _, list := range enums {
		if list.key != key {
			continue
		}
		for _, v := range list.values {
			if strings.EqualFold(v.value, value) {
				return cmp.Or(v.text.In(l), value)
			}
		}
	}
	return value
}

// knownStatus tells of a status that PAI's APIs document.
func knownStatus(status string) bool {
	return slices.ContainsFunc(statuses, func(v enumValue) bool { return strings.EqualFold(v.value, status) })
}

type enumValue struct {
	value string
	text  Text
}

// enums are the values that fields have, by the keys of the fields. The words are
// those of PAI's consoles and API references where these have some.
var enums = [...]struct {
	key    string
	values []enumValue
}{
	{"status", statuses},
	{"sub_status", statuses},
	{"snapshot_status", statuses},
	{"payment", []enumValue{
		{"PayAsYouGo", Text{ZH: "按量付费", JA: "従量課金"}},
		{"Subscription", Text{ZH: "包年包月", JA: "サブスクリプション"}},
	}},
	{"origin", []enumValue{
		{"DESIGNER", Text{EN: "Designer", ZH: "Designer", JA: "Designer"}},
		{"UNKNOWN", Text{ZH: "未知", JA: "不明"}},
	}},
	{"resource_type", []enumValue{
		{"Lingjun", Text{ZH: "灵骏"}},
	}},
}

var statuses = []enumValue{
	// GetJob (PAI-DLC API), of jobs and of their pods.
	{"Created", Text{ZH: "已创建", JA: "作成済み"}},
	{"Creating", Text{ZH: "创建中", JA: "作成中"}},
	{"Queuing", Text{ZH: "排队中", JA: "キュー待ち"}},
	{"Dequeued", Text{ZH: "已出队", JA: "キューから取り出し済み"}},
	{"Bidding", Text{ZH: "竞价中", JA: "入札中"}},
	{"EnvPreparing", Text{ZH: "环境准备中", JA: "環境準備中"}},
	{"SanityChecking", Text{ZH: "算力健康检测中", JA: "ヘルスチェック中"}},
	{"Running", Text{ZH: "运行中", JA: "実行中"}},
	{"Restarting", Text{ZH: "重启中", JA: "再起動中"}},
	{"Stopping", Text{ZH: "停止中", JA: "停止中"}},
	{"Stopped", Text{ZH: "已停止", JA: "停止済み"}},
	{"Succeeded", Text{ZH: "成功", JA: "成功"}},
	{"Failed", Text{ZH: "失败", JA: "失敗"}},
	{"SucceededReserving", Text{ZH: "成功（保留中）", JA: "成功（保持中）"}},
	{"FailedReserving", Text{ZH: "失败（保留中）", JA: "失敗（保持中）"}},
	{"Preempted", Text{ZH: "已被抢占", JA: "プリエンプト済み"}},
	{"Normal", Text{ZH: "正常", JA: "正常"}},
	{"Evicted", Text{ZH: "已驱逐", JA: "退避済み"}},
	// GetInstance, GetLifecycle and GetInstanceSnapshot (PAI-DSW API). They do not
	// document Deleted, which an event of one that is gone may still say.
	{"ResourceAllocating", Text{ZH: "资源分配中", JA: "リソース割り当て中"}},
	{"Starting", Text{ZH: "启动中", JA: "起動中"}},
	{"Updating", Text{ZH: "更新中", JA: "更新中"}},
	{"Recovering", Text{ZH: "恢复中", JA: "復旧中"}},
	{"Deleting", Text{ZH: "删除中", JA: "削除中"}},
	{"Deleted", Text{ZH: "已删除", JA: "削除済み"}},
	{"Saving", Text{ZH: "镜像保存中", JA: "イメージ保存中"}},
	{"Saved", Text{ZH: "镜像已保存", JA: "イメージ保存完了"}},
	{"SaveFailed", Text{ZH: "镜像保存失败", JA: "イメージ保存失敗"}},
	{"Committing", Text{ZH: "提交中", JA: "コミット中"}},
	{"Pushing", Text{ZH: "推送中", JA: "プッシュ中"}},
	{"ArrearStopping", Text{ZH: "欠费停止中", JA: "支払い遅延により停止中"}},
	{"Arrearge", Text{ZH: "已欠费", JA: "支払い遅延"}},
	// GetModelVersion.
	{"Pending", Text{ZH: "待定", JA: "保留中"}},
	{"Approved", Text{ZH: "已通过", JA: "承認済み"}},
	{"Rejected", Text{ZH: "未通过", JA: "却下"}},
	// GetPipelineRun (PAIFlow API).
	{"Initialized", Text{ZH: "已初始化", JA: "初期化済み"}},
	{"Suspended", Text{ZH: "已挂起", JA: "一時停止中"}},
	{"Terminating", Text{ZH: "终止中", JA: "終了中"}},
	{"Terminated", Text{ZH: "已终止", JA: "終了済み"}},
	{"Skipped", Text{ZH: "已跳过", JA: "スキップ"}},
	{"WorkflowServiceStarting", Text{ZH: "工作流服务启动中", JA: "ワークフローサービス起動中"}},
	{"ReadyToSchedule", Text{ZH: "等待调度", JA: "スケジュール待ち"}},
	{"Unknown", Text{ZH: "未知", JA: "不明"}},
}
