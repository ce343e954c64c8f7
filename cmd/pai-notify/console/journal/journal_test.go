package journal_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/journal"
)

var day = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// The bounds are tested in memory, where nothing waits for a disk.

func TestChangesAreBoundedAndTheNewestStay(t *testing.T) {
	j := journal.Open("", func() time.Time { return day })
	var first string
	for i := range 503 {
		id, err := j.Record(journal.Change{What: "saved", Before: fmt.Append(nil, i), After: fmt.Append(nil, i+1)})
		require.NoError(t, err)
		if i == 0 {
			first = id
		}
	}
	list, more, err := j.Changes("", 1000)
	require.NoError(t, err)
	assert.Len(t, list, 500)
	assert.False(t, more)
	newest, err := j.Change(list[0].ID)
	require.NoError(t, err)
	assert.Equal(t, "503", string(newest.After))
	_, err = j.Change(first)
	assert.ErrorIs(t, err, journal.ErrGone)
	page, more, err := j.Changes(list[9].ID, 10)
	require.NoError(t, err)
	assert.True(t, more)
	assert.Equal(t, list[10].ID, page[0].ID)
}

func TestLargeDocumentsPushOldOnesOut(t *testing.T) {
	j := journal.Open("", func() time.Time { return day })
	text := func(i int) []byte { return []byte(strings.Repeat(string(rune('a'+i)), 5<<20)) }
	for i := range 15 {
		_, err := j.Record(journal.Change{What: "imported", Before: text(i), After: text(i + 1)})
		require.NoError(t, err)
	}
	list, _, err := j.Changes("", 100)
	require.NoError(t, err)
	assert.Len(t, list, 11, "12 documents of 5 MiB are within 64")
	for _, c := range list {
		_, err := j.Change(c.ID)
		assert.NoError(t, err)
	}
}

func TestAChangeOfTheFileByHandIsRecorded(t *testing.T) {
	j := journal.Open(t.TempDir(), func() time.Time { return day })
	for _, c := range [][2]string{{"a", "b"}, {"b by hand", "c"}, {"c", "d"}} {
		_, err := j.Record(journal.Change{What: "saved", Before: []byte(c[0]), After: []byte(c[1]), Who: journal.Who{Session: "1"}})
		require.NoError(t, err)
	}
	list, _, err := j.Changes("", 10)
	require.NoError(t, err)
	require.Len(t, list, 4)
	assert.Equal(t, []string{"saved", "saved", journal.Outside, "saved"}, []string{list[0].What, list[1].What, list[2].What, list[3].What})
	assert.Empty(t, list[2].Who, "nobody knows who")
	c, err := j.Change(list[2].ID)
	require.NoError(t, err)
	assert.Equal(t, "b", string(c.Before))
	assert.Equal(t, "b by hand", string(c.After))
}

func TestDraftsAreBoundedInNumberAndAge(t *testing.T) {
	now := day
	j := journal.Open("", func() time.Time { return now })
	var first string
	for i := range 101 {
		id := j.NewID("/new-rule")
		if now = now.Add(time.Second); i == 0 {
			first = id
		}
		require.NoError(t, j.Keep(journal.Draft{ID: id, Path: "/new-rule", Values: url.Values{"name": {fmt.Sprint(i)}}}))
	}
	assert.Len(t, j.Drafts("/new-rule"), 100)
	assert.Empty(t, j.Drafts("/contacts"))
	_, ok := j.Draft(first)
	assert.False(t, ok, "the oldest went")
	now = now.Add(8 * 24 * time.Hour)
	assert.Empty(t, j.Drafts("/new-rule"))
}

func TestOnlyIDsThatWereGivenOutAreKnownAlsoAfterARestart(t *testing.T) {
	dir := t.TempDir()
	j := journal.Open(dir, time.Now)
	id := j.NewID("/new-rule")
	require.NoError(t, j.Keep(journal.Draft{ID: id, Path: "/new-rule"}))
	next := journal.Open(dir, time.Now)
	assert.True(t, next.Known("/new-rule", id))
	_, ok := next.Draft(id)
	assert.True(t, ok)
	for name, c := range map[string][2]string{
		"another page": {"/contacts", id}, "nothing": {"/new-rule", ""}, "made up": {"/new-rule", strings.Split(id, "-")[0] + "-AAAA"},
		"a path": {"/new-rule", "../../etc/passwd"}, "another console": {"/new-rule", journal.Open(t.TempDir(), time.Now).NewID("/new-rule")},
	} {
		assert.False(t, next.Known(c[0], c[1]), name)
		assert.Error(t, next.Keep(journal.Draft{ID: c[1], Path: c[0]}), name)
	}
	next.Discard(id)
	_, ok = next.Draft(id)
	assert.False(t, ok)
}

func TestWhatAKilledProgramLeftIsRemoved(t *testing.T) {
	dir := t.TempDir()
	j := journal.Open(dir, time.Now)
	left := filepath.Join(dir, "changes", ".half-123")
	require.NoError(t, os.MkdirAll(filepath.Dir(left), 0o700))
	require.NoError(t, os.WriteFile(left, nil, 0o600))
	require.NoError(t, os.Chtimes(left, day.AddDate(-1, 0, 0), day.AddDate(-1, 0, 0)))
	_, err := j.Record(journal.Change{What: "saved", Before: []byte("a"), After: []byte("b")})
	require.NoError(t, err)
	assert.NoFileExists(t, left)
}
