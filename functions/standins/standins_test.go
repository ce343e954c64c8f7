package standins_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

func TestPeopleReadOfEveryTargetTypeInEveryLanguage(t *testing.T) {
	said := func(text message.Text, what string, arguments ...any) {
		t.Helper()
		for _, in := range []string{text.EN, text.ZH, text.JA} {
			assert.NotEmpty(t, in, fmt.Sprintf(what, arguments...))
		}
	}
	for _, p := range standins.All() {
		said(p.Name, "the name of %s", p.Type)
		said(p.Help, "the help of %s", p.Type)
		assert.NotEmpty(t, p.Icon, p.Type)
		known := map[string]bool{}
		spec, ok := functions.Lookup(p.Type)
		require.True(t, ok, p.Type)
		for _, field := range edit.Parameters(spec) {
			known[field.Name] = true
			said(p.Parameter(field.Name).Label, "the label of %s of %s", field.Name, p.Type)
		}
		for key, about := range p.Parameters {
			assert.True(t, known[key], "%s has no parameter %s", p.Type, key)
			for what, text := range map[string]message.Text{"help": about.Help, "example": about.Example} {
				if text != (message.Text{}) || what == "example" && about.Wanted {
					said(text, "the %s of %s of %s", what, key, p.Type)
				}
			}
		}
	}
}
