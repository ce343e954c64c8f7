package journal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// How much is kept of what was changed: changes, and bytes of the documents before
// and after them. The oldest go first.
const (
	mostChanges = 500
	mostTexts   = 64 << 20
)

// Outside is what a change is called that was not made in the console.
const Outside = "outside"

// Change is one change, with what it was before.
type Change struct {
	ID  string    `json:"-"`
	At  time.Time `json:"at"`
	Who Who       `json:"who,omitzero"`
	// What is the key of what was done, such as "deleted", and Names what to.
	What  string   `json:"what"`
	Names []string `json:"names,omitempty"`
	// Undoes is the change that this one took back; "" for none.
	Undoes string `json:"undoes,omitempty"`
	// From and To are digests of the document before and after it; "" where the
	// document did not change.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// More is what undoing it needs to know besides.
	More json.RawMessage `json:"more,omitempty"`

	// Before and After are the texts of the document. Lists leave them out.
	Before, After []byte `json:"-"`
}

// Who is what is known of the one who did something: the console has no accounts.
type Who struct {
	// Session tells browsers that are logged in apart, and Address is where the
	// request came from.
	Session string `json:"session,omitempty"`
	Address string `json:"address,omitempty"`
}

const (
	changeEnding = ".json"
	textEnding   = ".yaml"
)

// Record keeps a change before it is made, and returns its id. A difference between
// the last change and this one is recorded too: somebody changed the file.
func (j *Journal) Record(c Change) (string, error) {
	list, err := j.changes.list(changeEnding, j.now())
	if err != nil {
		return "", err
	}
	if c.From, c.To, err = j.texts(c); err != nil {
		return "", err
	}
	if last, ok := j.last(list); ok && c.From != c.To && last.To != c.From {
		between := Change{At: c.At, What: Outside, From: last.To, To: c.From}
		if _, err := j.write(between); err != nil {
			return "", err
		}
	}
	id, err := j.write(c)
	if err == nil {
		j.trim()
	}
	return id, err
}

// texts keeps the documents of a change and returns their digests.
func (j *Journal) texts(c Change) (from, to string, err error) {
	if c.Before == nil && c.After == nil {
		return "", "", nil
	}
	var names [2]string
	for i, text := range [][]byte{c.Before, c.After} {
		sum := sha256.Sum256(text)
		names[i] = hex.EncodeToString(sum[:16])
		err = errors.Join(err, j.changes.put(names[i]+textEnding, text, j.now()))
	}
	return names[0], names[1], err
}

// last is the newest change that was one of the document.
func (j *Journal) last(list []item) (Change, bool) {
	for _, one := range slices.Backward(byName(list)) {
		if c, err := j.read(one.name); err == nil && c.To != "" {
			return c, true
		}
	}
	return Change{}, false
}

// byName is the order in which changes were made.
func byName(list []item) []item {
	slices.SortFunc(list, func(a, b item) int { return strings.Compare(a.name, b.name) })
	return list
}

func (j *Journal) write(c Change) (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	j.mu.Lock()
	at := j.now().UTC()
	if !at.After(j.latest) {
		at = j.latest.Add(time.Microsecond) // the names tell the order
	}
	j.latest = at
	j.mu.Unlock()
	id := at.Format("20060102T150405.000000") + "-" + rand.Text()[:8]
	return id, j.changes.put(id+changeEnding, text, j.now())
}

func (j *Journal) read(name string) (Change, error) {
	c := Change{ID: strings.TrimSuffix(name, changeEnding)}
	text, err := j.changes.get(name)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	return c, err
}

// Changes returns the newest changes, without their texts, before the one of an id
// ("" for all), and whether there are more.
func (j *Journal) Changes(before string, most int) ([]Change, bool, error) {
	list, err := j.changes.list(changeEnding, j.now())
	if err != nil {
		return nil, false, err
	}
	var found []Change
	for _, one := range slices.Backward(byName(list)) {
		if before != "" && strings.TrimSuffix(one.name, changeEnding) >= before {
			continue
		}
		if len(found) == most {
			return found, true, nil
		}
		if c, err := j.read(one.name); err == nil { // another program may have removed it
			found = append(found, c)
		}
	}
	return found, false, nil
}

// ErrGone is the error for a change that is no longer kept.
var ErrGone = errors.New("journal: the change is no longer kept")

// Change returns one change with its texts.
func (j *Journal) Change(id string) (Change, error) {
	c, err := j.read(id + changeEnding)
	if err == nil && c.From != c.To {
		c.Before, err = j.changes.get(c.From + textEnding)
		if err == nil {
			c.After, err = j.changes.get(c.To + textEnding)
		}
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errName) {
		err = ErrGone
	}
	return c, err
}

// Withdraw forgets a change that was not made.
func (j *Journal) Withdraw(id string) { j.changes.remove(id + changeEnding) }

// trim removes the oldest changes, and texts that none has any more. One that was
// written lately may be that of a change which another program is about to record.
func (j *Journal) trim() {
	now := j.now()
	list, err := j.changes.list("", now)
	if err != nil {
		return // the next change tries again
	}
	var records, texts []item
	size := int64(0)
	for _, one := range list {
		if strings.HasSuffix(one.name, textEnding) {
			texts, size = append(texts, one), size+one.size
		} else {
			records = append(records, one)
		}
	}
	if len(records) <= mostChanges && size <= mostTexts {
		return
	}
	sizes, used, kept := map[string]int64{}, map[string]bool{}, int64(0)
	for _, text := range texts {
		sizes[text.name] = text.size
	}
	for n, one := range slices.Backward(byName(records)) {
		c, err := j.read(one.name)
		if err != nil {
			continue
		}
		needs := []string{c.From + textEnding, c.To + textEnding}
		for _, name := range needs {
			if !used[name] {
				kept += sizes[name]
			}
		}
		if len(records)-n > mostChanges || kept > mostTexts && len(records)-n > 1 {
			for _, old := range records[:n+1] {
				j.changes.remove(old.name)
			}
			break
		}
		used[needs[0]], used[needs[1]] = true, true
	}
	for _, text := range texts {
		if !used[text.name] && (j.changes.dir == "" || now.Sub(text.at) > time.Hour) {
			j.changes.remove(text.name)
		}
	}
}
