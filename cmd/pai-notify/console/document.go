package console

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// errChanged is the error of a write that would undo somebody else's.
var errChanged = errors.New("console: the document has changed since it was read")

// documents is the file with the workspace document. What people change by
// hand is seen at the next page.
type documents struct {
	path  string
	specs []target.Spec
	// settle completes a document before it is understood; it may be nil.
	settle func([]byte) []byte

	mu   sync.Mutex
	last *state
}

// state is a document as it was read.
type state struct {
	text []byte
	// document is nil when there is none or it is not YAML of that form.
	document *edit.Document
	head     edit.Head
	rules    []edit.Rule
	contacts []edit.Contact
	// workspace is nil when the document is not right; findings say why.
	workspace *workspace.Workspace
	findings  workspace.Findings

	looked  sync.Once // for what is not shown
	covered covered
}

// digest stands for a text, to tell whether it is the one that a person saw.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// exists tells whether there is a document, right or not.
func (s *state) exists() bool { return len(bytes.TrimSpace(s.text)) > 0 }

// catalogue is the document's, or what comes with the program.
func (s *state) catalogue() *event.Catalogue {
	if s.workspace != nil {
		return s.workspace.Catalogue
	}
	return event.Builtin()
}

// rule returns the rule of that name as the document writes it.
func (s *state) rule(name string) (edit.Rule, bool) {
	for _, r := range s.rules {
		if r.Name == name {
			return r, true
		}
	}
	return edit.Rule{}, false
}

// read returns the document as it is now.
func (d *documents) read() (*state, error) {
	text, err := os.ReadFile(d.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("console: the document cannot be read: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.last == nil || !bytes.Equal(d.last.text, text) {
		d.last = d.understand(text)
	}
	return d.last, nil
}

// write replaces the document that was read as old, as a whole. It fails with
// [errChanged] when the file is another by now.
func (d *documents) write(old *state, text []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	now, err := os.ReadFile(d.path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("console: the document cannot be read: %w", err)
	case !bytes.Equal(now, old.text):
		return errChanged
	}
	if err := Replace(d.path, text); err != nil {
		return fmt.Errorf("console: the document cannot be written: %w", err)
	}
	return nil
}

// backUp keeps what was read beside the document, under a name with the time,
// for this user alone: secrets may be written out in it.
func (d *documents) backUp(s *state, now time.Time) error {
	if !s.exists() {
		return nil
	}
	path := d.path + now.UTC().Format(".20060102T150405.000Z") + ".bak"
	if err := os.WriteFile(path, s.text, 0o600); err != nil {
		return fmt.Errorf("console: the former document cannot be kept: %w", err)
	}
	return nil
}

// Replace writes a file such that at any moment there is the old or the new.
func Replace(path string, text []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	mode := fs.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".workspace-*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(text)
	err = errors.Join(err, temporary.Chmod(mode), temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}

// understand reads and checks a document.
func (d *documents) understand(text []byte) *state {
	s := &state{text: text}
	if !s.exists() {
		return s
	}
	document, err := edit.Open(text)
	if err == nil {
		s.document = document
		s.head, err = document.Head()
	}
	if err == nil {
		s.rules, err = document.Rules()
	}
	if err == nil {
		s.contacts, err = document.Contacts()
	}
	if err != nil {
		// The parser says it better, with the place.
		s.document = nil
	}
	s.workspace, s.findings = d.check(text, err == nil && len(s.rules) == 0)
	if s.workspace == nil && len(s.findings) == 0 && err != nil {
		s.findings = workspace.Unreadable(filepath.Base(d.path), err.Error())
	}
	return s
}

// probe completes a document without rules, which a parser refuses: a
// workspace that is just being set up has none.
const probe = "\nrules: [{name: probe, enabled: false, source: dlc, events: [\"*\"], targets: [{type: wecom, webhook: \"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=probe\"}]}]\n"

// check parses a document. One that is empty of rules is right as well.
func (d *documents) check(text []byte, empty bool) (*workspace.Workspace, workspace.Findings) {
	text = d.completed(text)
	if empty {
		text = append(bytes.Clone(text), probe...)
	}
	w, err := yaml.Parse(text, filepath.Base(d.path), d.specs...)
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

// alone checks one rule by itself, among the contacts and the catalogue of the
// document. Its findings begin with "rules[0]".
func (d *documents) alone(s *state, r edit.Rule) (workspace.Rule, workspace.Findings) {
	text, err := r.JSON()
	if err != nil {
		return workspace.Rule{}, workspace.Unreadable("", err.Error())
	}
	return s.workspace.CheckRule(d.completed(text))
}

// receivers checks one target of a rule by itself.
func (d *documents) receivers(s *state, source string, t edit.Target) ([]target.Receiver, workspace.Findings) {
	text, err := t.MarshalJSON()
	if err != nil {
		return nil, workspace.Unreadable("", err.Error())
	}
	return s.workspace.CheckTarget(source, d.completed(text))
}

// completed is a text as it is understood.
func (d *documents) completed(text []byte) []byte {
	if d.settle == nil {
		return text
	}
	return d.settle(bytes.Clone(text))
}

// ShownPath is a path as people write it, below their home directory.
func ShownPath(path string) string {
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	if rest, ok := strings.CutPrefix(path, home+string(os.PathSeparator)); ok {
		return "~/" + rest
	}
	return path
}
