// Package cloud opens the accounts that a workspace can be provisioned in.
package cloud

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pai-notify/pai-notify/shared/awsapi"
	busaliyun "github.com/pai-notify/pai-notify/shared/bus/aliyun"
	busaws "github.com/pai-notify/pai-notify/shared/bus/aws"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// Here opens the cloud that a function runs in, with the credentials of its
// role. [provision.BusVariable] names another one.
func Here(ctx context.Context, deadLetter string) (provision.Cloud, error) {
	name := os.Getenv(provision.BusVariable)
	if name == "" {
		switch {
		case os.Getenv("FC_RUNTIME_API") != "":
			name = provision.Aliyun
		case os.Getenv("AWS_LAMBDA_RUNTIME_API") != "":
			name = provision.AWS
		}
	}
	switch name {
	case provision.AWS:
		return awsHere(ctx, deadLetter)
	case provision.Aliyun:
		return aliyunHere(ctx, deadLetter)
	}
	return provision.Cloud{}, fmt.Errorf("provision: which cloud? Set %s to aliyun or aws", provision.BusVariable)
}

// CheckDeadLetter fails when arn is not that of a queue that a bus in a region and
// an account, "" for any, may put what it cannot deliver into.
func CheckDeadLetter(cloud, region, account, arn string) error {
	if cloud == provision.AWS {
		return busaws.CheckDeadLetter(region, arn)
	}
	return busaliyun.CheckDeadLetter(region, account, arn)
}

// awsHere takes the account from the function's own ARN.
func awsHere(ctx context.Context, deadLetter string) (provision.Cloud, error) {
	account := os.Getenv("AWS_ACCOUNT_ID")
	if c, ok := lambdacontext.FromContext(ctx); ok && account == "" {
		if parts := strings.Split(c.InvokedFunctionArn, ":"); len(parts) > 4 {
			account = parts[4]
		}
	}
	return AWS(AWSConfig{
		Region: cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")), Account: account,
		Endpoint: os.Getenv("AWS_ENDPOINT_URL"), DeadLetter: deadLetter,
		Credentials: aws.CredentialsProviderFunc(awsapi.Role),
	})
}
