package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	connections = 1000
	mb          = 1 << 20
	// hold is how long what was sent is held, so that all is held at once.
	hold = 4 * time.Second
)

// attack is what one connection sends, of many. What is not whole is held.
type attack struct {
	name string
	// head is the request line with headers, each with a line's end.
	head string
	// body is sent after the head, repeated until so many bytes were sent.
	body  string
	bytes int
	// again is how often it is sent, each time by a connection of its own.
	again int
}

const (
	publish = "POST /eventbuses/pai-system-lab/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	call    = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	form    = "Content-Type: application/x-www-form-urlencoded\r\n"
	one     = "Content-Type: application/cloudevents+json\r\n"
	batch   = "Content-Type: application/cloudevents-batch+json\r\n"
	signed  = "Authorization: ACS3-HMAC-SHA256 Credential=LTAIstranger,SignedHeaders=host,Signature=00\r\n"
)

func length(n int) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n", n) }

var attacks = []attack{
	{"headers that do not end", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ", "a", 2 * mb, 1},
	{"headers without number that do not end", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", "a:\r\n", 2 * mb, 1},
	{"queries of many parameters", "GET /?" + strings.Repeat("a&", 100_000) + " HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Acs-Version: 2020-04-01\r\n\r\n", "", 0, 2},
	{"events that do not end", publish + one + length(mb), `{"a":1,`, mb - 1, 1},
	{"forms that do not end", call + form + length(mb), "a=1&", mb - 1, 1},
	{"payloads of functions, signed by nobody, that do not end", "POST /2023-03-30/functions/pai-notify-http/invocations HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Acs-Version: 2023-03-30\r\n" + signed + length(32*mb), "a", 32*mb - 1, 1},
	{"chunks that do not end", publish + one + "Transfer-Encoding: chunked\r\n\r\n", "1000\r\n" + strings.Repeat("a", 0x1000) + "\r\n", 8 * mb, 1},
	{"questions of commands that do not end", "POST /admin/history HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1000\r\n" + strings.Repeat("a", 0x1000) + "\r\n", 8 * mb, 1},
	{"batches of nothing", publish + batch + length(mb), "[" + strings.Repeat("0,", mb/2-1) + "0", mb, 2},
	{"events of members without name", publish + one + length(mb), `{"":0` + strings.Repeat(`,"":0`, mb/5-2) + "}" + strings.Repeat(" ", 10), mb, 2},
	{"events of nested lists", publish + one + length(mb), strings.Repeat("[", mb), mb, 2},
	{"forms of many parameters", call + form + length(mb), "a&", mb, 2},
}

func (a attack) run(address string) {
	for range a.again {
		started := time.Now()
		together(connections, func() { a.send(address, started.Add(hold)) })
	}
}

// send opens a connection, sends, and holds what is not whole until then. That
// it is refused or cut off is what is hoped for.
func (a attack) send(address string, until time.Time) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(until)
	if _, err = io.WriteString(c, a.head); err != nil {
		return
	}
	chunk := a.body
	for len(chunk) > 0 && len(chunk) < 64<<10 && len(chunk)*2 <= a.bytes {
		chunk += chunk
	}
	for sent := 0; sent < a.bytes; {
		n, err := io.WriteString(c, chunk[:min(len(chunk), a.bytes-sent)])
		if sent += n; err != nil {
			return
		}
	}
	_, _ = io.Copy(io.Discard, c) // until it is answered and closed, or until then
}
