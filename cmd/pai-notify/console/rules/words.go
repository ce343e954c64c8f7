package rules

import "github.com/pai-notify/pai-notify/shared/message"

var ruleWords = map[string]message.Text{
	"rules.unset":      {EN: "env:%s is not set on this machine, so this rule cannot send its messages.", ZH: "本机未设置 env:%s，此规则的消息无法发送。", JA: "env:%s がこのマシンで設定されていないため、このルールのメッセージを送信できません。"},
	"rules.title":      {EN: "Rules", ZH: "规则", JA: "ルール"},
	"rules.search":     {EN: "Search rules", ZH: "搜索规则", JA: "ルールを検索"},
	"rules.total":      {EN: "Rules: %d", ZH: "%d 条规则", JA: "%d 件"},
	"rules.nothing":    {EN: "No rule contains “%s”.", ZH: "没有规则包含“%s”。", JA: "「%s」を含むルールはありません。"},
	"rules.day":        {EN: "Last 24 hours:", ZH: "最近 24 小时：", JA: "過去 24 時間："},
	"rules.waiting":    {EN: "%d waiting", ZH: "%d 条等待中", JA: "%d 件待機中"},
	"rules.empty":      {EN: "No rules yet", ZH: "还没有规则", JA: "ルールはまだありません"},
	"rules.empty.text": {EN: "A rule says which events go to which targets: for example, failed training jobs to a DingTalk group.", ZH: "规则决定哪些事件通知给谁，例如将失败的训练任务通知到钉钉群。", JA: "ルールは、どのイベントをどの通知先に送るかを決めます。例：失敗した学習ジョブを DingTalk グループに通知。"},

	"foreign.title":   {EN: "Other rules on the same bus", ZH: "同一总线上的其他规则", JA: "同じバスにあるほかのルール"},
	"foreign.text":    {EN: "Created by hand, by PAI or from another document. They are shown for reference and never changed.", ZH: "由手工、PAI 或其他文档创建。仅供查看，不会被修改。", JA: "手作業、PAI、または別のドキュメントで作成されたルールです。表示のみで、変更しません。"},
	"foreign.owner":   {EN: "owner: %s", ZH: "所有者：%s", JA: "所有者：%s"},
	"foreign.hand":    {EN: "created elsewhere", ZH: "由其他方式创建", JA: "別の場所で作成"},
	"foreign.pattern": {EN: "Event pattern", ZH: "事件模式", JA: "イベントパターン"},
	"foreign.more":    {EN: "And %d more.", ZH: "另有 %d 条。", JA: "ほかに %d 件あります。"},

	"rule.on":                {EN: "enabled", ZH: "已启用", JA: "有効"},
	"rule.off":               {EN: "disabled", ZH: "已停用", JA: "無効"},
	"rule.enable":            {EN: "Enable", ZH: "启用", JA: "有効にする"},
	"rule.disable":           {EN: "Disable", ZH: "停用", JA: "無効にする"},
	"scope.workspace":        {EN: "whole workspace", ZH: "整个工作空间", JA: "ワークスペース全体"},
	"scope.created_by.short": {EN: "created by", ZH: "创建者", JA: "作成者"},
	"scope.flows.short":      {EN: "flows", ZH: "工作流", JA: "フロー"},
	"scope.models.short":     {EN: "models", ZH: "模型", JA: "モデル"},

	"delete.title":   {EN: "Delete %s?", ZH: "删除 %s？", JA: "%s を削除しますか？"},
	"delete.lead":    {EN: "You cannot undo this here. What changes:", ZH: "此操作不可撤销。影响如下：", JA: "この操作は元に戻せません。次のように変わります。"},
	"delete.events":  {EN: "This rule will no longer notify about %s:", ZH: "此规则不再通知%s的以下事件：", JA: "このルールは %s の次のイベントを通知しなくなります："},
	"delete.targets": {EN: "These targets get no more notifications from it:", ZH: "以下通知目标不再收到此规则的通知：", JA: "次の通知先には、このルールの通知が届かなくなります："},
	"delete.history": {EN: "Last 24 hours: %d sent, %d failed. The history is kept.", ZH: "最近 24 小时发送 %d 条，失败 %d 条。历史记录会保留。", JA: "過去 24 時間に %d 件送信、%d 件失敗しました。履歴は残ります。"},
	"delete.secrets": {EN: "Secrets that were pasted for this rule stay on the page Document. You can delete them there.", ZH: "为此规则粘贴的密钥会保留在“工作空间文档”页，可在该页删除。", JA: "このルール用に貼り付けたシークレットは「ドキュメント」に残ります。そこで削除できます。"},
	"delete.instead": {EN: "To pause the rule, disable it instead.", ZH: "如果只想暂停，可停用规则。", JA: "一時的に止めるだけなら、無効にしてください。"},
	"delete.go":      {EN: "Delete the rule", ZH: "删除规则", JA: "ルールを削除"},

	"disable.title": {EN: "Disable %s?", ZH: "停用 %s？", JA: "%s を無効にしますか？"},
	"disable.go":    {EN: "Disable the rule", ZH: "停用规则", JA: "ルールを無効にする"},

	"waiting.revive": {EN: "To send cancelled notifications later:", ZH: "如需之后发送已取消的通知：", JA: "取り消した通知を後で送信するには："},
}
