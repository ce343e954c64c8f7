package aws

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/pai-notify/pai-notify/shared/bus/aws/mototest"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/stretchr/testify/require"
)

// notInMoto is what moto 5.2.1 does not do. The peer of this package's own
// tests does it.
var notInMoto = map[string]string{
	"listed buses tell as much as one that is asked for": "moto lists buses without their descriptions",
	"keys never show when the service says them back":    "moto knows every key",
}

func TestMotoIsABus(t *testing.T) {
	endpoint := mototest.Start(t)
	queues := sqs.New(sqs.Options{
		Region: "ap-southeast-1", BaseEndpoint: aws.String(endpoint),
		Credentials: credentials.NewStaticCredentialsProvider("AKIDMOTO", "secret", ""),
	})
	bustest.Run(t, func(t bustest.T) bustest.Fixture {
		mototest.Reset(t, endpoint)
		config := Config{
			Region: "ap-southeast-1", Account: mototest.Account, Endpoint: endpoint,
			Credentials: credentials.NewStaticCredentialsProvider("AKIDMOTO", "secret-of-moto", "token-of-moto"),
			DeadLetter:  "arn:aws:sqs:ap-southeast-1:" + mototest.Account + ":undelivered",
		}
		b := opened(t, config)
		return bustest.Fixture{
			Bus:     b,
			Through: through(config),
			Foreign: func(t bustest.T, name string) (string, string) { return foreign(t, b.client, name) },
			Keys:    []string{"secret-of-moto", "token-of-moto"},
			Watch:   func(t bustest.T, name string) func() []string { return watchQueue(t, b.client, queues, name) },
			Lacks:   notInMoto,
		}
	})
}

// foreign puts a rule onto a bus whose target is a queue.
func foreign(t bustest.T, client *eventbridge.Client, name string) (rule, id string) {
	ctx := context.Background()
	_, err := client.PutRule(ctx, &eventbridge.PutRuleInput{
		EventBusName: aws.String(name), Name: aws.String("by-hand"), EventPattern: aws.String(`{"source": ["aws.batch", {"wildcard": "my*app"}]}`),
	})
	require.NoError(t, err)
	_, err = client.PutTargets(ctx, &eventbridge.PutTargetsInput{EventBusName: aws.String(name), Rule: aws.String("by-hand"), Targets: []types.Target{{
		Id: aws.String("queue"), Arn: aws.String("arn:aws:sqs:ap-southeast-1:123456789012:queue"),
	}}})
	require.NoError(t, err)
	return "by-hand", "queue"
}

// watchQueue sends all events of a bus to a queue.
func watchQueue(t bustest.T, client *eventbridge.Client, queues *sqs.Client, name string) func() []string {
	ctx := context.Background()
	queue, err := queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("watch")})
	require.NoError(t, err)
	_, err = client.PutRule(ctx, &eventbridge.PutRuleInput{
		EventBusName: aws.String(name), Name: aws.String("watch"), EventPattern: aws.String(`{"account":["` + mototest.Account + `"]}`),
	})
	require.NoError(t, err)
	_, err = client.PutTargets(ctx, &eventbridge.PutTargetsInput{EventBusName: aws.String(name), Rule: aws.String("watch"), Targets: []types.Target{{
		Id: aws.String("watch"), Arn: aws.String("arn:aws:sqs:ap-southeast-1:" + mototest.Account + ":watch"),
	}}})
	require.NoError(t, err)
	return func() []string {
		var ids []string
		for {
			out, err := queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, MaxNumberOfMessages: 10})
			require.NoError(t, err)
			if len(out.Messages) == 0 {
				return ids
			}
			for _, m := range out.Messages {
				var envelope struct {
					Source string
					Detail struct{ ID, Specversion string }
				}
				require.NoError(t, json.Unmarshal([]byte(aws.ToString(m.Body)), &envelope))
				require.Equal(t, "acs.paidlc", envelope.Source)
				require.Equal(t, "1.0", envelope.Detail.Specversion)
				ids = append(ids, envelope.Detail.ID)
			}
		}
	}
}
