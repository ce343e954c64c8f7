//go:build fc && !lambda

package linked

import (
	"context"

	"github.com/pai-notify/pai-notify/functions/redeliver"
)

func lambda(context.Context) (redeliver.Cloud, error) { return redeliver.Cloud{}, errNotLinked }
