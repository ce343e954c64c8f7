package account

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	sdk "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	util "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapi"
)

// Function asks Function Compute for a function of an account; its error is of
// the kind bus.NotFound when there is none of that name.
func (c *Client) Function(ctx context.Context, account, function string) error {
	endpoint, err := c.fc(account)
	if err != nil {
		return fmt.Errorf("account: Function Compute: %w", err)
	}
	call := openapi.Call{Action: "fc:GetFunction", Resource: function, Endpoint: endpoint}
	answer, err := c.api.Send(ctx, call, func(config *sdk.Config) error {
		client, err := sdk.NewClient(config)
		if err != nil {
			return err
		}
		_, err = client.CallApi((&sdk.Params{}).
			SetAction("GetFunction").SetVersion(fcVersion).SetProtocol(endpoint.Scheme).SetMethod(http.MethodGet).
			SetPathname("/"+fcVersion+"/functions/"+url.PathEscape(function)).
			SetAuthType("AK").SetStyle("ROA").SetReqBodyType("json").SetBodyType("json"),
			&sdk.OpenApiRequest{}, &util.RuntimeOptions{})
		return err
	})
	if err == nil {
		err = answer.Check()
	}
	if err != nil {
		return err
	}
	var body struct {
		Name string `json:"functionName"`
	}
	if json.Unmarshal(answer.Body, &body) != nil || body.Name != function {
		return answer.Unreadable()
	}
	return nil
}
