package censor

import (
	"container/list"
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
)

// What stands in a form in the place of a secret.
const (
	KeptToken    = "kept"     // the literal that the document has there
	PendingToken = "pending:" // and an id: pasted, and not yet saved
)

// pendingAge is how long a form may lie about before its secrets are pasted
// again, and pendingMost how many bytes of them there may be: those of several
// documents of the largest size.
const (
	pendingAge  = 2 * time.Hour
	pendingMost = 32 << 20
)

// pending keeps secrets that were pasted into a form until it is saved, and
// those of a document that is shown, so that no page has to show them. They are
// in memory only.
type pending struct {
	now func() time.Time

	mu     sync.Mutex
	tokens map[string]*pasted // by the token
	values map[string]*pasted // by the value
	order  list.List          // of *pasted, the one that was used first in front
	size   int
}

type pasted struct {
	token, value string
	since        time.Time
	at           *list.Element
}

// Keep returns the token of a value.
func (p *pending) Keep(value string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tokens == nil {
		p.tokens, p.values = map[string]*pasted{}, map[string]*pasted{}
	}
	now := p.now()
	one := p.values[value]
	if one == nil || now.Sub(one.since) > pendingAge {
		one = &pasted{token: PendingToken + rand.Text(), value: value}
		one.at = p.order.PushBack(one)
		p.tokens[one.token], p.values[value] = one, one
		p.size += len(value) + len(one.token)
	}
	one.since = now
	p.order.MoveToBack(one.at)
	for front := p.order.Front(); front != one.at; front = p.order.Front() {
		old, _ := front.Value.(*pasted)
		if p.size <= pendingMost && now.Sub(old.since) <= pendingAge {
			break
		}
		p.order.Remove(front)
		p.size -= len(old.value) + len(old.token)
		delete(p.tokens, old.token)
		if p.values[old.value] == old {
			delete(p.values, old.value)
		}
	}
	return one.token
}

// Kept returns the value of a token; false when it is gone.
func (p *pending) Kept(token string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.tokens[token]
	if one == nil || p.now().Sub(one.since) > pendingAge {
		return "", false
	}
	return one.value, true
}

// schemes are the words of authentication that may stand before a reference;
// any other might be the secret itself.
var schemes = []string{"basic", "bearer", "digest", "token", "apikey", "api-key", "key", "geniekey", "negotiate"}

// IsReference tells whether a text refers to a secret and is none itself.
func IsReference(text string) bool {
	if _, ok := target.Secret(text).Reference(); !ok {
		return false
	}
	word, _, two := strings.Cut(text, " ")
	return !two || slices.Contains(schemes, strings.ToLower(word))
}
