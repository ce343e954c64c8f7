package account_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local/account"
)

func TestKeysAreReadWithTheirPolicies(t *testing.T) {
	keys, err := account.ParseKeys([]byte(`[{"id":"root","secret":"s1"},{"id":"a","secret":"s2","user":"alice","policies":[` + statement("Allow", `"eventbridge:Get*"`, `"*"`) + `]}]`))
	require.NoError(t, err)
	require.Len(t, keys, 2)
	assert.NoError(t, keys[0].Authorize("eventbridge:DeleteRule", "x"))
	assert.NoError(t, keys[1].Authorize("eventbridge:GetRule", "x"))
	assert.Error(t, keys[1].Authorize("eventbridge:DeleteRule", "x"))
}

func TestKeysThatCannotBeMeantAreRefused(t *testing.T) {
	for text, says := range map[string]string{
		`{}`:                          "a JSON list",
		`[{"id":"a","key":"hidden"}]`: `unknown member "key"`,
		`[{"id":"a"}]`:                "key 1, counted from 1, needs an id and a secret",
		`[{"id":"a","secret":"hidden","policies":[{}]}]`:                                        "policies and no user",
		`[{"id":"a","secret":"hidden"},{"id":"a","secret":"hidden"}]`:                           "key a is there twice",
		`[{"id":"a","secret":"hidden","user":"u","policies":[{"Version":"2","Statement":[]}]}]`: `policy 1, counted from 1: account: the policy's Version is "2"`,
		`[] []`:                          "after top-level value",
		`[{"ID":"a","secret":"hidden"}]`: `unknown member "ID"`,
		`[{"id":"a","secret":"hidden","secret":"hidden2"}]`:                                                             `"secret" comes twice`,
		`[{"id":"a","secret":"hidden","user":""}]`:                                                                      `"user" must be the name of a RAM user`,
		`[{"id":"a","secret":"hidden","user":" "}]`:                                                                     `"user" must be the name of a RAM user`,
		`[{"id":"a","secret":"hidden","user":null}]`:                                                                    `"user" must be the name of a RAM user`,
		`[{"id":"a","secret":"hidden","user":"u","policies":[null]}]`:                                                   "policy 1, counted from 1",
		`[{"id":"a","secret":"hidden","user":"u","policies":[],"policies":[` + statement("Allow", `"*"`, `"*"`) + `]}]`: `"policies" comes twice`,
	} {
		_, err := account.ParseKeys([]byte(text))
		if assert.ErrorContains(t, err, says, text) {
			assert.NotContains(t, err.Error(), "hidden")
		}
	}
}
