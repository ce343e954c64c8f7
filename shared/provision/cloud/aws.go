package cloud

import (
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pai-notify/pai-notify/shared/bus"
	busaws "github.com/pai-notify/pai-notify/shared/bus/aws"
	"github.com/pai-notify/pai-notify/shared/bus/aws/account"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// AWSConfig says which AWS account to use.
type AWSConfig struct {
	Region, Account string
	// Endpoint is the address of all services; "" for those of the region.
	Endpoint string
	// DeadLetter is the ARN of the queue for events that a bus cannot deliver.
	DeadLetter string
	// LogGroup is the CloudWatch Logs group from which events that passed the bus
	// are read; "" for the bus's own.
	LogGroup    string
	Credentials aws.CredentialsProvider
	// Retry says how failed calls are repeated.
	Retry bus.Retry
}

// AWS returns an AWS account in one region. It makes no call.
func AWS(c AWSConfig) (provision.Cloud, error) {
	b, err := busaws.New(busaws.Config{
		Region: c.Region, Account: c.Account, Endpoint: c.Endpoint, Credentials: c.Credentials, DeadLetter: c.DeadLetter,
		LogGroup: c.LogGroup, Retry: c.Retry,
	})
	if err != nil {
		return provision.Cloud{}, err
	}
	f := account.New(account.Config{Region: c.Region, Account: c.Account, Endpoint: c.Endpoint, Credentials: c.Credentials})
	return provision.Cloud{
		Name: provision.AWS, Region: c.Region, Account: c.Account, Bus: bus.WithRetry(b, c.Retry), Traces: b, DeadLetter: c.DeadLetter,
		Invoke: f.Invoke, Function: f.Function, Invocable: f.Invocable,
	}, nil
}
