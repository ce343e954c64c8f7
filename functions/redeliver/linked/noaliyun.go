//go:build lambda && !fc

package linked

import (
	"errors"

	"github.com/pai-notify/pai-notify/functions/redeliver"
)

func functionCompute() (redeliver.Cloud, error) {
	return redeliver.Cloud{}, errors.New("redeliver: this executable was built for Lambda: on Function Compute, deploy the one in build/fc")
}
