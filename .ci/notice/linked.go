package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// module is a module of which at least one package is linked.
type module struct {
	Path, Dir string
	// packages are the folders of the linked packages.
	packages []string
}

// linked returns the modules whose packages the executables link on any of the
// platforms, in no order. Go's own library is one of them.
func linked(platforms []string) ([]module, error) {
	found := map[string]*module{}
	for _, platform := range platforms {
		system, architecture, _ := strings.Cut(platform, "/")
		list := exec.Command("go", append([]string{"list", "-deps", "-tags", "lambda.norpc,lambda,fc", "-json=Dir,Standard,Module", "./cmd/pai-notify"}, bootstraps()...)...)
		list.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+architecture)
		list.Stderr = os.Stderr
		out, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", platform, err)
		}
		if err := read(out, found); err != nil {
			return nil, err
		}
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	modules := []module{{Path: "Go", Dir: strings.TrimSpace(string(root))}}
	for _, one := range found {
		modules = append(modules, *one)
	}
	return modules, nil
}

// bootstraps are the packages of the functions' executables.
func bootstraps() []string {
	folders, _ := filepath.Glob("functions/*/bootstrap") // its one error is a bad pattern
	for i := range folders {
		folders[i] = "./" + folders[i]
	}
	return folders
}

// read adds to found what go list printed.
func read(out []byte, found map[string]*module) error {
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var one struct {
			Dir      string
			Standard bool
			Module   *struct {
				Path, Dir string
				Main      bool
			}
		}
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("go list: %w", err)
		}
		if one.Standard || one.Module.Main {
			continue
		}
		if found[one.Module.Path] == nil {
			found[one.Module.Path] = &module{Path: one.Module.Path, Dir: one.Module.Dir}
		}
		found[one.Module.Path].packages = append(found[one.Module.Path].packages, one.Dir)
	}
}
