package webhook

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/pai-notify/pai-notify/shared/target"
)

// AllowVariable names the environment variable in which an operator lists the
// receivers that are not on the public internet: comma separated host names
// or IP addresses, each with or without a port, and CIDR prefixes, such as
// "notify.corp.example:8443,10.1.2.3,192.168.0.0/16".
//
// What is listed may be dialled although it is not public, and by plain http.
// A listed host or address may also stand in place of a chat platform's own
// host in a robot's webhook URL. A metadata address is opened by nothing but
// that very address; a prefix around it, or a host name that leads to it, does
// not open it.
const AllowVariable = "PAI_NOTIFY_ALLOW"

// allowList is the operator's setting, parsed. The zero value allows nothing.
type allowList struct {
	hosts    []hostEntry
	prefixes []netip.Prefix
}

// hostEntry is a host name or an address; a port of 0 stands for every port.
type hostEntry struct {
	name string
	addr netip.Addr
	port uint16
}

// setting is the operator's setting as it was parsed last.
var setting struct {
	sync.Mutex
	text string
	list allowList
}

// allowed returns the operator's setting as it is now.
func allowed() (allowList, error) {
	setting.Lock()
	defer setting.Unlock()
	text := os.Getenv(AllowVariable)
	if text == setting.text {
		return setting.list, nil
	}
	list, err := parseAllow(text)
	if err != nil {
		return allowList{}, err
	}
	setting.text, setting.list = text, list
	return list, nil
}

func parseAllow(setting string) (allowList, error) {
	var list allowList
	for entry := range strings.SplitSeq(setting, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		if prefix, err := netip.ParsePrefix(entry); err == nil {
			list.prefixes = append(list.prefixes, unmapPrefix(prefix))
			continue
		}
		host, ok := parseHost(entry)
		if !ok {
			return allowList{}, target.Permanent(fmt.Errorf("%s: %q is neither a host, a host:port, an IP address nor a CIDR prefix", AllowVariable, entry))
		}
		list.hosts = append(list.hosts, host)
	}
	return list, nil
}

func parseHost(entry string) (hostEntry, bool) {
	bare := entry
	if strings.HasPrefix(entry, "[") && strings.HasSuffix(entry, "]") {
		bare = entry[1 : len(entry)-1]
	}
	if addr, err := netip.ParseAddr(bare); err == nil {
		return hostEntry{addr: addr.Unmap()}, addr.Zone() == ""
	}
	name, port := entry, ""
	if h, p, err := net.SplitHostPort(entry); err == nil {
		name, port = h, p
	}
	var e hostEntry
	if port != "" || strings.Contains(entry, ":") {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return hostEntry{}, false
		}
		e.port = uint16(n)
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		e.addr = addr.Unmap()
		return e, addr.Zone() == ""
	}
	e.name = canonical(name)
	return e, validName(e.name)
}

// validName holds for host names that could be looked up. A name that ends in
// digits only, such as 10.1.2, is a mistyped address.
func validName(name string) bool {
	labels := strings.Split(name, ".")
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") == "" {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return len(name) <= 253
}

func canonical(name string) string {
	return strings.TrimSuffix(strings.ToLower(name), ".")
}

func unmapPrefix(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96).Masked()
	}
	return p.Masked()
}

// namesHost tells whether host:port, as it stands in a URL, is listed by
// itself and not by a prefix.
func (l allowList) namesHost(host string, port uint16) bool {
	addr, err := netip.ParseAddr(host)
	if err == nil {
		return l.namesAddr(addr, port)
	}
	host = canonical(host)
	return slices.ContainsFunc(l.hosts, func(e hostEntry) bool {
		return e.name == host && !e.addr.IsValid() && (e.port == 0 || e.port == port)
	})
}

func (l allowList) namesAddr(addr netip.Addr, port uint16) bool {
	addr = addr.Unmap()
	return slices.ContainsFunc(l.hosts, func(e hostEntry) bool {
		return e.addr == addr && (e.port == 0 || e.port == port)
	})
}

func (l allowList) covers(addr netip.Addr) bool {
	addr = addr.Unmap()
	return slices.ContainsFunc(l.prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// portOf returns the port a URL leads to.
func portOf(u *url.URL) uint16 {
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(n)
	}
	if u.Scheme == "http" {
		return 80
	}
	return 443
}
