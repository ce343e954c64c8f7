//go:build !fc || lambda

package linked

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/bus/aws/account"
	"github.com/pai-notify/pai-notify/shared/bus/aws/mototest"
)

var key = credentials.NewStaticCredentialsProvider("testing", "testing", "")

func TestAQueueOfAWSIsEmptied(t *testing.T) {
	url := mototest.Start(t)
	settings, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("eu-central-1"), config.WithBaseEndpoint(url), config.WithCredentialsProvider(key))
	require.NoError(t, err)
	client := sqs.NewFromConfig(settings)
	made, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("undelivered")})
	require.NoError(t, err)
	for _, body := range []string{"one", "two"} {
		_, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: made.QueueUrl, MessageBody: aws.String(body), MessageAttributes: map[string]types.MessageAttributeValue{
			"RULE_ARN":   {DataType: aws.String("String"), StringValue: aws.String("rule of " + body)},
			"TARGET_ARN": {DataType: aws.String("String"), StringValue: aws.String("function of " + body)},
			"ERROR_CODE": {DataType: aws.String("String"), StringValue: aws.String("NO_PERMISSIONS")},
		}})
		require.NoError(t, err)
	}
	t.Setenv(redeliver.QueuesVariable, " "+*made.QueueUrl+",")
	list := queues(account.Config{Region: "eu-central-1", Endpoint: url, Credentials: key})
	require.Len(t, list, 1)
	messages, err := list[0].Receive(t.Context())
	require.NoError(t, err)
	require.Len(t, messages, 2)
	assert.ElementsMatch(t, []string{"one", "two"}, []string{messages[0].Body, messages[1].Body})
	for _, m := range messages {
		assert.Equal(t, []string{"rule of " + m.Body, "function of " + m.Body}, []string{m.Rule, m.Target})
	}
	require.NoError(t, list[0].Delete(t.Context(), messages[:1]))
	left, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: made.QueueUrl, AttributeNames: []types.QueueAttributeName{"All"}})
	require.NoError(t, err)
	assert.Equal(t, "1", left.Attributes["ApproximateNumberOfMessagesNotVisible"])
}

func TestAMessageThatIsNotDeletedIsNoticed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "AmazonSQS.DeleteMessageBatch", r.Header.Get("X-Amz-Target"))
		_ = json.NewEncoder(w).Encode(map[string]any{"Successful": []any{}, "Failed": []any{map[string]any{"Id": "0", "Code": "ReceiptHandleIsInvalid", "SenderFault": true}}})
	}))
	defer server.Close()
	t.Setenv(redeliver.QueuesVariable, "https://sqs.eu-central-1.amazonaws.com/123456789012/undelivered")
	list := queues(account.Config{Region: "eu-central-1", Endpoint: server.URL, Credentials: key})
	require.Len(t, list, 1)
	err := list[0].Delete(t.Context(), []redeliver.Message{{ID: "m", Receipt: "old"}})
	assert.ErrorContains(t, err, "ReceiptHandleIsInvalid")
}
