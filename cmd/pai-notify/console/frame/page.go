// Package frame is what all pages of the console share: the layout around them,
// the language, and texts.
package frame

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
)

//go:embed assets
var assetFiles embed.FS

// Page is what the frame around every page shows.
type Page struct {
	Language  message.Language
	Workspace string
	Bus       string
	// At is the entry of the menu that the page belongs to, and Path its own
	// address with its query.
	At, Path string
	Title    string
	Notice   *Notice
	// Empty tells that there is no workspace yet, so that the menu leads
	// nowhere.
	Empty bool
	// Dead is how many dead letters there are.
	Dead int
	// Degraded is why the bus runs on other rules than the document's; "" when it
	// does not.
	Degraded string
	// Broken says that the document cannot be used; nil when it can be, or the page
	// says so itself.
	Broken *Broken
	// Form is the path of the form that the page is about, which has the id "edit";
	// "" for none. Draft is what it is kept as when it is left unsaved, Changed tells
	// that it holds what is not saved, and Drafts are those that somebody left.
	Form, Draft string
	Changed     bool
	Drafts      []Draft
	Body        any
}

// Draft is a form that somebody left unsaved.
type Draft struct {
	ID, Page string
	At       time.Time
	Who      string
}

// Broken is what is wrong with the document, and the page and the line where it is
// shown; no line for one that cannot be read. Detail is in the words of the system.
type Broken struct {
	Text, Detail, Path string
	Line               int
}

// Notice is what has just happened.
type Notice struct {
	Good bool
	Text string
	// Detail is in the words of whoever refused.
	Detail string
	// Undo is the change that can be taken back; "" for none.
	Undo string
}

// menu are the pages in the order in which they are used.
var menu = []string{"home", "rules", "receivers", "contacts", "quiet", "publish", "history", "setup", "document"}

// dict makes the argument of a template from names and values.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("console: %v is not a name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// When is a time on this machine's clock, as short as the year allows.
func When(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// Exact is a time on this machine's clock with its zone.
func Exact(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return When(t) + " " + zone(t.Local())
}

// Took says how long something took.
func Took(l message.Language, d time.Duration) string {
	if d < time.Second {
		return Common.Say(l, "took.ms", d.Milliseconds())
	}
	return message.InWords(d, l)
}

// zone is how far a clock is from UTC.
func zone(t time.Time) string { return t.Format("UTC-07:00") }

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Assets serves style sheet, script and icon below /assets/.
func Assets() http.Handler {
	files, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return http.StripPrefix("/assets/", http.FileServerFS(files))
}
