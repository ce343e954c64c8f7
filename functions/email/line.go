package email

import (
	"errors"
	"net"
	"time"
)

// maxHeard is what is read from a server in bytes; certificates are most of it.
const maxHeard = 256 << 10

// quietConn is a connection that can be made to end all waiting for good, and
// that does not listen for ever.
type quietConn struct {
	net.Conn
	left int
}

var errTalkative = errors.New("the server says far more than a mail server has to")

// Read is called by one goroutine at a time.
func (q *quietConn) Read(p []byte) (int, error) {
	if q.left <= 0 {
		return 0, errTalkative
	}
	n, err := q.Conn.Read(p[:min(len(p), q.left)])
	q.left -= n
	return n, err
}

func (q *quietConn) hangUp() { _ = q.SetDeadline(time.Unix(1, 0)) }
