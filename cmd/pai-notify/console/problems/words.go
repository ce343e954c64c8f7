package problems

import "github.com/pai-notify/pai-notify/shared/message"

// problemWords are advice that names a page where the check-up names a command.
var problemWords = map[string]message.Text{
	"advice.make-bus":       {EN: "apply the plan on the page Document to create it; if PAI has already created one, the region or the workspace name is wrong", ZH: "在“工作空间文档”页单击“应用”即可创建；如果 PAI 已创建过，则地域或工作空间名称有误", JA: "「ドキュメント」で「適用」をクリックすると作成されます。PAI がすでに作成している場合は、リージョンかワークスペース名が違います"},
	"advice.apply":          {EN: "review and apply the differences on the page Document", ZH: "在“工作空间文档”页查看差异并应用", JA: "「ドキュメント」で差分を確認して適用します"},
	"advice.try-sample":     {EN: "if you expected some, the page of the rule shows for a sample or a recorded event which condition fails first", ZH: "若本应匹配，可在规则页用示例事件或已记录的事件查看最先不满足的条件", JA: "一致するはずの場合は、ルールのページでサンプルや記録済みのイベントについて、最初に一致しない条件を確認できます"},
	"advice.list-waiting":   {EN: "the page History says why they wait", ZH: "等待原因见“历史记录”页", JA: "待機の理由は「履歴」で確認できます"},
	"advice.list-dead":      {EN: "the page History says why, and can send them again", ZH: "原因见“历史记录”页，并可在该页重新发送", JA: "「履歴」で理由を確認し、再送できます"},
	"advice.mend-receiver":  {EN: "fix the cause, then send again what failed on the page History", ZH: "排除原因后，在“历史记录”页重新发送失败的通知", JA: "原因を取り除いてから、「履歴」で失敗した通知を再送します"},
	"advice.unmute":         {EN: "the page Mutes ends it", ZH: "可在“静音”页结束", JA: "「ミュート」で終了できます"},
	"advice.learn-override": {EN: "the page Overview proposes an override of the catalogue: add it to the document there", ZH: "在“概览”页查看建议的目录覆盖项，并写入文档", JA: "「概要」でカタログの上書きを確認し、ドキュメントに書き込みます"},
}

// said is what the check-up says, with a page in the place of a command where
// there is one for it.
func said(l message.Language, s message.Statement) string {
	if _, ok := Book.Words["advice."+s.Code]; ok {
		return Book.Say(l, "advice."+s.Code)
	}
	return s.In(l)
}
