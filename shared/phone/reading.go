package phone

import (
	"strconv"
	"strings"
	"time"
)

// readings are the words of Japanese titles, statuses and times by their sound, so
// that no voice has to guess which of its readings a character has here.
var readings = strings.NewReplacer(
	"再起動", "さいきどう", "起動", "きどう", "自動", "じどう", "手動", "しゅどう", "作成", "さくせい",
	"失敗", "しっぱい", "成功", "せいこう", "停止", "ていし", "開始", "かいし", "終了", "しゅうりょう", "完了", "かんりょう",
	"実行", "じっこう", "時間", "じかん", "入札", "にゅうさつ", "保存", "ほぞん", "待機", "たいき", "待ち", "まち",
	"準備", "じゅんび", "削除", "さくじょ", "更新", "こうしん", "変更", "へんこう", "復旧", "ふっきゅう", "回復", "かいふく",
	"中断", "ちゅうだん", "超過", "ちょうか", "状態", "じょうたい", "不明", "ふめい", "通知", "つうち", "接続", "せつぞく",
	"承認", "しょうにん", "却下", "きゃっか", "重大", "じゅうだい", "警告", "けいこく", "情報", "じょうほう", "正常", "せいじょう",
	"環境", "かんきょう", "割り当て", "わりあて", "取り出し", "とりだし", "保持", "ほじ", "保留", "ほりゅう", "退避", "たいひ",
	"一時", "いちじ", "初期化", "しょきか", "支払い", "しはらい", "遅延", "ちえん", "従量課金", "じゅうりょうかきん",
	"入り", "はいり", "始まり", "はじまり", "済み", "ずみ", "中", "ちゅう", "他", "ほか", "件", "けん", "点", "てん",
)

// sounded is a Japanese text by its sound, as far as the words are ours.
func sounded(text string) string { return readings.Replace(counts(text)) }

// counter is a word that Japanese has after a number. Both change with the number:
// three days are みっか, four hours よじかん, one minute いっぷん.
type counter struct {
	sign, sound string
	// last is the sound of number and counter by the number's last digit, and of
	// whole ones those that follow no rule; what is missing is both in a row.
	last  map[int]string
	whole map[int]string
}

var counters = []counter{
	{sign: "日", sound: "にち", last: map[int]string{4: "よっか", 7: "しちにち", 9: "くにち"}, whole: map[int]string{
		2: "ふつか", 3: "みっか", 5: "いつか", 6: "むいか", 7: "なのか", 8: "ようか", 9: "ここのか", 10: "とおか", 20: "はつか"}},
	{sign: "時間", sound: "じかん", last: map[int]string{4: "よじかん", 9: "くじかん"}},
	{sign: "時", sound: "じ", last: map[int]string{4: "よじ", 7: "しちじ", 9: "くじ"}, whole: map[int]string{0: "れいじ"}},
	{sign: "分", sound: "ふん", last: map[int]string{0: "じゅっぷん", 1: "いっぷん", 3: "さんぷん", 4: "よんぷん", 6: "ろっぷん", 8: "はっぷん"}},
	{sign: "秒", sound: "びょう"},
	{sign: "月", sound: "がつ", last: map[int]string{4: "しがつ", 7: "しちがつ", 9: "くがつ"}},
	{sign: "回", sound: "かい", last: map[int]string{0: "じゅっかい", 1: "いっかい", 6: "ろっかい", 8: "はっかい"}},
	{sign: "件", sound: "けん", last: map[int]string{0: "じゅっけん", 1: "いっけん", 6: "ろっけん", 8: "はっけん"}},
	{sign: "基", sound: "き", last: map[int]string{0: "じゅっき", 1: "いっき", 6: "ろっき", 8: "はっき"}},
}

var ones = [...]string{"", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう"}

// say is a number with the counter. One that is not below a hundred keeps its
// digits, which voices read.
func (c counter) say(n int) string {
	if sound, ok := c.whole[n]; ok {
		return sound
	}
	const ten = 10
	if n == 0 || n >= ten*ten {
		return strconv.Itoa(n) + c.sound
	}
	tens, last := "", n%ten
	if n >= 2*ten {
		tens = ones[n/ten]
	}
	sound, special := c.last[last]
	if last == 0 && special {
		return tens + sound
	}
	if n >= ten {
		tens += "じゅう"
	}
	if !special {
		sound = ones[last] + c.sound
	}
	return tens + sound
}

// counts writes the numbers of a Japanese text with what they count by their sound.
func counts(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		n := digits(text[i:])
		if n == 0 || n > maxNumber || !begins(text, i) {
			n = max(n, 1)
			out.WriteString(text[i : i+n])
			i += n
			continue
		}
		number, _ := strconv.Atoi(text[i : i+n])
		after := strings.TrimLeft(text[i+n:], " ")
		said := text[i : i+n]
		i += n
		for _, c := range counters {
			if rest, ok := strings.CutPrefix(after, c.sign); ok {
				said, i = c.say(number), len(text)-len(rest)
				break
			}
		}
		out.WriteString(said)
	}
	return out.String()
}

// maxNumber is how many digits a number has that counts something of ours.
const maxNumber = 4

// soundedTime is a time by its sound. The first of a month is not one day.
func soundedTime(t time.Time) string {
	text := counts(t.Format("1月"))
	if t.Day() == 1 {
		text += "ついたち"
	} else {
		text += counts(t.Format("2日"))
	}
	text += counts(strconv.Itoa(t.Hour()) + "時")
	if t.Minute() > 0 {
		text += counts(strconv.Itoa(t.Minute()) + "分")
	}
	return text
}
