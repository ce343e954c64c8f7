package problems

import "github.com/pai-notify/pai-notify/shared/message"

// problemWords are advice that names a page where the check-up names a command.
var problemWords = map[string]message.Text{
	"advice.make-bus":       {EN: "apply the plan on the page Document to create it; if PAI has already created one, the region or the workspace name is wrong", ZH: "在“工作空间文档”页单击“应用”即可创建；如果 PAI 已创建过，则地域或工作空间名称有误", JA: "「ドキュメント」で「適用」をクリックすると作成されます。PAI がすでに作成している場合は、リージョンかワークスペース名が違います"},
	"advice.apply":          {EN: "review and apply the differences on the page Document", ZH: "在“工作空间文档”页查看差异并应用", JA: "「ドキュメント」で差分を確認して適用します"},
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
