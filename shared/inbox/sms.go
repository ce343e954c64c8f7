package inbox

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// AddSMS adds a phone that gets texts, by its number in E.164. It takes those
// of one account of Alibaba Cloud or AWS, whose endpoint is the root of the
// inbox.
func (in *Inbox) AddSMS(number string, a Account) { in.addHandset("sms", number, a) }

// smsLimit is Alibaba Cloud's for notifications of one signature and template.
var smsLimit = limit{50, 24 * time.Hour, "天"}

// judgeText judges a call of SendSms.
func (h *handset) judgeText(q url.Values, m *Message) (code, text string) {
	variables, code, text := judgeVariables(q.Get("TemplateParam"))
	m.Title, m.Text = "【"+q.Get("SignName")+"】", filled(variables)
	switch {
	case q.Get("SignName") == "" || strings.ContainsAny(q.Get("SignName"), "【】"):
		return "isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名"
	case !strings.HasPrefix(q.Get("TemplateCode"), "SMS_"):
		return "isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板"
	case code != "OK":
		return code, text
	}
	if text, ok := h.tooMany(q.Get("SignName")+" "+q.Get("TemplateCode"), m.Time, smsLimit); ok {
		return "isv.BUSINESS_LIMIT_CONTROL", text
	}
	return "OK", ""
}

// smsRecord is one entry of what QuerySendDetails answers.
type smsRecord struct {
	OutID    string `json:"OutId"`
	PhoneNum string `json:"PhoneNum"`
	Content  string `json:"Content"`
	SendDate string `json:"SendDate"`
	// SendStatus is 3 for a text that was delivered.
	SendStatus int `json:"SendStatus"`
}

// serveRecords answers QuerySendDetails from the texts that were accepted. It
// is not a message and not kept as one.
func (in *Inbox) serveRecords(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	in.mu.Lock()
	defer in.mu.Unlock()
	to := in.find("sms", e164(q.Get("PhoneNumber")))
	if to == nil {
		rpcAnswer("isv.MOBILE_NUMBER_ILLEGAL", "号码格式错误").write(w)
		return
	}
	m := Message{Time: in.options.Now()}
	if refusal, ok := to.handler.(*handset).verify(r, nil, &m); !ok {
		refusal.write(w)
		return
	}
	china := time.FixedZone("CST", 8*60*60)
	var all []smsRecord
	for _, m := range to.messages {
		if at := m.Time.In(china); m.Accepted && at.Format("20060102") == q.Get("SendDate") {
			all = append([]smsRecord{{m.ID, q.Get("PhoneNumber"), m.Title, at.Format(time.DateTime), 3}}, all...)
		}
	}
	size, _ := strconv.Atoi(q.Get("PageSize"))
	page, _ := strconv.Atoi(q.Get("CurrentPage"))
	if size < 1 || size > 50 || page < 1 {
		rpcAnswer("isv.INVALID_PARAMETERS", "参数异常").write(w)
		return
	}
	from := min((page-1)*size, len(all))
	reply(http.StatusOK, map[string]any{
		"Code": "OK", "Message": "OK", "RequestId": serial(), "TotalCount": strconv.Itoa(len(all)),
		"SmsSendDetailDTOs": map[string]any{"SmsSendDetailDTO": all[from:min(from+size, len(all))]},
	}).write(w)
}
