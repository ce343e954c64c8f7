package webhook

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/pai-notify/pai-notify/shared/exactjson"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// maxWait caps what a receiver may ask for by Retry-After, so that one odd
// header does not park its notifications for days.
const maxWait = time.Hour

// Answer is what a receiver said to a request.
type Answer struct {
	// Status is the HTTP status.
	Status int
	// Header holds the answer's headers.
	Header http.Header

	request Request
	body    []byte
	// cut is the error that ended the reading of the body.
	cut     error
	secrets *redactor
}

// errTooLong ends the reading of an answer of more than maxAnswer bytes.
var errTooLong = errors.New("the answer is longer than 64 KiB")

// read takes the body of res, at most maxAnswer bytes of it and for at most
// bodyTimeout, and closes it. A body read to its end leaves the connection
// ready for the next request.
func (r Request) read(res *http.Response, secrets *redactor) *Answer {
	a := &Answer{Status: res.StatusCode, Header: res.Header, request: r, secrets: secrets}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode == http.StatusSwitchingProtocols {
		return a // its body is the bare connection and has no end
	}
	slow := time.AfterFunc(bodyTimeout, func() { _ = res.Body.Close() })
	defer slow.Stop()
	a.body, a.cut = io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if len(a.body) > maxAnswer {
		a.body, a.cut = a.body[:maxAnswer], errTooLong
	}
	return a
}

// JSON decodes the body into v, a pointer, by the exact names of its members:
// what a platform says under another name is not its verdict. The error, marked
// by [target.Unconfirmed], is that the answer did not come whole, is not JSON,
// has other types than v or says the same thing twice: what it says is then
// unknown, whatever its status.
func (a *Answer) JSON(v any) error {
	text, err := a.Text()
	if err == nil && exactjson.Unmarshal([]byte(text), v) != nil {
		return a.odd("the answer is not the JSON it should be")
	}
	return err
}

// Text returns the body, for a platform that answers in plain text. The error is
// that the answer did not come whole, as in [Answer.JSON].
func (a *Answer) Text() (string, error) {
	switch {
	case errors.Is(a.cut, errTooLong):
		return "", a.odd(errTooLong.Error())
	case a.cut != nil:
		return "", a.request.failure(a.cut, true, a.secrets)
	}
	return string(a.body), nil
}

// odd is [Answer.Unclear] with the beginning of the body.
func (a *Answer) odd(text string) error {
	if extract := a.Extract(string(a.body)); extract != "" {
		text += ": " + extract
	}
	return a.Unclear(text)
}

// Unclear is the end of a message whose answer does not say what became of it;
// text says what is wrong with the answer.
func (a *Answer) Unclear(text string) error {
	return target.Unconfirmed(&target.Refusal{Platform: a.request.Platform, Status: a.Status, Text: text})
}

// Extract returns the beginning of text, which came from the receiver, as one
// short line without the secrets of the request.
func (a *Answer) Extract(text string) string { return extract(text, a.secrets) }

// Verdict judges the answer by its status alone: nil for 2xx; [target.Gone]
// for 410; [target.RetryAfter] for 408, 425, 429 and 5xx that name a wait, at
// most an hour; unmarked for those that do not; [target.Permanent] for every
// other status, 501 and 505 included. A gateway that lost sight of the request
// is [target.Unconfirmed] besides. The error holds a *[target.Refusal].
func (a *Answer) Verdict() error {
	if a.Status >= 200 && a.Status <= 299 {
		return nil
	}
	refusal := &target.Refusal{
		Platform: a.request.Platform,
		Status:   a.Status,
		Text:     a.Extract(string(a.body)),
		Advice:   statusAdvice(a.Status).In(a.request.Language),
	}
	switch {
	case a.Status == http.StatusGone:
		return target.Gone(refusal)
	case mayPass(a.Status):
		var err error = refusal
		if passedOn(a.Status) {
			err = target.Unconfirmed(err)
		}
		if wait, ok := a.Wait(time.Now()); ok {
			return target.RetryAfter(wait, err)
		}
		return err
	}
	return target.Permanent(refusal)
}

// mayPass tells whether the same request may be taken later.
func mayPass(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return status >= 500
}

// passedOn tells of a status by which a gateway says that it has no answer, or
// none of use, from the receiver, which may have got the request: 502 and 504,
// and the form of the latter that Cloudflare has.
func passedOn(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusGatewayTimeout || status == 524
}

// Wait returns what the Retry-After header asks for, in seconds or as a date,
// at most an hour. A date in the past is a wait of zero.
func (a *Answer) Wait(now time.Time) (time.Duration, bool) {
	value := a.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(maxWait/time.Second))) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), maxWait), true
	}
	return 0, false
}

// Advice returns what this package advises about answers and connections.
func Advice() []message.Text {
	all := []message.Text{notPublicAdvice, plainAdvice, certificateAdvice}
	for _, status := range []int{100, 301, 401, 404, 410, 400} { // one of each kind
		all = append(all, statusAdvice(status))
	}
	return all
}

func statusAdvice(status int) message.Text {
	switch {
	case status >= 300 && status <= 399:
		return message.Text{
			EN: "The receiver redirects, and redirects are not followed: put its final address into the rule.",
			ZH: "接收端返回了重定向，系统不会跟随：请在规则中填写最终地址。",
			JA: "受信側がリダイレクトを返しましたが、追従しません。最終的なアドレスをルールに設定してください。",
		}
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return message.Text{
			EN: "The receiver does not accept who is asking: check the secret, the headers and its access rules.",
			ZH: "接收端拒绝了身份：请检查密钥、请求头以及接收端的访问规则。",
			JA: "受信側が認証を拒否しました。シークレット、ヘッダー、アクセス規則を確認してください。",
		}
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed:
		return message.Text{
			EN: "Nothing takes a POST at this address: check its path.",
			ZH: "该地址不接受 POST 请求：请检查路径。",
			JA: "このアドレスは POST を受け付けません。パスを確認してください。",
		}
	case status == http.StatusGone:
		return message.Text{
			EN: "The receiver says that it is gone for good: remove it from the rule.",
			ZH: "接收端表示已永久停用：请从规则中删除。",
			JA: "受信側は恒久的に廃止されています。ルールから削除してください。",
		}
	case status >= 400 && !mayPass(status):
		return message.Text{
			EN: "The receiver refuses the request as it is: its own log says why.",
			ZH: "接收端拒绝了该请求：请查看接收端日志了解原因。",
			JA: "受信側がこのリクエストを拒否しました。理由は受信側のログを確認してください。",
		}
	case status < 200:
		return message.Text{
			EN: "The receiver does not answer as a webhook does: check the address.",
			ZH: "接收端的应答不符合 Webhook 规范：请检查地址。",
			JA: "受信側の応答は Webhook のものではありません。アドレスを確認してください。",
		}
	}
	return message.Text{}
}
