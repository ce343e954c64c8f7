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
}
