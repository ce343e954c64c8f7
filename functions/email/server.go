package email

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// defaultPort is the one for TLS from the first byte: port 25 is closed on the
// machines of most clouds.
const defaultPort = "465"

// TLS is how a connection is secured.
type TLS string

// The ways to secure a connection. Without one, the port decides.
const (
	// Implicit is TLS from the first byte.
	Implicit TLS = "implicit"
	// StartTLS is TLS by the command STARTTLS.
	StartTLS TLS = "starttls"
	// NoTLS is no TLS at all, for a server that asks for no login.
	NoTLS TLS = "none"
)

// Values lists the ways.
func (TLS) Values() []string { return []string{string(StartTLS), string(Implicit), string(NoTLS)} }

// implicitPorts are those that servers use for TLS from the first byte: the
// registered one, SES's second and NetEase's.
var implicitPorts = [...]string{defaultPort, "2465", "994"}

// server is an SMTP server.
type server struct {
	host, port string
	// tls is how the connection is secured; empty for STARTTLS, which a server
	// on loopback need not offer.
	tls TLS
}

func (s server) String() string { return net.JoinHostPort(s.host, s.port) }

// parseServer reads the server of a rule, and how it is secured when the rule
// says so.
func parseServer(text string, security TLS) (server, error) {
	if text == "" {
		return server{}, errors.New("is missing: it is the host of an SMTP server, such as smtpdm.aliyun.com")
	}
	if strings.Contains(text, "://") || strings.Contains(text, "/") {
		return server{}, errors.New("is a URL: give the host alone, or host:port")
	}
	if strings.Contains(text, "@") {
		return server{}, errors.New("is an email address: give the host of the SMTP server, such as smtpdm.aliyun.com")
	}
	s := server{host: text, port: defaultPort, tls: security}
	if host, port, err := net.SplitHostPort(text); err == nil {
		s.host, s.port = host, port
	} else if trimmed := strings.Trim(text, "[]"); strings.Count(text, ":") > 1 {
		s.host = trimmed
	}
	if n, err := strconv.ParseUint(s.port, 10, 16); err != nil || n == 0 {
		return server{}, errors.New("the port is not a number from 1 to 65535: give host or host:port")
	}
	if !validHost(s.host) {
		return server{}, errors.New("is not a host name or an IP address")
	}
	if hint := mistaken(strings.ToLower(s.host)); hint != "" {
		return server{}, errors.New("is the address of the provider's API: its SMTP server is " + hint)
	}
	if s.tls == "" && slices.Contains(implicitPorts[:], s.port) {
		s.tls = Implicit
	}
	return s, nil
}

func validHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, func(c rune) bool {
			return !strings.ContainsRune("-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", c)
		}) {
			return false
		}
	}
	return len(host) <= 253
}

// mistaken returns the SMTP server of the provider whose API's host was given
// instead.
func mistaken(host string) string {
	if strings.HasPrefix(host, "dm.") && strings.HasSuffix(host, ".aliyuncs.com") || host == "dm.aliyuncs.com" {
		return "smtpdm.aliyun.com, or that of your region"
	}
	if region, ok := strings.CutPrefix(host, "email."); ok && strings.HasSuffix(host, ".amazonaws.com") {
		return "email-smtp." + region
	}
	return ""
}
