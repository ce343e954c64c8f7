package console

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
)

// What stands in a form in the place of a secret.
const (
	keptToken    = "kept"     // the literal that the document has there
	pendingToken = "pending:" // and an id: pasted, and not yet saved
)

// pendingAge is how long a form may lie about before its secrets are pasted
// again, and pendingMost how many there may be.
const (
	pendingAge  = 2 * time.Hour
	pendingMost = 2000
)

// pending keeps secrets that were pasted into a form until it is saved, so that
// no page has to show them again. They are in memory only.
type pending struct {
	now func() time.Time

	mu   sync.Mutex
	list []pasted
}

type pasted struct {
	token, value string
	since        time.Time
}

// put returns the token of a value.
func (p *pending) put(value string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for len(p.list) > 0 && (len(p.list) >= pendingMost || now.Sub(p.list[0].since) > pendingAge) {
		p.list = p.list[1:]
	}
	for _, one := range p.list {
		if one.value == value {
			return one.token
		}
	}
	token := pendingToken + rand.Text()
	p.list = append(p.list, pasted{token, value, now})
	return token
}

// get returns the value of a token; false when it is gone.
func (p *pending) get(token string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.list {
		if one.token == token && p.now().Sub(one.since) <= pendingAge {
			return one.value, true
		}
	}
	return "", false
}

// reference tells whether a text refers to a secret and is none itself.
func reference(text string) bool { return text != "" && !target.Secret(text).Literal() }
