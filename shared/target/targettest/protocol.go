package targettest

import (
	"crypto/tls"
	"io"
	"net/http"
)

// Protocol receives messages on loopback in the way of a platform. The suite
// knows that of webhooks; the tests of a target that speaks another bring it
// along.
type Protocol interface {
	// Receive starts a receiver that asks answer what to say to each message.
	// Given a certificate, it shows it and takes no message before. Answer may
	// be called by several goroutines, and may wait.
	Receive(t T, certificate *tls.Certificate, answer func(Message) Reply) Receiver
}

// Receiver is a platform on loopback.
type Receiver interface {
	// Base is where it listens, as Open is given it.
	Base() string
	// Close ends it and its connections. It may be called twice.
	Close()
}

// Message is a message as it came over the wire.
type Message struct {
	// Text is all of it that can be read, with what opened the receiver:
	// address, headers, login and body.
	Text string
	// Connection names the connection by which it came.
	Connection string

	// Body is HTTP's body or the mail.
	Body string

	request *http.Request // where HTTP carried it
}

// Reply is what a receiver does when a message came.
type Reply struct {
	// Status is HTTP's status or the protocol's reply code.
	Status int
	// Header is for HTTP.
	Header http.Header
	// Body is HTTP's body, or what follows a code, in one line.
	Body string
	// Instead is written in place of an answer, whatever the protocol says; the
	// connection ends with it. It is nil for an answer.
	Instead []byte
	// Begun, when it is set, is called with the answer begun and not ended, and
	// may write more of it. The connection ends there when it returns false.
	Begun func(w io.Writer) bool
}
