package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/aliyun/credentials-go/credentials"

	"github.com/pai-notify/pai-notify/functions/provision"
	"github.com/pai-notify/pai-notify/functions/provision/cloud"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// read reads the workspace's document. Without an inbox none may name it: its
// messages would go nowhere. The console's own document may be missing or
// wrong, which the console shows: then it is an empty workspace.
func (c *upCommand) read(path string, d *demo, s streams) (*workspace.Workspace, error) {
	if d == nil {
		document, name, err := readDocument(path, nil, s)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(document, []byte(inboxHost)) {
			return nil, fmt.Errorf("%s names %s: add --inbox to have it, or write the real server", name, inboxHost)
		}
	}
	w, err := readWorkspace(path, d, s)
	if err != nil && c.own {
		return &workspace.Workspace{Catalogue: event.Builtin()}, nil
	}
	return w, err
}

// furnish brings the document onto the bus as onto that of a cloud: by its API.
func (u *up) furnish(ctx context.Context) error {
	here, err := u.running.cloud(ctx)
	if err != nil {
		return err
	}
	plan, err := provision.Desk{Cloud: here, Workspace: u.workspace}.Plan(ctx)
	if err != nil {
		return err
	}
	return here.Apply(ctx, plan, nil)
}

// cloud is a running bus of this machine as provisioning sees a cloud.
func (r running) cloud(ctx context.Context) (provision.Cloud, error) {
	keys, err := credentials.NewCredential(new(credentials.Config).
		SetType("access_key").SetAccessKeyId(r.AccessKeyID).SetAccessKeySecret(r.AccessKeySecret))
	if err != nil {
		return provision.Cloud{}, fmt.Errorf("the access key of the running bus: %w", err)
	}
	c, err := cloud.Aliyun(ctx, cloud.AliyunConfig{Region: r.Region, Account: r.AccountID, Endpoint: r.Endpoint, Credentials: keys})
	c.Name, c.Function = provision.Local, nil // its functions are this program
	c.Applied = r.settle
	return c, err
}
