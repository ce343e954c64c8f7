package problems

import "github.com/pai-notify/pai-notify/shared/message"

// problemWords are advice that names a page where the check-up names a command.
var problemWords = map[string]message.Text{
	"advice.make-bus":       {EN: "Apply on the page Document creates it; if PAI has created one already, the region or the workspace's name is wrong", ZH: "在“文档”页点“应用”即可创建；如果 PAI 已创建过，则是地域或工作空间名称有误", JA: "「ドキュメント」の「適用」で作られます。PAI がすでに作っている場合は、リージョンかワークスペース名が違います"},
	"advice.apply":          {EN: "the page Document shows the differences and applies them", ZH: "在“文档”页查看差异并应用", JA: "「ドキュメント」で違いを確認して適用します"},
	"advice.learn-override": {EN: "the page Overview shows an override of the catalogue and puts it into the document", ZH: "在“概览”页查看目录覆盖项并写入文档", JA: "「概要」でカタログの上書きを確認し、ドキュメントに書き込みます"},
}

// said is what the check-up says, with a page in the place of a command where
// there is one for it.
func said(l message.Language, s message.Statement) string {
	if _, ok := Book.Words["advice."+s.Code]; ok {
		return Book.Say(l, "advice."+s.Code)
	}
	return s.In(l)
}
