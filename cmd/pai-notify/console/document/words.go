package document

import "github.com/pai-notify/pai-notify/shared/message"

var documentWords = map[string]message.Text{
	"document.title":    {EN: "Document", ZH: "工作空间文档", JA: "ドキュメント"},
	"document.lead":     {EN: "This file holds your whole configuration. Keep it in git: changes in the file show here, and changes made here are written to the file.", ZH: "全部配置都保存在此文件中，可以用 git 管理。对文件的修改会显示在这里，在这里的修改也会写入文件。", JA: "すべての設定はこのファイルにあります。git で管理できます。ファイルの変更はこの画面に、画面での変更はファイルに反映されます。"},
	"document.behind":   {EN: "The document is saved, but not yet applied to the bus. The plan below lists the remaining changes.", ZH: "文档已保存，但尚未应用到总线。下方的变更计划列出了剩余的变更。", JA: "ドキュメントは保存されましたが、バスにはまだ適用されていません。残りの変更は下の変更計画のとおりです。"},
	"document.wrong":    {EN: "The document has errors:", ZH: "文档存在错误：", JA: "ドキュメントにエラーがあります："},
	"document.warnings": {EN: "Warnings:", ZH: "警告：", JA: "警告："},
	"document.place":    {EN: "Line %d, column %d:", ZH: "第 %d 行第 %d 列：", JA: "%d 行 %d 桁："},
	"document.now":      {EN: "Current content", ZH: "当前内容", JA: "現在の内容"},
	"document.new":      {EN: "Content to import", ZH: "待导入的内容", JA: "インポートする内容"},
	"document.text":     {EN: "Content of the document", ZH: "文档内容", JA: "ドキュメントの内容"},
	"document.import":   {EN: "Import", ZH: "导入", JA: "インポート"},
	"document.export":   {EN: "Export", ZH: "导出", JA: "エクスポート"},
	"document.empty":    {EN: "This text contains no document, so nothing was imported. To stop notifications, disable or delete the rules on the page Rules.", ZH: "文本中没有文档内容，因此未导入。如需停止通知，请在“规则”页停用或删除规则。", JA: "このテキストにはドキュメントがないため、インポートしませんでした。通知を止めるには、「ルール」でルールを無効にするか削除してください。"},
	"document.unseen":   {EN: "The text, the file or the bus has changed since the check. Review the new plan below, then import.", ZH: "检查之后，文本、文件或总线已发生变化。请查看下方的新变更计划后再导入。", JA: "確認後に、テキスト、ファイルまたはバスが変更されました。下の新しい変更計画を確認してからインポートしてください。"},
	"document.broken":   {EN: "The document cannot be parsed, so this page shows only the words of its format and hides everything else as pending:…. Fix the format around these tokens, or overwrite them, and import: the hidden values are put back.", ZH: "文档无法解析，因此只显示格式关键字，其余内容均以 pending:… 隐藏。请修正其周围的格式，或直接覆盖，然后导入：隐藏的内容会恢复原样。", JA: "ドキュメントを解析できないため、書式に関する語だけを表示し、それ以外は pending:… として隠しています。周りの書式を直すか上書きしてインポートすると、隠した内容は元に戻ります。"},
	"document.kept":     {EN: "The document was not exported, because parts of it may be secrets. They are hidden below as pending:…. Check and import once to move secrets out of the document. Remove the rest by hand, such as a URL with a token in a description.", ZH: "文档中可能含有密钥，因此未导出。相关内容在下方以 pending:… 隐藏。检查并导入一次，即可将密钥移出文档；其余内容（例如描述中带令牌的 URL）请手动删除。", JA: "シークレットの可能性がある部分があるため、ドキュメントをエクスポートしませんでした。該当部分は下で pending:… として隠しています。一度確認してインポートすると、シークレットがドキュメントの外に移されます。説明に含まれるトークン付きの URL などは手動で削除してください。"},
	"document.help":     {EN: "Edit the text or choose a file, review the plan, then import. The document refers to secrets by name and does not contain them.", ZH: "修改文本或选择文件，查看变更计划后再导入。文档只引用密钥，不包含密钥。", JA: "テキストを編集するかファイルを選び、変更計画を確認してからインポートします。ドキュメントはシークレットを名前で参照し、値を含みません。"},

	"plan.title":     {EN: "Changes to the bus", ZH: "总线变更计划", JA: "バスへの変更計画"},
	"plan.empty":     {EN: "No changes: the bus matches the document. Rules: %d.", ZH: "无需变更：总线上的 %d 条规则与文档一致。", JA: "変更はありません。バスの %d 件のルールはドキュメントと一致しています。"},
	"plan.unchanged": {EN: "Rules unchanged: %d.", ZH: "%d 条规则保持不变。", JA: "変更のないルール：%d 件。"},
	"plan.foreign":   {EN: "Rules on the bus that do not belong to this document, not changed: %d.", ZH: "总线上有 %d 条规则不属于本文档，不会改动。", JA: "バスにある、このドキュメントに属さないルール：%d 件（変更しません）。"},
	"plan.apply":     {EN: "Apply", ZH: "应用", JA: "適用"},
	"plan.create":    {EN: "create", ZH: "创建", JA: "作成"},
	"plan.change":    {EN: "change", ZH: "修改", JA: "変更"},
	"plan.delete":    {EN: "delete", ZH: "删除", JA: "削除"},
	"thing.bus":      {EN: "event bus", ZH: "事件总线", JA: "イベントバス"},
	"thing.rule":     {EN: "rule", ZH: "规则", JA: "ルール"},
	"thing.target":   {EN: "target", ZH: "通知目标", JA: "通知先"},
	"apply.unseen":   {EN: "The document or the bus has changed since this plan was shown. Review the new plan below, then apply it.", ZH: "显示变更计划后，文档或总线已发生变化。请查看下方的新变更计划后再应用。", JA: "変更計画の表示後に、ドキュメントまたはバスが変更されました。下の新しい変更計画を確認してから適用してください。"},
	"apply.failed":   {EN: "Only some of the changes were applied. They are kept; apply again to continue.", ZH: "仅应用了部分变更。已完成的变更会保留，可再次应用以继续。", JA: "一部の変更だけが適用されました。適用済みの変更は残ります。もう一度適用すると続きから実行します。"},

	"settings.title":       {EN: "Workspace settings", ZH: "工作空间设置", JA: "ワークスペースの設定"},
	"settings.quota":       {EN: "Quota of targets per rule", ZH: "单条规则的通知目标配额", JA: "ルールごとの通知先数の上限"},
	"settings.quota.help":  {EN: "5 by default, at most 100. Enter what PAI has granted to your account; to raise it, ask PAI.", ZH: "默认 5，经 PAI 批准可提高，最多 100。此处仅填写已批准的数值；如需提高，请向 PAI 申请。", JA: "既定は 5、最大 100。PAI がアカウントに認めた数を入力します。増やすには PAI に申請してください。"},
	"settings.quota.wrong": {EN: "Enter a number from 1 to %d.", ZH: "请填写 1 到 %d 之间的数字。", JA: "1 から %d までの数を入力してください。"},

	"secrets.title":  {EN: "Secrets on this machine", ZH: "本机保存的密钥", JA: "このマシンに保存されたシークレット"},
	"secrets.lead":   {EN: "Webhooks and keys that were pasted into forms. The document refers to them as environment variables. Functions in a cloud need environment variables of the same names.", ZH: "在表单中粘贴的 Webhook 地址和密钥。文档以环境变量的形式引用它们；云上的函数需要配置同名环境变量。", JA: "フォームに貼り付けた Webhook やキーです。ドキュメントは環境変数として参照します。クラウドの関数には同じ名前の環境変数が必要です。"},
	"secrets.empty":  {EN: "None yet.", ZH: "暂无。", JA: "まだありません。"},
	"secrets.inuse":  {EN: "in use", ZH: "使用中", JA: "使用中"},
	"secrets.inside": {EN: "Values that may be secrets are hidden here as pending:… and unchanged in the file. Leave these tokens in place; check and import once to move secrets out of the document.", ZH: "可能是密钥的内容在此以 pending:… 隐藏，文件中保持不变。请勿改动这些标记；检查并导入一次，即可将密钥移出文档。", JA: "シークレットの可能性がある値は、ここでは pending:… として隠しています。ファイルの内容は変わりません。この表記はそのまま残してください。一度確認してインポートすると、シークレットがドキュメントの外に移されます。"},
	"secrets.used":   {EN: "%s is in use. Remove it from the rules first.", ZH: "%s 正在使用，请先从规则中移除。", JA: "%s は使用中です。先にルールから削除してください。"},
}
