// Package function runs one handler on Function Compute, on AWS Lambda, or on
// standard input, from the same executable. The environment that the platform sets
// decides which.
package function

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"runtime/debug"
	"strconv"
)

// Handler answers one invocation. The payload is what the platform received, byte
// for byte; the answer is JSON. An error tells the platform that the invocation
// failed, and the platform retries or dead-letters it as configured. The context
// has the deadline and the request id. A handler is safe for concurrent use,
// because Function Compute may run several invocations in one instance.
type Handler func(ctx context.Context, payload []byte) (json.RawMessage, error)

// Failure is an error with a type name, which platforms show and record beside the
// message.
type Failure interface {
	error
	// FailureType is the type name, such as "Permanent".
	FailureType() string
}

// Start serves h until the platform ends the process. Outside both platforms it
// handles the one payload on standard input and exits: with 0 when h succeeded,
// with 1 when it failed or its answer reports a failure.
func Start(h Handler) {
	keepWithin(os.Getenv("FC_FUNCTION_MEMORY_SIZE"), os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
	switch {
	case os.Getenv("FC_RUNTIME_API") != "":
		logTo(os.Stdout)
		startFunctionCompute(h)
	case os.Getenv("AWS_LAMBDA_RUNTIME_API") != "":
		logTo(os.Stdout)
		startLambda(h)
	default:
		logTo(os.Stderr)
		os.Exit(runOnce(h, os.Stdin, Visible(os.Stdout, false), Visible(os.Stderr, false)))
	}
}

// keepWithin makes garbage collection respect the function's memory, given in MB,
// where the platform says it. By default the collector lets the heap double, and
// the largest payload would need more than the 128 MB of the smallest function. A
// quarter is left to the executable and to stacks. GOMEMLIMIT, when set, takes
// precedence.
func keepWithin(sizes ...string) {
	for _, size := range sizes {
		if mb, err := strconv.ParseInt(size, 10, 32); err == nil && mb > 0 && os.Getenv("GOMEMLIMIT") == "" {
			debug.SetMemoryLimit(mb << 20 / 4 * 3)
			return
		}
	}
}

func logTo(f *os.File) {
	slog.SetDefault(slog.New(NewLogHandler(slog.NewJSONHandler(Visible(f, false), nil))))
}
