// Command bridge-to-aws is a function for Function Compute that puts the events
// of a bus on Alibaba Cloud onto one on AWS, as they are. README.md says how it
// is set up.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	busaws "github.com/pai-notify/pai-notify/shared/bus/aws"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/function"
)

func main() { function.Start(handler(os.Getenv)) }

// handler returns the function. What is wrong with its settings is said by every
// invocation, so that Function Compute keeps the events meanwhile.
func handler(getenv func(string) string) function.Handler {
	opened := sync.OnceValues(func() (*bridge, error) { return open(getenv) })
	return func(ctx context.Context, payload []byte) (json.RawMessage, error) {
		b, err := opened()
		if err != nil {
			return nil, err
		}
		return b.carry(ctx, payload)
	}
}

// bridge leads to one bus of AWS.
type bridge struct {
	bus  *busaws.Bus
	name string
}

// open reads the settings of the function. It calls nobody.
func open(getenv func(string) string) (*bridge, error) {
	to, err := arn.Parse(getenv("BRIDGE_BUS"))
	name, isBus := strings.CutPrefix(to.Resource, "event-bus/")
	if err != nil || to.Service != "events" || !isBus || name == "" {
		return nil, errors.New("bridge: BRIDGE_BUS is not the ARN of an event bus, such as arn:aws:events:ap-southeast-1:123456789012:event-bus/pai-system-llm_lab")
	}
	id, secret := getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY")
	if id == "" || secret == "" {
		return nil, errors.New("bridge: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are both needed")
	}
	var keys aws.CredentialsProvider = credentials.NewStaticCredentialsProvider(id, secret, getenv("AWS_SESSION_TOKEN"))
	endpoint := getenv("AWS_ENDPOINT_URL") // for tests; "" is AWS
	if role := getenv("BRIDGE_ROLE"); role != "" {
		asking := sts.Options{Region: to.Region, Credentials: keys, HTTPClient: awshttp.NewBuildableClient().WithTimeout(callTime)}
		if endpoint != "" {
			asking.BaseEndpoint = aws.String(endpoint)
		}
		keys = stscreds.NewAssumeRoleProvider(sts.New(asking), role, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = "pai-notify-bridge"
			if id := getenv("BRIDGE_EXTERNAL_ID"); id != "" {
				o.ExternalID = aws.String(id)
			}
		})
	}
	b, err := busaws.New(busaws.Config{Region: to.Region, Account: to.AccountID, Endpoint: endpoint, Credentials: keys})
	if err != nil {
		return nil, fmt.Errorf("bridge: %w", err)
	}
	return &bridge{b, name}, nil
}

// callTime is how long AWS may take to lend the role.
const callTime = 10 * time.Second

// carry puts the events of one invocation onto the bus. When AWS has not taken
// every one it fails, and Function Compute tries again or keeps them.
func (b *bridge) carry(ctx context.Context, payload []byte) (json.RawMessage, error) {
	p, err := event.Decode(payload)
	if err != nil {
		return nil, fmt.Errorf("bridge: %w", err)
	}
	events := make([]event.Event, 0, len(p.Items))
	for _, item := range p.Items {
		switch {
		case item.Err != nil:
			return nil, fmt.Errorf("bridge: %w", item.Err)
		case item.Target != nil || item.Rule.Name != "":
			return nil, errors.New("bridge: the event came with a rule or a target: have the rule send the complete event")
		}
		events = append(events, item.Event)
	}
	if err := b.bus.PutEvents(ctx, b.name, events); err != nil {
		return nil, fmt.Errorf("bridge: %w", err)
	}
	return json.Marshal(map[string]string{"status": "sent", "receipt": fmt.Sprintf("%d events on %s", len(events), b.name)})
}
