package functions_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

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

func decode(t *testing.T, file string, into any) {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, into), file)
}
