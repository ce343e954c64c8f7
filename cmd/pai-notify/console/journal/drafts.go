package journal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
)

// How many drafts there are, how many bytes they take, and how long they are kept.
// The oldest go first.
const (
	mostDrafts = 100
	mostDraft  = 16 << 20
	draftAge   = 7 * 24 * time.Hour
)

// Draft is a form that nobody has saved. No secret stands in it: what was pasted is
// there as a token, which means nothing after a restart.
type Draft struct {
	ID string `json:"-"`
	// Path is the page of the form, and Values what was in it.
	Path   string     `json:"path"`
	Values url.Values `json:"values"`
	At     time.Time  `json:"at"`
	Who    Who        `json:"who,omitzero"`
}

const (
	draftEnding = ".draft"
	sealFile    = "seal"
)

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewID returns the id of a draft that the form of a page can become. Only such ids
// are known, so that nobody else has something kept here; they hold across a restart.
func (j *Journal) NewID(path string) string {
	id := of(path) + rand.Text()
	return id + "-" + j.signed(id)
}

// of is what the ids of a page begin with.
func of(path string) string {
	sum := sha256.Sum256([]byte(path))
	return encoding.EncodeToString(sum[:10])
}

// Known tells whether an id was given out here, for a page.
func (j *Journal) Known(path, id string) bool {
	text, signature, ok := strings.Cut(id, "-")
	return ok && strings.HasPrefix(text, of(path)) && hmac.Equal([]byte(signature), []byte(j.signed(text)))
}

func (j *Journal) signed(id string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.seal == nil {
		seal, err := j.drafts.get(sealFile)
		if err != nil || len(seal) != sha256.Size {
			seal = make([]byte, sha256.Size)
			_, _ = rand.Read(seal)                       // never fails
			_ = j.drafts.put(sealFile, seal, time.Now()) // without, ids end with this process
		}
		j.seal = seal
	}
	mac := hmac.New(sha256.New, j.seal)
	mac.Write([]byte(id))
	return encoding.EncodeToString(mac.Sum(nil)[:16])
}

// Keep keeps a draft, in the place of what was kept under its id.
func (j *Journal) Keep(d Draft) error {
	if !j.Known(d.Path, d.ID) {
		return errName
	}
	d.At = j.now()
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if err := j.drafts.put(d.ID+draftEnding, text, j.now()); err != nil {
		return err
	}
	list, err := j.drafts.list(draftEnding, j.now())
	size := int64(0)
	for n, one := range slices.Backward(list) {
		if size += one.size; len(list)-n > mostDrafts || size > mostDraft && len(list)-n > 1 || j.now().Sub(one.at) > draftAge {
			j.drafts.remove(one.name)
		}
	}
	return err
}

// Draft returns a draft; false when there is none, or it is too old.
func (j *Journal) Draft(id string) (Draft, bool) {
	d := Draft{ID: id}
	text, err := j.drafts.get(id + draftEnding)
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	return d, err == nil && j.now().Sub(d.At) <= draftAge
}

// Drafts returns those of a page, the newest first.
func (j *Journal) Drafts(path string) []Draft {
	list, err := j.drafts.list(draftEnding, j.now())
	if err != nil {
		return nil // what cannot be read is not offered
	}
	var found []Draft
	for _, one := range slices.Backward(list) {
		if !strings.HasPrefix(one.name, of(path)) {
			continue
		}
		if d, ok := j.Draft(strings.TrimSuffix(one.name, draftEnding)); ok && d.Path == path {
			found = append(found, d)
		}
	}
	return found
}

// Discard forgets a draft.
func (j *Journal) Discard(id string) { j.drafts.remove(id + draftEnding) }
