package console

import "github.com/pai-notify/pai-notify/shared/message"

var documentWords = map[string]message.Text{
	"document.title":    {EN: "Document", ZH: "文档", JA: "ドキュメント"},
	"document.lead":     {EN: "All that is configured stands in this file. Keep it in git; what you change there shows here, and the other way round.", ZH: "所有配置都在此文件中。可以放进 git 管理；在文件中的修改会显示在这里，反之亦然。", JA: "設定はすべてこのファイルにあります。git で管理できます。ファイルの変更はここに、ここでの変更はファイルに反映されます。"},
	"document.behind":   {EN: "The document is saved, but the bus does not follow it yet. The plan below says what is left to do.", ZH: "文档已保存，但总线尚未同步。下方计划列出剩余的变更。", JA: "ドキュメントは保存しましたが、バスにはまだ反映されていません。残りは下の計画のとおりです。"},
	"document.wrong":    {EN: "The document cannot be used as it stands:", ZH: "文档目前无法使用：", JA: "このドキュメントは使えません："},
	"document.warnings": {EN: "Worth a look:", ZH: "请注意：", JA: "注意："},
	"document.place":    {EN: "Line %d, column %d:", ZH: "第 %d 行第 %d 列：", JA: "%d 行 %d 桁："},
	"document.now":      {EN: "As it stands", ZH: "当前内容", JA: "現在の内容"},
	"document.new":      {EN: "What you would import", ZH: "将要导入的内容", JA: "読み込む内容"},
	"document.text":     {EN: "Text of the document", ZH: "文档内容", JA: "ドキュメントの内容"},
	"document.file":     {EN: "File to import", ZH: "要导入的文件", JA: "読み込むファイル"},
	"document.check":    {EN: "Check and show the plan", ZH: "检查并显示计划", JA: "確認して計画を表示"},
	"document.import":   {EN: "Import", ZH: "导入", JA: "読み込む"},
	"document.export":   {EN: "Export", ZH: "导出", JA: "書き出す"},
	"document.empty":    {EN: "There is no document in this text, so nothing is imported. To send no more notifications, disable or delete the rules on the page Rules.", ZH: "文本中没有文档内容，未导入。如需停止发送通知，请在“规则”页停用或删除规则。", JA: "この文にはドキュメントがないため、読み込みません。通知を止めるには「ルール」で無効にするか削除します。"},
	"document.unseen":   {EN: "This is not what was checked: the text, the file or the bus has changed since. Look at the plan below, then import.", ZH: "内容与检查时不同：文本、文件或总线已发生变化。请查看下方计划后再导入。", JA: "確認した内容と異なります。文、ファイルまたはバスが変わりました。下の計画を見てから読み込んでください。"},
	"document.help":     {EN: "Change the text or choose a file, look at the plan, then import. Secrets stay out of it: it only names them.", ZH: "修改文本或选择文件，查看计划后再导入。文档只引用密钥，不包含密钥。", JA: "文を変えるかファイルを選び、計画を見てから読み込みます。シークレット自体は含まれず、名前だけです。"},

	"plan.title":     {EN: "What the bus needs", ZH: "总线变更计划", JA: "バスへの変更計画"},
	"plan.empty":     {EN: "Nothing to do: the bus is as the document wants it. Rules: %d.", ZH: "无需变更：总线上的 %d 条规则与文档一致。", JA: "変更はありません。バスの %d 件のルールはドキュメントどおりです。"},
	"plan.unchanged": {EN: "Rules that stay as they are: %d.", ZH: "%d 条规则保持不变。", JA: "%d 件のルールはそのままです。"},
	"plan.foreign":   {EN: "Rules on the bus that are not this document's and are left alone: %d.", ZH: "总线上有 %d 条规则不属于本文档，不会改动。", JA: "バスにはこのドキュメントのものではないルールが %d 件あり、変更しません。"},
	"plan.apply":     {EN: "Apply", ZH: "应用", JA: "適用"},
	"plan.create":    {EN: "create", ZH: "创建", JA: "作成"},
	"plan.change":    {EN: "change", ZH: "修改", JA: "変更"},
	"plan.delete":    {EN: "delete", ZH: "删除", JA: "削除"},
	"thing.bus":      {EN: "event bus", ZH: "事件总线", JA: "イベントバス"},
	"thing.rule":     {EN: "rule", ZH: "规则", JA: "ルール"},
	"thing.target":   {EN: "target", ZH: "目标", JA: "ターゲット"},
	"apply.unseen":   {EN: "The document or the bus has changed since this plan was shown. Look at the plan below, then apply it.", ZH: "显示计划后，文档或总线已发生变化。请查看下方的新计划后再应用。", JA: "計画の表示後にドキュメントまたはバスが変わりました。下の計画を見てから適用してください。"},
	"apply.failed":   {EN: "The bus did not take it all. What was done stays; apply again to go on.", ZH: "未能全部应用。已完成的部分保留，可再次应用以继续。", JA: "すべては適用できませんでした。済んだ分は残ります。もう一度適用すると続きから行います。"},

	"settings.title":       {EN: "Settings of the workspace", ZH: "工作空间设置", JA: "ワークスペースの設定"},
	"settings.quota":       {EN: "Targets per rule granted to the account", ZH: "账号每条规则的目标配额", JA: "アカウントに認められたルールごとのターゲット数"},
	"settings.quota.help":  {EN: "5 unless PAI has granted more, at most 100. It only says what is granted; ask PAI to have it raised.", ZH: "默认 5，经 PAI 批准可提高，最多 100。此处仅填写已批准的数值；如需提高，请向 PAI 申请。", JA: "PAI が増やしていなければ 5、最大 100。ここには認められた数を入れます。増やすには PAI に申請してください。"},
	"settings.quota.wrong": {EN: "Give a number from 1 to %d.", ZH: "请填写 1 到 %d 之间的数字。", JA: "1 から %d までの数を入力してください。"},

	"secrets.title":  {EN: "Secrets kept on this machine", ZH: "保存在本机的密钥", JA: "このマシンにあるシークレット"},
	"secrets.lead":   {EN: "Webhooks and keys that were pasted into forms. The document refers to them as environment variables; functions in a cloud need variables of these names.", ZH: "在表单中粘贴的 Webhook 和密钥。文档以环境变量的方式引用；云上的函数需要配置同名环境变量。", JA: "フォームに貼り付けた Webhook やキーです。ドキュメントは環境変数として参照します。クラウドの関数には同名の変数が必要です。"},
	"secrets.empty":  {EN: "None yet.", ZH: "暂无。", JA: "まだありません。"},
	"secrets.inuse":  {EN: "in use", ZH: "使用中", JA: "使用中"},
	"secrets.inside": {EN: "Secrets are written out in this document. They are hidden here as pending:…; check and import it once to move them out of it.", ZH: "文档中直接写有密钥，此处以 pending:… 隐藏。检查并导入一次，即可将其移出文档。", JA: "ドキュメントにシークレットが直接書かれています。ここでは pending:… として隠しています。一度確認して読み込むと、ドキュメントの外に移します。"},
	"secrets.used":   {EN: "%s is in use: take it out of the rules first.", ZH: "%s 正在使用，请先从规则中移除。", JA: "%s は使用中です。先にルールから外してください。"},
}
