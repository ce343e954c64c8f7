package inbox

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
)

// Webhook is the route to a receiver that has an address of its own.
type Webhook struct {
	// Path is the address of a receiver but for its name, which follows:
	// "/hook/" or "/send?key=".
	Path string
	// Address is the target's parameter with the address, and Key the one by
	// which it signs, if it does. Drop are those of the real receiver alone.
	Address, Key string
	Drop         []string
	// Spell writes the name of a variable such that an address may hold it; nil
	// when it may as it is.
	Spell func(string) string
}

const receiverValue = "receiver"

// Pattern is the path of any receiver.
func (w Webhook) Pattern() string {
	if path, _, ok := strings.Cut(w.Path, "?"); ok {
		return path
	}
	return w.Path + "{" + receiverValue + "}"
}

// Find takes the name from the address.
func (w Webhook) Find(r *http.Request, _ []byte) (string, bool) {
	if _, query, ok := strings.Cut(w.Path, "?"); ok {
		return r.URL.Query().Get(strings.TrimSuffix(query, "=")), true
	}
	return r.PathValue(receiverValue), true
}

// Name is that of the variable which holds the address, or made of the address,
// which may be a secret.
func (w Webhook) Name(typ string, p Parameters) string {
	address := p.Text(w.Address)
	if _, name, ok := strings.Cut(address, "env:"); ok {
		if w.Spell != nil {
			name = w.Spell(name)
		}
		return name
	}
	sum := sha256.Sum256([]byte(typ + "\x00" + address))
	return "robot-" + hex.EncodeToString(sum[:])[:8]
}

// Lead sets the address and the key.
func (w Webhook) Lead(p Parameters, to Place) {
	escape := url.PathEscape
	if strings.Contains(w.Path, "?") {
		escape = url.QueryEscape
	}
	p.Set(w.Address, to.URL+w.Path+escape(to.Receiver))
	p.Remove(w.Drop...)
	switch {
	case w.Key == "":
	case to.Keys.Secret == "":
		p.Remove(w.Key)
	default:
		p.Set(w.Key, to.Keys.Secret)
	}
}

// shared are the parameters that several types have.
var shared = map[string]Parameter{
	"webhook":     {Label: message.Text{EN: "Webhook", ZH: "Webhook 地址", JA: "Webhook"}},
	"signing_key": {Label: message.Text{EN: "Signing key", ZH: "加签密钥", JA: "署名キー"}},
	"style":       {Label: message.Text{EN: "Style", ZH: "样式", JA: "スタイル"}},
	"mention.mobiles": {
		Label: message.Text{EN: "Mention by mobile number", ZH: "按手机号 @ 成员", JA: "携帯番号でメンション"},
		Help:  message.Text{EN: "The mobile numbers of mainland China that members registered with, one per line. Mention everybody else by user id.", ZH: "成员注册时使用的中国大陆手机号，每行一个。其他成员请按用户 ID 填写。", JA: "メンバーが登録した中国本土の携帯番号を 1 行に 1 つ入力します。ほかのメンバーはユーザー ID で指定してください。"},
	},
	"mention.users": {
		Label: message.Text{EN: "Mention by user id", ZH: "按用户 ID @ 成员", JA: "ユーザー ID でメンション"},
		Help:  message.Text{EN: "User ids of members, one per line.", ZH: "成员的用户 ID，每行一个。", JA: "メンバーのユーザー ID を 1 行に 1 つ入力します。"},
	},
	"mention.all": {
		Label: message.Text{EN: "Mention everybody", ZH: "@ 所有人", JA: "全員にメンション"},
		Help:  message.Text{EN: "Each message mentions the whole group.", ZH: "每条消息都会提醒群内所有成员。", JA: "メッセージごとにグループの全員に通知されます。"},
	},
	"mention.creator": {
		Label: message.Text{EN: "Mention the creator", ZH: "@ 创建者", JA: "作成者にメンション"},
		Help:  message.Text{EN: "Each message mentions the contact whose UID created what it is about.", ZH: "每条消息提醒创建者，即 UID 相符的联系人。", JA: "メッセージごとに、UID が作成者と一致する連絡先に通知されます。"},
	},
	"keyword": {
		Label: message.Text{EN: "Robot keyword", ZH: "自定义关键词", JA: "ロボットのキーワード"},
		Help:  message.Text{EN: "Only for a robot with custom keywords: added to each message that does not contain it.", ZH: "仅当机器人启用了“自定义关键词”时填写；消息中没有该词时自动添加。", JA: "カスタムキーワードを設定したロボット用です。含まれていないメッセージに追加します。"},
	},
}
