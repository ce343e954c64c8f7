package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/secret"
)

// stored is a member of the secret, as functions read it: a text that may be shown
// to any receiver, or a value with the hosts that may receive it.
type stored struct {
	Value string    `json:"value"`
	Hosts *[]string `json:"hosts,omitempty"`
	// raw is a member in neither form, which functions refuse.
	raw json.RawMessage
}

// UnmarshalJSON accepts any member: what the document does not name is kept
// unchanged.
func (s *stored) UnmarshalJSON(text []byte) error {
	value, hosts, bound, err := secret.ReadMember(text)
	switch {
	case err != nil:
		*s = stored{raw: slices.Clone(text)}
	case bound:
		*s = stored{Value: value, Hosts: new(append([]string{}, hosts...))}
	default:
		*s = stored{Value: value}
	}
	return nil
}

// MarshalJSON writes a member as it was read.
func (s stored) MarshalJSON() ([]byte, error) {
	switch {
	case s.raw != nil:
		return s.raw, nil
	case s.Hosts == nil:
		return json.Marshal(s.Value)
	}
	type plain stored
	return json.Marshal(plain(s))
}

// usable reports whether functions find a value in it.
func (s stored) usable() bool { return s.raw == nil && strings.TrimSpace(s.Value) != "" }

// readStored reads the value of the secret. Its errors do not show it.
func readStored(text string) (map[string]stored, error) {
	members := map[string]stored{}
	if !bytes.HasPrefix(bytes.TrimSpace([]byte(text)), []byte("{")) || json.Unmarshal([]byte(text), &members) != nil {
		return nil, errors.New("its value is no JSON object of names, so it was made for something else: name another with --name")
	}
	seen := map[string]bool{}
	for name := range event.Each([]byte(strings.TrimSpace(text))) {
		if seen[name] {
			return nil, fmt.Errorf("it has two members %q, and functions refuse both: take one out where it is kept", name)
		}
		seen[name] = true
	}
	return members, nil
}

// What a push does with a name.
const (
	isNew     = "new"
	isChanged = "changed"
	isSame    = "same"
	isKept    = "kept"
	isRemoved = "removed"
	isMissing = "missing"
)

// change is what a push does with a name. It holds no value.
type change struct{ name, verdict, text string }

// merge computes the new members of the secret from the existing ones and from
// what the document needs. lookup finds a value.
func merge(have map[string]stored, list []need, lookup func(name string) string, prune bool) (want map[string]stored, changes []change) {
	want = map[string]stored{}
	needed := map[string]bool{}
	for _, n := range list {
		needed[n.name] = true
		old, there := have[n.name]
		is := there && old.usable()
		value := lookup(n.name)
		if value == "" && !is {
			c := change{n.name, isMissing, "it has a value neither here nor in the secret"}
			if !n.enabled {
				c.text += "; no rule that is enabled needs it"
			}
			changes = append(changes, c)
			if there {
				want[n.name] = old
			}
			continue
		}
		one := stored{Value: value, Hosts: hostsFor(n, old, prune)}
		c := change{name: n.name, verdict: isSame}
		switch {
		case value == "":
			one.Value, c.verdict, c.text = old.Value, isKept, "no value here"
		case !is:
			c.verdict = isNew
		case value != old.Value:
			c.verdict = isChanged
		}
		switch {
		case is && old.Hosts == nil:
			c.verdict, c.text = isChanged, "it was for anybody, and is for the hosts of this document only: push the documents of other workspaces that share it"
		case is && !slices.Equal(*old.Hosts, *one.Hosts):
			c.verdict, c.text = isChanged, "for other hosts"
		}
		want[n.name] = one
		changes = append(changes, c)
	}
	for name, old := range have {
		switch {
		case needed[name]:
		case prune:
			changes = append(changes, change{name, isRemoved, "the document does not name it"})
		default:
			want[name] = old
			changes = append(changes, change{name, isKept, "the document does not name it"})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return bytes.Compare([]byte(a.name), []byte(b.name)) })
	return want, changes
}

// hostsFor returns the document's hosts. Hosts that the secret was bound to before
// stay unless prune is set: another workspace may share it.
func hostsFor(n need, old stored, prune bool) *[]string {
	hosts := slices.Clone(n.hosts)
	if old.Hosts != nil && !prune {
		hosts = append(hosts, *old.Hosts...)
	}
	slices.Sort(hosts)
	hosts = slices.Compact(hosts)
	if hosts == nil {
		hosts = []string{}
	}
	return &hosts
}

// encode writes the value of the secret. It fails when the value is longer than
// the store accepts.
func encode(want map[string]stored, limit int) (string, error) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !utf8.ValidString(want[name].Value) {
			return "", fmt.Errorf("the value of %s is no text in UTF-8, which is all that the secret can hold: set it again", name)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(want); err != nil {
		return "", err
	}
	text := string(bytes.TrimSpace(b.Bytes()))
	if len(text) > limit {
		return "", fmt.Errorf("the secret would be %d bytes, and the store takes %d: take out what is not needed with --prune, or keep long values in secrets of their own", len(text), limit)
	}
	return text, nil
}
