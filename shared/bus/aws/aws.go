// Package aws implements [bus.Bus] for Amazon EventBridge.
//
// On such a bus an event is an AWS envelope. Its source and detail-type are those
// of the CloudEvent, and its detail is the whole CloudEvent, so a rule's pattern
// is the CloudEvent's pattern under "detail".
package aws

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/pai-notify/pai-notify/shared/awsapi"
	"github.com/pai-notify/pai-notify/shared/bus"
)

// callTimeout ends a call whose context has no deadline; the SDK itself waits
// for an answer forever.
const callTimeout = 30 * time.Second

// Config says whose EventBridge it is.
type Config struct {
	// Region is the name of the region, such as "ap-southeast-1".
	Region string
	// Account is the 12 digits of the account whose functions the targets are.
	Account string
	// Endpoint is the URL of the service; "" for that of the region.
	Endpoint string
	// Credentials sign the calls.
	Credentials aws.CredentialsProvider
	// DeadLetter is the ARN of an SQS queue of the region. It gets the events
	// that could not be handed to a function; with "", and none on the target,
	// AWS drops them after a day.
	DeadLetter string
	// HTTP sends the requests; nil for a client that gives each 30 s.
	HTTP aws.HTTPClient
	// Retryer decides which calls are repeated; nil for the SDK's own, which
	// makes three attempts. A bus is never made and events are never put twice,
	// whatever it says.
	Retryer aws.Retryer
	// LogGroup is the group of CloudWatch Logs that a rule of the bus writes its
	// events to; "" for [DefaultLogGroup]. Retry says how reading it is
	// repeated.
	LogGroup string
	Retry    bus.Retry
}

// Bus is EventBridge in one region of one account.
type Bus struct {
	client       *eventbridge.Client
	keys         *keys
	region       string
	functionARNs string // what the ARN of a function has before its name
	deadLetter   string
	logs         awsapi.Service
	group        string
	retry        bus.Retry
}

// New returns a Bus. It calls nobody, and fails when a part of c cannot be
// right.
func New(c Config) (*Bus, error) {
	if !isRegion(c.Region) {
		return nil, fmt.Errorf("aws: region: %q is not the name of a region, such as ap-southeast-1", c.Region)
	}
	if len(c.Account) != 12 || strings.Trim(c.Account, "0123456789") != "" {
		return nil, fmt.Errorf("aws: account: %q is not the 12 digits of an account", c.Account)
	}
	if err := CheckDeadLetter(c.Region, c.DeadLetter); err != nil {
		return nil, err
	}
	b := &Bus{
		keys:         newKeys(c.Credentials),
		region:       c.Region,
		functionARNs: "arn:" + partition(c.Region) + ":lambda:" + c.Region + ":" + c.Account + ":function:",
		deadLetter:   c.DeadLetter,
		group:        c.LogGroup,
		retry:        c.Retry,
	}
	// Reading logs takes one action: a client of the SDK would cost each start of
	// the function that provisions.
	b.logs = awsapi.Service{Name: "logs", Region: c.Region, Endpoint: c.Endpoint, Credentials: b.keys, HTTP: &http.Client{Timeout: callTimeout}}
	options := eventbridge.Options{Region: c.Region, Credentials: b.keys, HTTPClient: c.HTTP, Retryer: c.Retryer}
	if c.HTTP == nil {
		options.HTTPClient = awshttp.NewBuildableClient().WithTimeout(callTimeout)
	}
	if c.Endpoint != "" {
		u, err := url.Parse(c.Endpoint)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
			return nil, errors.New("aws: endpoint: is not the URL of a service, such as https://events.ap-southeast-1.amazonaws.com")
		}
		options.BaseEndpoint = aws.String(c.Endpoint)
	}
	b.client = eventbridge.New(options)
	return b, nil
}

var queueARN = regexp.MustCompile(`^arn:(aws[a-z-]*):sqs:([a-z0-9-]+):([0-9]{12}):[A-Za-z0-9_-]{1,80}$`)

// CheckDeadLetter fails when arn is not that of an SQS queue in a region, "" for
// any, which EventBridge and Lambda could send to: the name of a FIFO queue ends
// with .fifo, and neither takes one. Another account's queue may let them. No
// queue at all is none that is wrong.
func CheckDeadLetter(region, arn string) error {
	if arn == "" {
		return nil
	}
	m := queueARN.FindStringSubmatch(arn)
	if m == nil || strings.Trim(m[3], "0") == "" || region != "" && (m[2] != region || m[1] != partition(region)) {
		region = cmp.Or(region, "ap-southeast-1")
		return fmt.Errorf("aws: dead letter queue: %q is not the ARN of a queue in the region of the bus, such as arn:%s:sqs:%s:123456789012:pai-notify-undelivered",
			arn, partition(region), region)
	}
	return nil
}

// isRegion keeps anything but a region's name out of the host that it is part of.
func isRegion(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && strings.Count(s, "-") >= 2
}

// partition returns the part of AWS that a region belongs to, as ARNs name it.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// once keeps a call from being repeated whose first attempt may have taken
// effect: a bus that is made twice exists already, and events are delivered
// twice.
func once(o *eventbridge.Options) { o.Retryer = aws.NopRetryer{} }

// Limits returns the quotas that an account starts with (Amazon EventBridge
// quotas) and the sizes that the API has (PutRule, CreateEventBus,
// InputTransformer). The quotas of rules, targets and patterns can be raised.
func (b *Bus) Limits() bus.Limits {
	l := bus.Limits{
		RulesPerBus: 300, TargetsPerRule: 5,
		RuleName: 64, BusName: 256, Description: 512, Pattern: 2048, Wrapper: 8192,
		PatternOf: wrap,
		WrapperOf: template,
	}
	if b.region == "af-south-1" || b.region == "eu-south-1" {
		l.RulesPerBus = 100
	}
	return l
}

var _ bus.Bus = (*Bus)(nil)
