package functions_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/message"
)

// advised returns the English advice that the sources of targets hold: what a row
// or a refusal has as its Advice, and what stands under a name that ends so.
func advised(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	var files []string
	for _, pattern := range []string{"*/*.go", "../shared/webhook/*.go", "../shared/phone/*.go", "../shared/refusal/*.go"} {
		some, err := filepath.Glob(pattern)
		require.NoError(t, err)
		files = append(files, some...)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		require.NoError(t, err)
		take := func(n ast.Node) {
			ast.Inspect(n, func(n ast.Node) bool {
				if pair, ok := n.(*ast.KeyValueExpr); ok {
					if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "EN" {
						if text, ok := pair.Value.(*ast.BasicLit); ok { // one with a name in it is of package webhook
							plain, err := strconv.Unquote(text.Value)
							require.NoError(t, err)
							found[plain] = path
						}
					}
				}
				return true
			})
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Advice" {
					take(n.Value)
				}
			case *ast.ValueSpec:
				if strings.HasSuffix(n.Names[0].Name, "Advice") || strings.Contains(path, "refusal") {
					take(n)
				}
			case *ast.FuncDecl:
				if strings.HasSuffix(n.Name.Name, "Advice") {
					take(n)
				}
			}
			return true
		})
	}
	return found
}

func TestAdviceCanBeReadInEveryLanguage(t *testing.T) {
	found := advised(t)
	assert.Greater(t, len(found), 90)
	for text, path := range found {
		known := false
		for _, spec := range functions.Register() {
			for _, l := range []message.Language{message.Chinese, message.Japanese} {
				if other := spec.Advised(text).In(l); other != text {
					known = true
					assert.Equal(t, text, spec.Advised(other).EN, "there and back")
				}
			}
		}
		assert.True(t, known, "%s: no target says that it advises: %s", path, text)
	}
	for _, spec := range functions.Register() {
		for _, text := range spec.Advice() {
			if text == (message.Text{}) {
				continue
			}
			for _, said := range []string{text.EN, text.ZH, text.JA} {
				assert.NotEmpty(t, said, "%s: %s", spec.Type, text.EN)
			}
			if text.EN != "" {
				assert.Equal(t, text.JA, spec.Advised(text.ZH).JA)
			}
		}
		assert.Equal(t, "something else", spec.Advised("something else").ZH)
	}
}
