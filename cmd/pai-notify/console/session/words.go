package session

import "github.com/pai-notify/pai-notify/shared/message"

var sessionWords = map[string]message.Text{
	"login.title": {EN: "Log in", ZH: "登录", JA: "ログイン"},
	"login.lead":  {EN: "Open the link that the program printed when it started. It works once, within 15 minutes. To get a new link, run this on the machine where the program runs:", ZH: "请打开程序启动时输出的链接。链接只能使用一次，15 分钟内有效。如需新链接，请在运行该程序的机器上执行：", JA: "プログラムの起動時に表示されたリンクを開いてください。リンクは 15 分間、一度だけ使えます。新しいリンクは、プログラムを実行しているマシンで次のコマンドを実行すると表示されます。"},
	"login.data":  {EN: "Add --data or --bus if you used it to start the program.", ZH: "如果启动程序时使用了 --data 或 --bus，请一并加上。", JA: "起動時に --data や --bus を指定した場合は、同じものを付けてください。"},
	"login.token": {EN: "Token", ZH: "令牌", JA: "トークン"},
	"login.go":    {EN: "Log in", ZH: "登录", JA: "ログイン"},
	"login.wrong": {EN: "This token is invalid, already used, or expired.", ZH: "令牌无效、已被使用或已过期。", JA: "トークンが違うか、使用済みか、有効期限が切れています。"},
	"login.many":  {EN: "Too many invalid tokens. Wait a minute, or open a new link.", ZH: "无效令牌过多。请稍候一分钟，或打开新的链接。", JA: "無効なトークンが多すぎます。1 分待つか、新しいリンクを開いてください。"},
	"login.kept":  {EN: "Your session has ended. What you entered is kept, and nothing of it is saved yet: log in to go on with it.", ZH: "会话已结束。您填写的内容已暂存，但尚未保存：登录后可继续编辑。", JA: "セッションが終了しました。入力した内容は残っていますが、まだ保存されていません。ログインすると続きから編集できます。"},
	"login.done":  {EN: "You are logged in", ZH: "已登录", JA: "ログインしました"},
}
