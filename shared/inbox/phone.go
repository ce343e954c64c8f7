package inbox

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Account is who may send to phones: an access key of either cloud. The zero
// value is the key id "demo" with the secret "demo-secret".
type Account struct{ KeyID, Key string }

// handset is a phone, for texts or for calls.
type handset struct {
	account *Account // nil when anybody may send
	calls   bool
	sent    map[string][]time.Time
	nonces  map[string]bool
}

func (in *Inbox) addHandset(platform, number string, a Account) {
	a.KeyID, a.Key = cmp.Or(a.KeyID, "demo"), cmp.Or(a.Key, "demo-secret")
	in.add(platform, number, newHandset(platform, &a))
}

func newHandset(platform string, a *Account) *handset {
	return &handset{account: a, calls: platform == "voice", sent: map[string][]time.Time{}, nonces: map[string]bool{}}
}

// notChecked is the verdict on a signature where anybody may send.
const notChecked = "not checked"

// servePhone takes the calls of both clouds' APIs, which all go to the root:
// Alibaba Cloud's name their action and AWS's their target in a header.
func (in *Inbox) servePhone(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxKept))
	if err != nil {
		return // the sender is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	operation := r.Header.Get("X-Acs-Action") + r.Header.Get("X-Amz-Target")
	switch operation {
	case "SendSms":
		in.serve(w, r, "sms", e164(r.URL.Query().Get("PhoneNumbers")), rpcAnswer("isv.MOBILE_NUMBER_ILLEGAL", "号码格式错误"))
	case "SingleCallByTts":
		in.serve(w, r, "voice", e164(r.URL.Query().Get("CalledNumber")), rpcAnswer("isv.MOBILE_NUMBER_ILLEGAL", "号码格式错误"))
	case "QuerySendDetails":
		in.serveRecords(w, r)
	case awsText, awsCall:
		platform := map[string]string{awsText: "sms", awsCall: "voice"}[operation]
		in.serve(w, r, platform, awsNumber(body), awsRefusal("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", "Destination phone number not verified"))
	default:
		gateway(http.StatusNotFound, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.").write(w)
	}
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

func (h *handset) receive(r *http.Request, body []byte, m *Message) answer {
	if r.Header.Get("X-Amz-Target") != "" {
		return h.receiveAWS(r, body, m)
	}
	if refusal, ok := h.verify(r, body, m); !ok {
		m.Reason = m.Signature
		return refusal
	}
	q := r.URL.Query()
	m.ID, m.Body = q.Get("OutId"), q.Encode()
	m.Code, m.Reason = h.judge(q, m)
	if m.Code != "OK" {
		return rpcAnswer(m.Code, m.Reason)
	}
	m.Accepted, m.Reason = true, ""
	id := serial()
	if h.calls {
		return reply(http.StatusOK, map[string]string{"Code": "OK", "Message": "OK", "CallId": id, "RequestId": serial()})
	}
	return reply(http.StatusOK, map[string]string{"Code": "OK", "Message": "OK", "BizId": id, "RequestId": serial()})
}

func (h *handset) judge(q url.Values, m *Message) (code, text string) {
	if h.calls {
		return h.judgeCall(q, m)
	}
	return h.judgeText(q, m)
}

// rpcAnswer is a refusal by the API, which answers 200.
func rpcAnswer(code, text string) answer {
	return reply(http.StatusOK, map[string]string{"Code": code, "Message": text, "RequestId": serial()})
}

// gateway is a refusal by the gateway in front of the APIs.
func gateway(status int, code, text string) answer {
	return reply(status, map[string]string{"Code": code, "Message": text, "RequestId": serial(), "HostId": "127.0.0.1"})
}

// serial is an id as the platforms make them.
func serial() string { return strings.ToUpper(rand.Text()) }

// acsTolerance is how far a request's date may be off.
const acsTolerance = 15 * time.Minute

// verify recomputes the ACS3-HMAC-SHA256 signature of a request.
func (h *handset) verify(r *http.Request, body []byte, m *Message) (answer, bool) {
	if r.Method != http.MethodPost {
		m.Signature = "none"
		return gateway(http.StatusBadRequest, "UnsupportedHTTPMethod", "This http method is not supported."), false
	}
	if h.account == nil {
		m.Signature = notChecked
		return answer{}, true
	}
	fields, ok := acsFields(r.Header.Get("Authorization"))
	if !ok {
		m.Signature = "none"
		return gateway(http.StatusBadRequest, "IncompleteSignature", "The request signature does not conform to Aliyun standards."), false
	}
	if fields["Credential"] != h.account.KeyID {
		m.Signature = "of an unknown key"
		return gateway(http.StatusNotFound, "InvalidAccessKeyId.NotFound", "Specified access key is not found."), false
	}
	at, err := time.Parse(time.RFC3339, r.Header.Get("X-Acs-Date"))
	if err != nil || m.Time.Sub(at).Abs() > acsTolerance {
		m.Signature = "invalid timestamp"
		return gateway(http.StatusBadRequest, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."), false
	}
	hash := sha256.Sum256(body)
	if r.Header.Get("X-Acs-Content-Sha256") != hex.EncodeToString(hash[:]) || !hmac.Equal([]byte(fields["Signature"]), []byte(acsSignature(r, fields["SignedHeaders"], h.account.Key))) {
		m.Signature = "does not match"
		return gateway(http.StatusBadRequest, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation."), false
	}
	nonce := r.Header.Get("X-Acs-Signature-Nonce")
	if nonce == "" || h.nonces[nonce] {
		m.Signature = "used before"
		return gateway(http.StatusBadRequest, "SignatureNonceUsed", "Specified signature nonce was used already."), false
	}
	h.nonces[nonce] = true
	m.Signature = "valid"
	return answer{}, true
}

// acsFields takes an Authorization header of Alibaba Cloud apart.
func acsFields(header string) (map[string]string, bool) {
	rest, ok := strings.CutPrefix(header, "ACS3-HMAC-SHA256 ")
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(part, "=")
		fields[strings.TrimSpace(name)] = value
	}
	signed := strings.Split(fields["SignedHeaders"], ";")
	for _, name := range []string{"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"} {
		ok = ok && slices.Contains(signed, name)
	}
	return fields, ok
}

func acsSignature(r *http.Request, signed, key string) string {
	var headers strings.Builder
	for name := range strings.SplitSeq(signed, ";") {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		fmt.Fprintf(&headers, "%s:%s\n", name, strings.TrimSpace(value))
	}
	query := r.URL.Query()
	var pairs []string
	for name, values := range query {
		for _, v := range values {
			pairs = append(pairs, acsEscape(name)+"="+acsEscape(v))
		}
	}
	slices.Sort(pairs)
	canonical := strings.Join([]string{r.Method, "/", strings.Join(pairs, "&"), headers.String(), signed, r.Header.Get("X-Acs-Content-Sha256")}, "\n")
	hash := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("ACS3-HMAC-SHA256\n" + hex.EncodeToString(hash[:])))
	return hex.EncodeToString(mac.Sum(nil))
}

// acsEscape is RFC 3986's percent encoding.
func acsEscape(s string) string {
	return strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(url.QueryEscape(s))
}

// limit is how many messages of a kind a number gets in a time. level is how
// the platform calls it.
type limit struct {
	most  int
	per   time.Duration
	level string
}

// tooMany counts a message of a kind, unless one of the limits is reached.
func (h *handset) tooMany(kind string, now time.Time, limits ...limit) (string, bool) {
	for _, l := range limits {
		recent := 0
		for _, t := range h.sent[kind] {
			if now.Sub(t) < l.per {
				recent++
			}
		}
		if recent >= l.most {
			return fmt.Sprintf("触发%s级流控Permits:%d", l.level, l.most), true
		}
	}
	h.sent[kind] = append(h.sent[kind], now)
	return "", false
}

// maxVariable is the documented length of a template's variable.
const maxVariable = 35

var (
	variableURL   = regexp.MustCompile(`(?i)://|\bwww\.|[a-z0-9-]\.[a-z]{2,}|\b\d{1,3}(\.\d{1,3}){3}\b|[0-9a-f]*:[0-9a-f]*:[0-9a-f]*:`)
	variablePhone = regexp.MustCompile(`(?:^|[^A-Za-z0-9_])\d{7,}(?:$|[^A-Za-z0-9_])|\d{11,}|1[3-9]\d[- ]?\d{4}[- ]?\d{4}|(?i:qq)\W*\d{5,}`)
	variablePlain = regexp.MustCompile(`^[\p{L}\p{M}0-9 :_-]+$`)
	variableDate  = regexp.MustCompile(`\b20\d{6}\b|_20\d{6}(_|\b)`)
)

// judgeVariables reads and judges the variables of a template.
func judgeVariables(text string) (variables map[string]string, code, reason string) {
	if text == "" {
		return nil, "OK", ""
	}
	if json.Unmarshal([]byte(text), &variables) != nil {
		return nil, "isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值"
	}
	for name, v := range variables {
		switch n := utf8.RuneCountInString(v); {
		case n < 1 || n > maxVariable:
			return variables, "isv.PARAM_LENGTH_LIMIT", "参数超过长度限制: " + name
		case variableURL.MatchString(v):
			return variables, "isv.PARAM_NOT_SUPPORT_URL", "变量不支持URL: " + name
		case !variablePlain.MatchString(v), variablePhone.MatchString(variableDate.ReplaceAllString(v, "")):
			return variables, "isv.TEMPLATE_PARAMS_ILLEGAL", "模板变量中存在非法参数: " + name
		}
	}
	return variables, "OK", ""
}

// filled lists variables as the text of a message, in order of their names.
func filled(variables map[string]string) string {
	var lines []string
	for name, v := range variables {
		lines = append(lines, "- "+name+": "+asText.Replace(v))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// asText keeps text from being read as markdown.
var asText = strings.NewReplacer("\\", "\\\\", "_", "\\_", "*", "\\*", "[", "\\[", "<", "\\<", "`", "\\`")
