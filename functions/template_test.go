package functions_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// CloudFormation takes a condition in place of a list. sam local does not: it
// takes the condition itself for the only element of the list.
func TestNoListOfTheTemplateIsAConditionAsAWhole(t *testing.T) {
	var template yaml.Node
	decode(t, "../template.yaml", &template)
	assert.Empty(t, conditionalLists(&template, ""))

	var former yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte("Layers: !If [A, [!Ref B], !Ref AWS::NoValue]\nOthers: {Fn::If: [A, {C: 1}, [x]]}\nFine: [!If [A, !Ref B, !Ref AWS::NoValue]]"), &former))
	assert.Equal(t, []string{"line 1: .Layers", "line 2: .Others"}, conditionalLists(&former, ""))
}

// conditionalLists returns the places where a condition chooses between lists.
func conditionalLists(n *yaml.Node, at string) []string {
	var found []string
	branches := n
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "Fn::If" {
		branches = n.Content[1]
	}
	if branches.Kind == yaml.SequenceNode && len(branches.Content) == 3 && (n.Tag == "!If" || branches != n) {
		for _, branch := range branches.Content[1:] {
			if branch.Kind == yaml.SequenceNode && branch.ShortTag() == "!!seq" {
				found = append(found, fmt.Sprintf("line %d: %s", n.Line, at))
			}
		}
	}
	for i, child := range n.Content {
		name := at
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			name += "." + n.Content[i-1].Value
		}
		found = append(found, conditionalLists(child, name)...)
	}
	return found
}
