package functions_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pai-notify/pai-notify/functions"
)

// tools are the functions that serve no target type.
var tools = []string{"provision"}

func TestEveryPlaceNamesTheSameFunctions(t *testing.T) {
	var registered []string
	for _, spec := range functions.Register() {
		registered = append(registered, spec.Type)
	}
	assert.True(t, slices.IsSorted(registered), "the register is alphabetical")

	deployed := slices.Sorted(slices.Values(slices.Concat(registered, tools)))
	for place, found := range map[string][]string{
		"folders with a bootstrap": folders(t),
		"template.yaml":            samFunctions(t),
		"s.yaml":                   serverlessDevsFunctions(t),
	} {
		assert.Equal(t, deployed, slices.Sorted(slices.Values(found)), "%s and the register differ", place)
	}
	assert.Equal(t, registered, slices.Sorted(slices.Values(readmeRows(t))), "the README's table and the register differ")
}

func TestEveryTargetHasADocumentedFolder(t *testing.T) {
	for _, spec := range functions.Register() {
		assert.FileExists(t, filepath.Join(spec.Type, "README.md"))
	}
}

func TestTheTemplateTakesEveryNameOfAWorkspace(t *testing.T) {
	var schema struct {
		Properties struct {
			Workspace struct {
				Pattern   string
				MaxLength int `yaml:"maxLength"`
			}
		}
	}
	decode(t, "../docs/workspace.schema.json", &schema)
	var template struct {
		Parameters map[string]struct {
			AllowedPattern string `yaml:"AllowedPattern"`
		} `yaml:"Parameters"`
	}
	decode(t, "../template.yaml", &template)
	named := schema.Properties.Workspace
	want := strings.TrimSuffix(strings.TrimPrefix(named.Pattern, "^"), "*$") + fmt.Sprintf("{0,%d}", named.MaxLength-1)
	assert.Equal(t, want, template.Parameters["Workspace"].AllowedPattern)
}

func folders(t *testing.T) []string {
	mains, err := filepath.Glob("*/bootstrap/main.go")
	require.NoError(t, err)
	var names []string
	for _, m := range mains {
		names = append(names, filepath.Dir(filepath.Dir(m)))
	}
	return names
}

func samFunctions(t *testing.T) []string {
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				CodeUri string `yaml:"CodeUri"`
				Async   struct {
					Destinations struct {
						OnFailure struct {
							Type string `yaml:"Type"`
						} `yaml:"OnFailure"`
					} `yaml:"DestinationConfig"`
				} `yaml:"EventInvokeConfig"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	decode(t, "../template.yaml", &template)
	var names []string
	for id, r := range template.Resources {
		if folder, ok := strings.CutPrefix(r.Properties.CodeUri, "build/"); ok {
			assert.Equal(t, strings.ToUpper(folder[:1])+folder[1:]+"Function", id, "the logical id follows the folder")
			if !slices.Contains(tools, folder) {
				assert.NotEmpty(t, r.Properties.Async.Destinations.OnFailure.Type, "what %s cannot deliver is kept", id)
			}
			names = append(names, folder)
		}
	}
	return names
}

func serverlessDevsFunctions(t *testing.T) []string {
	var s struct {
		Resources map[string]struct {
			Props struct {
				Code    string `yaml:"code"`
				Runtime string `yaml:"runtime"`
				Handler string `yaml:"handler"`
				Async   struct {
					Destinations struct {
						OnFailure struct {
							Destination string `yaml:"destination"`
						} `yaml:"onFailure"`
					} `yaml:"destinationConfig"`
				} `yaml:"asyncInvokeConfig"`
			} `yaml:"props"`
		} `yaml:"resources"`
	}
	decode(t, "../s.yaml", &s)
	var names []string
	for id, r := range s.Resources {
		assert.Equal(t, "./build/"+id, r.Props.Code, "the code of %s", id)
		assert.Equal(t, "go1", r.Props.Runtime, "the runtime of %s", id)
		assert.Equal(t, "bootstrap", r.Props.Handler, "the handler of %s is the executable's name", id)
		assert.NotEmpty(t, r.Props.Async.Destinations.OnFailure.Destination, "what %s cannot deliver is kept", id)
		names = append(names, id)
	}
	return names
}

func readmeRows(t *testing.T) []string {
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^\| \[([a-z]+)\]\(functions/([a-z]+)/README\.md\) \|`).FindAllStringSubmatch(string(text), -1) {
		assert.Equal(t, m[1], m[2], "the link of the row")
		names = append(names, m[1])
	}
	return names
}

func decode(t *testing.T, file string, into any) {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, into), file)
}
