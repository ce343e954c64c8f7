package frame

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"time"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
)

//go:embed pages/*.html
var pageFiles embed.FS

// Common is the book of pages that belong to no room.
var Common = Bind(nil, nil)

// Book is what the pages of a room look like and say, the frame's parts
// included.
type Book struct {
	// Words are what pages say, by key.
	Words map[string]message.Text
	// Templates are the pages of each language, by their names.
	Templates map[message.Language]*template.Template
}

// Bind makes the book of a room: its templates, those that stand in pages/*.html,
// what these call besides what every page may, and its words.
func Bind(pages fs.FS, functions func(message.Language) template.FuncMap, words ...map[string]message.Text) *Book {
	b := &Book{map[string]message.Text{}, map[message.Language]*template.Template{}}
	for _, part := range append(words, frameWords, targetWords) {
		for key, text := range part {
			if _, again := b.Words[key]; again {
				panic("console: " + key + " is said twice")
			}
			b.Words[key] = text
		}
	}
	for _, l := range message.Languages() {
		all := b.functions(l)
		maps.Copy(all, targetFunctions(l, nil))
		maps.Copy(all, flawFunctions())
		if functions != nil {
			maps.Copy(all, functions(l))
		}
		made := template.Must(template.New("").Funcs(all).ParseFS(pageFiles, "pages/*.html"))
		if pages != nil {
			template.Must(made.ParseFS(pages, "pages/*.html"))
		}
		b.Templates[l] = made
	}
	return b
}

// Saying returns the book with what the platforms say of target types.
func (b *Book) Saying(platforms []inbox.Platform) *Book {
	made := &Book{b.Words, map[message.Language]*template.Template{}}
	for l, t := range b.Templates {
		made.Templates[l] = template.Must(t.Clone()).Funcs(targetFunctions(l, platforms))
	}
	return made
}

// Unsaid is what a page shows for a key without words.
var Unsaid = func(key string) string { return key }

// Say returns what a key says in a language, with arguments put in.
func (b *Book) Say(l message.Language, key string, arguments ...any) string {
	text, ok := b.Words[key]
	if !ok {
		return Unsaid(key)
	}
	if len(arguments) == 0 {
		return text.In(l)
	}
	return fmt.Sprintf(text.In(l), arguments...)
}

// functions are what templates call.
func (b *Book) functions(l message.Language) template.FuncMap {
	return template.FuncMap{
		"t": func(key string, arguments ...any) string { return b.Say(l, key, arguments...) },
		// known says what a key means, if that is known.
		"known":     func(parts ...any) string { return b.Words[fmt.Sprint(parts...)].In(l) },
		"when":      When,
		"exact":     Exact,
		"zone":      func() string { return zone(time.Now().Local()) },
		"ago":       func(t time.Time) string { return b.ago(l, time.Since(t)) },
		"stamp":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"languages": message.Languages,
		"called":    func(l message.Language) string { return languageName[l] },
		"day":       func(t time.Time) string { return t.Local().Format("2006-01-02") },
		"entries":   func() []string { return menu },
		"fields":    func(names ...string) []string { return names },
		"dict":      dict,
		"thousands": thousands,
	}
}

// ago says how long ago something was.
func (b *Book) ago(l message.Language, age time.Duration) string {
	switch {
	case age < time.Minute:
		return b.Say(l, "ago.now")
	case age < time.Hour:
		return b.Say(l, "ago.minutes", int(age.Minutes()))
	case age < 48*time.Hour:
		return b.Say(l, "ago.hours", int(age.Hours()))
	}
	return b.Say(l, "ago.days", int(age.Hours()/24))
}

// Write answers with a page of the book. What fails while it is made becomes an
// error and not half a page.
func (b *Book) Write(w http.ResponseWriter, r *http.Request, status int, name string, p Page) error {
	p.Language = LanguageOf(r)
	p.Path = r.URL.RequestURI()
	if r.Method != http.MethodGet {
		p.Path = r.URL.Path
	}
	if p.Notice == nil {
		p.Notice = noticeOf(r, p.Language)
	}
	var text bytes.Buffer
	if err := b.Templates[p.Language].ExecuteTemplate(&text, name, p); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(p.Language))
	Send(w, r, status, []byte(focused(text.String())))
	return nil
}

// noticeOf returns what the page before has done, by the key it left.
func noticeOf(r *http.Request, l message.Language) *Notice {
	text, ok := frameWords["done."+r.URL.Query().Get("done")]
	if !ok {
		return nil
	}
	return &Notice{Good: true, Text: text.In(l)}
}
