// Command hellolambda is the smallest function on AWS Lambda: the floor that
// cold starts there are measured against.
package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(context.Context, json.RawMessage) (json.RawMessage, error) {
		return json.RawMessage(`{"hello":"world"}`), nil
	})
}
