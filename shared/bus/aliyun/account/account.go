// Package account is what setting up a workspace asks of an Alibaba Cloud account
// besides EventBridge: who the caller is, whether a service-linked role exists,
// and what a function answers.
//
// The requests are those of the official SDKs, made by the client that all of them
// share: RPC for STS (version 2015-04-01) and RAM (2015-05-01), ROA for Function
// Compute (2023-03-30), signed by ACS3-HMAC-SHA256.
package account

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/aliyun/credentials-go/credentials"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapi"
)

// The service-linked roles that notifications need.
const (
	// WorkspaceRole lets PAI put events on the buses of workspaces.
	WorkspaceRole = "AliyunServiceRoleForPAIWorkspace"
	// SendToFCRole lets EventBridge invoke functions.
	SendToFCRole = "AliyunServiceRoleForEventBridgeSendToFC"
)

// Config says which account, and where its services answer.
type Config struct {
	// Region is such as "cn-hangzhou".
	Region string
	// STSEndpoint, RAMEndpoint, FCEndpoint, TablestoreEndpoint and MetricsEndpoint
	// are where the services answer; empty for sts.<Region>.aliyuncs.com,
	// ram.aliyuncs.com, <account>.<Region>.fc.aliyuncs.com,
	// tablestore.<Region>.aliyuncs.com and metrics.<Region>.aliyuncs.com (CloudMonitor).
	// LogEndpoint is that of Simple Log Service, in front of which it wants the name of
	// a project; empty for <Region>.log.aliyuncs.com. Plain http is for this machine
	// only.
	STSEndpoint, RAMEndpoint, FCEndpoint, TablestoreEndpoint, MetricsEndpoint, LogEndpoint string
	// Credentials gives the access key of each call; nil stands for the
	// environment, the files of the vendor's command and the machine's role.
	Credentials credentials.Credential
	// Transport carries the requests; nil stands for one like the default of
	// package net/http.
	Transport http.RoundTripper
}

// Client asks. It is safe for concurrent use, and its methods fail with a
// [bus.Error] of package bus.
type Client struct {
	config                             Config
	api                                *openapi.Client
	sts, ram, tablestore, metrics, log openapi.Endpoint
}

// New returns a client. It dials nothing.
func New(c Config) (*Client, error) {
	client := &Client{config: c}
	var err error
	for _, service := range []struct {
		name, given, usual string
		endpoint           *openapi.Endpoint
	}{
		{"STS", c.STSEndpoint, "sts." + c.Region + ".aliyuncs.com", &client.sts},
		{"RAM", c.RAMEndpoint, "ram.aliyuncs.com", &client.ram},
		{"Tablestore", c.TablestoreEndpoint, "tablestore." + c.Region + ".aliyuncs.com", &client.tablestore},
		{"CloudMonitor", c.MetricsEndpoint, "metrics." + c.Region + ".aliyuncs.com", &client.metrics},
		{"Simple Log Service", c.LogEndpoint, c.Region + ".log.aliyuncs.com", &client.log},
	} {
		if *service.endpoint, err = openapi.ParseEndpoint(cmp.Or(service.given, service.usual)); err != nil {
			return nil, fmt.Errorf("account: %s: %w", service.name, err)
		}
	}
	if _, err = client.fc("0"); err != nil {
		return nil, fmt.Errorf("account: Function Compute: %w", err)
	}
	if client.api, err = openapi.NewClient(c.Credentials, c.Transport); err != nil {
		return nil, fmt.Errorf("account: credentials: %w", err)
	}
	return client, nil
}

// Key returns the access key of the moment, for a service whose own SDK signs, with
// its security token when it is temporary.
func (c *Client) Key(ctx context.Context) (id, secret, token string, err error) {
	return c.api.Key(ctx)
}

// Identity is who calls.
type Identity struct {
	// Account is the id of the account that the caller belongs to.
	Account string
	// ARN names the caller, such as "acs:ram::1234567890123456:user/lena".
	ARN string
	// Type is "Account", "RAMUser" or "AssumedRoleUser".
	Type string
}

// Identity asks STS who the caller is, which needs no permission.
func (c *Client) Identity(ctx context.Context) (Identity, error) {
	var body struct {
		AccountID, Arn, IdentityType string
	}
	call := openapi.Call{Action: "sts:GetCallerIdentity", Endpoint: c.sts}
	if err := c.rpc(ctx, call, "GetCallerIdentity", "2015-04-01", nil, &body); err != nil {
		return Identity{}, err
	}
	return Identity{Account: body.AccountID, ARN: body.Arn, Type: body.IdentityType}, nil
}

// Role is a role of RAM.
type Role struct{ Name, ARN string }

// Role asks RAM for a role; its error is of the kind bus.NotFound when there is
// none of that name.
func (c *Client) Role(ctx context.Context, name string) (Role, error) {
	var body struct {
		Role struct{ RoleName, Arn string }
	}
	call := openapi.Call{Action: "ram:GetRole", Resource: name, Endpoint: c.ram}
	if err := c.rpc(ctx, call, "GetRole", "2015-05-01", map[string]*string{"RoleName": &name}, &body); err != nil {
		return Role{}, err
	}
	if body.Role.RoleName != name {
		return Role{}, &bus.Error{Kind: bus.Unavailable, Action: call.Action, Resource: name, Text: "the answer names no such role"}
	}
	return Role{Name: body.Role.RoleName, ARN: body.Role.Arn}, nil
}

// rpc calls an action and reads what it answers. These services say by the HTTP
// status whether a call succeeded.
func (c *Client) rpc(ctx context.Context, call openapi.Call, action, version string, query map[string]*string, into any) error {
	answer, err := c.api.RPC(ctx, call, action, version, query)
	if err == nil && json.Unmarshal(answer.Body, into) != nil {
		err = answer.Unreadable()
	}
	return err
}
