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
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// Functions runs the functions, by their target types.
type Functions struct {
	run   func(ctx context.Context, targetType string, payload []byte) ([]byte, error)
	Close func() error
	// inProcess are those that run in this process; none when each runs as its
	// own.
	inProcess map[string]*deliver.Function
}

// InProcess runs the functions in this process, with the declared secrets.
// standIn, if not nil, may receive in place of their receivers.
func InProcess(d *declared.Secrets, standIn *localinbox.Inbox) *Functions {
	all := map[string]*deliver.Function{}
	for _, spec := range functions.Register() {
		all[spec.Type] = deliver.New(standIn.Instead(spec), nil)
		all[spec.Type].WaitAtMost(shortWait)
	}
	return &Functions{
		run: func(ctx context.Context, targetType string, payload []byte) ([]byte, error) {
			return all[targetType].Handle(d.Declared().In(ctx), payload)
		},
		Close:     func() error { return nil },
		inProcess: all,
	}
}

// shortWait is how long functions in this process wait by themselves. Longer waits
// are the bus's, which notices when a rule is disabled or corrected meanwhile, and
// after a crash knows that no attempt was under way.
const shortWait = time.Second

// longestRate is the longest time in which a platform counts messages.
const longestRate = 24 * time.Hour

// Remember tells functions in this process what the bus has sent before, because a
// restart does not reset the platforms' limits.
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

// HoldIn has functions in this process hold notifications as rules and mutes say:
// the bus takes up what waits. Executables hold nothing, because they cannot ask
// the bus what is muted and what was sent: they send at once, and say so.
func (m *Functions) HoldIn(b *local.Bus) {
	for _, f := range m.inProcess {
		f.HoldIn(Rows{b})
	}
}

// Rows are the control rows of a bus of this machine, and what became of what its
// functions were given.
type Rows struct{ *local.Bus }

// State says what became of a notification, and when one that waits is due; "" for one
// that is not in the history.
func (r Rows) State(ctx context.Context, id string) (ledger.State, time.Time, error) {
	state, due, found, err := r.Bus.State(ctx, id)
	switch {
	case !found:
		return "", due, err
	case state == local.Started:
		return ledger.Claimed, due, err
	}
	return ledger.State(state.String()), due, err
}

// Isolated runs the functions' executables below the folder build, as Function
// Compute does. It fails when one is missing. Several of them write to logs
// concurrently.
func Isolated(d *declared.Secrets, standIn *localinbox.Inbox, build string, logs io.Writer) (*Functions, error) {
	pool := &runtimeapi.Pool{Platform: runtimeapi.FunctionCompute, Build: build, Environment: d.Environment, Output: logs}
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

// reported is a failure that a function itself reported; its text is the
// function's.
type reported struct{ kind, text string }

func (r reported) Error() string       { return r.text }
func (r reported) FailureType() string { return r.kind }

// Invoke invokes a function by its name.
func (m *Functions) Invoke(ctx context.Context, function string, payload []byte) (json.RawMessage, error) {
	if !slices.Contains(Names(), function) {
		return nil, reported{"Permanent", "there is no function " + function + " on this machine: it has " + strings.Join(Names(), ", ")}
	}
	ctx, cancel := context.WithTimeout(CallerIn(ctx), input.FunctionTimeout)
	defer cancel()
	return m.run(ctx, strings.TrimPrefix(function, input.FunctionPrefix), payload)
}

// CallerIn tells a function who invokes it. Only the bus takes up what is held.
func CallerIn(ctx context.Context) context.Context {
	var i local.Invocation
	byBus := i.From(ctx)
	caller := deliver.Caller{Bus: i.Bus}
	for _, n := range i.Notifications {
		caller.Given = append(caller.Given, deliver.Given{ID: n.ID, Accepted: n.Accepted})
	}
	switch {
	case !byBus:
		caller.Unheld = "not held: it was not sent by a bus, which would take it up again"
	case i.Released:
		caller.Unheld = "not held any longer: somebody had it sent now"
	}
	return caller.In(ctx)
}

// Names returns the names of the functions.
func Names() []string {
	names := input.FunctionTypes()
	for i := range names {
		names[i] = input.FunctionPrefix + names[i]
	}
	return names
}

// InvokeForAccount invokes a function as the account's InvokeFunction does.
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
