package account

import (
	"crypto/sha256"
	"net/http"
	"sync"
	"time"
)

const (
	// A request dated 15 minutes ahead can be sent again for half an hour.
	nonceLife = 2 * freshness
	// So many requests of half an hour are remembered, in some 40 MB, and those of
	// the half hour before. More are refused rather than forgotten: a forgotten one
	// could be replayed. Only those that were signed right are remembered.
	maxNonces = 1 << 20
	maxNonce  = 256 // bytes, the key's id included
)

// nonces remembers the requests that were taken, in two generations so that
// forgetting costs nothing.
type nonces struct {
	mu              sync.Mutex
	current, before map[digest]struct{}
	began           time.Time
}

// digest is half of a SHA-256: nobody finds two nonces with one.
type digest [sha256.Size / 2]byte

// use takes a nonce, or fails when it was taken before.
func (n *nonces) use(nonce string, now time.Time) error {
	if len(nonce) > maxNonce {
		return incomplete("The signature nonce is longer than any that the SDKs make.")
	}
	sum := sha256.Sum256([]byte(nonce))
	key := digest(sum[:len(digest{})])
	n.mu.Lock()
	defer n.mu.Unlock()
	if age := now.Sub(n.began); n.current == nil || age >= nonceLife || age < -nonceLife {
		n.before, n.current, n.began = n.current, map[digest]struct{}{}, now
	}
	_, taken := n.current[key]
	if !taken {
		_, taken = n.before[key]
	}
	switch {
	case taken:
		return &Error{Code: "SignatureNonceUsed", Status: http.StatusBadRequest, Text: "Specified signature nonce was used already."}
	case len(n.current) >= maxNonces:
		return &Error{Code: "TooManyRequests", Status: http.StatusTooManyRequests, Text: "More requests than are remembered came in half an hour: send the request again later."}
	}
	n.current[key] = struct{}{}
	return nil
}
