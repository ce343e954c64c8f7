package runtimeapi

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Platform is one of the two platforms whose runtime API is spoken.
type Platform string

// The platforms.
const (
	FunctionCompute Platform = "fc"
	Lambda          Platform = "lambda"
)

// ParsePlatform reads "fc" or "lambda".
func ParsePlatform(s string) (Platform, error) {
	switch p := Platform(s); p {
	case FunctionCompute, Lambda:
		return p, nil
	}
	return "", fmt.Errorf("runtimeapi: there is no platform %q: use fc or lambda", s)
}

// prefix is the path up to the version of the API.
func (p Platform) prefix() string {
	if p == Lambda {
		return "/2018-06-01/runtime"
	}
	return "/2020-11-11/runtime"
}

// accepted is the status that the SDK of the platform wants for an answer.
func (p Platform) accepted() int {
	if p == Lambda {
		return http.StatusAccepted
	}
	return http.StatusOK
}

// variable names the environment variable that selects the platform.
func (p Platform) variable() string {
	if p == Lambda {
		return "AWS_LAMBDA_RUNTIME_API"
	}
	return "FC_RUNTIME_API"
}

type repeatsKey struct{}

// WithRepeats returns the context of an invocation that the platform has made so
// often before. Only Function Compute tells the function.
func WithRepeats(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, repeatsKey{}, n)
}

func repeatsOf(ctx context.Context) int {
	n, _ := ctx.Value(repeatsKey{}).(int)
	return n
}

// describe puts on header what the platform says about an invocation.
func (p Platform) describe(header http.Header, function string, of invocation) {
	id, deadline := of.id, of.deadline
	ms := strconv.FormatInt(deadline.UnixMilli(), 10)
	if p == Lambda {
		header.Set("Lambda-Runtime-Aws-Request-Id", id)
		header.Set("Lambda-Runtime-Deadline-Ms", ms)
		header.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:local:000000000000:function:"+function)
		return
	}
	seconds := int(time.Until(deadline).Round(time.Second) / time.Second)
	header.Set("x-fc-request-id", id)
	header.Set("x-fc-function-deadline", ms)
	header.Set("x-fc-function-timeout", strconv.Itoa(max(seconds, 1)))
	header.Set("x-fc-function-name", function)
	header.Set("x-fc-function-handler", "bootstrap")
	header.Set("x-fc-function-memory", "128")
	header.Set("x-fc-region", "local")
	header.Set("x-fc-account-id", "0")
	header.Set("x-fc-retry-count", strconv.Itoa(of.repeats))
}
