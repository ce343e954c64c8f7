package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// failure is a request that got no answer. It matches the error that caused
// it but does not give it out: texts of the transport can hold what a receiver
// or a URL said.
type failure struct {
	text  string
	cause error
}

func (f *failure) Error() string { return f.text }

// Is lets errors.Is see context.DeadlineExceeded, syscall.ECONNREFUSED and
// the like.
func (f *failure) Is(err error) bool { return errors.Is(f.cause, err) }

// failure classes err, with which the transport ended. The request was sent
// as a whole when written: then it may have been taken.
func (r Request) failure(err error, written bool, secrets *redactor) error {
	if d, ok := errors.AsType[*denial](err); ok {
		advice := notPublicAdvice
		if errors.Is(d, errPlainHTTP) {
			advice = plainAdvice
		}
		return target.Permanent(&target.Refusal{Platform: r.Platform, Text: d.Error(), Advice: advice.In(r.Language)})
	}
	if c, ok := errors.AsType[*certificateError](err); ok {
		return target.Permanent(&target.Refusal{
			Platform: r.Platform,
			Text:     "the receiver's certificate does not hold: " + extract(c.Error(), secrets),
			Advice:   certificateAdvice.In(r.Language),
		})
	}
	text := cause(err, secrets)
	if written {
		text += "; the request was sent, whether it was taken is unknown"
		return target.Unconfirmed(&failure{text: r.Platform + ": " + text, cause: err})
	}
	return &failure{text: r.Platform + ": " + text, cause: err}
}

// cause says what ended a request, in our words where the transport's are
// unclear.
func cause(err error, secrets *redactor) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return fmt.Sprintf("host %s is not known: check its spelling", extract(dns.Name, secrets))
		}
		return fmt.Sprintf("host %s cannot be looked up now", extract(dns.Name, secrets))
	}
	timeout, _ := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		return "the request was cancelled"
	case timeout != nil && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the receiver refuses connections: nothing listens there"
	case errors.Is(err, syscall.ECONNRESET):
		return "the receiver reset the connection"
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return "the receiver closed the connection without a whole answer"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the receiver does not speak TLS on this port"
	}
	return extract(err.Error(), secrets)
}

var notPublicAdvice = message.Text{
	EN: "Receivers must be on the public internet; an operator can list others in " + AllowVariable + ".",
	ZH: "接收端必须位于公网；其他地址需由管理员在 " + AllowVariable + " 中列出。",
	JA: "受信側は公開インターネット上にある必要があります。それ以外は管理者が " + AllowVariable + " に列挙します。",
}

var plainAdvice = message.Text{
	EN: "Use https; an operator can list receivers without it in " + AllowVariable + ".",
	ZH: "请使用 https；不支持 https 的接收端需由管理员在 " + AllowVariable + " 中列出。",
	JA: "https を使用してください。https のない受信側は管理者が " + AllowVariable + " に列挙します。",
}

var certificateAdvice = message.Text{
	EN: "Check the receiver's certificate, its chain and host name; a private authority is trusted by SSL_CERT_FILE.",
	ZH: "请检查接收端的证书、证书链和主机名；私有 CA 可通过 SSL_CERT_FILE 信任。",
	JA: "受信側の証明書、チェーン、ホスト名を確認してください。プライベート CA は SSL_CERT_FILE で信頼できます。",
}
