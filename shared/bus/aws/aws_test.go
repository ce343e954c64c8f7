package aws

import (
	"testing"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNewRefusesWhatCannotBeRight(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		says   string
	}{
		"no region":                  {func(c *Config) { c.Region = "" }, `aws: region: "" is not the name of a region`},
		"a region that is a host":    {func(c *Config) { c.Region = "a.example/ap-southeast-1" }, "is not the name of a region"},
		"no account":                 {func(c *Config) { c.Account = "" }, `aws: account: "" is not the 12 digits of an account`},
		"an alias of an account":     {func(c *Config) { c.Account = "my-account-x" }, "12 digits"},
		"a queue of another region":  {func(c *Config) { c.DeadLetter = "arn:aws:sqs:us-east-1:111122223333:x" }, "in the region of the bus"},
		"a queue by its URL":         {func(c *Config) { c.DeadLetter = "https://sqs.ap-southeast-1.amazonaws.com/1/x" }, "is not the ARN of a queue"},
		"an endpoint without scheme": {func(c *Config) { c.Endpoint = "events.ap-southeast-1.amazonaws.com" }, "aws: endpoint: is not the URL"},
		"an endpoint with a key":     {func(c *Config) { c.Endpoint = "https://key:secret@example.com" }, "aws: endpoint: is not the URL"},
	} {
		config := Config{Region: region, Account: account}
		c.change(&config)
		_, err := New(config)
		require.ErrorContains(t, err, c.says, name)
		assert.NotContains(t, err.Error(), "secret", name)
	}
	_, err := New(Config{Region: region, Account: account})
	require.NoError(t, err, "credentials are asked for when they are needed")
}

func TestFunctionsAreNamedInTheirPartition(t *testing.T) {
	for region, arn := range map[string]string{
		"ap-southeast-1": "arn:aws:lambda:ap-southeast-1:111122223333:function:f",
		"cn-north-1":     "arn:aws-cn:lambda:cn-north-1:111122223333:function:f",
		"us-gov-west-1":  "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:f",
	} {
		b, err := New(Config{Region: region, Account: account})
		require.NoError(t, err)
		entry, err := b.entry(bus.Target{Function: "f"})
		require.NoError(t, err)
		assert.Equal(t, arn, *entry.Arn)
		assert.Nil(t, entry.DeadLetterConfig)
	}
}

func TestSomeRegionsHaveFewerRules(t *testing.T) {
	for region, rules := range map[string]int{"ap-southeast-1": 300, "cn-north-1": 300, "af-south-1": 100, "eu-south-1": 100} {
		b, err := New(Config{Region: region, Account: account})
		require.NoError(t, err)
		assert.Equal(t, rules, b.Limits().RulesPerBus, region)
	}
}
