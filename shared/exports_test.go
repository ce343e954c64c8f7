package shared_test

import (
	"go/ast"
	"go/importer"
	"go/token"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mostNames is how many names a package may export: as many as a reader still
// takes in at once.
const mostNames = 40

func TestNoPackageExportsMoreNamesThanAReaderTakesIn(t *testing.T) {
	out, err := exec.Command("go", "list", "-export", "-f", `{{if ne .Name "main"}}{{.ImportPath}} {{.Export}}{{end}}`, module+"...").Output()
	require.NoError(t, err)
	compiled := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if path, file, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			compiled[path] = file
		}
	}
	require.NotEmpty(t, compiled)
	imports := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(compiled[path]) })
	for path := range compiled {
		p, err := imports.Import(path)
		require.NoError(t, err, path)
		var exported []string
		for _, name := range p.Scope().Names() {
			if ast.IsExported(name) {
				exported = append(exported, name)
			}
		}
		name := strings.TrimPrefix(path, module)
		assert.LessOrEqual(t, len(exported), mostNames, "%s exports %s", name, strings.Join(exported, ", "))
	}
}
