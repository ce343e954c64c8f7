package provision_test

import (
	"encoding/json"
	fn "github.com/pai-notify/pai-notify/functions/provision"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
)

// stack is CloudFormation as the function sees it.
type stack struct {
	t       *testing.T
	m       *bustest.Memory
	open    fn.Open
	server  *httptest.Server
	answers []cfn.Response
}

func newStack(t *testing.T) *stack {
	s := &stack{t: t, m: bustest.NewMemory()}
	s.open = on(s.m)
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		assert.Equal(t, http.MethodPut, r.Method)
		assert.Empty(t, r.Header.Get("Content-Type"), "the address was signed without one")
		assert.LessOrEqual(t, len(body), 4096)
		var answer cfn.Response
		assert.NoError(t, json.Unmarshal(body, &answer))
		s.answers = append(s.answers, answer)
	}))
	t.Cleanup(s.server.Close)
	t.Setenv("AWS_ENDPOINT_URL_S3", s.server.URL)
	t.Setenv(fn.PayloadVariable, "yes")
	return s
}

// ask sends a request and returns what the function put to its address.
func (s *stack) ask(typ cfn.RequestType, id string, properties map[string]any) cfn.Response {
	s.t.Helper()
	n := len(s.answers)
	require.NoError(s.t, s.send(typ, s.server.URL, id, properties))
	require.Len(s.t, s.answers, n+1)
	return s.answers[n]
}

// send has a request answered at an address.
func (s *stack) send(typ cfn.RequestType, address, id string, properties map[string]any) error {
	s.t.Helper()
	payload, err := json.Marshal(cfn.Event{
		RequestType: typ, RequestID: "request-1", ResponseURL: address, StackID: "stack", LogicalResourceID: "Workspace",
		ResourceType: fn.ResourceType, PhysicalResourceID: id, ResourceProperties: properties,
	})
	require.NoError(s.t, err)
	_, err = fn.Handler(s.open)(s.t.Context(), payload)
	return err
}

func properties(document string, more ...string) map[string]any {
	p := map[string]any{"ServiceToken": "arn:aws:lambda:…", "WorkspaceDocument": document, "FunctionPrefix": "stack-"}
	for i := 0; i < len(more); i += 2 {
		p[more[i]] = more[i+1]
	}
	return p
}

func TestAStackMakesChangesAndDeletesItsRules(t *testing.T) {
	s := newStack(t)
	answer := s.ask(cfn.RequestCreate, "", properties(document(ruleOf("died", 7))))
	require.Equal(t, cfn.StatusSuccess, answer.Status, answer.Reason)
	assert.Equal(t, "pai-notify/pai-system-lab/lab", answer.PhysicalResourceID)
	assert.Equal(t, map[string]any{"Bus": busName, "Owner": "lab", "Rules": 2.0}, answer.Data)
	assert.Equal(t, "stack-dingtalk", s.m.Targets[busName+"/died"]["robot-00"].Function)

	id := answer.PhysicalResourceID
	answer = s.ask(cfn.RequestUpdate, id, properties(document(ruleOf("died", 2))))
	require.Equal(t, cfn.StatusSuccess, answer.Status, answer.Reason)
	assert.Equal(t, id, answer.PhysicalResourceID)
	assert.Len(t, s.m.Rules, 1)

	answer = s.ask(cfn.RequestDelete, id, nil)
	require.Equal(t, cfn.StatusSuccess, answer.Status, answer.Reason)
	assert.Empty(t, s.m.Buses)
	answer = s.ask(cfn.RequestDelete, id, nil)
	assert.Equal(t, cfn.StatusSuccess, answer.Status, "what is gone already is no failure")
}

func TestAStackWhoseWorkspaceIsRenamedMovesItsRules(t *testing.T) {
	s := newStack(t)
	old := s.ask(cfn.RequestCreate, "", properties(document(ruleOf("died", 1)))).PhysicalResourceID
	renamed := `{"workspace":"lab2","rules":[` + ruleOf("died", 1) + `]}`
	answer := s.ask(cfn.RequestUpdate, old, properties(renamed))
	require.Equal(t, cfn.StatusSuccess, answer.Status, answer.Reason)
	assert.Equal(t, "pai-notify/pai-system-lab2/lab2", answer.PhysicalResourceID)
	answer = s.ask(cfn.RequestDelete, old, properties(document(ruleOf("died", 1))))
	require.Equal(t, cfn.StatusSuccess, answer.Status, answer.Reason)
	assert.NotContains(t, s.m.Buses, busName)
	assert.Contains(t, s.m.Rules, "pai-system-lab2/died")
}

func TestAStackWhoseOwnerIsRenamedKeepsItsRules(t *testing.T) {
	s := newStack(t)
	doc := document(ruleOf("died", 1))
	old := s.ask(cfn.RequestCreate, "", properties(doc)).PhysicalResourceID
	answer := s.ask(cfn.RequestUpdate, old, properties(doc, "Owner", "team-a"))
	require.Equal(t, cfn.StatusSuccess, answer.Status, answer.Reason)
	require.Equal(t, "pai-notify/pai-system-lab/team-a", answer.PhysicalResourceID)
	answer = s.ask(cfn.RequestDelete, old, properties(doc))
	require.Equal(t, cfn.StatusSuccess, answer.Status, answer.Reason)
	assert.Contains(t, s.m.Rules, busName+"/died")
}

func TestACreationThatFails(t *testing.T) {
	broken := func(number int) func(int, string) error {
		return func(n int, action string) error {
			if n >= number {
				return &bus.Error{Kind: bus.Denied, Action: "events:" + action, Code: "AccessDeniedException"}
			}
			return nil
		}
	}
	two := document(ruleOf("a", 1), ruleOf("b", 1))
	t.Run("is taken back by what CloudFormation does next", func(t *testing.T) {
		s := newStack(t)
		s.m.Before = broken(6)
		answer := s.ask(cfn.RequestCreate, "", properties(two))
		require.Equal(t, cfn.StatusFailed, answer.Status)
		assert.Contains(t, answer.Reason, "events:CreateRule")
		assert.NotEmpty(t, s.m.Rules)
		s.m.Before = nil
		answer = s.ask(cfn.RequestDelete, answer.PhysicalResourceID, properties(two))
		require.Equal(t, cfn.StatusSuccess, answer.Status, answer.Reason)
		assert.Empty(t, s.m.Buses)
	})
	t.Run("leaves what was there before", func(t *testing.T) {
		s := newStack(t)
		applied(t, s.m, document(ruleOf("a", 2)), "lab")
		s.m.Number, s.m.Before = 0, broken(5)
		answer := s.ask(cfn.RequestCreate, "", properties(two))
		require.Equal(t, cfn.StatusFailed, answer.Status)
		s.m.Before = nil
		answer = s.ask(cfn.RequestDelete, answer.PhysicalResourceID, properties(two))
		require.Equal(t, cfn.StatusSuccess, answer.Status, answer.Reason)
		assert.Contains(t, s.m.Rules, busName+"/a")
	})
	for name, c := range map[string]struct {
		properties map[string]any
		says       string
	}{
		"of a wrong document":                 {properties(`{"workspace":"lab"}`), `key "rules" is missing`},
		"of another workspace's document":     {properties(two, "Workspace", "lab2"), `the template's workspace is "lab2" and the document's is "lab"`},
		"of a document that is no text":       {map[string]any{"WorkspaceDocument": map[string]any{"workspace": "lab"}}, "must be a text, the JSON form of a workspace document"},
		"of a property that it does not know": {properties(two, "Prefix", "a"), "Custom::PaiWorkspace has no property Prefix: use WorkspaceDocument"},
	} {
		t.Run(name+" says so and makes nothing", func(t *testing.T) {
			s := newStack(t)
			answer := s.ask(cfn.RequestCreate, "", c.properties)
			require.Equal(t, cfn.StatusFailed, answer.Status)
			assert.Contains(t, answer.Reason, c.says)
			assert.Zero(t, s.m.Number)
			answer = s.ask(cfn.RequestDelete, answer.PhysicalResourceID, c.properties)
			assert.Equal(t, cfn.StatusSuccess, answer.Status)
			assert.Zero(t, s.m.Number, "nothing was asked of the bus")
		})
	}
}

func TestAnUpdateThatFailsKeepsItsID(t *testing.T) {
	s := newStack(t)
	id := s.ask(cfn.RequestCreate, "", properties(document(ruleOf("died", 1)))).PhysicalResourceID
	answer := s.ask(cfn.RequestUpdate, id, properties(`{"workspace":"lab"}`))
	assert.Equal(t, cfn.StatusFailed, answer.Status)
	assert.Equal(t, id, answer.PhysicalResourceID)
	assert.Len(t, s.m.Rules, 1)
}
