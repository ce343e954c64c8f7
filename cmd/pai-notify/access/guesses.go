package access

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

// How many wrong tokens are taken: ten at once and ten a minute from an address,
// a hundred at once and sixty a minute from all. At that pace a token of 16
// characters outlives everybody.
const (
	guessesEach = 10
	guessesAll  = 100
	mostGuesser = 1000 // addresses that are remembered
)

// guesses limits how many tokens may be tried. Its memory is bounded: when there
// are more addresses than it remembers, the others share what is for all.
type guesses struct {
	all *rate.Limiter
	by  map[netip.Prefix]*rate.Limiter
}

func newGuesses() guesses {
	return guesses{all: rate.NewLimiter(rate.Every(time.Second), guessesAll), by: map[netip.Prefix]*rate.Limiter{}}
}

// allow tells whether an address may try. What one address is refused does not
// count for the others.
func (g guesses) allow(now time.Time, remote string) bool {
	from := network(remote)
	own, ok := g.by[from]
	if !ok && len(g.by) >= mostGuesser {
		for address, l := range g.by {
			if l.TokensAt(now) >= guessesEach { // as one that was never seen
				delete(g.by, address)
			}
		}
	}
	if !ok && len(g.by) < mostGuesser {
		own = rate.NewLimiter(rate.Every(time.Minute/guessesEach), guessesEach)
		g.by[from] = own
	}
	return (own == nil || own.AllowN(now, 1)) && g.all.AllowN(now, 1)
}

// network is whose address it is: IPv6 gives everybody 64 bits of them.
func network(remote string) netip.Prefix {
	address, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	addr := address.Addr().Unmap()
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
