// Package shared_test holds the layout of the packages to what the decisions
// say: who may import whom.
package shared_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/pai-notify/pai-notify/"

// allowed lists what of ours each package may import, itself and its own
// sub-packages apart. A target folder is named functions/*.
var allowed = map[string][]string{
	"shared/event":                    {},
	"shared/function":                 {},
	"shared/function/runtimeapi":      {"shared/exactjson"},
	"shared/rule":                     {"shared/event"},
	"shared/message":                  {"shared/event"},
	"shared/target":                   {"shared/event", "shared/message"},
	"shared/exactjson":                {"shared/event"},
	"shared/webhook":                  {"shared/exactjson", "shared/message", "shared/target"},
	"shared/workspace":                {"shared/event", "shared/message", "shared/rule", "shared/target"},
	"shared/workspace/yaml":           {"shared/target", "shared/workspace", "shared/workspace/internal/tree"},
	"shared/deliver":                  {"shared/event", "shared/exactjson", "shared/message", "shared/rule", "shared/target", "shared/workspace"},
	"shared/inbox":                    {},
	"shared/bus":                      {"shared/event", "shared/target"},
	"shared/bus/aws":                  {"shared/awsapi", "shared/bus", "shared/event", "shared/rule", "shared/target"},
	"shared/bus/aws/mototest":         {},
	"shared/bus/bustest":              {"shared/bus", "shared/event", "shared/message", "shared/target"},
	"shared/bus/aliyun":               {"shared/bus", "shared/event", "shared/exactjson", "shared/target"},
	"shared/bus/aliyun/account":       {"shared/bus", "shared/bus/aliyun/internal/openapi"},
	"shared/bus/aliyun/kms":           {"shared/bus", "shared/bus/aliyun/internal/openapi", "shared/exactjson"},
	"shared/awsapi":                   {"shared/bus"},
	"shared/learn":                    {"shared/bus", "shared/deliver", "shared/event", "shared/rule", "shared/workspace"},
	"shared/secretstore":              {"shared/awsapi", "shared/bus", "shared/bus/aliyun/kms", "shared/target", "shared/webhook"},
	"shared/bus/local":                {"shared/event", "shared/exactjson", "shared/rule"},
	"shared/phone":                    {"shared/event", "shared/message", "shared/target", "shared/webhook"},
	"functions/*":                     {"shared/event", "shared/phone", "shared/target", "shared/message", "shared/webhook"},
	"shared/workspace/edit":           {"shared/event", "shared/target", "shared/workspace/internal/document"},
	"cmd/pai-notify/access":           {},
	"cmd/pai-notify/secrets":          {"shared/target"}, // which names are never for targets
	"cmd/pai-notify/console":          {"shared/inbox"},
	"cmd/pai-notify/console/backend":  {"cmd/pai-notify/access", "cmd/pai-notify/console/censor", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/preview", "cmd/pai-notify/secrets", "events", "shared/provision", "shared/bus", "shared/bus/local", "shared/deliver", "shared/event", "shared/message", "shared/target", "shared/workspace", "shared/workspace/edit", "shared/workspace/yaml"},
	"cmd/pai-notify/console/censor":   {"shared/event", "shared/target", "shared/workspace/edit"},
	"cmd/pai-notify/console/checkup":  {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/problems", "shared/provision", "shared/message"},
	"cmd/pai-notify/console/contacts": {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/problems", "shared/message", "shared/workspace", "shared/workspace/edit"},
	"cmd/pai-notify/console/document": {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/censor", "cmd/pai-notify/console/frame", "shared/provision", "shared/message", "shared/target", "shared/workspace", "shared/workspace/edit"},
	"cmd/pai-notify/console/frame":    {"shared/event", "shared/message"},
	"cmd/pai-notify/console/history":  {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "shared/bus/local", "shared/deliver", "shared/event", "shared/message", "shared/workspace"},
	"cmd/pai-notify/console/home":     {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/history", "cmd/pai-notify/console/problems", "shared/provision", "shared/bus", "shared/bus/local", "shared/event", "shared/message", "shared/workspace", "shared/workspace/edit"},
	"cmd/pai-notify/console/preview":  {"cmd/pai-notify/access", "shared/inbox", "shared/target", "shared/workspace/edit"},
	"cmd/pai-notify/console/problems": {"cmd/pai-notify/console/frame", "shared/message", "shared/workspace"},
	"cmd/pai-notify/console/publish":  {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/history", "events", "shared/provision", "shared/bus/local", "shared/event", "shared/message"},
	"cmd/pai-notify/console/rules":    {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/censor", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/problems", "events", "shared/provision", "shared/bus/aws", "shared/bus/local", "shared/deliver", "shared/event", "shared/message", "shared/rule", "shared/target", "shared/workspace/edit"},
	"cmd/pai-notify/console/session":  {"cmd/pai-notify/access", "cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "shared/message"},
	"docs/examples/bridge-to-aws":     {"shared/bus/aws", "shared/event", "shared/function"}, // what users copy
	"functions/*/bootstrap":           {"functions/*", "shared/deliver", "shared/function", "shared/secretstore"},
	"functions/provision":             {"functions", "shared/bus", "shared/message", "shared/provision", "shared/workspace"},
	"functions/provision/bootstrap":   {"functions/provision", "shared/function", "shared/provision/cloud"},
	// events: a check-up leaves the samples out of what passed the bus.
	"shared/provision":             {"events", "shared/bus", "shared/deliver", "shared/event", "shared/learn", "shared/message", "shared/target", "shared/workspace"},
	"shared/provision/cloud":       {"shared/awsapi", "shared/bus", "shared/bus/aliyun", "shared/bus/aliyun/account", "shared/bus/aws", "shared/exactjson", "shared/provision"},
	"shared/bus/local/account":     {"shared/exactjson"},
	"shared/bus/local/cloudevents": {"shared/bus/local", "shared/event"},
	"shared/bus/local/openapi":     {"shared/bus/local", "shared/bus/local/account", "shared/event", "shared/rule"},
	"shared/bus/local/store":       {},
	"shared/bus/local/transform":   {"shared/event"},
}

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, module+"...").Output()
	require.NoError(t, err)
	checked := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		importer := strings.TrimPrefix(words[0], module)
		pattern := pattern(importer)
		may, ok := allowed[pattern]
		if !ok {
			continue
		}
		checked[pattern] = true
		for _, imported := range words[1:] {
			ours, ok := strings.CutPrefix(imported, module)
			if !ok || strings.HasPrefix(ours, importer+"/") {
				continue
			}
			if pattern == "functions/*/bootstrap" && ours == strings.TrimSuffix(importer, "/bootstrap") {
				continue
			}
			assert.Contains(t, may, ours, "%s imports %s", importer, ours)
		}
	}
	for pattern := range allowed {
		assert.True(t, checked[pattern], "no package is %s any more", pattern)
	}
}

func pattern(importer string) string {
	parts := strings.Split(importer, "/")
	if parts[0] == "functions" && len(parts) > 1 && parts[1] != "provision" {
		parts[1] = "*"
	}
	return strings.Join(parts, "/")
}
