package main

import (
	"fmt"
	"net"
	"time"
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
	if !isLoopback(host) {
		return fmt.Errorf("--listen %s: only a loopback address such as 127.0.0.1 is served", address)
	}
	return nil
}

// isLoopback tells whether a name or an address is that of this machine for
// itself.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
