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

	"draft.resumed": {EN: "These are your unsaved changes. Nothing is saved until you press Save.", ZH: "这是尚未保存的更改。点击“保存”之前不会生效。", JA: "保存していない変更です。「保存」を押すまで反映されません。"},
	"draft.gone":    {EN: "The unsaved changes are no longer kept. This is the saved state.", ZH: "未保存的更改已不再保留。当前显示已保存的内容。", JA: "保存していない変更はもう残っていません。保存済みの内容を表示しています。"},
	"who.session":   {EN: "browser session %s at %s", ZH: "浏览器会话 %s（%s）", JA: "ブラウザーセッション %s（%s）"},
	"who.address":   {EN: "a browser at %s", ZH: "来自 %s 的浏览器", JA: "%s のブラウザー"},
}
