package backend

import "github.com/pai-notify/pai-notify/shared/message"

var backendWords = map[string]message.Text{
	"waiting.dead":      {EN: "%s, %s: %d waiting, will be marked as failed", ZH: "%s，%s：%d 条等待中，将记为投递失败", JA: "%s、%s：待機中の %d 件は配信失敗になります"},
	"waiting.cancelled": {EN: "%s, %s: %d waiting, will be cancelled", ZH: "%s，%s：%d 条等待中，将被取消", JA: "%s、%s：待機中の %d 件は取り消されます"},
	"muted":             {EN: "Muted until %s", ZH: "静音至 %s", JA: "%s までミュート中"},
	"muted.by":          {EN: "Muted by %s until %s", ZH: "已被 %s 静音至 %s", JA: "%s が %s までミュート中"},
	"muted.why":         {EN: "%s: %s", ZH: "%s：%s", JA: "%s：%s"},
	"muted.only":        {EN: "%s (%s only)", ZH: "%s（仅 %s）", JA: "%s（%s のみ）"},

	"waiting.redirected": {EN: "%s, %s: %d waiting, will be sent with the new parameters", ZH: "%s，%s：%d 条等待中，将按新参数发送", JA: "%s、%s：待機中の %d 件は新しいパラメータで送信されます"},

	"put.changed":    {EN: "Somebody has changed this at the same moment. Nothing was saved: look at it again, then save.", ZH: "有人在同一时刻修改了此内容，因此未保存。请重新查看后再保存。", JA: "同時にほかの人がこの内容を変更したため、保存しませんでした。内容を確認してからもう一度保存してください。"},
	"put.unrecorded": {EN: "Nothing was changed, because the change could not be recorded first so that you can undo it. Free space on the disk or correct the permissions of the data directory, then try again.", ZH: "未做任何更改：更改前需要先记录以便撤销，但记录失败。请释放磁盘空间或修正数据目录的权限后重试。", JA: "何も変更していません。元に戻せるように変更を先に記録しますが、記録できませんでした。ディスクの空き容量を増やすか、データディレクトリの権限を直してから、もう一度お試しください。"},
	"put.unwritten":  {EN: "Nothing was changed, because the document could not be written. Free space on the disk or correct the permissions of the file and its directory, then try again.", ZH: "未做任何更改：文档无法写入。请释放磁盘空间或修正文件及其目录的权限后重试。", JA: "何も変更していません。ドキュメントに書き込めませんでした。ディスクの空き容量を増やすか、ファイルとディレクトリの権限を直してから、もう一度お試しください。"},

	"meet.changed": {EN: "Somebody else changed this while you edited it (%s). Nothing is saved yet: where you did not change the same field, the form has their value. Check it, then save.", ZH: "您编辑期间他人修改了此内容（%s）。尚未保存：您未修改的字段采用对方的值。请检查后再保存。", JA: "編集中にほかの人が変更しました（%s）。まだ保存していません。あなたが変更していない項目には相手の値が入っています。確認してから保存してください。"},
	"meet.deleted": {EN: "Somebody else deleted this while you edited it. Save to create it again.", ZH: "您编辑期间他人删除了此内容。保存后将重新创建。", JA: "編集中にほかの人が削除しました。保存すると作り直します。"},

	"broken.wrong":    {EN: "The document has errors (%d), so it cannot be used or changed by forms until they are fixed.", ZH: "文档存在 %d 个错误，修正之前无法使用，也无法通过表单修改。", JA: "ドキュメントに %d 件のエラーがあるため、修正するまで使用もフォームでの変更もできません。"},
	"broken.missing":  {EN: "The document %s is missing.", ZH: "文档 %s 不存在。", JA: "ドキュメント %s がありません。"},
	"broken.unread":   {EN: "The document cannot be read.", ZH: "无法读取文档。", JA: "ドキュメントを読み取れません。"},
	"broken.before":   {EN: " This page uses the last version without errors.", ZH: "本页使用最近一个没有错误的版本。", JA: "このページではエラーのない最後の版を使用しています。"},
	"broken.name":     {EN: " This program has not seen it without errors, so this page does not know its rules.", ZH: "程序启动后未读到没有错误的版本，因此本页不包含文档中的规则。", JA: "起動後にエラーのない版を読み取っていないため、このページにはドキュメントのルールが含まれません。"},
	"broken.nameless": {EN: " The name of its workspace is unknown, so notifications of all workspaces are shown.", ZH: "工作空间名称未知，因此显示所有工作空间的通知。", JA: "ワークスペース名がわからないため、すべてのワークスペースの通知を表示しています。"},
	"nameless.title":  {EN: "The workspace is unknown", ZH: "工作空间未知", JA: "ワークスペースが不明です"},
	"nameless.text":   {EN: "This page needs the name of the workspace, which the document does not tell as it is. Fix the document first. The history is shown without it.", ZH: "此页需要工作空间名称，但从当前文档中无法得知。请先修正文档。历史记录页无需名称即可查看。", JA: "このページにはワークスペース名が必要ですが、現在のドキュメントからはわかりません。先にドキュメントを修正してください。履歴は名前がなくても表示できます。"},

	"draft.resumed": {EN: "These are your unsaved changes. Nothing is saved until you press Save.", ZH: "这是尚未保存的更改。点击“保存”之前不会生效。", JA: "保存していない変更です。「保存」を押すまで反映されません。"},
	"draft.gone":    {EN: "The unsaved changes are no longer kept. This is the saved state.", ZH: "未保存的更改已不再保留。当前显示已保存的内容。", JA: "保存していない変更はもう残っていません。保存済みの内容を表示しています。"},
	"who.session":   {EN: "browser session %s at %s", ZH: "浏览器会话 %s（%s）", JA: "ブラウザーセッション %s（%s）"},
	"who.address":   {EN: "a browser at %s", ZH: "来自 %s 的浏览器", JA: "%s のブラウザー"},
}
