package targettest

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/require"
)

// receiver is a platform that keeps what it was sent and answers as a check
// tells it.
type receiver struct {
	Receiver
	mu       sync.Mutex
	messages []Message
}

// receive starts a receiver; with a certificate it is one over TLS.
func (h Harness) receive(t T, certificate *tls.Certificate, answer func(Message) Reply) *receiver {
	t.Helper()
	r := &receiver{}
	r.Receiver = h.Protocol.Receive(t, certificate, func(m Message) Reply {
		r.mu.Lock()
		r.messages = append(r.messages, m)
		r.mu.Unlock()
		return answer(m)
	})
	return r
}

func (r *receiver) seen() []Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Message(nil), r.messages...)
}

// accept answers as a platform that took the message.
func (h Harness) accept(Message) Reply { return Reply{Status: h.Success, Body: h.Accepted} }

// fixed answers every message the same.
func fixed(status int, body string) func(Message) Reply {
	return func(Message) Reply { return Reply{Status: status, Body: body} }
}

// wire answers with bytes that need not be of the protocol.
func wire(bytes string) func(Message) Reply {
	return func(Message) Reply { return Reply{Instead: []byte(bytes)} }
}

func (h Harness) open(t T, base string) target.Target {
	t.Helper()
	to, err := h.Open(base)
	require.NoError(t, err)
	return to
}

// ErrorOf is the error of a [target.Target]'s Send, whose receipt does not
// matter to a test.
func ErrorOf(_ target.Receipt, err error) error { return err }

// send sends n and leaves the receipt aside.
func send(ctx context.Context, t T, to target.Target, n target.Notification) error {
	t.Helper()
	return ErrorOf(receiptOf(ctx, t, to, n))
}

// receiptOf sends n and turns a panic into a failed check.
func receiptOf(ctx context.Context, t T, to target.Target, n target.Notification) (r target.Receipt, err error) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("Send panicked: %v", p)
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return to.Send(ctx, n)
}

// answered sends the harness's notification to a receiver that answers so.
func (h Harness) answered(t T, answer func(Message) Reply) error {
	t.Helper()
	r := h.receive(t, nil, answer)
	defer r.Close()
	return send(context.Background(), t, h.open(t, r.Base()), h.Notification)
}

// numbered returns the notification with an ID and a title of its own, in
// which the mark can be found wherever either of them is sent.
func (h Harness) numbered(i int) (n target.Notification, mark string) {
	mark = fmt.Sprintf("n%04dn", i)
	n = h.Notification
	n.ID = mark
	n.Message.Title += " " + mark
	return n, mark
}
