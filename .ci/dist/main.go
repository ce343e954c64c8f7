// Command dist packs executables for a release: an archive for each folder of
// what was built, a list of what they are made of, and checksums. The same
// executables give the same bytes, wherever and whenever it runs.
//
// It runs in the folder of the repository: make dist.
package main

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// program is the name that the archives of the program begin with. They also
// have the licences and what a first try needs; those of functions have the
// executable alone, as the clouds want them.
const program = "pai-notify"

// extras are the files of the repository in each archive of the program.
var extras = []string{"LICENSE", "NOTICE", "README.md", "docs/workspace.yaml", "docs/workspace.schema.json", "events/*.json"}

func main() {
	version := flag.String("version", "", "version of the release, such as v0.1.0")
	built := flag.String("built", "build/dist", "folder with a folder for each archive")
	to := flag.String("to", "dist", "folder that the archives are written to")
	flag.Parse()
	if err := run(*version, *built, *to); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

func run(version, built, to string) error {
	if version == "" {
		return errors.New("--version is missing")
	}
	folders, err := filepath.Glob(filepath.Join(built, "*"))
	if err != nil || len(folders) == 0 {
		return fmt.Errorf("%s has no folders: run make dist (%w)", built, err)
	}
	var executables []string
	for _, folder := range folders {
		name := filepath.Base(folder)
		found, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil || len(found) != 1 {
			return fmt.Errorf("%s has %d files, not one executable (%w)", folder, len(found), err)
		}
		executables = append(executables, found[0])
		if err := pack(found[0], name, to); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := listMaterials(filepath.Join(to, program+"_"+version+"_sbom.cdx.json"), version, executables); err != nil {
		return err
	}
	return writeSums(to)
}

// pack writes the archive of one executable: a zip for functions and Windows,
// as their users expect it, and a tar.gz otherwise.
func pack(executable, name, to string) error {
	files := []file{{path: executable, name: filepath.Base(executable), mode: 0o755}}
	if !strings.HasPrefix(name, program+"_") {
		return writeZip(filepath.Join(to, name+".zip"), files)
	}
	for _, pattern := range extras {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			return fmt.Errorf("no %s here (%w)", pattern, err)
		}
		for _, path := range found {
			inside := filepath.ToSlash(path)
			if strings.HasSuffix(inside, ".yaml") {
				inside = filepath.Base(path) // it finds its schema from there
			}
			files = append(files, file{path: path, name: inside, mode: 0o644})
		}
	}
	for i := range files {
		files[i].name = name + "/" + files[i].name
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	if strings.HasSuffix(executable, ".exe") {
		return writeZip(filepath.Join(to, name+".zip"), files)
	}
	return writeTar(filepath.Join(to, name+".tar.gz"), files)
}

// writeSums writes SHA256SUMS, which sha256sum -c reads.
func writeSums(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(content), filepath.Base(path))
	}
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), []byte(sums.String()), 0o644)
}
