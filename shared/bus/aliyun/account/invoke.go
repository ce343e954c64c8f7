package account

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	sdk "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapi"
)

// fcVersion is the API of Function Compute 3.0.
const fcVersion = "2023-03-30"

// invokeTimeout is how long a function is waited for. Ours answer within their
// own deadline of a minute.
const invokeTimeout = 2 * time.Minute

// Invoke invokes a function of an account with a payload, waits, and returns what
// it answered; failed tells that the function answered with an error, which
// Function Compute says in a header of a success, and whose text the answer is.
func (c *Client) Invoke(ctx context.Context, account, function string, payload []byte) (text []byte, failed bool, err error) {
	answer, err := c.invoke(ctx, account, function, payload, "Sync")
	if err != nil {
		return nil, false, err
	}
	if kind := answer.Header.Get("X-Fc-Error-Type"); kind != "" {
		var said struct {
			ErrorMessage string `json:"errorMessage"`
		}
		_ = json.Unmarshal(answer.Body, &said) // a function may fail with any text
		return []byte(cmp.Or(said.ErrorMessage, string(answer.Body), kind)), true, nil
	}
	return answer.Body, false, nil
}

// Begin invokes a function of an account with a payload, and does not wait for its
// answer.
func (c *Client) Begin(ctx context.Context, account, function string, payload []byte) error {
	_, err := c.invoke(ctx, account, function, payload, "Async")
	return err
}

func (c *Client) invoke(ctx context.Context, account, function string, payload []byte, how string) (openapi.Answer, error) {
	endpoint, err := c.fc(account)
	if err != nil {
		return openapi.Answer{}, fmt.Errorf("account: Function Compute: %w", err)
	}
	call := openapi.Call{Action: "fc:InvokeFunction", Resource: function, Endpoint: endpoint, Timeout: invokeTimeout}
	return c.api.CallAPI(ctx, call, (&sdk.Params{}).
		SetAction("InvokeFunction").SetVersion(fcVersion).SetMethod(http.MethodPost).
		SetPathname("/"+fcVersion+"/functions/"+url.PathEscape(function)+"/invocations").
		SetStyle("ROA").SetReqBodyType("byte").SetBodyType("byte"),
		&sdk.OpenApiRequest{
			Headers: map[string]*string{"x-fc-invocation-type": new(how), "content-type": new("application/octet-stream")},
			Body:    string(payload),
		})
}

// fc is where an account's functions are invoked.
func (c *Client) fc(account string) (openapi.Endpoint, error) {
	return openapi.ParseEndpoint(cmp.Or(c.config.FCEndpoint, account+"."+c.config.Region+".fc.aliyuncs.com"))
}
