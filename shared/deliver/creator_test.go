package deliver

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

func TestAMessageKnowsWhoCreatedWhatItTellsOf(t *testing.T) {
	var wrappers []string
	for i, user := range []string{`"7"`, `"8"`, `7`, `null`, `"7"`} {
		e := strings.NewReplacer(`"e1"`, fmt.Sprintf(`"e%d"`, i), `"UserId":"7"`, `"UserId":`+user).Replace(jobFailed)
		wrappers = append(wrappers, wrapped(e))
	}
	f, l := newFunction(nil)
	f.spec.Apart = false
	_, err := f.Handle(t.Context(), batch(wrappers...))
	require.NoError(t, err)
	require.Len(t, l.notifications, 1)
	assert.ElementsMatch(t, []string{"7", "8"}, l.notifications[0].Creators, "each once, those of all events")
}

func TestADocumentOfAFunctionNotifiesTheCreatorAlone(t *testing.T) {
	t.Setenv(workspace.Variable, `{"workspace":"lab","contacts":[{"name":"alice","email":"a@example.com","uid":"7"},{"name":"bob","email":"b@example.com","uid":"77"}],
		"rules":[{"name":"r","source":"dlc","events":["job-failed"],"targets":[{"type":"letter","contacts":["creator"]}]}]}`)
	l := &log{}
	f := New(target.Define("letter", func(c struct {
		Contact target.Contact `json:"contact"`
	}) (target.Target, error) {
		return station{stationConfig{c.Contact.Name}, l}, nil
	}).To(target.ContactEmail), nil)
	for user, want := range map[string]string{`"7"`: "letter/letter-creator-alice-7", `77`: "letter/letter-creator-bob-77", `"777"`: "", `null`: ""} {
		answer, err := f.Handle(t.Context(), []byte(strings.NewReplacer(`"e1"`, `"e`+strings.Trim(user, `"`)+`"`, `"UserId":"7"`, `"UserId":`+user).Replace(jobFailed)))
		o := outcomeOf(t, answer, err)
		if want != "" {
			assert.Equal(t, want, o.Target)
			assert.Equal(t, outcome.Sent, o.Status)
			continue
		}
		assert.Equal(t, outcome.Skipped, o.Status)
		assert.Regexp(t, "created by 777, who is no contact with a uid|has no data.UserId", o.Reason)
	}
	assert.Len(t, l.notifications, 2)
}
