// Package account is what is asked of an AWS account besides EventBridge: what a
// function answers, whether it is there, and whether a bus may invoke it.
package account

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/exactjson"
)

// invocationTime is how long to wait for a function. Ours answer within half a
// minute.
const invocationTime = 2 * time.Minute

// Config says which account, and where Lambda answers.
type Config struct {
	Region, Account string
	// Endpoint is the address of Lambda; "" for that of the region.
	Endpoint    string
	Credentials aws.CredentialsProvider
}

// Client asks. It is safe for concurrent use, and its methods fail with a
// [bus.Error].
type Client struct {
	client          *lambda.Client
	region, account string
}

// New returns a client that makes each call once: repeating a test message would
// deliver it twice. It dials nothing.
func New(c Config) *Client {
	options := lambda.Options{
		Region: c.Region, Retryer: aws.NopRetryer{}, HTTPClient: awshttp.NewBuildableClient().WithTimeout(invocationTime),
		Credentials: aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
			key, err := c.Credentials.Retrieve(ctx)
			if err != nil {
				err = &bus.Error{Kind: bus.NoCredentials, Text: "there are no credentials"}
			}
			return key, err
		}),
	}
	if c.Endpoint != "" {
		options.BaseEndpoint = &c.Endpoint
	}
	return &Client{client: lambda.New(options), region: c.Region, account: c.Account}
}

// Invoke invokes a function with a payload, waits, and returns what it answered;
// failed tells that the function answered with an error, whose text the answer is.
func (f *Client) Invoke(ctx context.Context, name string, payload []byte) (answer []byte, failed bool, err error) {
	out, err := f.client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &name, Payload: payload})
	if err != nil {
		return nil, false, Error("lambda:InvokeFunction", name, err)
	}
	if out.FunctionError == nil {
		return out.Payload, false, nil
	}
	var failure struct {
		Message string `json:"errorMessage"`
	}
	_ = exactjson.Unmarshal(out.Payload, &failure) // what is no JSON has no message
	if failure.Message != "" {
		return []byte(failure.Message), true, nil
	}
	return out.Payload, true, nil
}

// Function returns some environment variables of a function, and no others: there
// may be secrets among them.
func (f *Client) Function(ctx context.Context, name string, variables ...string) (map[string]string, error) {
	const action = "lambda:GetFunctionConfiguration"
	out, err := f.client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		return nil, Error(action, name, err)
	}
	if aws.ToString(out.FunctionName) != name {
		return nil, &bus.Error{Kind: bus.Unavailable, Action: action, Resource: name, Text: "the answer names no such function"}
	}
	found := map[string]string{}
	for _, one := range variables {
		if out.Environment != nil && out.Environment.Variables[one] != "" {
			found[one] = out.Environment.Variables[one]
		}
	}
	return found, nil
}

// Invocable reads the policy of a function for a statement that allows the rules
// of a bus to invoke it, and fails with a [bus.NotFound] where there is none.
func (f *Client) Invocable(ctx context.Context, name, busName string) error {
	const action = "lambda:GetPolicy"
	out, err := f.client.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: &name})
	if err != nil {
		return Error(action, name, err)
	}
	if !letsRules(aws.ToString(out.Policy), f.region, f.account, busName) {
		return &bus.Error{Kind: bus.NotFound, Action: action, Resource: name, Text: "no statement lets the rules of the bus invoke the function"}
	}
	return nil
}
