// Package account opens the cloud account, or the local bus, that a command works
// on.
package account

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/archive"
	demodoc "github.com/pai-notify/pai-notify/cmd/pai-notify/demo"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus"
	awsaccount "github.com/pai-notify/pai-notify/shared/bus/aws/account"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/cloud"
	"github.com/pai-notify/pai-notify/shared/provision/cloud/alarms"
	"github.com/pai-notify/pai-notify/shared/provision/cloud/ledgers"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Flags say which workspace is provisioned, and where.
type Flags struct {
	Workspace string `short:"w" required:"" type:"path" help:"Workspace document; - for standard input." placeholder:"FILE"`
	Place
	Functions    string `help:"Function name prefix." env:"PAI_NOTIFY_FUNCTIONS_PREFIX" default:"pai-notify-" placeholder:"PREFIX"`
	Owner        string `help:"Owner of the rules (default: the document's owner, or the workspace's name)." placeholder:"OWNER"`
	TakeOver     string `help:"Take over the rules of another owner, or one of them." placeholder:"OWNER[/RULE]"`
	DeleteCopies bool   `help:"Delete copies of rules that somebody made in the cloud's console."`
	RulesPerBus  int    `help:"Number of rules that the bus may have, if the cloud has raised its quota ($PAI_NOTIFY_RULES_PER_BUS)." placeholder:"N"`
	JSON         bool   `help:"Print JSON."`
}

// Place say where a bus is.
type Place struct {
	Bus        string `required:"" enum:"aliyun,aws,local" help:"Which EventBridge to use." placeholder:"aliyun|aws|local"`
	Region     string `help:"Region (default: from your credentials)." placeholder:"REGION"`
	Endpoint   string `help:"Address of the service (default: the region's)." placeholder:"URL"`
	Data       string `help:"Data directory, with --bus local (default: in your state directory)." placeholder:"DIR"`
	DeadLetter string `help:"ARN of the queue for events that the bus cannot deliver." env:"PAI_NOTIFY_DEAD_LETTER" placeholder:"ARN"`

	LearnFrom string `kong:"-"` // log group that learn reads
}

// Provisioner reads the document and opens the account.
func (f *Flags) Provisioner(ctx context.Context, s terminal.Streams) (provision.Provisioner, error) {
	for flag, given := range map[string]provision.Options{"--functions": {Prefix: f.Functions}, "--owner": {Owner: f.Owner}, "--take-over": {TakeOver: f.TakeOver}, "--rules-per-bus": {RulesPerBus: f.RulesPerBus}} {
		if err := given.Check(); err != nil {
			return provision.Provisioner{}, fmt.Errorf("%s: %w", flag, err)
		}
	}
	options, err := provision.Options{Prefix: f.Functions, Owner: f.Owner, TakeOver: f.TakeOver, DeleteCopies: f.DeleteCopies, RulesPerBus: f.RulesPerBus}.Complete()
	d := provision.Provisioner{Options: options}
	if err != nil {
		return d, err
	}
	document, err := input.ReadFile(f.Workspace, workspace.MaxDocumentBytes, s)
	if err != nil {
		return d, fmt.Errorf("--workspace: %w", err)
	}
	if f.Bus != provision.Local && bytes.Contains(document, []byte(demodoc.InboxHost)) {
		return d, fmt.Errorf("%s: names %s, which only the local program knows: write the real server, or leave the line out", f.Workspace, demodoc.InboxHost)
	}
	if d.Workspace, err = input.ParseWorkspace(document, f.Workspace, s); err != nil {
		return d, err
	}
	if d.Cloud, err = f.Open(ctx); err == nil && d.Cloud.Waiting == nil {
		f.recorded(ctx, &d.Cloud)
	}
	return d, err
}

// recorded lets a cloud whose functions have a ledger tell what waits. Without one,
// or without the permission to look for it, nobody can tell.
func (f *Flags) recorded(ctx context.Context, c *provision.Cloud) {
	if reference, _, err := c.Recorded(ctx, f.Functions); err == nil && reference != "" {
		if l, err := c.OpenLedger(ctx, reference); err == nil {
			c.Waiting = func(ctx context.Context, bus string) ([]provision.Waiting, error) {
				return running.WaitingAt(archive.New(l, *c, bus, time.Now))(ctx, bus)
			}
		}
	}
}

// Open opens the account with the credentials that the clouds' own commands
// use. Its errors tell the remedy.
func (f *Place) Open(ctx context.Context) (provision.Cloud, error) {
	var c provision.Cloud
	var err error
	switch f.Bus {
	case provision.AWS:
		c, err = f.openAWS(ctx)
	case provision.Aliyun:
		var region string
		if region, err = f.RegionAliyun(); err != nil {
			return c, err
		}
		at := cloud.AliyunConfig{Region: region, Endpoint: f.Endpoint, DeadLetter: f.DeadLetter, FunctionForm: os.Getenv(cloud.FunctionFormVariable)}
		c, err = cloud.Aliyun(ctx, at)
		c.Ledger = ledgers.OfAliyun(at)
		at.Account = c.Account
		c.Alarms = alarms.OfAliyun(at, types())
	default:
		c, err = f.openLocal(ctx)
	}
	return c, WithRemedy(err, c)
}

// types are the names of all target types, each of which has a function.
func types() (names []string) {
	for _, spec := range functions.Register() {
		names = append(names, spec.Type)
	}
	return names
}

// RegionAliyun is the region that the flag or the environment names.
func (f *Place) RegionAliyun() (string, error) {
	region := f.Region
	for _, name := range []string{"ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_REGION", "FC_REGION"} {
		if region == "" {
			region = os.Getenv(name)
		}
	}
	if region == "" {
		return "", errors.New("name the region, such as --region cn-hangzhou, or set ALIBABA_CLOUD_REGION_ID")
	}
	return region, nil
}

// ConfigAWS returns the configuration of AWS's own tools, and where it says that
// all services answer; "" for those of the region.
func (f *Place) ConfigAWS(ctx context.Context) (loaded aws.Config, endpoint string, err error) {
	var options []func(*config.LoadOptions) error
	if f.Region != "" {
		options = append(options, config.WithRegion(f.Region))
	}
	if f.Endpoint != "" {
		options = append(options, config.WithBaseEndpoint(f.Endpoint))
	}
	if loaded, err = config.LoadDefaultConfig(ctx, options...); err != nil {
		return loaded, "", fmt.Errorf("the configuration of AWS cannot be read: %w", err)
	}
	if loaded.Region == "" {
		return loaded, "", errors.New("name the region, such as --region ap-southeast-1, or set AWS_REGION")
	}
	if _, err := loaded.Credentials.Retrieve(ctx); err != nil {
		// What the chain tried is of no use to who has set nothing up.
		return loaded, "", &bus.Error{Kind: bus.NoCredentials, Action: "sts:GetCallerIdentity", Text: "there are no credentials"}
	}
	if loaded.BaseEndpoint != nil {
		endpoint = *loaded.BaseEndpoint
	}
	return loaded, cmp.Or(f.Endpoint, endpoint), nil
}

func (f *Place) openAWS(ctx context.Context) (provision.Cloud, error) {
	loaded, endpoint, err := f.ConfigAWS(ctx)
	c := provision.Cloud{Name: provision.AWS, Region: cmp.Or(loaded.Region, f.Region)}
	if err != nil {
		return c, err
	}
	who, err := sts.NewFromConfig(loaded).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return c, awsaccount.Error("sts:GetCallerIdentity", "", err)
	}
	at := cloud.AWSConfig{
		Region: loaded.Region, Account: *who.Account, Endpoint: endpoint, DeadLetter: f.DeadLetter, Credentials: loaded.Credentials, LogGroup: f.LearnFrom,
	}
	c, err = cloud.AWS(at)
	c.Ledger = ledgers.OfAWS(at)
	return c, err
}

// WithRemedy adds the remedy to an error of a cloud.
func WithRemedy(err error, c provision.Cloud) error {
	if err == nil {
		return nil
	}
	if remedy := c.Remedy(err); remedy != "" {
		return fmt.Errorf("%w\n  %s", err, remedy)
	}
	return err
}

// Print prints what a command found, as JSON or for people.
func (f *Flags) Print(out io.Writer, value any, people func(io.Writer)) error {
	if !f.JSON {
		people(out)
		return nil
	}
	return terminal.PrintJSON(out, value)
}
