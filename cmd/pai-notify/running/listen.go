package running

import (
	"fmt"
	"net"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
)

// Loopback refuses an address that others than this machine can reach: what is
// served there is open to everyone who can.
func Loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("--listen %s: %w: give host:port, such as 127.0.0.1:8080", address, err)
	}
	if !access.Loopback(host) {
		return fmt.Errorf("--listen %s: only a loopback address such as 127.0.0.1 is served", address)
	}
	return nil
}
