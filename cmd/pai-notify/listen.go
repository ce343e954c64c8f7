package main

import (
	"fmt"
	"net"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
)

// The deadline of a function on this machine is the timeout that template.yaml
// and s.yaml give the deployed ones.
const functionTimeout = 30 * time.Second

// loopback refuses an address that others than this machine can reach: what is
// served there is open to everyone who can.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("--listen %s: %w: give host:port, such as 127.0.0.1:8080", address, err)
	}
	if !access.Loopback(host) {
		return fmt.Errorf("--listen %s: only a loopback address such as 127.0.0.1 is served", address)
	}
	return nil
}
