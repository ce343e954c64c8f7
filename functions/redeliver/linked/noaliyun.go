//go:build lambda && !fc

package linked

import "github.com/pai-notify/pai-notify/functions/redeliver"

func functionCompute() (redeliver.Cloud, error) { return redeliver.Cloud{}, errNotLinked }
