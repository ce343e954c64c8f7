// Package secretstore reads the secrets that targets name: from AWS Secrets
// Manager or Parameter Store, from Alibaba Cloud KMS, or from a file in the
// function's package. It caches what it read for a while.
package secretstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pai-notify/pai-notify/shared/awsapi"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// KMSEndpointVariable is the environment variable with the address of KMS, if it
// is not kms.<region>.aliyuncs.com.
const KMSEndpointVariable = "PAI_NOTIFY_KMS_ENDPOINT"

// Here returns the stores that this process can use, by their scheme: those of its
// platform, and everywhere the files of its package. It creates no client before a
// secret is read.
func Here() map[string]secret.Store {
	stores := map[string]secret.Store{"file": cached("file", time.Now, readPackaged)}
	switch {
	case os.Getenv("FC_RUNTIME_API") != "":
		stores["kms"] = opened("kms", openKMS)
	case os.Getenv("AWS_LAMBDA_RUNTIME_API") != "":
		stores["secretsmanager"] = opened("secretsmanager", func() (reader, error) {
			c, err := awsHere("AWS_ENDPOINT_URL_SECRETS_MANAGER")
			return withoutVersion(NewSecretsManager(c).Read), err
		})
		stores["ssm"] = opened("ssm", func() (reader, error) {
			c, err := awsHere("AWS_ENDPOINT_URL_SSM")
			return c.readParameter, err
		})
	}
	return stores
}

// openKMS opens Alibaba Cloud KMS, where it is linked.
var openKMS = func() (reader, error) {
	return nil, errors.New("this executable is for Lambda: deploy the one of the function in build/fc")
}

type reader func(ctx context.Context, name string) (string, error)

func withoutVersion(read func(context.Context, string) (string, string, error)) reader {
	return func(ctx context.Context, name string) (string, error) {
		value, _, err := read(ctx, name)
		return value, err
	}
}

// opened returns a store that is opened when it is first read.
func opened(scheme string, open func() (reader, error)) secret.Store {
	once := sync.OnceValues(open)
	return cached(scheme, time.Now, func(ctx context.Context, name string) (string, error) {
		read, err := once()
		if err != nil {
			return "", target.Permanent(fmt.Errorf("%s:%s: %w", scheme, name, err))
		}
		value, err := read(ctx, name)
		return value, class(scheme, name, err)
	})
}

// class converts an error and marks whether asking again may help.
func class(scheme, name string, err error) error {
	if err == nil {
		return nil
	}
	reference := scheme + ":" + name
	switch bus.KindOf(err) {
	case bus.NotFound:
		return target.Permanent(fmt.Errorf("%s is not there, in the account and region of the function: make it with pai-notify secrets push, or correct its name (%w)", reference, err))
	case bus.Denied, bus.NotActivated:
		return target.Permanent(fmt.Errorf("%s may not be read by the function: give its role the permission, for the secret and for the key that encrypts it (%w)", reference, err))
	case bus.Invalid, bus.Other:
		return target.Permanent(fmt.Errorf("%s cannot be read: %w", reference, err))
	}
	return fmt.Errorf("%s was not read: the store did not answer (%w)", reference, err)
}

// awsHere takes region and credentials from what Lambda sets.
func awsHere(endpointVariable string) (AWS, error) {
	c := AWS{
		Region:      cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")),
		Endpoint:    cmp.Or(os.Getenv(endpointVariable), os.Getenv("AWS_ENDPOINT_URL")),
		HTTP:        webhook.ServiceClient(),
		Credentials: aws.CredentialsProviderFunc(awsapi.Role),
	}
	if c.Region == "" {
		return c, errors.New("the region is not known: AWS_REGION is not set")
	}
	return c, nil
}
