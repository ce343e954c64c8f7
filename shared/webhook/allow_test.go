package webhook

import (
	"net/netip"
	"testing"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAllow(t *testing.T) {
	t.Run("names the entry it cannot read", func(t *testing.T) {
		for _, entry := range []string{
			"https://a.example", "a.example:", "a.example:0", "a.example:70000", "a.example:x", "10.0.0.0/33", "10.1.2",
			"a b", "a..b", "10.0.0.1/", "-\x00", "[::1", "fe80::1%eth0", "*.example", "a.example/path", ":80",
		} {
			_, err := parseAllow("ok.example, " + entry)
			require.Error(t, err, entry)
			assert.True(t, target.IsPermanent(err))
			assert.ErrorContains(t, err, "PAI_NOTIFY_ALLOW")
			assert.NotContains(t, err.Error(), "ok.example")
		}
	})
	t.Run("reads hosts, addresses and prefixes", func(t *testing.T) {
		l, err := parseAllow(" Notify.corp.Example:8443 ,10.1.2.3,[::1]:80, 192.168.0.0/16,localhost,::ffff:10.9.0.0/112,,")
		require.NoError(t, err)
		assert.True(t, l.namesHost("notify.corp.example", 8443))
		assert.False(t, l.namesHost("notify.corp.example", 443))
		assert.True(t, l.namesHost("LOCALHOST.", 1))
		assert.False(t, l.namesHost("sub.localhost", 1))
		assert.True(t, l.namesHost("10.1.2.3", 1))
		assert.True(t, l.namesAddr(netip.MustParseAddr("::ffff:10.1.2.3"), 1))
		assert.True(t, l.namesHost("::1", 80))
		assert.False(t, l.namesHost("::1", 81))
		assert.False(t, l.namesHost("192.168.1.1", 80), "a prefix names no host")
		assert.True(t, l.covers(netip.MustParseAddr("192.168.1.1")))
		assert.True(t, l.covers(netip.MustParseAddr("10.9.1.1")))
		assert.False(t, l.covers(netip.MustParseAddr("10.1.2.3")))
	})
}

func TestGuard(t *testing.T) {
	type dial struct {
		address string
		host    bool // the host name is listed
		plain   bool
	}
	refused := func(t *testing.T, allow string, dials ...dial) {
		t.Helper()
		for _, d := range dials {
			assert.Error(t, check(t, allow, d.address, d.host, d.plain), "%s with %q", d.address, allow)
		}
	}
	accepted := func(t *testing.T, allow string, dials ...dial) {
		t.Helper()
		for _, d := range dials {
			assert.NoError(t, check(t, allow, d.address, d.host, d.plain), "%s with %q", d.address, allow)
		}
	}
	t.Run("refuses what is not public", func(t *testing.T) {
		for _, address := range []string{
			"127.0.0.1:80", "127.9.9.9:443", "[::1]:443", "0.0.0.0:443", "[::]:443", "10.0.0.1:443", "172.16.0.1:443",
			"172.31.255.255:443", "192.168.1.1:443", "[fc00::1]:443", "[fd00:ec2::254]:80", "169.254.169.254:80", "169.254.170.2:80",
			"[fe80::1]:443", "[fe80::1%eth0]:443", "100.64.0.1:443", "100.100.100.200:80", "100.100.2.136:53", "192.0.0.192:80",
			"[::ffff:127.0.0.1]:443", "[::ffff:169.254.169.254]:80", "[64:ff9b::7f00:1]:443", "[2002:7f00:1::]:443", "[2001::1]:443",
			"224.0.0.1:443", "[ff02::1]:443", "240.0.0.1:443", "255.255.255.255:443", "192.0.2.1:443", "198.18.0.1:443",
			"168.63.129.16:80", "[::ffff:168.63.129.16]:80", "[2001:db8::1]:443",
		} {
			refused(t, "", dial{address: address})
		}
	})
	t.Run("accepts public addresses at any port by TLS, and by nothing else", func(t *testing.T) {
		for _, address := range []string{"203.119.0.1:443", "8.8.8.8:8443", "[2400:3200::1]:443", "100.128.0.1:443", "172.32.0.1:443"} {
			accepted(t, "", dial{address: address})
			refused(t, "", dial{address: address, plain: true})
		}
	})
	t.Run("accepts what is listed, by plain http too", func(t *testing.T) {
		accepted(t, "10.0.0.0/8,127.0.0.1:8080,8.8.8.8", dial{address: "10.1.1.1:1", plain: true}, dial{address: "127.0.0.1:8080", plain: true}, dial{address: "8.8.8.8:80", plain: true})
		refused(t, "10.0.0.0/8,127.0.0.1:8080", dial{address: "127.0.0.1:8081"}, dial{address: "11.0.0.1:80", plain: true})
	})
	t.Run("accepts what a listed host name leads to", func(t *testing.T) {
		accepted(t, "", dial{address: "10.0.0.1:80", host: true, plain: true}, dial{address: "[fd00::1]:80", host: true, plain: true})
	})
	t.Run("sees a metadata address inside an IPv6 one", func(t *testing.T) {
		for _, address := range []string{
			"[64:ff9b::a9fe:a9fe]:80", "[64:ff9b::6464:64c8]:80", "[2002:a9fe:a9fe::]:80", "[::a9fe:a9fe]:80", "[fd20:ce::254]:80", "192.0.0.192:80",
		} {
			refused(t, "::/0,0.0.0.0/0,64:ff9b::/96", dial{address: address}, dial{address: address, host: true})
		}
	})
	t.Run("opens a metadata address for nothing but itself", func(t *testing.T) {
		all := []string{"169.254.169.254:80", "100.100.100.200:80", "[fd00:ec2::254]:80", "168.63.129.16:80", "[::ffff:100.100.100.200]:80"}
		for _, address := range all {
			refused(t, "0.0.0.0/0,::/0,169.254.0.0/16,100.64.0.0/10,168.63.129.16/31", dial{address: address}, dial{address: address, host: true})
			accepted(t, "169.254.169.254,100.100.100.200:80,fd00:ec2::254,168.63.129.16", dial{address: address, plain: true})
		}
	})
}

func check(t *testing.T, allow, address string, listedHost, plain bool) error {
	t.Helper()
	list, err := parseAllow(allow)
	require.NoError(t, err)
	network := "tcp4"
	if netip.MustParseAddrPort(address).Addr().Is6() {
		network = "tcp6"
	}
	return newGuard(list).check(network, address, nil, listedHost, plain)
}
