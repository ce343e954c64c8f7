package email

import (
	"os"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheDocumentOfTheReadmeIsRead(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, example, ok := strings.Cut(string(readme), "```yaml\n")
	require.True(t, ok)
	example, _, _ = strings.Cut(example, "```")
	w, err := yaml.Parse([]byte("workspace: demo\n"+example), "README.md", Spec)
	require.NoError(t, err)
	receivers := w.Rules[0].Receivers()
	require.Len(t, receivers, 1)
	assert.JSONEq(t, `{
		"server": "smtpdm.aliyun.com", "from": "PAI <alerts@notify.example.com>", "password": "env:SMTP_PASSWORD",
		"contact": {"name": "Alice", "email": "alice@example.com"}
	}`, string(receivers[0].Parameters))
}
