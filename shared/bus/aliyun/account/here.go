package account

import (
	"cmp"
	"errors"
	"net/url"
	"os"

	"github.com/aliyun/credentials-go/credentials"
)

// Place is where a function of Function Compute runs.
type Place struct {
	Region, Account string
	// Endpoint is where EventBridge answers; "" for that of the region. When it is
	// on this machine, every service answers there.
	Endpoint    string
	Credentials credentials.Credential
}

// Here returns where the function runs and the key of its role, as Function Compute
// sets them. PAI_NOTIFY_ENDPOINT is another endpoint. It fails without a role.
func Here() (Place, error) {
	p := Place{
		Region: cmp.Or(os.Getenv("FC_REGION"), os.Getenv("ALIBABA_CLOUD_REGION_ID")), Account: os.Getenv("FC_ACCOUNT_ID"),
		Endpoint: os.Getenv("PAI_NOTIFY_ENDPOINT"),
	}
	id, secret, token := os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_ID"), os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"), os.Getenv("ALIBABA_CLOUD_SECURITY_TOKEN")
	if id == "" || secret == "" {
		return p, errors.New("the function has no credentials: give it a role, whose policy pai-notify policy --bus aliyun prints")
	}
	given := new(credentials.Config).SetType("access_key").SetAccessKeyId(id).SetAccessKeySecret(secret)
	if token != "" {
		given.SetType("sts").SetSecurityToken(token)
	}
	var err error
	if p.Credentials, err = credentials.NewCredential(given); err != nil {
		return p, errors.New("the credentials of the function's role cannot be used")
	}
	return p, nil
}

// Config returns how to reach the account's services from there.
func (p Place) Config() Config {
	others := ""
	if u, err := url.Parse(p.Endpoint); err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost" || u.Hostname() == "::1") {
		others = p.Endpoint
	}
	return Config{Region: p.Region, STSEndpoint: others, RAMEndpoint: others, FCEndpoint: others, TablestoreEndpoint: others, MetricsEndpoint: others, LogEndpoint: others, Credentials: p.Credentials}
}
