package provision_test

import (
	"context"
	"testing"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fn "github.com/pai-notify/pai-notify/functions/provision"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// lacking is the cloud of m, whose functions have no secret.
func lacking(m *bustest.Memory) fn.Open {
	return func(ctx context.Context, deadLetter string) (provision.Cloud, error) {
		cloud, err := on(m)(ctx, deadLetter)
		cloud.Invoke = func(context.Context, string, []byte) ([]byte, bool, error) { return []byte(lacksOne), false, nil }
		return cloud, err
	}
}

const lacksOne = `{"missing":[{"reference":"env:DINGTALK_WEBHOOK","reason":"environment variable DINGTALK_WEBHOOK is not set"}]}`

var needsOne = document(`{"name":"died","source":"dlc","events":["job-failed"],"targets":[{"type":"dingtalk","webhook":"env:DINGTALK_WEBHOOK"}]}`)

func TestTheFunctionDoesNotApplyWithoutItsSecrets(t *testing.T) {
	m := bustest.NewMemory()
	a, err := invoke(t, lacking(m), `{"action":"apply","workspace":`+needsOne+`}`)
	require.ErrorContains(t, err, "env:DINGTALK_WEBHOOK")
	assert.False(t, a.Changed)
	assert.Empty(t, m.Buses)

	a, err = invoke(t, lacking(m), `{"action":"apply","allow_missing_secrets":true,"workspace":`+needsOne+`}`)
	require.NoError(t, err)
	assert.True(t, a.Changed)
	assert.NotEmpty(t, a.Plan.Warnings)

	_, err = invoke(t, lacking(m), `{"action":"delete","yes":true,"workspace":`+needsOne+`}`)
	require.NoError(t, err, "a deletion needs no secret")
}

func TestAStackDoesNotGoOnWithoutItsSecrets(t *testing.T) {
	s := newStack(t)
	s.open = lacking(s.m)
	answer := s.ask(cfn.RequestCreate, "", properties(needsOne))
	assert.Equal(t, cfn.StatusFailed, answer.Status)
	assert.Contains(t, answer.Reason, "env:DINGTALK_WEBHOOK")
	assert.Empty(t, s.m.Buses)
	answer = s.ask(cfn.RequestCreate, "", properties(needsOne, "AllowMissingSecrets", "perhaps"))
	assert.Equal(t, cfn.StatusFailed, answer.Status)
	answer = s.ask(cfn.RequestCreate, "", properties(needsOne, "AllowMissingSecrets", "true"))
	assert.Equal(t, cfn.StatusSuccess, answer.Status, answer.Reason)
	assert.NotEmpty(t, s.m.Buses)
	answer = s.ask(cfn.RequestDelete, answer.PhysicalResourceID, properties(needsOne))
	assert.Equal(t, cfn.StatusSuccess, answer.Status, "a deletion needs no secret")
}
