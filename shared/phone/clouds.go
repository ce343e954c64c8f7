package phone

import (
	"github.com/pai-notify/pai-notify/shared/refusal"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Clouds is what a rule says about the cloud that carries a text or a call.
// Configurations embed it.
type Clouds struct {
	// AccessKeyID and AccessKeySecret are Alibaba's; without them those of the
	// environment are used.
	AccessKeyID     target.Secret `json:"access_key_id,omitempty" doc:"Alibaba: instead of the function's role"`
	AccessKeySecret target.Secret `json:"access_key_secret,omitempty" doc:"Alibaba: instead of the function's role"`
	// OriginationIdentity is AWS's: a number, sender ID or pool, or the id or ARN
	// of one. A call needs a number with voice.
	OriginationIdentity string `json:"origination_identity,omitempty" doc:"AWS: the number that sends or calls; for texts, a sender ID or pool too"`
	// Region is AWS's; that of the environment when empty.
	Region string `json:"region,omitempty" doc:"AWS: the region of the origination identity"`
	// Endpoint replaces the official one of either cloud.
	Endpoint string `json:"endpoint,omitempty" doc:"a regional or private endpoint of the cloud's API"`
}

// NamesAlibaba tells whether it has something of Alibaba Cloud's.
func (c Clouds) NamesAlibaba() bool { return c.AccessKeyID != "" || c.AccessKeySecret != "" }

// NamesAWS tells whether it has something of AWS's.
func (c Clouds) NamesAWS() bool { return c.OriginationIdentity != "" || c.Region != "" }

// Alibaba returns the API of that host, with the table of its codes.
func (c Clouds) Alibaba(platform, host string, codes refusal.Table) Alibaba {
	return Alibaba{
		Platform: platform, Host: host, Endpoint: c.Endpoint,
		KeyID: c.AccessKeyID, Key: c.AccessKeySecret, Codes: codes,
	}
}

// AWS returns the API of AWS.
func (c Clouds) AWS(platform string) AWS {
	return AWS{Platform: platform, Region: c.Region, Endpoint: c.Endpoint, Origination: c.OriginationIdentity}
}
