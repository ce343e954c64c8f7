package workspace

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// identities checks that no rule, or no contact, has an id or a name that
// another one has for either: people and buses know them by both.
func (b *builder) identities(what sentence, list string, of func(i int) (name, id string), n int) {
	taken := map[string]int{}
	take := func(i int, key, text string) {
		if text == "" {
			return
		}
		j, again := taken[text]
		switch {
		case again && j != i:
			b.add(duplicatesOf, fmt.Sprintf("%s[%d].%s", list, i, key), "what", what.With(), "name", text, "at", numberedAs(what, j), "key", key)
		default:
			taken[text] = i
		}
	}
	for i := range n {
		name, id := of(i)
		take(i, "name", name)
		take(i, "id", id)
	}
}

// numberedAs names an entry of a list as people count, "the second" being 2.
func numberedAs(what sentence, index int) message.Statement {
	return numbered.With("what", what.With(), "number", index+1)
}

// keyOf returns the key of a target that the document gives no name and no
// contact: its type, and the reference that says where it goes. Where the
// document has the address itself, it is a digest of that and of nothing else,
// so that other words or mentions make no other receiver.
func keyOf(spec target.Spec, r target.Receiver) string {
	to, err := spec.Open(r.Parameters)
	addressed, ok := to.(target.Addressed)
	if err != nil || !ok {
		return spec.Type
	}
	address := addressed.Address()
	if name, ok := target.Secret(address).Reference(); ok {
		return spec.Type + "-" + plain(name)
	}
	return spec.Type + "-" + digest(address)
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:5])
}

// plain writes the name of a reference, such as /pai/webhook, as names are.
func plain(name string) string {
	kept := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune("-_.", r) {
			return r
		}
		return '-'
	}, name)
	return strings.Trim(kept, "-_.")
}

// freeName returns a name for a target that no receiver of the rule has or begins
// with.
func freeName(typ string, taken map[string]int) string {
	for n := 2; ; n++ {
		name := fmt.Sprintf("%s-%d", typ, n)
		used := false
		for key := range taken {
			used = used || key == name || strings.HasPrefix(key, name+"-")
		}
		if !used {
			return name
		}
	}
}
