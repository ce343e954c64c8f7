package console

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

var (
	verbs     = regexp.MustCompile(`%[a-z]`)
	inPages   = regexp.MustCompile(`\bt "([a-z.-]+[a-z])"`)
	inSources = regexp.MustCompile(`(?:say\([a-zA-Z.()]+, |need\(.*, )"([a-z.-]+[a-z])"`)
)

func TestEverythingIsSaidInEveryLanguage(t *testing.T) {
	for key, text := range words {
		for _, l := range message.Languages() {
			assert.NotEmpty(t, map[message.Language]string{message.English: text.EN, message.Chinese: text.ZH, message.Japanese: text.JA}[l], "%s in %s", key, l)
			assert.Equal(t, verbs.FindAllString(text.EN, -1), verbs.FindAllString(text.In(l), -1), "%s in %s", key, l)
		}
	}
}

func TestEveryWordOfAPageIsThere(t *testing.T) {
	files, err := filepath.Glob("pages/*.html")
	require.NoError(t, err)
	sources, err := filepath.Glob("*.go")
	require.NoError(t, err)
	found := 0
	for _, file := range append(files, sources...) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		pattern := inPages
		if strings.HasSuffix(file, ".go") {
			pattern = inSources
		}
		for _, match := range pattern.FindAllStringSubmatch(string(text), -1) {
			found++
			assert.Contains(t, words, match[1], file)
		}
	}
	assert.Greater(t, found, 200, "the patterns find the words")
}

func TestWhatIsMadeOfPartsIsSaidToo(t *testing.T) {
	var keys []string
	for _, spec := range functions.Register() {
		keys = append(keys, "type."+spec.Type, "type."+spec.Type+".help")
		for _, f := range edit.Parameters(spec) {
			keys = append(keys, "field."+f.Name)
		}
	}
	for _, s := range event.Builtin().Sources {
		keys = append(keys, "source."+s.Name, "source."+s.Name+".text")
	}
	for state := local.Waiting; state <= local.Moved; state++ {
		keys = append(keys, "state."+state.String())
	}
	for _, name := range menu {
		keys = append(keys, "menu."+name)
	}
	for _, name := range []string{"local", "aliyun", "aws"} {
		keys = append(keys, "bus."+name)
	}
	for _, name := range []string{"created_by", "flows", "models"} {
		keys = append(keys, "scope."+name, "scope."+name+".short", "scope."+name+".example")
	}
	for _, name := range []string{"created", "saved", "enabled", "disabled", "deleted", "contact-saved", "contact-deleted", "imported", "adopted", "applied", "activated", "first", "settings", "waiting", "redriven", "secret-deleted"} {
		keys = append(keys, "done."+name)
	}
	for _, name := range []string{"create", "change", "delete"} {
		keys = append(keys, "plan."+name)
	}
	for _, name := range []string{"bus", "rule", "target"} {
		keys = append(keys, "thing."+name)
	}
	for _, name := range []string{"setup", "rule", "message"} {
		keys = append(keys, "home.step."+name, "home.step."+name+".text")
	}
	for _, name := range []string{"set", "unset", "unchecked", "elsewhere", "unset.local", "unset.cloud"} {
		keys = append(keys, "secret."+name)
	}
	for _, l := range loadRule(edit.Rule{}, nil).lists() {
		keys = append(keys, "shows."+l.Name, "shows."+l.Name+".help")
	}
	for _, name := range []string{"up", "down", "remove"} {
		keys = append(keys, "fact."+name)
	}
	for _, name := range []string{"ok", "missing", "unknown"} {
		keys = append(keys, "verdict."+name)
	}
	for _, name := range []string{"name", "phone", "email"} {
		keys = append(keys, "contacts."+name, "contacts."+name+".example", "contacts."+name+".help")
	}
	for _, key := range keys {
		assert.Contains(t, words, key)
	}
}

func TestEventTypesHaveANameWithoutAnEvent(t *testing.T) {
	for _, l := range message.Languages() {
		names := newTitles(l, event.Builtin())
		seen := map[string]string{}
		for _, typ := range event.Builtin().Types {
			title := names.event(typ.Source(), typ.What())
			assert.Regexp(t, `^\S(.*[^\s:：])?$`, title, "%s in %s", typ.Name, l)
			assert.NotContains(t, title, typ.What(), "%s in %s", typ.Name, l)
			assert.Empty(t, seen[title], "%s in %s", typ.Name, l)
			seen[title] = typ.Name
			assert.Equal(t, typ.Severity, names.message(typ.Source(), typ.What()).Severity, "%s: a dot of the form has the type's colour", typ.Name)
		}
	}
}
