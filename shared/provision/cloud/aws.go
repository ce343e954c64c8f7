package cloud

import (
	"github.com/aws/aws-sdk-go-v2/aws"

	busaws "github.com/pai-notify/pai-notify/shared/bus/aws"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// AWSConfig says whose account of AWS it is.
type AWSConfig struct {
	Region, Account string
	// Endpoint is the address of all services; "" for those of the region.
	Endpoint string
	// DeadLetter is the ARN of the queue that gets what a bus cannot deliver.
	DeadLetter string
	// LogGroup is the group of CloudWatch Logs that what passed the bus is read
	// from; "" for the bus's own.
	LogGroup    string
	Credentials aws.CredentialsProvider
	// Patience says how calls are repeated.
	Patience provision.Patience
}

// AWS returns an account of AWS in one region. It calls nobody.
func AWS(c AWSConfig) (provision.Cloud, error) {
	b, err := busaws.New(busaws.Config{
		Region: c.Region, Account: c.Account, Endpoint: c.Endpoint, Credentials: c.Credentials, DeadLetter: c.DeadLetter,
		LogGroup: c.LogGroup, Patience: c.Patience,
	})
	if err != nil {
		return provision.Cloud{}, err
	}
	f := newLambda(c)
	return provision.Cloud{
		Name: provision.AWS, Region: c.Region, Account: c.Account, Bus: provision.Patient(b, c.Patience), Traces: b, DeadLetter: c.DeadLetter,
		Invoke: f.invoke, Function: f.function, Invocable: f.invocable,
	}, nil
}
