//go:build lambda

package linked

import (
	"cmp"
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
	return dynamodb.New(dynamodb.Config{
		Table:       strings.TrimPrefix(reference, "dynamodb:"),
		Region:      region,
		Endpoint:    endpoint,
		Credentials: aws.CredentialsProviderFunc(awsapi.Role),
		HTTP:        webhook.ServiceClientAt(awsapi.Service{Name: "dynamodb", Region: region, Endpoint: endpoint}.Address()),
	})
}
