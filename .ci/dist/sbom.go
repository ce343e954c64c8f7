package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// listMaterials writes which modules each executable links, as CycloneDX: read
// from the executables, which cannot be wrong about it. The list has no serial
// number and no time, which would differ from build to build.
func listMaterials(path, version string, executables []string) error {
	bom := cdx.NewBOM()
	root := cdx.Component{BOMRef: program, Type: cdx.ComponentTypeApplication, Name: program, Version: version}
	bom.Metadata = &cdx.Metadata{Component: &root}
	modules := map[string]cdx.Component{}
	var components []cdx.Component
	var dependencies []cdx.Dependency
	var names []string
	for _, executable := range executables {
		name := filepath.Base(filepath.Dir(executable))
		info, err := buildinfo.ReadFile(executable)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(executable)
		if err != nil {
			return err
		}
		sum := fmt.Sprintf("%x", sha256.Sum256(content))
		components = append(components, cdx.Component{BOMRef: name, Type: cdx.ComponentTypeApplication, Name: name, Version: version,
			Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: sum}}})
		links := []string{module(modules, "std", info.GoVersion)}
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			links = append(links, module(modules, m.Path, m.Version))
		}
		slices.Sort(links)
		dependencies = append(dependencies, cdx.Dependency{Ref: name, Dependencies: &links})
		names = append(names, name)
	}
	for _, ref := range slices.Sorted(maps.Keys(modules)) {
		components = append(components, modules[ref])
	}
	dependencies = append([]cdx.Dependency{{Ref: program, Dependencies: &names}}, dependencies...)
	bom.Components, bom.Dependencies = &components, &dependencies
	return write(path, func(out io.Writer) error {
		return cdx.NewBOMEncoder(out, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
	})
}

// module notes a module that is linked, and returns its address.
func module(modules map[string]cdx.Component, path, version string) string {
	address := "pkg:golang/" + path + "@" + version
	modules[address] = cdx.Component{BOMRef: address, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: address}
	return address
}
