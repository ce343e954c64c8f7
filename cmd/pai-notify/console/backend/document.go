package backend

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/files"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// Why a document was not written.
var (
	// ErrChanged is the error of a write that would undo somebody else's.
	ErrChanged = errors.New("console: the document has changed since it was read")
	// ErrWrong is the error of a change after which the document would be wrong.
	ErrWrong      = errors.New("console: the document would have errors")
	errUnwritten  = errors.New("console: the document cannot be written")
	errUnrecorded = errors.New("console: the change cannot be recorded")
)

// documents is the file with the workspace document. What people change by
// hand is seen at the next page.
type documents struct {
	path  string
	specs []target.Spec
	// settle completes a document before it is understood; it may be nil.
	settle func([]byte) []byte

	mu   sync.Mutex
	last *State
	// good is the last one that was right, and assumed what is taken for one that
	// never was.
	good, assumed *State
}

// State is a document as it was read.
type State struct {
	Text []byte
	// document is nil when there is none or it is not YAML of that form.
	Document *edit.Document
	Head     edit.Head
	Rules    []edit.Rule
	Contacts []edit.Contact
	// Entries are the receivers that rules refer to by name.
	Entries []edit.Receiver
	// Quiet are the quiet hours by their names.
	Quiet map[string]edit.Interval
	// workspace is nil when the document is not right; findings say why.
	Workspace *workspace.Workspace
	Findings  workspace.Findings
	// Assumed tells that no document was read, and that Workspace says no more than
	// its name.
	Assumed bool

	looked    sync.Once // for what is not shown
	covered   censor.Covered
	once      sync.Once // for whom it leads to
	directory directory
}

// Digest stands for a text, to tell whether it is the one that a person saw.
func Digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Exists tells whether there is a document, right or not.
func (s *State) Exists() bool { return len(bytes.TrimSpace(s.Text)) > 0 }

// Bus is the name of the event bus of a document that is right; "" where nobody knows
// the workspace's name.
func (s *State) Bus() string {
	if s.Workspace.Name == "" {
		return ""
	}
	return s.Workspace.Bus()
}

// Catalogue is the document's, or what comes with the program.
func (s *State) Catalogue() *event.Catalogue {
	if s.Workspace != nil {
		return s.Workspace.Catalogue
	}
	return event.Builtin()
}

// Rule returns the rule of that name as the document writes it.
func (s *State) Rule(name string) (edit.Rule, bool) {
	for _, r := range s.Rules {
		if r.Name == name {
			return r, true
		}
	}
	return edit.Rule{}, false
}

// Entry returns the receiver of that name.
func (s *State) Entry(name string) (edit.Receiver, bool) {
	i := slices.IndexFunc(s.Entries, func(r edit.Receiver) bool { return r.Name == name })
	if i < 0 {
		return edit.Receiver{}, false
	}
	return s.Entries[i], true
}

// Written returns a rule with what its targets refer to in their places.
func (s *State) Written(r edit.Rule) edit.Rule {
	if !slices.ContainsFunc(r.Targets, func(t edit.Target) bool { return t.Receiver != "" }) {
		return r
	}
	r.Targets = slices.Clone(r.Targets)
	for i, t := range r.Targets {
		if whole, ok := t.Resolved(s.Entries); ok {
			r.Targets[i] = whole
		}
	}
	return r
}

// Edited returns the text of the document after a change.
func (s *State) Edited(change func(*edit.Document) error) ([]byte, error) {
	document, err := edit.Open(s.Text)
	if err == nil {
		err = change(document)
	}
	if err != nil {
		return nil, err
	}
	return document.Text(), nil
}

// Read returns the document as it is now.
func (d *documents) Read() (*State, error) {
	text, err := os.ReadFile(d.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("console: the document cannot be read: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.last == nil || !bytes.Equal(d.last.Text, text) {
		d.last = d.Understand(text)
	}
	if d.last.Workspace != nil {
		d.good = d.last
	}
	return d.last, nil
}

// write replaces the document that was read as old, as a whole, after record. It fails
// with [ErrChanged] when the file is another by now. Nobody else writes from record on,
// so that what several programs record is what became of the document.
func (d *documents) write(old *State, text []byte, record func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	unlock, err := files.Lock(d.path)
	if err != nil {
		return errors.Join(errUnwritten, err)
	}
	defer unlock()
	now, err := os.ReadFile(d.path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("console: the document cannot be read: %w", err)
	case !bytes.Equal(now, old.Text):
		return ErrChanged
	}
	if err := record(); err != nil {
		return err
	}
	if err := files.Replace(d.path, text); err != nil {
		return errors.Join(errUnwritten, err)
	}
	return nil
}

// Understand reads and checks a document.
func (d *documents) Understand(text []byte) *State {
	s := &State{Text: text}
	if !s.Exists() {
		return s
	}
	document, err := edit.Open(text)
	if err == nil {
		s.Document = document
		s.Head, err = document.Head()
	}
	if err == nil {
		s.Rules, err = document.Rules()
	}
	if err == nil {
		s.Contacts, err = document.Contacts()
	}
	if err == nil {
		s.Quiet, err = document.Quiet()
	}
	if err == nil {
		s.Entries, err = document.Receivers()
	}
	if err != nil {
		// The parser says it better, with the place.
		s.Document = nil
	}
	s.Workspace, s.Findings = d.Check(text, err == nil && len(s.Rules) == 0)
	if s.Workspace == nil && len(s.Findings) == 0 && err != nil {
		s.Findings = workspace.Unreadable(filepath.Base(d.path), err.Error())
	}
	return s
}

// probe completes a document without rules, which a parser refuses: a
// workspace that is just being set up has none. Its target is of a type that
// takes no parameters, and that no other document may name.
const probe = "\nrules: [{name: probe, enabled: false, source: dlc, events: [\"*\"], targets: [{type: probe}]}]\n"

var probeType = target.Define("probe", func(struct{}) (target.Target, error) { return nil, nil })

// Check parses a document. One that is empty of rules is right as well.
func (d *documents) Check(text []byte, empty bool) (*workspace.Workspace, workspace.Findings) {
	text = d.completed(text)
	specs := d.specs
	if empty {
		text = append(bytes.Clone(text), probe...)
		specs = append(slices.Clone(specs), probeType)
	}
	w, err := yaml.Parse(text, filepath.Base(d.path), specs...)
	if err != nil {
		if findings, ok := errors.AsType[workspace.Findings](err); ok {
			return nil, findings
		}
		return nil, workspace.Unreadable(filepath.Base(d.path), err.Error())
	}
	if empty {
		w.Rules, w.Warnings = nil, nil
	}
	return w, nil
}

// CheckRule checks one rule by itself, among the contacts and the catalogue of the
// document. The paths of its findings and warnings begin with "rules[0]".
func (d *documents) CheckRule(s *State, r edit.Rule) (rule workspace.Rule, findings workspace.Findings, warnings []workspace.Finding) {
	text, err := r.JSON()
	if err != nil {
		return workspace.Rule{}, workspace.Unreadable("", err.Error()), nil
	}
	return s.Workspace.CheckRule(d.completed(text))
}

// CheckTarget checks one target of a rule by itself.
func (d *documents) CheckTarget(s *State, source string, t edit.Target) ([]target.Receiver, workspace.Findings) {
	text, err := t.MarshalJSON()
	if err != nil {
		return nil, workspace.Unreadable("", err.Error())
	}
	return s.Workspace.CheckTarget(source, d.completed(text))
}

// completed is a text as it is understood.
func (d *documents) completed(text []byte) []byte {
	if d.settle == nil {
		return text
	}
	return d.settle(bytes.Clone(text))
}

// Hidden is hide of the document that was read. What there is to hide is found
// out once.
func (b *Backend) Hidden(s *State) (string, censor.Covered) {
	s.looked.Do(func() { s.covered = b.Censor.Look(string(s.Text)) })
	return censor.Replace(string(s.Text), s.covered.Spans, b.Censor.Keep), s.covered
}

// TargetKey returns the key of a target that a rule of a document has no name for, by
// its position, for one in place that is sent to no contacts; "" when the document is
// not right.
func TargetKey(w *workspace.Workspace, rule edit.Rule, position int) string {
	if w == nil || position >= len(rule.Targets) {
		return ""
	}
	lone := func(typ, entry string) bool {
		spec, _ := SpecOf(w.Types, typ)
		return entry == "" && spec.Contact == target.NoContact
	}
	if t := rule.Targets[position]; !lone(t.Type, t.Receiver) {
		return ""
	}
	at := 0
	for _, t := range rule.Targets[:position] {
		if lone(t.Type, t.Receiver) {
			at++
		}
	}
	for _, r := range w.Rules {
		if r.Name != rule.Name {
			continue
		}
		for _, receiver := range r.Receivers() {
			if !lone(receiver.Type, r.Entry(receiver)) {
				continue
			}
			if at == 0 {
				return receiver.Name
			}
			at--
		}
	}
	return ""
}

// SpecOf returns the target type of that name.
func SpecOf(specs []target.Spec, typ string) (target.Spec, bool) {
	for _, s := range specs {
		if s.Type == typ {
			return s, true
		}
	}
	return target.Spec{}, false
}
