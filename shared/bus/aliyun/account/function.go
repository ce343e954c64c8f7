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
	f, err := c.function(ctx, account, function)
	if err != nil {
		return nil, err
	}
	found := map[string]string{} // no others: there may be secrets among them
	for _, name := range variables {
		if value, ok := f.Variables[name]; ok {
			found[name] = value
		}
	}
	return found, nil
}

// Log asks Function Compute where a function of an account writes its log: a project
// and a store of Simple Log Service, both "" when it writes none.
func (c *Client) Log(ctx context.Context, account, function string) (project, store string, err error) {
	f, err := c.function(ctx, account, function)
	return f.Log.Project, f.Log.Store, err
}

// function is what is read of a function.
type function struct {
	Name      string            `json:"functionName"`
	Variables map[string]string `json:"environmentVariables"`
	Log       struct {
		Project string `json:"project"`
		Store   string `json:"logstore"`
	} `json:"logConfig"`
}

func (c *Client) function(ctx context.Context, account, name string) (found function, err error) {
	endpoint, err := c.fc(account)
	if err != nil {
		return found, fmt.Errorf("account: Function Compute: %w", err)
	}
	call := openapi.Call{Action: "fc:GetFunction", Resource: name, Endpoint: endpoint}
	answer, err := c.api.CallAPI(ctx, call, (&sdk.Params{}).
		SetAction("GetFunction").SetVersion(fcVersion).SetMethod(http.MethodGet).SetPathname("/"+fcVersion+"/functions/"+url.PathEscape(name)).
		SetStyle("ROA").SetReqBodyType("json").SetBodyType("json"), &sdk.OpenApiRequest{})
	if err != nil {
		return found, err
	}
	if json.Unmarshal(answer.Body, &found) != nil || found.Name != name {
		return function{}, answer.Unreadable()
	}
	return found, nil
}
