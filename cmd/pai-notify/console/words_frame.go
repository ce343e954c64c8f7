package console

import "github.com/pai-notify/pai-notify/shared/message"

var frameWords = map[string]message.Text{
	"skip":       {EN: "Skip to the content", ZH: "跳到正文", JA: "本文へ移動"},
	"menu":       {EN: "Pages", ZH: "页面", JA: "ページ"},
	"language":   {EN: "Language", ZH: "语言", JA: "言語"},
	"workspace":  {EN: "Workspace", ZH: "工作空间", JA: "ワークスペース"},
	"bus.local":  {EN: "this machine", ZH: "本机", JA: "このマシン"},
	"bus.aliyun": {EN: "Alibaba Cloud", ZH: "阿里云", JA: "Alibaba Cloud"},
	"bus.aws":    {EN: "AWS", ZH: "AWS", JA: "AWS"},

	"degraded": {EN: "The document is not on the bus. Messages go out by the rules that were there before the program started, until you correct the document and apply it.", ZH: "文档未能应用到总线。在您修正并应用文档之前，消息仍按程序启动前总线上已有的规则发送。", JA: "ドキュメントはバスに適用されていません。修正して適用するまで、プログラムの起動前からバスにあるルールで送信します。"},

	"menu.home":     {EN: "Overview", ZH: "概览", JA: "概要"},
	"menu.setup":    {EN: "Check-up", ZH: "检查", JA: "点検"},
	"menu.rules":    {EN: "Rules", ZH: "规则", JA: "ルール"},
	"menu.contacts": {EN: "Contacts", ZH: "联系人", JA: "連絡先"},
	"menu.publish":  {EN: "Try it", ZH: "试一试", JA: "試す"},
	"menu.history":  {EN: "History", ZH: "历史", JA: "履歴"},
	"menu.document": {EN: "Document", ZH: "文档", JA: "ドキュメント"},

	"save":       {EN: "Save", ZH: "保存", JA: "保存"},
	"save.cloud": {EN: "Save and see the plan", ZH: "保存并查看变更计划", JA: "保存して計画を確認"},
	"cancel":     {EN: "Cancel", ZH: "取消", JA: "キャンセル"},
	"search":     {EN: "Search", ZH: "查询", JA: "検索"},
	"all":        {EN: "all", ZH: "全部", JA: "すべて"},
	"back":       {EN: "Back", ZH: "上一页", JA: "前へ"},
	"next":       {EN: "Next", ZH: "下一页", JA: "次へ"},
	"pages":      {EN: "More pages", ZH: "更多页", JA: "ほかのページ"},
	"done":       {EN: "done", ZH: "已完成", JA: "完了"},
	"default":    {EN: "default", ZH: "默认", JA: "既定"},
	"optional":   {EN: "optional", ZH: "选填", JA: "任意"},
	"actions":    {EN: "Actions", ZH: "操作", JA: "操作"},

	"nothing.title": {EN: "There is nothing here", ZH: "这里没有内容", JA: "ここには何もありません"},
	"nothing.text":  {EN: "The address is wrong, or what was here has been deleted.", ZH: "地址有误，或内容已被删除。", JA: "アドレスが違うか、内容が削除されています。"},
	"problem.title": {EN: "That did not work", ZH: "操作未成功", JA: "うまくいきませんでした"},
	"problem.text":  {EN: "Nothing was changed unless the page says so. This is what went wrong:", ZH: "除非页面另有说明，未做任何更改。原因如下：", JA: "特に断りがない限り何も変更されていません。原因は次のとおりです。"},
	"form.wrong":    {EN: "Please look at the marked fields.", ZH: "请检查标出的字段。", JA: "印の付いた項目を確認してください。"},

	"login.title": {EN: "Who are you?", ZH: "请验证身份", JA: "本人確認"},
	"login.lead":  {EN: "This console is open to the network, so it asks for the token that the program printed when it started.", ZH: "此控制台对网络开放，请输入程序启动时打印的令牌。", JA: "このコンソールはネットワークに公開されています。起動時に表示されたトークンを入力してください。"},
	"login.token": {EN: "Token", ZH: "令牌", JA: "トークン"},
	"login.go":    {EN: "Open the console", ZH: "打开控制台", JA: "コンソールを開く"},
	"login.wrong": {EN: "That is not the token.", ZH: "令牌不正确。", JA: "トークンが違います。"},

	"done.created":         {EN: "The rule is in use. “Try it” publishes a sample event to see it work.", ZH: "规则已生效。可在“试一试”中发布示例事件，查看效果。", JA: "ルールが有効になりました。「試す」でサンプルイベントを発行して確認できます。"},
	"done.saved":           {EN: "Saved, and in use.", ZH: "已保存并生效。", JA: "保存し、反映しました。"},
	"done.enabled":         {EN: "The rule is enabled.", ZH: "规则已启用。", JA: "ルールを有効にしました。"},
	"done.disabled":        {EN: "The rule is disabled: it is kept, and sends nothing.", ZH: "规则已停用：规则保留，但不再发送。", JA: "ルールを無効にしました。残りますが、何も送りません。"},
	"done.deleted":         {EN: "The rule is deleted.", ZH: "规则已删除。", JA: "ルールを削除しました。"},
	"done.contact-saved":   {EN: "The contact is saved.", ZH: "联系人已保存。", JA: "連絡先を保存しました。"},
	"done.contact-deleted": {EN: "The contact is deleted.", ZH: "联系人已删除。", JA: "連絡先を削除しました。"},
	"done.imported":        {EN: "The document is replaced. The former one stands beside it, in a file that ends in .bak.", ZH: "文档已替换。原文档保存在同一目录下以 .bak 结尾的文件中。", JA: "ドキュメントを置き換えました。以前のものは同じフォルダーの .bak で終わるファイルに残っています。"},
	"done.applied":         {EN: "The bus is as the document wants it.", ZH: "事件总线已与文档一致。", JA: "イベントバスはドキュメントどおりです。"},
	"done.activated":       {EN: "EventBridge is activated.", ZH: "事件总线 EventBridge 已开通。", JA: "EventBridge を有効化しました。"},
	"done.settings":        {EN: "The settings are saved.", ZH: "设置已保存。", JA: "設定を保存しました。"},
	"done.waiting":         {EN: "The document is saved. The bus changes when you apply the plan.", ZH: "文档已保存。应用下方计划后，总线才会变更。", JA: "ドキュメントを保存しました。計画を適用するとバスに反映されます。"},
	"done.first":           {EN: "Your first rule is in use. Publish a sample event to see its message.", ZH: "第一条规则已生效。发布一个示例事件，看看消息是什么样子。", JA: "最初のルールが有効になりました。サンプルイベントを発行してメッセージを確認しましょう。"},
	"done.redriven":        {EN: "It is being sent again.", ZH: "正在重新发送。", JA: "再送しています。"},
	"done.secret-deleted":  {EN: "The secret is deleted.", ZH: "密钥已删除。", JA: "シークレットを削除しました。"},
}
