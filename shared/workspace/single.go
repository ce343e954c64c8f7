package workspace

import (
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/jsontree"
)

// single is the path of a rule that is checked by itself.
const single = "rules[0]"

// CheckRule checks one rule, written in JSON as a document holds it, as if it
// were the only one of w, and returns it as far as it is right. Findings and warnings
// are those that a document with this rule would have; their paths begin with
// "rules[0]".
func (w *Workspace) CheckRule(text []byte) (r Rule, findings Findings, warnings []Finding) {
	var d document.Rule
	b := w.read(text, &d, single)
	r, _ = b.rule(w, d, single)
	return r, sorted(b.errors), sorted(b.warnings)
}

// CheckTarget checks one target of a rule for events of a source, written in JSON
// as a document holds it, and returns its receivers, one for each contact. The
// paths of the findings begin with "rules[0].targets[0]".
func (w *Workspace) CheckTarget(source string, text []byte) ([]target.Receiver, Findings) {
	var t document.Target
	b := w.read(text, &t, single+".targets[0]")
	var receivers []target.Receiver
	for _, r := range b.receivers(w.Catalogue, document.Rule{Source: source, Targets: b.resolve([]document.Target{t}, single)}, single) {
		receivers = append(receivers, r.Receiver)
	}
	return receivers, sorted(b.errors)
}

// CheckReceiver checks one receiver of the document, written in JSON as a document
// holds it, and returns what a rule that refers to it would send to, one for each
// contact. The paths of the findings begin with "receivers[0]".
func (w *Workspace) CheckReceiver(text []byte) ([]target.Receiver, Findings) {
	const at = "receivers[0]"
	var r document.Receiver
	b := w.read(text, &r, at)
	var receivers []target.Receiver
	if len(b.errors) == 0 {
		receivers = b.checkReceiver(r, at)
	}
	return receivers, sorted(b.errors)
}

// read reads what would stand at a path of the document that w was made of.
func (w *Workspace) read(text []byte, into any, path string) *builder {
	b := newBuilder("", w.Types)
	b.document = document.Document{Language: w.Language, Contacts: w.contacts, Receivers: w.receivers, Quiet: w.quiet, Prices: w.prices}
	b.indexContacts()
	b.indexQuiet()
	b.indexPrices()
	b.indexReceivers()
	if root := read(text, jsontree.Read, b.report); root != nil {
		b.decode(root, into, path)
	}
	return b
}
