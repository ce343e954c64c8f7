// Package localfunctions runs the functions of targets on this machine.
package localfunctions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/declared"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/localinbox"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/receivers"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/function"
	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
)

// Functions runs the functions, by the types of their targets.
type Functions struct {
	run   func(ctx context.Context, targetType string, payload []byte) ([]byte, error)
	Close func() error
	// inProcess are those of this process; none when each has its own.
	inProcess map[string]*deliver.Function
}

// InProcess runs the functions in this process, with what is declared. An inbox
// may stand in for their receivers.
func InProcess(d *declared.Secrets, standIn *localinbox.Inbox) *Functions {
	all := map[string]*deliver.Function{}
	for _, spec := range functions.Register() {
		all[spec.Type] = deliver.New(standIn.Instead(spec))
		all[spec.Type].WaitAtMost(hiccup)
	}
	return &Functions{
		run: func(ctx context.Context, targetType string, payload []byte) ([]byte, error) {
			return all[targetType].Handle(d.Declared().In(ctx), payload)
		},
		Close:     func() error { return nil },
		inProcess: all,
	}
}

// hiccup is how long functions of this process wait by themselves. The bus does
// the rest, which heeds a rule that is disabled or corrected meanwhile, and knows
// after a kill that nothing was under way.
const hiccup = time.Second

// longestRate is the longest time in which a platform counts messages.
const longestRate = 24 * time.Hour

// Remember lets functions of this process know what the bus has sent before: a
// restart does not begin the platforms' limits anew.
func (m *Functions) Remember(ctx context.Context, b *local.Bus) error {
	if m.inProcess == nil {
		return nil
	}
	return b.Reached(ctx, time.Now().Add(-longestRate), func(t local.Target, at time.Time) {
		if _, receiver, ok := receivers.WrapperOf(t); ok && m.inProcess[receiver.Type] != nil {
			m.inProcess[receiver.Type].Remember(receiver, at)
		}
	})
}

// Isolated runs the functions' executables below the folder build, as Function
// Compute runs them. It fails when one is not there.
func Isolated(d *declared.Secrets, standIn *localinbox.Inbox, build string, logs io.Writer) (*Functions, error) {
	pool := &runtimeapi.Pool{Platform: runtimeapi.FunctionCompute, Build: build, Environment: d.Environment, Output: &lockedWriter{w: logs}}
	for _, name := range input.FunctionTypes() {
		if _, err := os.Stat(filepath.Join(build, name, "bootstrap")); err != nil {
			return nil, fmt.Errorf("%w: run make build first", err)
		}
	}
	return &Functions{
		run: func(ctx context.Context, targetType string, payload []byte) ([]byte, error) {
			redirected, err := standIn.Redirect(payload)
			if err != nil {
				return nil, reported{"Permanent", err.Error()}
			}
			answer, err := pool.Invoke(ctx, targetType, redirected)
			if failure, ok := errors.AsType[*runtimeapi.FunctionError](err); ok {
				err = reported{failure.Type, string(standIn.Annotate(payload, []byte(failure.Message)))}
			}
			return standIn.Annotate(payload, answer), err
		},
		Close: pool.Close,
	}, nil
}

// lockedWriter lets several processes write to one place.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// Write writes to the place below.
func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// reported is a failure that a function itself reported: its text is what the
// function said.
type reported struct{ kind, text string }

func (r reported) Error() string       { return r.text }
func (r reported) FailureType() string { return r.kind }

// Invoke calls a function by its name.
func (m *Functions) Invoke(ctx context.Context, function string, payload []byte) (json.RawMessage, error) {
	if !slices.Contains(Names(), function) {
		return nil, reported{"Permanent", "there is no function " + function + " on this machine: it has " + strings.Join(Names(), ", ")}
	}
	ctx, cancel := context.WithTimeout(ctx, input.FunctionTimeout)
	defer cancel()
	return m.run(ctx, strings.TrimPrefix(function, input.FunctionPrefix), payload)
}

// Names returns the names of the functions.
func Names() []string {
	names := input.FunctionTypes()
	for i := range names {
		names[i] = input.FunctionPrefix + names[i]
	}
	return names
}

// InvokeForAccount calls a function as the account's InvokeFunction does.
func (m *Functions) InvokeForAccount(ctx context.Context, name string, payload []byte) ([]byte, error) {
	if !slices.Contains(Names(), name) {
		return nil, account.NoFunction(name)
	}
	answer, err := m.Invoke(ctx, name, payload)
	if failure, ok := errors.AsType[function.Failure](err); ok {
		text, err := json.Marshal(map[string]string{"errorType": failure.FailureType(), "errorMessage": failure.Error()})
		if err != nil {
			return nil, err
		}
		return nil, &account.FunctionError{Payload: text}
	}
	return answer, err
}
