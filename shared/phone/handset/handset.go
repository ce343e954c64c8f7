// Package handset is the local stand-in for phones. It serves the APIs of Alibaba
// Cloud and AWS that send text messages and make calls.
package handset

import (
	"cmp"
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
)

// Kind is one way to reach a phone: by texts or by calls.
type Kind struct {
	// Action is the one of Alibaba Cloud's API, Number its parameter with the
	// number, and ID what its answer calls the message.
	Action, Number, ID string
	// Judge tells what Alibaba Cloud makes of the parameters of that action; the
	// code is "OK" when the phone gets the message.
	Judge func(p *Phone, q url.Values, m *inbox.Message) (code, text string)
	// Query is a further action, which asks about messages and sends none, and
	// QueryNumber its parameter with the number; "" for none.
	Query, QueryNumber string
	Answer             func(p *Phone, q url.Values) inbox.Answer
	// Operation is the one of AWS. It reads aloud when Spoken.
	Operation string
	Spoken    bool
	// OnlyAWS are the targets' parameters that only AWS's API has.
	OnlyAWS []string
}

// Platform completes the platform of a target type whose receivers are phones,
// by their numbers in E.164. A phone with keys takes what they sign alone; both
// clouds' APIs are at the root of the inbox.
func (k Kind) Platform(p inbox.Platform) inbox.Platform {
	parameters := maps.Clone(shared)
	maps.Copy(parameters, p.Parameters)
	p.Parameters = parameters
	p.Keys = inbox.Keys{ID: "inboxAccessKeyId", Secret: "inboxAccessKeySecret"}
	p.Route = k
	p.New = func(keys inbox.Keys, _ int) inbox.Receiver {
		return &Phone{kind: k, keys: keys, sent: map[string][]time.Time{}, nonces: map[string]bool{}}
	}
	p.Unknown = k.unknown
	return p
}

// shared are the parameters of texts and calls alike.
var shared = map[string]inbox.Parameter{
	"access_key_id": {
		Label: message.Text{EN: "AccessKey ID", ZH: "AccessKey ID", JA: "AccessKey ID"},
		Help:  message.Text{EN: "Alibaba Cloud: key of a RAM user, to use instead of the credentials of the environment. Enter both the ID and the secret.", ZH: "阿里云：RAM 用户的 AccessKey，用于代替运行环境的凭证；ID 和 Secret 需同时填写。", JA: "Alibaba Cloud：実行環境の認証情報の代わりに使う RAM ユーザーの AccessKey です。ID と Secret の両方を入力します。"},
	},
	"access_key_secret": {Label: message.Text{EN: "AccessKey secret", ZH: "AccessKey Secret", JA: "AccessKey Secret"}},
	"origination_identity": {
		Label: message.Text{EN: "Origination identity (AWS)", ZH: "发起身份（AWS）", JA: "発信元 ID（AWS）"},
		Help:  message.Text{EN: "The number that sends or calls. For SMS, also a sender ID or a pool.", ZH: "用于发送或呼叫的号码；短信也可填写发送者 ID 或号码池。", JA: "送信または発信に使う番号です。SMS では送信者 ID やプールも使えます。"},
	},
	"region": {
		Label: message.Text{EN: "Region (AWS)", ZH: "地域（AWS）", JA: "リージョン（AWS）"},
		Help:  message.Text{EN: "Region of the origination identity. Leave empty to use that of the environment.", ZH: "发起身份所在的地域，留空则使用运行环境的地域。", JA: "発信元 ID のリージョンです。空欄なら実行環境のリージョンを使います。"},
	},
	"endpoint": {
		Label: message.Text{EN: "API endpoint", ZH: "API 接入点", JA: "API エンドポイント"},
		Help:  message.Text{EN: "A regional or private endpoint of the cloud's API. Usually empty.", ZH: "云服务 API 的地域接入点或私网接入点，通常留空。", JA: "クラウドの API のリージョン別またはプライベートのエンドポイントです。通常は空欄にします。"},
	},
}

func operation(r *http.Request) string {
	return r.Header.Get("X-Acs-Action") + r.Header.Get("X-Amz-Target")
}

// Pattern is the root: Alibaba Cloud's calls name their action and AWS's their
// operation in a header.
func (k Kind) Pattern() string { return "POST /{$}" }

// Find takes the number from a request.
func (k Kind) Find(r *http.Request, body []byte) (string, bool) {
	switch operation(r) {
	case "":
		return "", false
	case k.Action:
		return e164(r.URL.Query().Get(k.Number)), true
	case k.Query:
		return e164(r.URL.Query().Get(k.QueryNumber)), true
	case k.Operation:
		return awsNumber(body), true
	}
	return "", false
}

// Name is the contact's number.
func (k Kind) Name(_ string, p inbox.Parameters) string { return p.Text("contact.phone") }

// Lead sets the endpoint and the access key. A target of AWS names no key: where
// one is checked, the API of Alibaba Cloud takes its place.
func (k Kind) Lead(p inbox.Parameters, to inbox.Place) {
	p.Set("endpoint", to.URL)
	if p["origination_identity"] != nil && to.Keys.ID == "" {
		if p["region"] == nil {
			p.Set("region", "us-east-1")
		}
		return
	}
	p.Remove(k.OnlyAWS...)
	p.Set("access_key_id", cmp.Or(to.Keys.ID, "inboxAccessKeyId"))
	p.Set("access_key_secret", cmp.Or(to.Keys.Secret, "inboxAccessKeySecret"))
}

func (k Kind) unknown(r *http.Request) inbox.Answer {
	_, ours := k.Find(r, nil)
	switch {
	case !ours:
		return gateway(http.StatusNotFound, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.")
	case operation(r) == k.Operation:
		return refusalAWS("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", "Destination phone number not verified")
	}
	return Refusal("isv.MOBILE_NUMBER_ILLEGAL", "号码格式错误")
}

// Phone is one that gets texts, or calls.
type Phone struct {
	kind   Kind
	keys   inbox.Keys // zero when anybody may send
	sent   map[string][]time.Time
	nonces map[string]bool
	taken  []inbox.Message
}

// Taken are the messages that it got, in the order in which they came.
func (h *Phone) Taken() []inbox.Message { return h.taken }

// Receive judges a request of either cloud.
func (h *Phone) Receive(r *http.Request, body []byte, m *inbox.Message) inbox.Answer {
	if r.Header.Get("X-Amz-Target") != "" {
		return h.receiveAWS(r, body, m)
	}
	asked := operation(r) == h.kind.Query
	if refusal, ok := h.verify(r, body, m); !ok {
		m.Reason, refusal.Query = m.Signature, asked
		return refusal
	}
	q := r.URL.Query()
	if asked {
		answer := h.kind.Answer(h, q)
		answer.Query = true
		return answer
	}
	m.ID, m.Body = q.Get("OutId"), q.Encode()
	m.Code, m.Reason = h.kind.Judge(h, q, m)
	if m.Code != "OK" {
		return Refusal(m.Code, m.Reason)
	}
	m.Accepted, m.Reason = true, ""
	h.taken = append(h.taken, *m)
	return inbox.Reply(http.StatusOK, map[string]string{"Code": "OK", "Message": "OK", h.kind.ID: serial(), "RequestId": serial()})
}

// e164 undoes the forms in which Alibaba Cloud's APIs take numbers.
func e164(number string) string {
	switch {
	case strings.HasPrefix(number, "+"):
		return number
	case len(number) == 11 && number[0] == '1' && number[1] >= '3': // one of 1[0-2] is of North America
		return "+86" + number
	case strings.HasPrefix(number, "0"):
		return "+86" + number[1:]
	}
	return "+" + number
}

// Refusal is that of the API, which answers 200.
func Refusal(code, text string) inbox.Answer {
	return inbox.Reply(http.StatusOK, map[string]string{"Code": code, "Message": text, "RequestId": serial()})
}

// gateway is a refusal by the gateway in front of the APIs.
func gateway(status int, code, text string) inbox.Answer {
	return inbox.Reply(status, map[string]string{"Code": code, "Message": text, "RequestId": serial(), "HostId": "127.0.0.1"})
}

// serial is an id as the platforms make them.
func serial() string { return rand.Text() }
