// Command hellofc is the smallest function on Function Compute: the floor that
// cold starts there are measured against.
package main

import (
	"context"
	"encoding/json"

	"github.com/aliyun/fc-runtime-go-sdk/fc"
)

func main() {
	fc.Start(func(context.Context, []byte) (json.RawMessage, error) {
		return json.RawMessage(`{"hello":"world"}`), nil
	})
}
