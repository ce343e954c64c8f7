package refusal_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
	"github.com/pai-notify/pai-notify/shared/target"
)

func advice(text string) message.Text {
	return message.Text{EN: text, ZH: text + " zh", JA: text + " ja"}
}

var table = refusal.Table{
	{Codes: "88 89", Advice: advice("token")},
	{Codes: "310000", Words: []string{"keyword"}, Fix: shorten, Advice: advice("keyword")},
	{Codes: "310000", Words: []string{"sign…match"}, Unless: []string{"ip"}, Advice: advice("sign")},
	{Codes: "310000", Mark: refusal.Later(time.Minute), Advice: advice("settings")},
	{Codes: "Forbidden*", Mark: refusal.Gone, Advice: advice("grant")},
	{Codes: "*", Mark: refusal.Transient, Advice: advice("unknown")},
}

func TestARefusalMeansWhatTheFirstRowForItSays(t *testing.T) {
	for _, c := range []struct{ code, text, advice string }{
		{"88", "", "token"},
		{"89", "anything", "token"},
		{"8", "", "unknown"},
		{"310000", "KEYWORDS not in content", "keyword"},
		{"310000", "sign does not match", "sign"},
		{"310000", "match before sign", "settings"},
		{"310000", "sign of this ip does not match", "settings"},
		{"Forbidden.RAM", "", "grant"},
		{"NotForbidden", "", "unknown"},
	} {
		row, ok := table.Find(c.code, c.text)
		require.True(t, ok)
		assert.Equal(t, c.advice, row.Advice.EN, "%s %s", c.code, c.text)
	}
	_, ok := table[:1].Find("1", "")
	assert.False(t, ok)
}

func TestARefusalIsMarkedByItsRow(t *testing.T) {
	marked := func(code string) error {
		row, _ := table.Find(code, "")
		return row.Refuse(&target.Refusal{Code: code}, message.Chinese)
	}
	assert.True(t, target.IsPermanent(marked("88")), "without a mark it is permanent")
	assert.False(t, target.IsGone(marked("88")))
	assert.True(t, target.IsGone(marked("Forbidden")))
	assert.False(t, target.IsPermanent(marked("1")))
	wait, ok := target.Wait(marked("310000"))
	assert.True(t, ok)
	assert.Equal(t, time.Minute, wait)
	r, ok := errors.AsType[*target.Refusal](marked("88"))
	require.True(t, ok)
	assert.Equal(t, "token zh", r.Advice)
}

const (
	shorten refusal.Fix = "shorten"
	plain   refusal.Fix = "plain"
)

// draft is a text of which corrections take a part.
type draft struct{ long, linked, keyless bool }

func (d draft) Body() ([]byte, error) {
	body := "text"
	if d.long {
		body += " and more"
	}
	if d.linked {
		body += " https://example.com"
	}
	return []byte(body), nil
}

func (d draft) Corrected(f refusal.Fix) (draft, bool) {
	switch f {
	case shorten:
		d.long = false
	case plain:
		d.linked = false
	case refusal.Resign:
		return d, !d.keyless
	}
	return d, true
}

func TestADraftIsCorrected(t *testing.T) {
	all := draft{long: true, linked: true}
	for name, c := range map[string]struct {
		draft     draft
		asked     []refusal.Fix // by one answer after another, before one that takes it
		posted    []string
		permanent bool
	}{
		"by nothing when it is taken":                  {all, nil, []string{"text and more https://example.com"}, false},
		"in one thing after another":                   {all, []refusal.Fix{shorten, plain}, []string{"text and more https://example.com", "text https://example.com", "text"}, false},
		"in each thing once":                           {all, []refusal.Fix{shorten, plain, shorten}, []string{"text and more https://example.com", "text https://example.com", "text"}, true},
		"not at all when that would change nothing":    {draft{}, []refusal.Fix{shorten}, []string{"text"}, true},
		"by a fresh signature although no text is new": {draft{}, []refusal.Fix{refusal.Resign}, []string{"text", "text"}, false},
		"by one fresh signature":                       {draft{}, []refusal.Fix{refusal.Resign, refusal.Resign}, []string{"text", "text"}, true},
		"by no signature when it cannot sign":          {draft{keyless: true}, []refusal.Fix{refusal.Resign}, []string{"text"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var posted []string
			receipt, taken, err := refusal.Send(c.draft, func(body []byte) (target.Receipt, error) {
				posted = append(posted, string(body))
				if len(posted) <= len(c.asked) {
					row := refusal.Row{Fix: c.asked[len(posted)-1], Advice: advice("x")}
					return target.Receipt{Code: "refused"}, row.Refuse(&target.Refusal{Code: "1"}, message.English)
				}
				return target.Receipt{Code: "0"}, nil
			})
			assert.Equal(t, c.posted, posted)
			if c.permanent {
				assert.True(t, target.IsPermanent(err))
				assert.Zero(t, receipt)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, target.Receipt{Code: "0"}, receipt)
			body, _ := taken.Body()
			assert.Equal(t, posted[len(posted)-1], string(body), "the draft as it was taken")
		})
	}
}

func TestAnotherErrorEndsTheCorrections(t *testing.T) {
	busy := errors.New("busy")
	receipt, _, err := refusal.Send(draft{}, func([]byte) (target.Receipt, error) { return target.Receipt{Code: "0"}, busy })
	assert.Equal(t, busy, err)
	assert.Zero(t, receipt)
}
