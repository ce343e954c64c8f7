// Package function runs one handler on Function Compute, on AWS Lambda, or on
// standard input, from the same executable: which of them follows from the
// environment that the platform sets.
package function

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
)

// Handler answers one invocation. The payload is what the platform was given,
// byte for byte. The answer is JSON. An error tells the platform that the
// invocation failed: it tries again or dead-letters as it is configured to.
// The context carries the deadline and the request id. A handler is safe for
// concurrent use, because Function Compute may run several invocations in one
// instance.
type Handler func(ctx context.Context, payload []byte) (json.RawMessage, error)

// Failure is an error with a name of its own, which platforms show and record
// beside the message as the error's type.
type Failure interface {
	error
	// FailureType is the name, such as "Permanent".
	FailureType() string
}

// Start serves h until the platform ends the process. Outside of both
// platforms it answers the one payload on standard input and exits: 0 when h
// succeeded, 1 when it failed or its answer tells that something did.
func Start(h Handler) {
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

func logTo(f *os.File) {
	slog.SetDefault(slog.New(NewLogHandler(slog.NewJSONHandler(Visible(f, false), nil))))
}
