package aws

import (
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/stretchr/testify/require"
)

// eager repeats calls as the SDK does by itself, but waits for nothing.
var eager = retry.NewStandard(func(o *retry.StandardOptions) {
	o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	o.RateLimiter = ratelimit.None
})

func opened(t bustest.T, c Config) *Bus {
	t.Helper()
	b, err := New(c)
	require.NoError(t, err)
	return b
}

// through opens what c says with another transport.
func through(c Config) func(bustest.T, http.RoundTripper) bus.Bus {
	return func(t bustest.T, transport http.RoundTripper) bus.Bus {
		c.HTTP = &http.Client{Transport: transport}
		c.Retryer = eager
		return opened(t, c)
	}
}
