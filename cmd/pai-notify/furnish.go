package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/aliyun/credentials-go/credentials"

	"github.com/pai-notify/pai-notify/functions/provision"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/account"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// read reads the workspace's document. Without an inbox none may name it: its
// messages would go nowhere.
func (c *upCommand) read(d *demo, s streams) (*workspace.Workspace, error) {
	if d == nil {
		document, name, err := readDocument(c.Workspace, nil, s)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(document, []byte(inboxHost)) {
			return nil, fmt.Errorf("%s names %s: add --inbox to have it, or write the real server", name, inboxHost)
		}
	}
	return readWorkspace(c.Workspace, d, s)
}

// furnish brings the document onto the bus as onto that of a cloud: by its API.
func (u *up) furnish(ctx context.Context) error {
	cloud, err := u.running.cloud()
	if err != nil {
		return err
	}
	plan, err := provision.Desk{Cloud: cloud, Workspace: u.workspace}.Plan(ctx)
	if err != nil {
		return err
	}
	return provision.Apply(ctx, cloud.Bus, plan, nil)
}

// cloud is a running bus of this machine as provisioning sees a cloud.
func (r running) cloud() (provision.Cloud, error) {
	keys, err := credentials.NewCredential(new(credentials.Config).
		SetType("access_key").SetAccessKeyId(r.AccessKeyID).SetAccessKeySecret(r.AccessKeySecret))
	if err != nil {
		return provision.Cloud{}, fmt.Errorf("the access key of the running bus: %w", err)
	}
	bus, err := aliyun.New(aliyun.Config{Region: r.Region, Account: r.AccountID, Endpoint: r.Endpoint, Credentials: keys})
	if err != nil {
		return provision.Cloud{}, err
	}
	others, err := account.New(account.Config{Region: r.Region, STSEndpoint: r.Endpoint, RAMEndpoint: r.Endpoint, FCEndpoint: r.Endpoint, Credentials: keys})
	if err != nil {
		return provision.Cloud{}, err
	}
	return provision.Cloud{
		Name: provision.Local, Region: r.Region, Account: r.AccountID, Bus: provision.Patient(bus, provision.Patience{}),
		Invoke: func(ctx context.Context, function string, payload []byte) ([]byte, bool, error) {
			answer, err := others.Invoke(ctx, r.AccountID, function, payload)
			if failure, ok := errors.AsType[*account.FunctionError](err); ok {
				return failure.Answer, true, nil
			}
			return answer, false, err
		},
		Role: func(ctx context.Context, name string) error {
			_, err := others.Role(ctx, name)
			return err
		},
	}, nil
}
