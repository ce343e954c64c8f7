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

// EventBridge and Lambda drop what they cannot put there.
func TestADeadLetterQueueThatWouldKeepNothingIsRefused(t *testing.T) {
	for arn, works := range map[string]bool{
		"": true, "arn:aws:sqs:" + region + ":" + account + ":undelivered": true, "arn:aws:sqs:" + region + ":999988887777:undelivered_2": true,
		"arn:aws:sns:" + region + ":" + account + ":undelivered": false, "arn:aws:sqs:us-east-1:" + account + ":undelivered": false,
		"arn:aws-cn:sqs:" + region + ":" + account + ":undelivered": false, "arn:aws:sqs:" + region + ":000000000000:undelivered": false,
		"arn:aws:sqs:" + region + ":1:undelivered": false, "arn:aws:sqs:" + region + ":" + account + ":": false, "arn:aws:sqs:" + region + ":" + account + ":undelivered.fifo": false,
		"arn:aws:sqs:" + region + ":" + account + ":<your-queue>": false, "arn:aws:sqs:" + region + ":$ACCOUNT:undelivered": false, "None": false, " ": false,
		"acs:mns:" + region + ":" + account + ":/queues/undelivered": false, "https://sqs." + region + ".amazonaws.com/" + account + "/undelivered": false,
	} {
		_, err := New(Config{Region: region, Account: account, DeadLetter: arn})
		if works {
			require.NoError(t, err, arn)
		} else {
			require.ErrorContains(t, err, "is not the ARN of a queue in the region of the bus, such as arn:aws:sqs:"+region, arn)
		}
	}
	require.NoError(t, CheckDeadLetter("", "arn:aws-cn:sqs:cn-north-1:111122223333:undelivered"), "any region will do")
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
