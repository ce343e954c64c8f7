// Package cloud opens the accounts that a workspace document can be applied in:
// Alibaba Cloud's, AWS's, and the one of the local bus.
package cloud

import (
	"context"
	"fmt"
	"os"

	busaliyun "github.com/pai-notify/pai-notify/shared/bus/aliyun"
	busaws "github.com/pai-notify/pai-notify/shared/bus/aws"
	"github.com/pai-notify/pai-notify/shared/bus/aws/account"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// The environment variables that say which cloud to use, and how.
const (
	// BusVariable says whose EventBridge it is: aliyun or aws. It is needed where the
	// platform that the function runs on does not decide.
	BusVariable = "PAI_NOTIFY_BUS"
	// FunctionFormVariable says how targets on Alibaba Cloud address functions,
	// where the inferred form is not right.
	FunctionFormVariable = "PAI_NOTIFY_FC_TARGET"
)

// FromEnvironment opens the cloud that a function runs in, with the credentials of
// its role. [BusVariable] selects another one.
func FromEnvironment(ctx context.Context, deadLetter string) (provision.Cloud, error) {
	name := os.Getenv(BusVariable)
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
		return awsFromEnvironment(ctx, deadLetter)
	case provision.Aliyun:
		return aliyunFromEnvironment(ctx, deadLetter)
	}
	return provision.Cloud{}, fmt.Errorf("provision: which cloud? Set %s to aliyun or aws", BusVariable)
}

// CheckDeadLetter fails unless arn is a queue to which a bus in the region and
// account ("" for any) may send events that it cannot deliver.
func CheckDeadLetter(cloud, region, account, arn string) error {
	if cloud == provision.AWS {
		return busaws.CheckDeadLetter(region, arn)
	}
	return busaliyun.CheckDeadLetter(region, account, arn)
}

func awsFromEnvironment(ctx context.Context, deadLetter string) (provision.Cloud, error) {
	here := account.Here(ctx)
	return AWS(AWSConfig{Region: here.Region, Account: here.Account, Endpoint: here.Endpoint, DeadLetter: deadLetter, Credentials: here.Credentials})
}
