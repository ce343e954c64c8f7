package console_test

import (
	"maps"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/checkup"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/contacts"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/document"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/history"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/home"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/mutes"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/publish"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/quiet"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/received"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/receivers"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules/editor"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/session"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

var (
	verbs   = regexp.MustCompile(`%[a-z]`)
	inPages = regexp.MustCompile(`\bt "([a-z.-]+[a-z])"`)
)

// books are those of the rooms, by their folders.
var books = map[string]*frame.Book{
	"backend": backend.Book, "checkup": checkup.Book, "contacts": contacts.Book, "document": document.Book, "frame": frame.Common, "history": history.Book,
	"home": home.Book, "mutes": mutes.Book, "problems": problems.Book, "publish": publish.Book, "quiet": quiet.Book, "received": received.Book, "receivers": receivers.Book, "rules": rules.Book, "rules/editor": editor.Book, "session": session.Book,
}

// words are those of all rooms.
func words() map[string]message.Text {
	all := map[string]message.Text{}
	for _, book := range books {
		maps.Copy(all, book.Words)
	}
	return all
}

func TestEverythingIsSaidInEveryLanguage(t *testing.T) {
	for key, text := range words() {
		for _, l := range message.Languages() {
			assert.NotEmpty(t, map[message.Language]string{message.English: text.EN, message.Chinese: text.ZH, message.Japanese: text.JA}[l], "%s in %s", key, l)
			assert.Equal(t, verbs.FindAllString(text.EN, -1), verbs.FindAllString(text.In(l), -1), "%s in %s", key, l)
		}
	}
}

func TestEveryWordOfAPageIsInTheBookOfItsRoom(t *testing.T) {
	found := map[string]bool{}
	for room, book := range books {
		said := ""
		for _, page := range book.Templates[message.English].Templates() {
			if page.Tree != nil {
				said += page.Tree.Root.String()
			}
		}
		keys := inPages.FindAllStringSubmatch(said, -1)
		for _, key := range keys {
			found[key[1]] = true
			assert.Contains(t, book.Words, key[1], room)
		}
	}
	assert.Greater(t, len(found), 150, "the pattern finds the words")
}

// No test may come upon a key without words.
func init() { frame.Unsaid = func(key string) string { panic("console: nothing is said for " + key) } }

func TestWhatIsMadeOfPartsIsSaidToo(t *testing.T) {
	var keys []string
	for _, s := range event.Builtin().Sources {
		keys = append(keys, "source."+s.Name, "source."+s.Name+".text")
	}
	for state := local.Waiting; state <= local.Moved; state++ {
		keys = append(keys, "state."+state.String())
	}
	for _, name := range []string{"home", "rules", "receivers", "contacts", "quiet", "publish", "history", "setup", "document"} {
		keys = append(keys, "menu."+name)
	}
	for _, name := range []string{"local", "aliyun", "aws"} {
		keys = append(keys, "bus."+name)
	}
	for _, name := range []string{"created_by", "flows", "models"} {
		keys = append(keys, "scope."+name, "scope."+name+".short", "scope."+name+".example")
	}
	for _, name := range []string{"created", "saved", "enabled", "disabled", "deleted", "contact-saved", "contact-deleted", "quiet-saved", "quiet-deleted", "imported", "adopted", "applied", "activated", "first", "settings", "waiting", "redriven", "secret-deleted"} {
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
	for _, name := range []string{"title", "fields"} {
		keys = append(keys, "shows."+name, "shows."+name+".help")
	}
	for _, name := range []string{"up", "down", "remove"} {
		keys = append(keys, "fact."+name)
	}
	for _, name := range []string{"ok", "missing", "unknown"} {
		keys = append(keys, "verdict."+name)
	}
	for _, name := range []string{"name", "phone", "email", "uid"} {
		keys = append(keys, "contacts."+name, "contacts."+name+".example", "contacts."+name+".help")
	}
	for _, name := range []string{"from", "to", "zone"} {
		keys = append(keys, "quiet."+name, "quiet."+name+".example", "quiet."+name+".help")
	}
	for _, day := range backend.Days() {
		keys = append(keys, "day."+day)
	}
	for _, by := range workspace.Groupings("") {
		keys = append(keys, "group."+string(by))
	}
	said := words()
	for _, key := range keys {
		assert.Contains(t, said, key)
	}
}

func TestEventTypesHaveANameWithoutAnEvent(t *testing.T) {
	for _, l := range message.Languages() {
		names := frame.NewTitles(l, event.Builtin())
		seen := map[string]string{}
		for _, typ := range event.Builtin().Types {
			title := names.Event(typ.Source(), typ.What())
			assert.Regexp(t, `^\S(.*[^\s:：])?$`, title, "%s in %s", typ.Name, l)
			assert.NotContains(t, title, typ.What(), "%s in %s", typ.Name, l)
			assert.Empty(t, seen[title], "%s in %s", typ.Name, l)
			seen[title] = typ.Name
			assert.Equal(t, typ.Severity, names.Message(typ.Source(), typ.What()).Severity, "%s: a dot of the form has the type's colour", typ.Name)
		}
	}
}
