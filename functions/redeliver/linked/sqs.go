//go:build !fc || lambda

package linked

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/awsapi"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aws/account"
)

// atATime is the most messages that SQS gives in one answer, and takes in one
// request (SQS API reference, ReceiveMessage).
const atATime = 10

// What an event bus says beside an event that it could not hand over (Amazon
// EventBridge User Guide, Using dead-letter queues to process undelivered events).
const ruleARN, targetARN = "RULE_ARN", "TARGET_ARN"

// queue is a queue of SQS.
type queue struct {
	api awsapi.Service
	url string
}

// queues are those that the environment lists.
func queues(here account.Config) (list []redeliver.Queue) {
	api := awsapi.Service{
		Name: "sqs", Region: here.Region, Endpoint: here.Endpoint, Credentials: here.Credentials, JSON: "1.0",
		HTTP: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	for url := range strings.SplitSeq(os.Getenv(redeliver.QueuesVariable), ",") {
		if url = strings.TrimSpace(url); url != "" {
			list = append(list, queue{api, url})
		}
	}
	return list
}

// Receive implements [redeliver.Queue]. It waits a second, because SQS then asks all
// servers that have a part of the queue.
func (q queue) Receive(ctx context.Context) ([]redeliver.Message, error) {
	var out struct {
		Messages []struct {
			MessageID, ReceiptHandle, Body string
			MessageAttributes              map[string]struct{ StringValue string }
		}
	}
	err := q.api.Call(ctx, "AmazonSQS", "ReceiveMessage", q.url, map[string]any{"QueueUrl": q.url, "MaxNumberOfMessages": atATime, "WaitTimeSeconds": 1, "MessageAttributeNames": []string{ruleARN, targetARN}}, &out)
	if err != nil {
		return nil, err
	}
	var list []redeliver.Message
	for _, m := range out.Messages {
		list = append(list, redeliver.Message{ID: m.MessageID, Receipt: m.ReceiptHandle, Body: m.Body, Rule: m.MessageAttributes[ruleARN].StringValue, Target: m.MessageAttributes[targetARN].StringValue})
	}
	return list, nil
}

// Delete implements [redeliver.Queue].
func (q queue) Delete(ctx context.Context, list []redeliver.Message) error {
	type entry struct{ Id, ReceiptHandle string } //nolint:revive // what SQS calls it
	var entries []entry
	for i, m := range list {
		entries = append(entries, entry{strconv.Itoa(i), m.Receipt})
	}
	var out struct{ Failed []struct{ Code string } }
	err := q.api.Call(ctx, "AmazonSQS", "DeleteMessageBatch", q.url, map[string]any{"QueueUrl": q.url, "Entries": entries}, &out)
	if err == nil && len(out.Failed) > 0 {
		err = &bus.Error{Kind: bus.Unavailable, Action: "sqs:DeleteMessage", Resource: q.url, Code: out.Failed[0].Code, Text: "a message was not deleted"}
	}
	return err
}
