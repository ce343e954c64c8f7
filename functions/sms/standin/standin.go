// Package standin is the local stand-in for the phones that receive text messages.
package standin

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone/handset"
)

// Platform is texts to phones, by Alibaba Cloud and AWS.
var Platform = handset.Kind{
	Action: "SendSms", Number: "PhoneNumbers", ID: "BizId", Judge: judge,
	Query: "QuerySendDetails", QueryNumber: "PhoneNumber", Answer: records,
	Operation: "PinpointSMSVoiceV2.SendTextMessage",
	OnlyAWS:   []string{"origination_identity", "region", "max_parts"},
}.Platform(inbox.Platform{
	Type: "sms",
	Name: message.Text{EN: "SMS", ZH: "短信", JA: "SMS"},
	Help: message.Text{EN: "Needs an approved Alibaba Cloud signature and template, or an AWS number. Each message is billed.", ZH: "需要已审核的阿里云短信签名和模板，或 AWS 号码。每条短信都会计费。", JA: "Alibaba Cloud の承認済みの署名とテンプレート、または AWS の番号が必要です。1 通ごとに課金されます。"},
	Icon: `<path d="M7 3h10v18H7z"/><path d="M10 8h4M10 11h4M11 18h2"/>`,
	Parameters: map[string]inbox.Parameter{
		"sign_name": {
			Label:   message.Text{EN: "SMS signature", ZH: "短信签名", JA: "SMS 署名"},
			Help:    message.Text{EN: "Alibaba Cloud: the approved signature, without 【】.", ZH: "阿里云：已审核通过的签名，不含【】。", JA: "Alibaba Cloud：承認済みの署名です。【】は含めません。"},
			Example: message.Text{EN: "PAI", ZH: "PAI", JA: "PAI"},
			Wanted:  true,
		},
		"template_code": {
			Label:   message.Text{EN: "SMS template", ZH: "短信模板", JA: "SMS テンプレート"},
			Help:    message.Text{EN: "Alibaba Cloud: the code of the approved template, which starts with SMS_.", ZH: "阿里云：已审核通过的模板 CODE，以 SMS_ 开头。", JA: "Alibaba Cloud：承認済みテンプレートのコードです。SMS_ で始まります。"},
			Example: message.Text{EN: "SMS_123456789", ZH: "SMS_123456789", JA: "SMS_123456789"},
			Wanted:  true,
		},
		"template_params": {
			Label: message.Text{EN: "Template variables", ZH: "模板变量", JA: "テンプレート変数"},
			Help:  message.Text{EN: "Alibaba Cloud: one variable per line and the field that fills it, such as job: id. Leave empty for a template with the variables event, name, job and status.", ZH: "阿里云：每行一个变量及对应的字段，例如 job: id。模板变量为 event、name、job、status 时留空。", JA: "Alibaba Cloud：変数とその値にする項目を 1 行に 1 つ入力します（例：job: id）。変数が event、name、job、status のテンプレートなら空欄にします。"},
		},
		"max_parts": {
			Label: message.Text{EN: "Maximum parts per message (AWS)", ZH: "每条短信最多拆分条数（AWS）", JA: "SMS の最大分割数（AWS）"},
			Help:  message.Text{EN: "1 to 10, 1 by default. Each part is billed.", ZH: "1 到 10，默认 1，按条计费。", JA: "1 から 10 まで（既定は 1）。分割した数だけ課金されます。"},
		},
	},
})

// daily is Alibaba Cloud's for notifications of one signature and template.
var daily = handset.Limit{Most: 50, Per: 24 * time.Hour, Level: "天"}

// judge judges a call of SendSms.
func judge(h *handset.Phone, q url.Values, m *inbox.Message) (code, text string) {
	variables, code, text := handset.JudgeVariables(q.Get("TemplateParam"))
	m.Title, m.Text = "【"+q.Get("SignName")+"】", handset.Filled(variables)
	switch {
	case q.Get("SignName") == "" || strings.ContainsAny(q.Get("SignName"), "【】"):
		return "isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名"
	case !strings.HasPrefix(q.Get("TemplateCode"), "SMS_"):
		return "isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板"
	case code != "OK":
		return code, text
	}
	if text, ok := h.TooMany(q.Get("SignName")+" "+q.Get("TemplateCode"), m.Time, daily); ok {
		return "isv.BUSINESS_LIMIT_CONTROL", text
	}
	return "OK", ""
}

// record is one entry of what QuerySendDetails answers.
type record struct {
	OutID    string `json:"OutId"`
	PhoneNum string `json:"PhoneNum"`
	Content  string `json:"Content"`
	SendDate string `json:"SendDate"`
	// SendStatus is 3 for a text that was delivered.
	SendStatus int `json:"SendStatus"`
}

// records answers QuerySendDetails from the texts that were accepted.
func records(h *handset.Phone, q url.Values) inbox.Answer {
	china := time.FixedZone("CST", 8*60*60)
	var all []record
	for _, m := range h.Taken() {
		if at := m.Time.In(china); at.Format("20060102") == q.Get("SendDate") {
			all = append([]record{{m.ID, q.Get("PhoneNumber"), m.Title, at.Format(time.DateTime), 3}}, all...)
		}
	}
	size, _ := strconv.Atoi(q.Get("PageSize"))
	page, _ := strconv.Atoi(q.Get("CurrentPage"))
	if size < 1 || size > 50 || page < 1 {
		return handset.Refusal("isv.INVALID_PARAMETERS", "参数异常")
	}
	from := min((page-1)*size, len(all))
	return inbox.Reply(http.StatusOK, map[string]any{
		"Code": "OK", "Message": "OK", "RequestId": rand.Text(), "TotalCount": strconv.Itoa(len(all)),
		"SmsSendDetailDTOs": map[string]any{"SmsSendDetailDTO": all[from:min(from+size, len(all))]},
	})
}
