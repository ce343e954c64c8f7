package account

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	sdk "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapi"
)

// The API of Tablestore that makes instances. Its paths, members and the status of
// an instance are documented; the codes of its errors are not, so that what a
// refusal means is asked for: see [Client.CreateInstance].
const (
	tablestoreVersion = "2020-12-09"
	instanceRunning   = "normal"
	// highPerformance is the cluster type that every region has.
	highPerformance = "SSD"
)

// Instance asks Tablestore whether an instance is there and running; its error is
// of the kind bus.NotFound when the account has none of that name in the region,
// and bus.Unavailable while it is made.
func (c *Client) Instance(ctx context.Context, name string) error {
	answer, err := c.instances(ctx, "GetInstance", "/v2/openapi/getinstance", http.MethodGet, name, &sdk.OpenApiRequest{Query: map[string]*string{"InstanceName": &name}})
	if err != nil {
		return err
	}
	var body struct{ InstanceName, InstanceStatus string }
	switch {
	case json.Unmarshal(answer.Body, &body) != nil || body.InstanceName == "":
		return answer.Unreadable()
	case body.InstanceStatus != "" && body.InstanceStatus != instanceRunning:
		return &bus.Error{Kind: bus.Unavailable, Action: "ots:GetInstance", Resource: name, Text: "the instance is " + body.InstanceStatus + ", and not " + instanceRunning}
	}
	return nil
}

// CreateInstance makes an instance of Tablestore that is paid by use, and can be
// reached from the internet and from the cloud's networks. An instance that the
// account has already is left as it is. It fails with the kind bus.Exists when the
// name is somebody else's: names are unique in a region.
func (c *Client) CreateInstance(ctx context.Context, name string) error {
	if err := checkInstance(name); err != nil {
		return err
	}
	_, err := c.instances(ctx, "CreateInstance", "/v2/openapi/createinstance", http.MethodPost, name, &sdk.OpenApiRequest{Body: map[string]any{
		"InstanceName": name, "ClusterType": highPerformance, "InstanceDescription": "The ledger of pai-notify",
		"NetworkTypeACL": []string{"INTERNET", "VPC", "CLASSIC"}, "NetworkSourceACL": []string{"TRUST_PROXY"},
	}})
	if bus.KindOf(err) == bus.Exists && c.Instance(ctx, name) == nil {
		return nil // somebody was quicker
	}
	return err
}

// checkInstance checks the documented rules for names, of which the service does not
// say which one was broken.
func checkInstance(name string) error {
	small := strings.ToLower(name)
	text := ""
	switch {
	case len(name) < 3 || len(name) > 16 || strings.Trim(small, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.HasSuffix(name, "-") || small[0] < 'a':
		text = "an instance's name has 3 to 16 letters, digits and hyphens, begins with a letter and does not end with a hyphen"
	default:
		for _, word := range []string{"ali", "ay", "ots", "taobao", "admin"} {
			if strings.Contains(small, word) {
				text = "an instance's name must not contain " + word
			}
		}
	}
	if text == "" {
		return nil
	}
	return &bus.Error{Kind: bus.Invalid, Action: "ots:CreateInstance", Resource: name, Text: text + ": name another one in the ledger's endpoint"}
}

func (c *Client) instances(ctx context.Context, action, path, method, name string, request *sdk.OpenApiRequest) (openapi.Answer, error) {
	call := openapi.Call{Action: "ots:" + action, Resource: name, Endpoint: c.tablestore}
	return c.api.CallAPI(ctx, call, (&sdk.Params{}).
		SetAction(action).SetVersion(tablestoreVersion).SetMethod(method).SetPathname(path).
		SetStyle("ROA").SetReqBodyType("json").SetBodyType("json"), request)
}
