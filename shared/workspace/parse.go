package workspace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/jsontree"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// ParseFor reads a workspace document in JSON, of at most [MaxDocumentBytes],
// for a function that sends to targets of one type. Targets of other types are
// kept out and not looked at, except that they count towards the quota. A
// document without any target for the function is good, with a warning.
//
// It is as strict as package yaml, which reads what people write: what it does
// not know is an error. The error is a [Findings] with all that is wrong, each
// with its place in the file, which is only named, not read.
func ParseFor(document []byte, file string, spec target.Spec) (*Workspace, error) {
	return parse(document, file, jsontree.Read, spec.Type, []target.Spec{spec})
}

// Parse reads a workspace document in JSON, of at most [MaxDocumentBytes],
// whose targets are of the given types. It is as strict as [ParseFor].
func Parse(document []byte, file string, specs ...target.Spec) (*Workspace, error) {
	return parse(document, file, jsontree.Read, "", specs)
}

// Read reads a workspace document whose targets are of the given types. It is
// for the packages below this one, which know languages to write one in.
func Read(document []byte, file string, as tree.Reader, specs ...target.Spec) (*Workspace, error) {
	return parse(document, file, as, "", specs)
}

// builder makes a workspace of a document.
type builder struct {
	*walker
	document document.Document
	contacts map[string]int    // contact name -> index in the document
	entries  map[string]int    // receiver name -> index in the document
	used     map[int]bool      // the receivers that rules refer to, by their index
	accounts map[string]string // uid -> contact name
	quiet    map[string]hold.Interval
	prices   *hold.Prices // nil for none
}

func parse(text []byte, file string, as tree.Reader, kept string, specs []target.Spec) (*Workspace, error) {
	b := newBuilder(file, specs)
	b.kept = kept
	if root := read(text, as, b.report); root != nil {
		b.learn(root)
		b.decode(root, &b.document, "")
		if ws := b.build(); len(b.errors) == 0 {
			return ws, nil
		}
	}
	return nil, sorted(b.errors)
}

func newBuilder(file string, specs []target.Spec) *builder {
	return &builder{walker: &walker{report: &report{file: file, at: map[string]tree.Position{}}, specs: specs}}
}

// decode reads what stands at a path of the document into a struct of package
// document.
func (b *builder) decode(n *tree.Node, into any, path string) {
	value, ok := b.value(n, reflect.TypeOf(into), nil, path)
	if err := json.Unmarshal(compact(value), into); ok && err != nil {
		// The walk leaves out what does not fit the struct.
		b.add(noForm, path)
	}
}

func (b *builder) build() *Workspace {
	b.indexContacts()
	b.checkMentions()
	b.indexQuiet()
	b.indexPrices()
	b.indexReceivers()
	ws := &Workspace{
		Name:      b.document.Workspace,
		Owner:     b.document.Owner,
		Language:  b.language(),
		Quota:     b.document.Quota,
		Catalogue: b.merge(),
		Changes:   b.document.Catalogue,
		Types:     b.specs,
		contacts:  b.document.Contacts,
		receivers: b.document.Receivers,
		quiet:     b.document.Quiet,
		prices:    b.document.Prices,
	}
	if ws.Owner == "" {
		ws.Owner = ws.Name
	}
	if ws.Quota == 0 {
		ws.Quota = defaultQuota
	}
	rules := b.document.Rules
	b.identities(aRule, "rules", func(i int) (string, string) { return rules[i].Name, rules[i].ID }, len(rules))
	receivers := 0
	sent := map[string][]sending{}
	for i, d := range rules {
		rule, to := b.rule(ws, d, fmt.Sprintf("rules[%d]", i))
		if b.kept == "" {
			b.twice(sent, rule, d, to)
		}
		receivers += len(rule.receivers)
		ws.Rules = append(ws.Rules, rule)
	}
	b.idle()
	if ws.prices != nil && !slices.ContainsFunc(rules, func(d document.Rule) bool { return d.Summary }) {
		b.add(pricesIdle, "prices")
	}
	if b.kept != "" && receivers == 0 {
		b.add(nothingToDo, "rules", "type", b.kept)
	}
	ws.Warnings = sorted(b.warnings)
	return ws
}

// rule makes a rule of what stands at a path of the document.
func (b *builder) rule(ws *Workspace, d document.Rule, path string) (Rule, []received) {
	rule := Rule{
		Name: d.Name, ID: d.ID, Description: d.Description, Enabled: d.Enabled == nil || *d.Enabled,
		Source: d.Source, Events: d.Events,
		Title: b.title(ws.Catalogue, d, path+".title"), Fields: b.fields(ws.Catalogue, d, path+".fields"),
	}
	rule.patterns, rule.fields = b.patterns(ws.Catalogue, d, path)
	d.Targets = b.resolve(d.Targets, path)
	var to []received
	if b.quota(d, ws.Quota, path) {
		to = b.receivers(ws.Catalogue, d, path)
	}
	b.timing(ws.Catalogue, &rule, d, to, path)
	b.created(ws.Catalogue, &rule, d, to, path)
	return rule, to
}

// compact returns v as JSON on one line with sorted keys, the same for the
// same v. Characters of HTML stay as they are: URLs are full of them.
func compact(v any) json.RawMessage {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return json.RawMessage("null") // v was made of values that encode
	}
	return bytes.TrimSpace(text.Bytes())
}
