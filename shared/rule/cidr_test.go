package rule

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddressesAreReadLikeNetipWithoutZonesAndMixedNotation(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	list := []string{"", ":", "::", ":::", "::1", "1::", "1::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "1::2::3",
		"12345::", "g::", "::ffff:1.2.3.4", "fe80::1%eth0", "1.2.3.4", "01.2.3.4", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4 ", "0.0.0.0", "255.255.255.255", "1..2.3", "1.2.3.", ".1.2.3.4"}
	for range 50000 {
		var b strings.Builder
		for range random.IntN(14) {
			b.WriteString([]string{"1", "0", "ff", "25", ":", ":", "::", ".", ".", "255", "a"}[random.IntN(11)])
		}
		list = append(list, b.String())
	}
	for _, s := range list {
		want, err := netip.ParseAddr(s)
		valid := err == nil && want.Zone() == "" && !(strings.Contains(s, ":") && strings.Contains(s, "."))
		got, ok := parseAddress([]byte(s))
		require.Equal(t, valid, ok, s)
		if ok {
			require.Equal(t, want, got, s)
		}
	}
}
