package secretstore

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pai-notify/pai-notify/shared/awsapi"
	"github.com/pai-notify/pai-notify/shared/bus"
)

// MaxSecretsManager is the most bytes of a secret's value (AWS Secrets Manager
// quotas).
const MaxSecretsManager = 65536

// AWS says which AWS account to read from, and where the service is.
type AWS struct {
	Region string
	// Endpoint is the address of the service; "" for that of the region.
	Endpoint    string
	Credentials aws.CredentialsProvider
	// HTTP sends the requests.
	HTTP *http.Client
	// Key encrypts a secret that is created; "" for the service's default key in
	// the account.
	Key string
}

func (c AWS) service(name string) awsapi.Service {
	return awsapi.Service{Name: name, Region: c.Region, Endpoint: c.Endpoint, Credentials: c.Credentials, HTTP: c.HTTP}
}

// SecretsManager reads and writes secrets of AWS Secrets Manager. Its methods fail
// with a [bus.Error].
type SecretsManager struct {
	service awsapi.Service
	key     string
}

// NewSecretsManager returns a client. It makes no connection.
func NewSecretsManager(c AWS) SecretsManager {
	return SecretsManager{c.service("secretsmanager"), c.Key}
}

// version is the answer of Secrets Manager about a version of a secret.
type version struct {
	ID     string  `json:"VersionId"`
	String *string `json:"SecretString"`
	Binary []byte  `json:"SecretBinary"`
}

func (s SecretsManager) call(ctx context.Context, action, name string, in map[string]string) (version, error) {
	var v version
	err := s.service.Call(ctx, "secretsmanager", action, name, in, &v)
	return v, err
}

// Read returns the value of a secret, by its name or ARN, and the id of its
// version.
func (s SecretsManager) Read(ctx context.Context, name string) (value, id string, err error) {
	v, err := s.call(ctx, "GetSecretValue", name, map[string]string{"SecretId": name})
	switch {
	case err != nil:
		return "", "", err
	case v.String == nil && len(v.Binary) > 0:
		return "", "", &bus.Error{Kind: bus.Invalid, Action: "secretsmanager:GetSecretValue", Resource: name, Text: "the secret is binary: a secret of a target is text"}
	case v.String == nil || v.ID == "":
		return "", "", &bus.Error{Kind: bus.Unavailable, Action: "secretsmanager:GetSecretValue", Resource: name, Text: "the answer holds no secret"}
	}
	return *v.String, v.ID, nil
}

// Create creates a secret whose first version has this id; [bus.Exists] when there
// is a secret of that name.
func (s SecretsManager) Create(ctx context.Context, name, id, value string) error {
	in := map[string]string{"Name": name, "ClientRequestToken": id, "SecretString": value, "Description": "Secrets of notification targets, by pai-notify secrets push"}
	if s.key != "" {
		in["KmsKeyId"] = s.key
	}
	return s.write(ctx, "CreateSecret", name, id, in)
}

// Put adds a version, which becomes the current one. A version never changes:
// [bus.Exists] when there is one of that id with another value.
func (s SecretsManager) Put(ctx context.Context, name, id, value string) error {
	return s.write(ctx, "PutSecretValue", name, id, map[string]string{"SecretId": name, "ClientRequestToken": id, "SecretString": value})
}

// write succeeds only when the answer names the version that was written.
func (s SecretsManager) write(ctx context.Context, action, name, id string, in map[string]string) error {
	v, err := s.call(ctx, action, name, in)
	if err == nil && v.ID != id {
		err = &bus.Error{Kind: bus.Unavailable, Action: "secretsmanager:" + action, Resource: name, Text: "the answer does not name the version that was written"}
	}
	return err
}

// readParameter returns the value of a parameter of Parameter Store, by its name
// or ARN, decrypted.
func (c AWS) readParameter(ctx context.Context, name string) (string, error) {
	var out struct {
		Parameter struct{ Value *string }
	}
	err := c.service("ssm").Call(ctx, "AmazonSSM", "GetParameter", name, map[string]any{"Name": name, "WithDecryption": true}, &out)
	if err == nil && out.Parameter.Value == nil {
		err = &bus.Error{Kind: bus.Unavailable, Action: "ssm:GetParameter", Resource: name, Text: "the answer holds no parameter"}
	}
	if err != nil {
		return "", err
	}
	return *out.Parameter.Value, nil
}
