package frame

import (
	"net/http"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
)

// LanguageCookie holds the language that a person chose.
const LanguageCookie = "pai_notify_language"

// LanguageAge is how long a browser remembers it.
const LanguageAge = 365 * 24 * time.Hour

// languageName is what each language calls itself.
var languageName = map[message.Language]string{message.English: "English", message.Chinese: "中文", message.Japanese: "日本語"}

// LanguageOf returns the language to answer in: the one that was chosen, else
// the first of the browser's that there is.
func LanguageOf(r *http.Request) message.Language {
	if c, err := r.Cookie(LanguageCookie); err == nil {
		if l, ok := KnownLanguage(c.Value); ok {
			return l
		}
	}
	for entry := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(entry), ";")
		primary, _, _ := strings.Cut(tag, "-")
		if l, ok := KnownLanguage(strings.ToLower(primary)); ok {
			return l
		}
	}
	return message.English
}

// KnownLanguage returns the language of a code, such as "zh"; false when pages are not
// in it.
func KnownLanguage(name string) (message.Language, bool) {
	for _, l := range message.Languages() {
		if string(l) == name {
			return l, true
		}
	}
	return "", false
}

// LocalPath returns a path of the console; anything else leads to its beginning.
func LocalPath(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// Back is the address that a request asked for, to return to it.
func Back(r *http.Request) string {
	if b := r.FormValue("back"); b != "" {
		return LocalPath(b)
	}
	if r.Method != http.MethodGet || r.URL.Path == "/login" {
		return "/"
	}
	return LocalPath(r.URL.RequestURI())
}
