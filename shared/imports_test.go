// Package shared_test checks which package may import which, as
// docs/architecture.md says.
package shared_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/pai-notify/pai-notify/"

// everyFile are the build tags with which no file is left out.
const everyFile = "lambda,fc"

// allowed lists which of this project's packages each package imports, besides its
// own sub-packages. functions/* stands for the folder of any target type.
var allowed = map[string][]string{
	"shared/event":                    {"shared/hold"},
	"shared/hold":                     {},
	"shared/function":                 {"shared/event"},
	"shared/function/runtimeapi":      {"shared/exactjson"},
	"shared/rule":                     {},
	"shared/message":                  {"shared/event", "shared/hold"},
	"shared/secret":                   {"shared/event"},
	"shared/target":                   {"shared/event", "shared/message", "shared/secret"},
	"shared/refusal":                  {"shared/message", "shared/target"},
	"shared/exactjson":                {"shared/event"},
	"shared/outcome":                  {"shared/exactjson"},
	"shared/suite":                    {},
	"shared/ledger":                   {"shared/bus", "shared/outcome"},
	"shared/ledger/ledgertest":        {"shared/bus", "shared/ledger", "shared/outcome", "shared/suite"},
	"shared/ledger/health":            {"shared/ledger", "shared/outcome"},
	"shared/ledger/memory":            {"shared/bus", "shared/ledger"},
	"shared/ledger/dynamodb":          {"shared/awsapi", "shared/bus", "shared/ledger"},
	"shared/ledger/linked":            {"shared/awsapi", "shared/bus/aliyun/account", "shared/ledger", "shared/ledger/dynamodb", "shared/ledger/tablestore", "shared/webhook"},
	"shared/ledger/tablestore":        {"shared/bus", "shared/ledger", "shared/outcome"},
	"shared/webhook":                  {"shared/exactjson", "shared/message", "shared/refusal", "shared/target"},
	"shared/workspace":                {"shared/event", "shared/hold", "shared/message", "shared/rule", "shared/secret", "shared/target"},
	"shared/workspace/yaml":           {"shared/message", "shared/target", "shared/workspace", "shared/workspace/internal/tree"},
	"shared/deliver":                  {"shared/bus", "shared/event", "shared/exactjson", "shared/hold", "shared/ledger", "shared/ledger/memory", "shared/message", "shared/outcome", "shared/rule", "shared/secret", "shared/target", "shared/workspace"},
	"shared/inbox":                    {"shared/message"},
	"shared/inbox/inboxtest":          {},
	"shared/bus":                      {"shared/event", "shared/target"},
	"shared/bus/aws":                  {"shared/awsapi", "shared/bus", "shared/event", "shared/rule"},
	"shared/bus/aws/account":          {"shared/awsapi", "shared/bus", "shared/exactjson"},
	"shared/bus/aws/mototest":         {},
	"shared/bus/bustest":              {"shared/bus", "shared/event", "shared/message", "shared/suite", "shared/target"},
	"shared/bus/aliyun":               {"shared/bus", "shared/event", "shared/exactjson", "shared/target"},
	"shared/bus/aliyun/account":       {"shared/bus", "shared/bus/aliyun/internal/openapi"},
	"shared/bus/aliyun/kms":           {"shared/bus", "shared/bus/aliyun/internal/openapi", "shared/exactjson"},
	"shared/awsapi":                   {"shared/bus"},
	"shared/learn":                    {"shared/bus", "shared/deliver", "shared/event", "shared/rule", "shared/workspace"},
	"shared/secretstore":              {"shared/awsapi", "shared/bus", "shared/bus/aliyun/kms", "shared/secret", "shared/target", "shared/webhook"},
	"shared/bus/local":                {"shared/event", "shared/outcome", "shared/rule"},
	"shared/phone":                    {"shared/message", "shared/refusal", "shared/target", "shared/webhook"},
	"shared/phone/handset":            {"shared/inbox", "shared/message"},
	"functions/*":                     {"shared/event", "shared/phone", "shared/refusal", "shared/target", "shared/message", "shared/webhook"},
	"shared/workspace/edit":           {"shared/event", "shared/target", "shared/workspace/internal/document"},
	"cmd/pai-notify/access":           {},
	"cmd/pai-notify/account":          {"cmd/pai-notify/archive", "cmd/pai-notify/demo", "cmd/pai-notify/input", "cmd/pai-notify/running", "cmd/pai-notify/terminal", "functions", "shared/bus", "shared/bus/aws/account", "shared/provision", "shared/provision/cloud", "shared/provision/cloud/alarms", "shared/provision/cloud/ledgers", "shared/workspace"},
	"cmd/pai-notify/files":            {},
	"cmd/pai-notify/demo":             {"shared/webhook"},
	"cmd/pai-notify/archive":          {"functions", "shared/bus", "shared/bus/local", "shared/deliver", "shared/event", "shared/ledger", "shared/ledger/health", "shared/outcome", "shared/provision", "shared/provision/policy", "shared/target"},
	"cmd/pai-notify/mutes":            {"shared/bus/local", "shared/deliver", "shared/hold", "shared/provision"},
	"cmd/pai-notify/history":          {"cmd/pai-notify/account", "cmd/pai-notify/archive", "cmd/pai-notify/input", "cmd/pai-notify/mutes", "cmd/pai-notify/receivers", "cmd/pai-notify/running", "cmd/pai-notify/terminal", "shared/bus/local", "shared/event", "shared/hold", "shared/outcome", "shared/provision", "shared/provision/policy", "shared/secret", "shared/target"},
	"cmd/pai-notify/input":            {"cmd/pai-notify/demo", "cmd/pai-notify/terminal", "functions", "shared/event", "shared/secret", "shared/target", "shared/workspace", "shared/workspace/schema", "shared/workspace/yaml"},
	"cmd/pai-notify/match":            {"cmd/pai-notify/input", "cmd/pai-notify/terminal", "functions", "shared/bus/aws", "shared/deliver", "shared/event", "shared/hold", "shared/message", "shared/provision", "shared/rule", "shared/target", "shared/workspace"},
	"cmd/pai-notify/receivers":        {"functions", "shared/bus/aliyun", "shared/bus/local", "shared/deliver", "shared/event", "shared/message", "shared/target"},
	"cmd/pai-notify/rules":            {"cmd/pai-notify/account", "cmd/pai-notify/input", "cmd/pai-notify/terminal", "cmd/pai-notify/vault", "events", "functions", "shared/event", "shared/ledger", "shared/provision", "shared/provision/cloud", "shared/provision/policy", "shared/workspace"},
	"cmd/pai-notify/running":          {"cmd/pai-notify/files", "cmd/pai-notify/access", "cmd/pai-notify/input", "cmd/pai-notify/receivers", "cmd/pai-notify/secrets", "shared/bus/local", "shared/bus/local/account", "shared/bus/local/cloudevents", "shared/bus/local/openapi", "shared/provision", "shared/provision/cloud"},
	"cmd/pai-notify/terminal":         {"shared/function"},
	"cmd/pai-notify/traffic":          {"cmd/pai-notify/files", "cmd/pai-notify/account", "cmd/pai-notify/input", "cmd/pai-notify/terminal", "shared/bus", "shared/function", "shared/learn", "shared/provision", "shared/provision/cloud", "shared/provision/policy", "shared/workspace", "shared/workspace/edit", "shared/workspace/yaml"},
	"cmd/pai-notify/vault":            {"cmd/pai-notify/files", "cmd/pai-notify/account", "cmd/pai-notify/input", "cmd/pai-notify/secrets", "cmd/pai-notify/terminal", "functions", "shared/bus", "shared/bus/aliyun/kms", "shared/event", "shared/provision", "shared/provision/policy", "shared/secretstore", "shared/secret", "shared/target", "shared/workspace"},
	"cmd/pai-notify/secrets":          {"cmd/pai-notify/files", "shared/secret"},
	"cmd/pai-notify/localinbox":       {"cmd/pai-notify/demo", "cmd/pai-notify/running", "cmd/pai-notify/terminal", "functions", "functions/standins", "shared/event", "shared/inbox", "shared/outcome", "shared/secret", "shared/target", "shared/workspace/edit", "shared/workspace/yaml"},
	"cmd/pai-notify/declared":         {"cmd/pai-notify/files", "cmd/pai-notify/input", "cmd/pai-notify/terminal", "functions", "shared/bus/local", "shared/event", "shared/function/runtimeapi", "shared/message", "shared/secret", "shared/target", "shared/webhook", "shared/workspace", "shared/workspace/yaml"},
	"cmd/pai-notify/localfunctions":   {"cmd/pai-notify/declared", "cmd/pai-notify/input", "cmd/pai-notify/localinbox", "cmd/pai-notify/receivers", "functions", "shared/bus/local", "shared/bus/local/account", "shared/deliver", "shared/function", "shared/function/runtimeapi", "shared/ledger"},
	"cmd/pai-notify/report":           {"cmd/pai-notify/receivers", "cmd/pai-notify/terminal", "shared/bus/local", "shared/deliver", "shared/event", "shared/exactjson", "shared/outcome", "shared/workspace"},
	"cmd/pai-notify/serve":            {"cmd/pai-notify/archive", "cmd/pai-notify/console/backend", "cmd/pai-notify/console/home", "cmd/pai-notify/files", "cmd/pai-notify/access", "cmd/pai-notify/account", "cmd/pai-notify/console", "cmd/pai-notify/console/preview", "cmd/pai-notify/declared", "cmd/pai-notify/demo", "cmd/pai-notify/input", "cmd/pai-notify/localfunctions", "cmd/pai-notify/localinbox", "cmd/pai-notify/receivers", "cmd/pai-notify/report", "cmd/pai-notify/running", "cmd/pai-notify/secrets", "cmd/pai-notify/terminal", "events", "functions", "functions/standins", "shared/bus/aliyun/account", "shared/bus/local", "shared/bus/local/account", "shared/bus/local/cloudevents", "shared/event", "shared/inbox", "shared/provision", "shared/secret", "shared/workspace"},
	"cmd/pai-notify/try":              {"cmd/pai-notify/account", "cmd/pai-notify/input", "cmd/pai-notify/localinbox", "cmd/pai-notify/terminal", "functions", "shared/deliver", "shared/event", "shared/exactjson", "shared/function", "shared/function/runtimeapi", "shared/outcome", "shared/secret", "shared/target", "shared/workspace"},
	"cmd/pai-notify/console":          {},
	"cmd/pai-notify/console/backend":  {"cmd/pai-notify/console/journal", "cmd/pai-notify/files", "shared/inbox", "cmd/pai-notify/access", "cmd/pai-notify/console/censor", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/preview", "cmd/pai-notify/secrets", "events", "shared/provision", "shared/bus", "shared/bus/local", "shared/deliver", "shared/event", "shared/message", "shared/outcome", "shared/secret", "shared/target", "shared/workspace", "shared/workspace/edit", "shared/workspace/yaml", "cmd/pai-notify/mutes", "shared/hold"},
	"cmd/pai-notify/console/censor":   {"shared/event", "shared/target", "shared/workspace/edit"},
	"cmd/pai-notify/console/checkup":  {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/problems", "shared/provision", "shared/message", "shared/provision/policy"},
	"cmd/pai-notify/console/contacts": {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/problems", "shared/message", "shared/workspace", "shared/workspace/edit"},
	"cmd/pai-notify/console/document": {"cmd/pai-notify/console/journal", "cmd/pai-notify/files", "cmd/pai-notify/console/backend", "cmd/pai-notify/console/censor", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/problems", "shared/provision", "shared/message", "shared/target", "shared/workspace", "shared/workspace/edit"},
	"cmd/pai-notify/console/frame":    {"shared/event", "shared/inbox", "shared/message"},
	// What people may want back: the changes of the document, and forms not saved.
	"cmd/pai-notify/console/journal":  {"cmd/pai-notify/files"},
	"cmd/pai-notify/console/history":  {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "shared/bus/local", "shared/event", "shared/message", "shared/target", "shared/workspace", "shared/workspace/edit"},
	"cmd/pai-notify/console/home":     {"cmd/pai-notify/files", "cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/history", "cmd/pai-notify/console/problems", "shared/provision", "shared/bus/local", "shared/event", "shared/message", "shared/workspace", "shared/workspace/edit"},
	"cmd/pai-notify/console/mutes":    {"cmd/pai-notify/console/problems", "cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "cmd/pai-notify/mutes", "shared/hold", "shared/message", "shared/provision", "shared/workspace"},
	"cmd/pai-notify/console/preview":  {"cmd/pai-notify/access", "shared/inbox", "shared/target", "shared/workspace/edit"},
	"cmd/pai-notify/console/problems": {"cmd/pai-notify/console/frame", "shared/message", "shared/provision", "shared/workspace", "shared/workspace/edit"},
	"cmd/pai-notify/console/publish":  {"cmd/pai-notify/console/problems", "cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/history", "events", "shared/provision", "shared/bus/local", "shared/event", "shared/message"},
	"cmd/pai-notify/console/quiet":    {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/problems", "shared/hold", "shared/message", "shared/workspace/edit"},
	"cmd/pai-notify/console/received": {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "shared/inbox", "shared/message"},
	"cmd/pai-notify/console/rules":    {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/censor", "cmd/pai-notify/console/frame", "shared/provision", "shared/bus/local", "shared/secret", "shared/workspace/edit", "shared/message"},
	"cmd/pai-notify/console/session":  {"cmd/pai-notify/console/problems", "cmd/pai-notify/console/rules/form", "cmd/pai-notify/access", "cmd/pai-notify/console/backend", "cmd/pai-notify/console/frame", "shared/message"},
	"docs/examples/bridge-to-aws":     {"shared/bus/aws", "shared/event", "shared/function"}, // what users copy
	"functions/*/bootstrap":           {"shared/deliver", "shared/function", "shared/ledger/linked", "shared/secretstore"},
	"functions/standins":              {"functions/*/standin", "shared/inbox"},
	"functions/*/standin":             {"shared/inbox", "shared/message", "shared/phone/handset"},
	"functions/provision":             {"functions", "shared/bus", "shared/message", "shared/provision", "shared/provision/policy", "shared/workspace"},
	"functions/provision/bootstrap":   {"functions/provision", "shared/function", "shared/provision/cloud"},
	"functions/redeliver":             {"shared/bus", "shared/deliver", "shared/event", "shared/exactjson", "shared/ledger", "shared/message", "shared/outcome", "shared/rule", "shared/target"},
	"functions/redeliver/bootstrap":   {"functions/redeliver", "functions/redeliver/linked", "shared/function", "shared/ledger/linked"},
	"functions/redeliver/linked":      {"functions/redeliver", "shared/awsapi", "shared/bus", "shared/bus/aliyun", "shared/bus/aliyun/account", "shared/bus/aws", "shared/bus/aws/account"},
	// events: a check-up leaves the samples out of what passed the bus.
	"shared/provision":               {"events", "shared/bus", "shared/deliver", "shared/event", "shared/hold", "shared/learn", "shared/ledger", "shared/ledger/health", "shared/message", "shared/outcome", "shared/secret", "shared/target", "shared/workspace"},
	"shared/provision/cloud":         {"shared/bus", "shared/bus/aliyun", "shared/bus/aliyun/account", "shared/bus/aws", "shared/bus/aws/account", "shared/provision"},
	"shared/provision/cloud/ledgers": {"shared/bus", "shared/bus/aliyun/account", "shared/ledger", "shared/ledger/dynamodb", "shared/ledger/tablestore", "shared/provision/cloud"},
	"shared/provision/policy":        {"shared/target"},
	"shared/provision/cloud/alarms":  {"shared/bus", "shared/bus/aliyun/account", "shared/ledger", "shared/provision/cloud", "shared/provision/policy"},
	"shared/bus/local/account":       {"shared/exactjson"},
	"shared/bus/local/cloudevents":   {"shared/bus/local", "shared/event"},
	"shared/bus/local/openapi":       {"shared/bus/local", "shared/bus/local/account", "shared/event", "shared/outcome", "shared/rule"},
	"shared/bus/local/store":         {},
	"shared/bus/local/transform":     {"shared/event"},

	"shared/ledger/tablestore/tablestoretest":  {},
	"shared/provision/cloud/alarms/alarmstest": {},

	"cmd/pai-notify/console/receivers":    {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/censor", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/problems", "cmd/pai-notify/console/rules/form", "shared/event", "shared/hold", "shared/ledger/health", "shared/message", "shared/provision", "shared/provision/policy", "shared/workspace", "shared/workspace/edit"},
	"cmd/pai-notify/console/rules/editor": {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/censor", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/problems", "cmd/pai-notify/console/rules/form", "events", "shared/provision", "shared/bus/aws", "shared/bus/local", "shared/deliver", "shared/event", "shared/message", "shared/rule", "shared/target", "shared/workspace/edit", "shared/hold", "shared/workspace"},
	"cmd/pai-notify/console/rules/form":   {"cmd/pai-notify/console/backend", "cmd/pai-notify/console/censor", "cmd/pai-notify/console/frame", "cmd/pai-notify/console/problems", "shared/event", "shared/message", "shared/outcome", "shared/secret", "shared/target", "shared/workspace/edit", "shared/hold", "shared/workspace"},
}

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	out, err := exec.Command("go", "list", "-tags", everyFile, "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, module+"...").Output()
	require.NoError(t, err)
	checked, used := map[string]bool{}, map[[2]string]bool{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		importer := strings.TrimPrefix(words[0], module)
		if !strings.HasPrefix(importer, "functions/functionstest/") {
			assert.NotContains(t, line, module+"functions/functionstest/", "only tests know these types")
		}
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
			if pattern == "functions/standins" && strings.HasSuffix(ours, "/standin") {
				ours = "functions/*/standin"
			}
			assert.Contains(t, may, ours, "%s imports %s", importer, ours)
			used[[2]string{pattern, ours}] = true
		}
	}
	for pattern, may := range allowed {
		assert.True(t, checked[pattern], "no package is %s any more", pattern)
		for _, ours := range may {
			assert.True(t, used[[2]string{pattern, ours}], "%s does not import %s any more", pattern, ours)
		}
	}
}

// TestFunctionsAreDeployedWithoutStandIns keeps what stands in for platforms out
// of the executables that are deployed.
func TestFunctionsAreDeployedWithoutStandIns(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-tags", everyFile, module+"functions/.../bootstrap").Output()
	require.NoError(t, err)
	assert.Contains(t, string(out), module+"shared/deliver\n", "the executables are looked at")
	for linked := range strings.Lines(string(out)) {
		assert.NotRegexp(t, "^"+module+"(shared/inbox|shared/phone/handset|functions/standins|functions/[a-z]+/standin)", linked)
	}
}

// pattern is the name of a package in the tables above. The type that only tests
// know is held to what every type is.
func pattern(importer string) string {
	parts := strings.Split(strings.Replace(importer, "functions/functionstest/", "functions/", 1), "/")
	if parts[0] == "functions" && len(parts) > 1 && !slices.Contains([]string{"provision", "redeliver", "standins"}, parts[1]) {
		parts[1] = "*"
	}
	return strings.Join(parts, "/")
}

// upward lists the sub-packages that import a package above them, with the
// reason. The programs in functions/*/bootstrap need none. Below cmd there are
// none: there a parent joins its sub-packages, which know nothing of it.
var upward = map[string]string{
	"functions/provision":                "checks documents against the register of targets",
	"functions/redeliver/linked":         "opens the cloud that its parent works in",
	"shared/provision/cloud":             "opens the cloud that provisioning works on",
	"shared/provision/cloud/alarms":      "makes alarms in its parent's accounts",
	"shared/provision/cloud/ledgers":     "opens ledgers of its parent's accounts",
	"shared/bus/aliyun":                  "implements the bus",
	"shared/bus/aliyun/account":          "fails with the errors of the bus",
	"shared/bus/aliyun/internal/openapi": "fails with the errors of the bus",
	"shared/bus/aliyun/kms":              "fails with the errors of the bus",
	"shared/bus/aws":                     "implements the bus",
	"shared/bus/aws/account":             "fails with the errors of the bus",
	"shared/bus/bustest":                 "is the suite of what implements the bus",
	"shared/bus/local/cloudevents":       "serves the bus",
	"shared/bus/local/openapi":           "serves the bus",
	"shared/ledger/linked":               "opens the store that an executable links",
	"shared/ledger/ledgertest":           "is the suite of what implements the store",
	"shared/ledger/dynamodb":             "implements the store",
	"shared/ledger/health":               "tells what the rows say",
	"shared/ledger/memory":               "implements the store",
	"shared/ledger/tablestore":           "implements the store",
	"shared/target/targettest":           "is the suite of what implements a target",
	"shared/workspace/yaml":              "writes what its parent reads",
}

func TestNoPackageImportsOneAboveIt(t *testing.T) {
	out, err := exec.Command("go", "list", "-tags", everyFile, "-f", `{{if ne .Name "main"}}{{.ImportPath}}{{range .Imports}} {{.}}{{end}}{{end}}`, module+"...").Output()
	require.NoError(t, err)
	found := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		importer := pattern(strings.TrimPrefix(words[0], module))
		for _, imported := range words[1:] {
			if strings.HasPrefix(words[0], imported+"/") {
				found[importer] = true
				assert.NotEmpty(t, upward[importer], "%s imports %s, which is above it", words[0], imported)
			}
		}
	}
	for importer := range upward {
		assert.True(t, found[importer], "%s imports nothing above it any more", importer)
	}
}
