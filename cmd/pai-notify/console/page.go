package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// page is what the frame around every page shows.
type page struct {
	Language  message.Language
	Workspace string
	Bus       string
	// At is the entry of the menu that the page belongs to, and Path its own
	// address with its query.
	At, Path string
	Title    string
	Notice   *notice
	// Empty tells that there is no workspace yet, so that the menu leads
	// nowhere.
	Empty bool
	// Dead is how many dead letters there are.
	Dead int
	// Degraded is why the bus runs on other rules than the document's; "" when it
	// does not.
	Degraded string
	Body     any
}

// notice is what has just happened.
type notice struct {
	Good bool
	Text string
	// Detail is in the words of whoever refused.
	Detail string
}

// parseSheets returns the templates of each language.
func parseSheets(platforms []inbox.Platform) map[message.Language]*template.Template {
	sheets := map[message.Language]*template.Template{}
	for _, l := range message.Languages() {
		sheets[l] = template.Must(template.New("").Funcs(functionsIn(l)).Funcs(targetFunctions(l, platforms)).ParseFS(pageFiles, "pages/*.html"))
	}
	return sheets
}

// functionsIn are what templates call.
func functionsIn(l message.Language) template.FuncMap {
	return template.FuncMap{
		"t": func(key string, arguments ...any) string { return say(l, key, arguments...) },
		// known says what a key means, if that is known.
		"known": func(parts ...any) string {
			key := fmt.Sprint(parts...)
			if _, ok := words[key]; ok {
				return say(l, key)
			}
			return ""
		},
		"when":      func(t time.Time) string { return when(t) },
		"stamp":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"languages": message.Languages,
		"called":    func(l message.Language) string { return languageName[l] },
		"day":       func(t time.Time) string { return t.Local().Format("2006-01-02") },
		"days":      func() []int { return historyDays },
		"entries":   func() []string { return menu },
		"fields":    func(names ...string) []string { return names },
		"said":      func(s message.Statement) string { return said(l, s) },
		"dict":      dict,
		"thousands": thousands,
	}
}

// menu are the pages in the order in which they are used.
var menu = []string{"home", "rules", "contacts", "publish", "history", "setup", "document"}

// said is what the check-up says, with a page in the place of a command where
// there is one for it.
func said(l message.Language, s message.Statement) string {
	if _, ok := words["advice."+s.Code]; ok {
		return say(l, "advice."+s.Code)
	}
	return s.In(l)
}

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

// when is a time on this machine's clock, as short as the year allows.
func when(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// show writes a page. What fails while it is made becomes a plain answer and
// not half a page.
func (c *Console) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	p.Language = languageOf(r)
	p.Path = r.URL.RequestURI()
	if r.Method != http.MethodGet {
		p.Path = r.URL.Path
	}
	p.Bus = c.options.Cloud.Name
	if p.Notice == nil {
		p.Notice = noticeOf(r, p.Language)
	}
	if !p.Empty { // only those who have logged in see a menu
		p.Dead = c.deadLetters(r.Context())
	}
	if c.options.Degraded != nil && !p.Empty {
		if why := c.options.Degraded(r.Context()); why != nil {
			p.Degraded = why.Error()
		}
	}
	var b bytes.Buffer
	if err := c.sheets[p.Language].ExecuteTemplate(&b, name, p); err != nil {
		c.log.Error("a page could not be made", "page", name, "error", err.Error())
		http.Error(w, "This page could not be made; the log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(p.Language))
	send(w, r, status, b.Bytes())
}

// noticeOf returns what the page before has done, by the key it left.
func noticeOf(r *http.Request, l message.Language) *notice {
	key := "done." + r.URL.Query().Get("done")
	if _, ok := words[key]; !ok || key == "done." {
		return nil
	}
	return &notice{Good: true, Text: say(l, key)}
}

func assets() http.Handler {
	files, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return http.StripPrefix("/assets/", http.FileServerFS(files))
}
