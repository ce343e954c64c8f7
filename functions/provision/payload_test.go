package provision_test

import (
	"fmt"
	fn "github.com/pai-notify/pai-notify/functions/provision"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// deployed gives the function a document, and a prefix and a queue.
func deployed(t *testing.T, document string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "workspace.json")
	require.NoError(t, os.WriteFile(file, []byte(document), 0o600))
	t.Setenv(workspace.Variable, "file:"+file)
	t.Setenv(provision.PrefixVariable, "stack-")
	t.Setenv(provision.DeadLetterVariable, "arn:aws:sqs:eu-central-1:1:dead")
	t.Setenv(fn.PayloadVariable, "")
}

func TestAPayloadChoosesNeitherReceiversNorRulesOfOthers(t *testing.T) {
	m := bustest.NewMemory()
	applied(t, m, document(ruleOf("theirs", 1)), "victim")
	deployed(t, document(ruleOf("died", 1)))
	evil := document(`{"name":"died","source":"dlc","events":["job-failed"],"targets":[{"type":"http","url":"https://evil.example/"}]}`)
	for _, action := range []string{"status", "plan", "apply", "list", "delete", "test"} {
		for key, more := range map[string]string{
			"workspace":     `"workspace":` + evil,
			"owner":         `"owner":"victim"`,
			"take_over":     `"take_over":"victim"`,
			"delete_copies": `"delete_copies":true`,
			"functions":     `"functions":"evil-"`,
		} {
			calls := m.Number
			_, err := ask(t, on(m), fmt.Sprintf(`{"action":%q,"yes":true,%s}`, action, more))
			require.Error(t, err, "%s %s", action, key)
			assert.ErrorContains(t, err, key+" is not taken from a payload", action)
			assert.ErrorContains(t, err, fn.PayloadVariable+"=yes")
			assert.Equal(t, calls, m.Number, "nothing was asked of the bus")
		}
	}
	_, err := ask(t, on(m), `{"action":"apply","owner":"lab","functions":"stack-"}`)
	require.NoError(t, err, "what repeats the deployment is no other")
	_, err = ask(t, on(m), `{"action":"delete","yes":true}`)
	require.NoError(t, err)
	assert.Contains(t, m.Rules, busName+"/theirs", "rules of others stay")
}

func TestTheSwitchIsSaidInOneWay(t *testing.T) {
	deployed(t, document(ruleOf("died", 1)))
	for _, value := range []string{"true", "1", "YES", "yes "} {
		t.Setenv(fn.PayloadVariable, value)
		_, err := ask(t, on(bustest.NewMemory()), `{"action":"plan"}`)
		assert.ErrorContains(t, err, "use yes, or leave it out", value)
	}
}

func TestAQuotaThatIsNoNumberIsRefused(t *testing.T) {
	deployed(t, document(ruleOf("died", 1)))
	t.Setenv("PAI_NOTIFY_RULES_PER_BUS", "many")
	_, err := ask(t, on(bustest.NewMemory()), `{"action":"plan"}`)
	require.ErrorContains(t, err, "write how many rules the cloud grants the bus")
}

// template is what template.yaml gives the custom resource.
var template = map[string]any{"ServiceToken": "arn:aws:lambda:…", "ServiceTimeout": "330", "Workspace": "lab", "FunctionPrefix": "stack-", "DeadLetterArn": "arn:aws:sqs:eu-central-1:1:dead", "Package": "1"}

func TestACustomResourceAppliesTheDocumentOfThePackage(t *testing.T) {
	s := newStack(t)
	deployed(t, document(ruleOf("died", 1)))
	answer := s.ask(cfn.RequestCreate, "", template)
	require.Equal(t, cfn.StatusSuccess, answer.Status, answer.Reason)
	assert.Contains(t, s.m.Rules, busName+"/died")
	id := answer.PhysicalResourceID
	evil := document(`{"name":"died","source":"dlc","events":["job-failed"],"targets":[{"type":"http","url":"https://evil.example/"}]}`)
	for name, value := range map[string]string{"WorkspaceDocument": evil, "FunctionPrefix": "evil-", "DeadLetterArn": "arn:aws:sqs:eu-central-1:2:evil", "Owner": "victim", "TakeOver": "victim"} {
		forged := maps.Clone(template)
		forged[name] = value
		calls := s.m.Number
		answer := s.ask(cfn.RequestUpdate, id, forged)
		assert.Equal(t, cfn.StatusFailed, answer.Status, name)
		assert.Contains(t, answer.Reason, name+" is not taken from a payload")
		assert.Equal(t, calls, s.m.Number, name)
	}
	answer = s.ask(cfn.RequestDelete, id, template)
	require.Equal(t, cfn.StatusSuccess, answer.Status, answer.Reason)
	assert.Empty(t, s.m.Rules)
}

func TestAForgedIDReachesNobodysRules(t *testing.T) {
	s := newStack(t)
	applied(t, s.m, document(ruleOf("theirs", 1)), "victim")
	deployed(t, document(ruleOf("died", 1)))
	before := maps.Clone(s.m.Rules)
	for _, c := range []struct {
		typ cfn.RequestType
		id  string
	}{
		{cfn.RequestDelete, "pai-notify/" + busName + "/victim"},
		{cfn.RequestDelete, "pai-notify/pai-system-other/other"},
		{cfn.RequestUpdate, "pai-notify/" + busName + "/victim"},
		{"Destroy", "pai-notify/" + busName + "/lab"},
	} {
		answer := s.ask(c.typ, c.id, template)
		assert.Equal(t, cfn.StatusFailed, answer.Status, "%s %s", c.typ, c.id)
		assert.Equal(t, before, s.m.Rules, "%s %s", c.typ, c.id)
	}
	// What was taken over before leaves nothing to delete.
	answer := s.ask(cfn.RequestDelete, "pai-notify/"+busName+"/gone", template)
	assert.Equal(t, cfn.StatusSuccess, answer.Status, answer.Reason)
	answer = s.ask(cfn.RequestDelete, "request-1", template)
	assert.Equal(t, cfn.StatusSuccess, answer.Status, answer.Reason)
}
