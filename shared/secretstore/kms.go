//go:build fc || !lambda

package secretstore

import (
	"errors"
	"os"

	"github.com/aliyun/credentials-go/credentials"

	"github.com/pai-notify/pai-notify/shared/bus/aliyun/kms"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// Executables for Lambda do without KMS: what initialises itself in Alibaba Cloud's
// SDK would cost each of their starts.
func init() {
	openKMS = func() (reader, error) {
		c, err := kmsHere()
		if err != nil {
			return nil, err
		}
		return withoutVersion(c.Read), nil
	}
}

func kmsHere() (*kms.Client, error) {
	c := kms.Config{Region: os.Getenv("FC_REGION"), Endpoint: os.Getenv(KMSEndpointVariable), Credentials: role{}, Transport: webhook.ServiceClient().Transport}
	if c.Region == "" && c.Endpoint == "" {
		return nil, errors.New("the region is not known: FC_REGION is not set")
	}
	return kms.New(c)
}

// role provides the key of the function's role, which Function Compute sets in the
// environment.
type role struct{ credentials.Credential }

// GetCredential returns the current key.
func (role) GetCredential() (*credentials.CredentialModel, error) {
	id, secret, token := os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_ID"), os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"), os.Getenv("ALIBABA_CLOUD_SECURITY_TOKEN")
	if id == "" || secret == "" {
		return nil, errors.New("the function has no role")
	}
	return &credentials.CredentialModel{AccessKeyId: &id, AccessKeySecret: &secret, SecurityToken: &token}, nil
}
