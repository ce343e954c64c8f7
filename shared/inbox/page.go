package inbox

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/url"
	"slices"
)

//go:embed page.html
var pageHTML string

var bubble = template.Must(template.New("bubble").Funcs(template.FuncMap{"markdown": chatHTML}).Parse(pageHTML))

// HTML returns what a person sees of the message: an element of the class "bubble"
// in which nothing loads or runs.
func (m Message) HTML() (template.HTML, error) {
	var b bytes.Buffer
	err := bubble.Execute(&b, m)
	return template.HTML(b.String()), err //nolint:gosec // the template has escaped it
}

// Indented is the body with its JSON indented; other text is returned as it is.
func (m Message) Indented() string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(m.Body), "", "  ") != nil {
		return m.Body
	}
	return b.String()
}

// PagePath returns the path of the page that shows a receiver's messages.
func PagePath(platform, receiver string) string {
	return "/inbox/" + url.PathEscape(platform) + "/" + url.PathEscape(receiver)
}

// Summary is a receiver with what it was sent.
type Summary struct {
	// Platform and Name are as in a [Message].
	Platform, Name string
	// Total is how many requests came, and Messages those that are kept, in the
	// order in which they came.
	Total    int
	Messages []Message
}

// Receivers returns all receivers, in the order in which they were added, each with
// its last message only.
func (in *Inbox) Receivers() []Summary {
	in.mu.Lock()
	defer in.mu.Unlock()
	var all []Summary
	for _, r := range in.receivers {
		all = append(all, Summary{r.platform, r.name, r.total, slices.Clone(r.messages[max(0, len(r.messages)-1):])})
	}
	return all
}

// Receiver returns one with all that is kept; false when it was not added.
func (in *Inbox) Receiver(platform, name string) (Summary, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	r := in.find(platform, name)
	if r == nil {
		return Summary{}, false
	}
	return Summary{r.platform, r.name, r.total, slices.Clone(r.messages)}, true
}
