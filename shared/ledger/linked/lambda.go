//go:build lambda

package linked

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pai-notify/pai-notify/shared/awsapi"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/dynamodb"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

func init() { openers["dynamodb"] = openDynamoDB }

// openDynamoDB takes region and credentials from what Lambda sets. It begins to
// connect while the runtime starts.
func openDynamoDB(reference string) (ledger.Store, error) {
	go dynamodb.Prepare() // while the function waits for its first event
	region := cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	endpoint := cmp.Or(os.Getenv("AWS_ENDPOINT_URL_DYNAMODB"), os.Getenv("AWS_ENDPOINT_URL"))
	store, err := dynamodb.New(dynamodb.Config{
		Table:       strings.TrimPrefix(reference, "dynamodb:"),
		Region:      region,
		Endpoint:    endpoint,
		Credentials: aws.CredentialsProviderFunc(awsapi.Role),
		HTTP:        webhook.ServiceClientAt(awsapi.Service{Name: "dynamodb", Region: region, Endpoint: endpoint}.Address()),
	})
	if err != nil {
		return nil, err
	}
	return woken{store, invokeLambda(region)}, nil
}

// invokeLambda returns what invokes the waker, with a connection of its own.
func invokeLambda(region string) func(context.Context) error {
	waker := wakerOf("AWS_LAMBDA_FUNCTION_NAME")
	endpoint := cmp.Or(os.Getenv("AWS_ENDPOINT_URL_LAMBDA"), os.Getenv("AWS_ENDPOINT_URL"))
	api := awsapi.Service{Name: "lambda", Region: region, Endpoint: endpoint, Credentials: aws.CredentialsProviderFunc(awsapi.Role)}
	api.HTTP = webhook.ServiceClientAt(api.Address())
	return func(ctx context.Context) error {
		_, _, err := api.Do(ctx, awsapi.Request{
			Action: "InvokeFunction", Resource: waker, Method: http.MethodPost,
			Path:   "/2015-03-31/functions/" + url.PathEscape(waker) + "/invocations",
			Header: map[string]string{"X-Amz-Invocation-Type": "Event"}, Body: []byte(invocation),
		})
		return err
	}
}
