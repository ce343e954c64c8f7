package cloud

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

// functionsOfAWS are the functions of an account.
type functionsOfAWS struct {
	client          *lambda.Client
	region, account string
}

// newLambda returns a client that makes each call once: repeating a test message
// would deliver it twice.
func newLambda(c AWSConfig) functionsOfAWS {
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
	return functionsOfAWS{client: lambda.New(options), region: c.Region, account: c.Account}
}

func (f functionsOfAWS) invoke(ctx context.Context, name string, payload []byte) (answer []byte, failed bool, err error) {
	out, err := f.client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &name, Payload: payload})
	if err != nil {
		return nil, false, refused("lambda:InvokeFunction", name, err)
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

// function returns some environment variables of a function, and no others: there
// may be secrets among them.
func (f functionsOfAWS) function(ctx context.Context, name string, variables ...string) (map[string]string, error) {
	const action = "lambda:GetFunctionConfiguration"
	out, err := f.client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		return nil, refused(action, name, err)
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

// invocable reads the policy of a function for a statement that allows the rules
// of a bus to invoke it.
func (f functionsOfAWS) invocable(ctx context.Context, name, busName string) error {
	const action = "lambda:GetPolicy"
	out, err := f.client.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: &name})
	if err != nil {
		return refused(action, name, err)
	}
	if !letsRules(aws.ToString(out.Policy), f.region, f.account, busName) {
		return &bus.Error{Kind: bus.NotFound, Action: action, Resource: name, Text: "no statement lets the rules of the bus invoke the function"}
	}
	return nil
}
