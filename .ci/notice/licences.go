package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// allowed are the licences that a linked module may have, by their SPDX names:
// they ask for their notice to be kept, and for nothing about our own code.
var allowed = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0"}

// recognised is the share of a licence's words, in percent, that must be those
// of known licences. The rest is names of authors and what introduces them.
const recognised = 95

// byHand are texts that the library does not recognise and that people have read, by
// their SHA-256: a text that changes is to be read again.
var byHand = map[string]struct {
	why  string
	omit bool // all that it says of linked code is in other files here
}{
	"276c554d616c13b5156e69b2f9a38f0de1119c1e619e1b71cc4a963721c1bede": {why: "aws-lambda-go and what follows it: which parts are MIT-0 and which Apache-2.0"},
	"ce9c578c2968e316b80b180c3f5a5d70a8f32f37256c1bcf944a5de4f9f4eb59": {why: "modernc.org/memory: where a logo comes from that is not linked"},
	"18546134ad8704f789ac8c74c310ab7b4a2f627e67b86a5719c6e7315003e246": {why: "modernc.org/libc: Go (BSD-3-Clause), musl, go-netdb and nixpkgs (MIT), with the names of musl's authors"},
	"f2ab7254c7d1c2079da62ed905f0b96587a403f71c0c3f81c64f776bc73907b4": {why: "go.yaml.in/yaml/v3: MIT for what comes from libyaml, Apache-2.0 for the rest"},
	"ec8ee45d62bce0b58001d41835f3d0cbdf13828bf57399758d3e67c072335e92": {why: "SQLite: in the public domain"},
	"9767cde15943e58df4f834ed115862a0fd1f3af43fe313df3e1311d0663b9046": {why: "modernc.org/sqlite: what it lists as linked has files of its own here; MPL-2.0 is in its tests only", omit: true},
}

var (
	licence = regexp.MustCompile(`(?i)^(licen[cs]e|copying)([-._].*)?$`)
	notice  = regexp.MustCompile(`(?i)^(notice|copyright)([-._].*)?$`)
)

// text is the text of a licence or notice, and who comes with it.
type text struct {
	content string
	files   []string // "module" or "module: file", sorted
	kinds   []string // SPDX names; none for a notice
}

// collect reads the licences and notices in the folders of the linked packages
// and above them up to their module's, each distinct text once.
func collect(modules []module) ([]text, error) {
	texts := map[string]*text{}
	var problems []error
	for _, one := range modules {
		files, err := one.files()
		if err != nil {
			return nil, err
		}
		licensed := false
		for _, file := range files {
			content, err := os.ReadFile(file) //nolint:gosec // a file of a module
			if err != nil {
				return nil, err
			}
			name, err := filepath.Rel(one.Dir, file)
			if err != nil {
				return nil, err
			}
			licensed = licensed || filepath.Dir(name) == "." && licence.MatchString(name)
			hash := digest(content)
			if byHand[hash].omit {
				continue
			}
			kinds, err := judge(filepath.Base(name), content)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s: %s: %w", one.Path, name, err))
			}
			if texts[hash] == nil {
				texts[hash] = &text{content: tidy(content), kinds: kinds}
			}
			label := one.Path
			if !licence.MatchString(name) || strings.ContainsAny(name, "/-") {
				label += " (" + name + ")"
			}
			texts[hash].files = append(texts[hash].files, label)
		}
		if !licensed {
			problems = append(problems, fmt.Errorf("%s has no licence file", one.Path))
		}
	}
	return sorted(texts), errors.Join(problems...)
}

// files are the paths of the module's licences and notices that concern linked
// packages.
func (m module) files() ([]string, error) {
	folders := map[string]bool{m.Dir: true}
	for _, folder := range m.packages {
		for ; folder != m.Dir; folder = filepath.Dir(folder) {
			folders[folder] = true
		}
	}
	var files []string
	for folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if name := entry.Name(); entry.Type().IsRegular() && filepath.Ext(name) != ".go" && (licence.MatchString(name) || notice.MatchString(name)) {
				files = append(files, filepath.Join(folder, name))
			}
		}
	}
	return files, nil
}

// judge names the licences in a file. It is an error if one is not allowed, or
// if a file that is named as a licence is none that is known.
func judge(name string, content []byte) ([]string, error) {
	hash := digest(content)
	if _, known := byHand[hash]; known {
		return nil, nil
	}
	found := licensecheck.Scan(content)
	var kinds []string
	for _, match := range found.Match {
		if !slices.Contains(allowed, match.ID) {
			return nil, fmt.Errorf("licence %s is not one of %s", match.ID, strings.Join(allowed, ", "))
		}
		kinds = append(kinds, match.ID)
	}
	if licence.MatchString(name) && found.Percent < recognised {
		return nil, fmt.Errorf("no licence that is known; read it, and if it may be linked add its SHA-256 to byHand in .ci/notice/licences.go: %s", hash)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds), nil
}

func digest(content []byte) string {
	sum := sha256.Sum256(bytes.Join(bytes.Fields(content), []byte(" ")))
	return hex.EncodeToString(sum[:])
}

// tidy removes carriage returns and blanks at the ends of lines.
func tidy(content []byte) string {
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r\f")
	}
	return strings.Join(lines, "\n")
}

// sorted orders the texts by what comes with them, the longest lists of
// modules first.
func sorted(texts map[string]*text) []text {
	var all []text
	for _, one := range texts {
		slices.Sort(one.files)
		one.files = slices.Compact(one.files)
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b text) int {
		if d := len(b.files) - len(a.files); d != 0 {
			return d
		}
		return strings.Compare(a.files[0], b.files[0])
	})
	return all
}
