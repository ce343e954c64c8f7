package target_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type config struct {
	Key target.Secret `json:"key"`
	Max int           `json:"max,omitempty"`
	Cloud
}

// Cloud is what configurations of several types have.
type Cloud struct {
	Region  string `json:"region,omitempty"`
	Mention struct {
		Users []string `json:"users,omitempty"`
	} `json:"mention,omitzero"`
}

type stub struct{ config }

func (stub) Send(context.Context, target.Notification) (target.Receipt, error) {
	return target.Receipt{}, nil
}

func construct(c config) (target.Target, error) {
	if c.Key == "" {
		return nil, errors.New("key: is missing")
	}
	return stub{c}, nil
}

func TestOpen(t *testing.T) {
	spec := target.Define("stub", construct)
	t.Run("makes a target from its parameters", func(t *testing.T) {
		made, err := spec.Open(json.RawMessage(`{"key":"env:KEY","max":3}`))
		require.NoError(t, err)
		assert.Equal(t, stub{config{Key: "env:KEY", Max: 3}}, made)
	})
	t.Run("fails for good, naming the type and what is wrong, without a value", func(t *testing.T) {
		for parameters, want := range map[string]string{
			`{"key":"hunter2","kye":"x"}`:               `unknown field "kye"`,
			`{"key":"hunter2","max":"3"}`:               "max: has the JSON type string; it must be number",
			`{"key":"hunter2","region":5}`:              "stub: configuration: region: has the JSON type number; it must be string",
			`{"key":"hunter2","mention":{"users":"a"}}`: "stub: configuration: mention.users: has the JSON type string; it must be array",
			`{"key":""}`:                       "key: is missing",
			`{}`:                               "key: is missing",
			``:                                 "key: is missing",
			`null`:                             "key: is missing",
			`[]`:                               "array",
			`{"key":"hunter2"`:                 "EOF",
			`{"key":"hunter2"} {"key":"more"}`: "after",
		} {
			_, err := spec.Open(json.RawMessage(parameters))
			require.Error(t, err, parameters)
			assert.True(t, target.IsPermanent(err), parameters)
			assert.ErrorContains(t, err, "stub: ", parameters)
			assert.ErrorContains(t, err, want, parameters)
			assert.NotContains(t, err.Error(), "hunter2")
		}
	})
}

func TestSpec(t *testing.T) {
	spec := target.Define("stub", construct)
	t.Run("carries every source unless it is limited", func(t *testing.T) {
		assert.True(t, spec.Carries("dlc"))
		assert.True(t, spec.Only("model").Carries("model"))
		assert.False(t, spec.Only("model").Carries("dlc"))
		assert.True(t, spec.Carries("dlc"), "Only must not change the spec it is called on")
	})
	t.Run("names the address that a contact needs", func(t *testing.T) {
		assert.Equal(t, target.NoContact, spec.Contact)
		assert.Equal(t, target.ContactPhone, spec.To(target.ContactPhone).Contact)
	})
}
