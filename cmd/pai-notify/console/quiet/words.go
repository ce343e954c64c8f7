package quiet

import "github.com/pai-notify/pai-notify/shared/message"

var quietWords = map[string]message.Text{
	"quiet.lead":         {EN: "Times of day that rules and contacts can name. What is not critical waits until they end and comes as one message, without what has recovered; calls are left out. Nothing waits for more than 24 hours.", ZH: "可供规则和联系人引用的时段。非严重消息推迟到时段结束后合并发送，已恢复的不再发送；语音电话不拨打。消息最多推迟 24 小时。", JA: "ルールと連絡先から指定できる時間帯です。重大でないものは終了まで待ち、復旧したものを除いて 1 通にまとめて送信します。音声電話はかけません。待つのは最大 24 時間です。"},
	"quiet.empty":        {EN: "No quiet hours yet: everything is sent at once.", ZH: "还没有免打扰时段：所有消息立即发送。", JA: "まだありません。すべてすぐに送信されます。"},
	"quiet.add":          {EN: "Add quiet hours", ZH: "添加免打扰时段", JA: "通知を控える時間帯を追加"},
	"quiet.change":       {EN: "Edit %s", ZH: "编辑 %s", JA: "%s を編集"},
	"quiet.name":         {EN: "Name", ZH: "名称", JA: "名前"},
	"quiet.name.example": {EN: "nights", ZH: "夜间", JA: "夜間"},
	"quiet.name.missing": {EN: "Enter a name, such as nights.", ZH: "请填写名称，例如 夜间。", JA: "名前を入力してください。例：夜間"},
	"quiet.name.taken":   {EN: "Other quiet hours have this name.", ZH: "已有同名免打扰时段。", JA: "同じ名前の時間帯があります。"},
	"quiet.when":         {EN: "Time", ZH: "时间", JA: "時間"},
	"quiet.from":         {EN: "From", ZH: "开始", JA: "開始"},
	"quiet.from.example": {EN: "22:00", ZH: "22:00", JA: "22:00"},
	"quiet.from.help":    {EN: "A time of day in hours and minutes.", ZH: "以时和分表示的时刻。", JA: "時と分で入力します。"},
	"quiet.to":           {EN: "To", ZH: "结束", JA: "終了"},
	"quiet.to.example":   {EN: "08:00", ZH: "08:00", JA: "08:00"},
	"quiet.to.help":      {EN: "On the next day if it is not later than the beginning. 24:00 is the end of the day.", ZH: "不晚于开始时间则为次日。24:00 表示一天结束。", JA: "開始より後でなければ翌日です。24:00 は一日の終わりです。"},
	"quiet.zone":         {EN: "Time zone", ZH: "时区", JA: "タイムゾーン"},
	"quiet.zone.example": {EN: "Asia/Shanghai", ZH: "Asia/Shanghai", JA: "Asia/Tokyo"},
	"quiet.zone.help":    {EN: "Type part of the name to search, such as Shanghai.", ZH: "输入名称的一部分进行搜索，例如 Shanghai。", JA: "名前の一部を入力して検索します。例：Tokyo"},
	"quiet.days":         {EN: "Days on which they begin", ZH: "在这些日子开始", JA: "開始する曜日"},
	"quiet.days.help":    {EN: "None chosen: every day.", ZH: "不选则为每天。", JA: "選ばなければ毎日です。"},
	"quiet.users":        {EN: "Used by", ZH: "使用者", JA: "使用先"},
	"quiet.inuse":        {EN: "Rules or contacts use these quiet hours", ZH: "仍有规则或联系人使用此时段", JA: "この時間帯を使うルールか連絡先があります"},
	"quiet.used":         {EN: "%s is used by %s. Remove it there first.", ZH: "免打扰时段 %s 正由以下规则或联系人使用：%s。请先从中移除。", JA: "%s は %s で使われています。先にそこから削除してください。"},
}
