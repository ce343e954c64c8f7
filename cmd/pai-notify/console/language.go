package console

import (
	"net/http"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
	"github.com/pai-notify/pai-notify/shared/message"
)

// languageCookie holds the language that a person chose.
const languageCookie = "pai_notify_language"

// languageAge is how long a browser remembers it.
const languageAge = 365 * 24 * time.Hour

// languageName is what each language calls itself.
var languageName = map[message.Language]string{message.English: "English", message.Chinese: "中文", message.Japanese: "日本語"}

// languageOf returns the language to answer in: the one that was chosen, else
// the first of the browser's that there is.
func languageOf(r *http.Request) message.Language {
	if c, err := r.Cookie(languageCookie); err == nil {
		if l, ok := knownLanguage(c.Value); ok {
			return l
		}
	}
	for entry := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(entry), ";")
		primary, _, _ := strings.Cut(tag, "-")
		if l, ok := knownLanguage(strings.ToLower(primary)); ok {
			return l
		}
	}
	return message.English
}

func knownLanguage(name string) (message.Language, bool) {
	for _, l := range message.Languages() {
		if string(l) == name {
			return l, true
		}
	}
	return "", false
}

// serveLanguage remembers a choice and leads back to the page it was made on.
func (c *Console) serveLanguage(w http.ResponseWriter, r *http.Request) {
	if l, ok := knownLanguage(r.PostFormValue("language")); ok {
		access.SetCookie(w, r, languageCookie, string(l), languageAge)
	}
	http.Redirect(w, r, localPath(r.PostFormValue("back")), http.StatusSeeOther) //nolint:gosec // a path of the console
}

// localPath returns a path of the console; anything else leads to its beginning.
func localPath(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// back is the address that a request asked for, to return to it.
func back(r *http.Request) string {
	if b := r.FormValue("back"); b != "" {
		return localPath(b)
	}
	if r.Method != http.MethodGet || r.URL.Path == "/login" {
		return "/"
	}
	return localPath(r.URL.RequestURI())
}
