package account

import (
	"cmp"
	"context"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pai-notify/pai-notify/shared/awsapi"
)

// Here returns where a function of Lambda runs and the key of its role. It takes
// the account from the function's own ARN, which the context of an invocation has.
func Here(ctx context.Context) Config {
	id := os.Getenv("AWS_ACCOUNT_ID")
	if c, ok := lambdacontext.FromContext(ctx); ok && id == "" {
		if parts := strings.Split(c.InvokedFunctionArn, ":"); len(parts) > 4 {
			id = parts[4]
		}
	}
	return Config{
		Region: cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")), Account: id,
		Endpoint: os.Getenv("AWS_ENDPOINT_URL"), Credentials: aws.CredentialsProviderFunc(awsapi.Role),
	}
}
