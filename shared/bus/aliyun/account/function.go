package account

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	sdk "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapi"
)

// Function asks Function Compute for a function of an account, and returns those of
// some of its environment variables that are set. Its error is of the kind
// bus.NotFound when there is no function of that name.
func (c *Client) Function(ctx context.Context, account, function string, variables ...string) (map[string]string, error) {
	endpoint, err := c.fc(account)
	if err != nil {
		return nil, fmt.Errorf("account: Function Compute: %w", err)
	}
	call := openapi.Call{Action: "fc:GetFunction", Resource: function, Endpoint: endpoint}
	answer, err := c.api.CallAPI(ctx, call, (&sdk.Params{}).
		SetAction("GetFunction").SetVersion(fcVersion).SetMethod(http.MethodGet).SetPathname("/"+fcVersion+"/functions/"+url.PathEscape(function)).
		SetStyle("ROA").SetReqBodyType("json").SetBodyType("json"), &sdk.OpenApiRequest{})
	if err != nil {
		return nil, err
	}
	var body struct {
		Name      string            `json:"functionName"`
		Variables map[string]string `json:"environmentVariables"`
	}
	if json.Unmarshal(answer.Body, &body) != nil || body.Name != function {
		return nil, answer.Unreadable()
	}
	found := map[string]string{} // no others: there may be secrets among them
	for _, name := range variables {
		if value, ok := body.Variables[name]; ok {
			found[name] = value
		}
	}
	return found, nil
}
