// Package kms stores secrets in the Key Management Service of Alibaba Cloud (API
// version 2016-01-20), with the core of the official SDK.
package kms

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"

	"github.com/aliyun/credentials-go/credentials"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapi"
	"github.com/pai-notify/pai-notify/shared/exactjson"
)

var description = "Secrets of notification targets, by pai-notify secrets push"

// MaxSecret is how long the value of a secret may be, in bytes (KMS API
// reference, CreateSecret, SecretData).
const MaxSecret = 30720

// Config says whose secrets they are, and where the service answers.
type Config struct {
	// Region is such as "cn-hangzhou".
	Region string
	// Endpoint is where the service answers; empty for kms.<Region>.aliyuncs.com.
	// Inside a VPC without a way out it is kms-vpc.<Region>.aliyuncs.com (KMS
	// documentation, Alibaba Cloud SDK). Plain http is for this machine only.
	Endpoint string
	// Credentials gives the access key of each call; nil stands for the
	// environment, the files of the vendor's command and the machine's role.
	Credentials credentials.Credential
	// Transport carries the requests; nil stands for one like the default of
	// package net/http.
	Transport http.RoundTripper
	// Key encrypts a secret that is made, and Instance is the KMS instance that
	// both belong to; KMS takes its own where these are empty and the account has
	// some.
	Key, Instance string
}

// Client reads and writes secrets. It is safe for concurrent use, and its
// methods fail with a [bus.Error].
type Client struct {
	config   Config
	endpoint openapi.Endpoint
	api      *openapi.Client
}

// New returns a client. It dials nothing.
func New(c Config) (*Client, error) {
	client := &Client{config: c}
	var err error
	if client.endpoint, err = openapi.ParseEndpoint(cmp.Or(c.Endpoint, "kms."+c.Region+".aliyuncs.com")); err != nil {
		return nil, fmt.Errorf("kms: %w", err)
	}
	if client.api, err = openapi.NewClient(c.Credentials, c.Transport); err != nil {
		return nil, fmt.Errorf("kms: credentials: %w", err)
	}
	return client, nil
}

// Read returns the value of a secret and the id of its version.
func (c *Client) Read(ctx context.Context, name string) (value, version string, err error) {
	said, err := c.send(ctx, "GetSecretValue", name, nil)
	switch {
	case err != nil:
		return "", "", err
	case said.Type == "binary":
		return "", "", &bus.Error{Kind: bus.Invalid, Action: "kms:GetSecretValue", Resource: name, Text: "the secret is binary: a secret of a target is text"}
	case said.Data == nil:
		return "", "", &bus.Error{Kind: bus.Unavailable, Action: "kms:GetSecretValue", Resource: name, Text: "the answer holds no secret"}
	}
	return *said.Data, said.Version, nil
}

// Create makes a secret whose first version is called so; [bus.Exists] when
// there is one of that name.
func (c *Client) Create(ctx context.Context, name, version, value string) error {
	parameters := map[string]*string{"VersionId": &version, "SecretData": &value, "Description": &description}
	if c.config.Key != "" {
		parameters["EncryptionKeyId"] = &c.config.Key
	}
	if c.config.Instance != "" {
		parameters["DKMSInstanceId"] = &c.config.Instance
	}
	return c.write(ctx, "CreateSecret", name, version, parameters)
}

// Put adds a version, which becomes the current one. A version is never changed:
// [bus.Exists] when there is one of that name with another value.
func (c *Client) Put(ctx context.Context, name, version, value string) error {
	return c.write(ctx, "PutSecretValue", name, version, map[string]*string{"VersionId": &version, "SecretData": &value})
}

// said is what the service answers about a secret.
type said struct {
	Name    string  `json:"SecretName"`
	Version string  `json:"VersionId"`
	Type    string  `json:"SecretDataType"`
	Data    *string `json:"SecretData"`
}

// write succeeds only when the answer names the version that was written.
func (c *Client) write(ctx context.Context, action, name, version string, parameters map[string]*string) error {
	said, err := c.send(ctx, action, name, parameters)
	if err == nil && said.Version != version {
		err = &bus.Error{Kind: bus.Unavailable, Action: "kms:" + action, Resource: name, Text: "the answer does not name the version that was written"}
	}
	return err
}

// send calls an action for a secret. The SDK's client for KMS would do the same,
// and link modules that have no licence file.
func (c *Client) send(ctx context.Context, action, name string, parameters map[string]*string) (said, error) {
	call := openapi.Call{Action: "kms:" + action, Resource: name, Endpoint: c.endpoint}
	query := map[string]*string{"SecretName": &name}
	maps.Copy(query, parameters)
	answer, err := c.api.RPC(ctx, call, action, "2016-01-20", query)
	var s said
	if err == nil && (exactjson.Unmarshal(answer.Body, &s) != nil || s.Name == "" || s.Version == "") {
		err = answer.Unreadable()
	}
	return s, err
}
