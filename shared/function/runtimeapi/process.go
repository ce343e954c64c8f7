// Package runtimeapi runs a function's executable as the platform does: it serves
// the runtime API of Function Compute or Lambda on loopback, starts the
// executable, and passes it invocations.
package runtimeapi

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/exactjson"
)

// Without a deadline in its context an invocation gets the timeout that the
// deployed functions have.
const defaultTimeout = 30 * time.Second

// A platform takes answers up to 6 MB (AWS Lambda quotas).
const answerLimit = 6 << 20

// Process is one running instance of a function.
type Process struct {
	platform Platform
	name     string
	server   *http.Server
	cmd      *exec.Cmd
	pending  chan invocation
	started  time.Time
	exited   chan struct{}
	exitErr  error

	mu       sync.Mutex
	answers  map[string]chan result
	sequence int
}

type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	repeats  int
}

type result struct {
	body   []byte
	failed bool
}

// FunctionError is the failure that a function reported for an invocation.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// Error gives the type and the message.
func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

// Start runs executable under the platform's runtime API with the given
// environment ("NAME=value", none of this process's own) and its output going
// to output. Close ends it.
func Start(platform Platform, executable string, environment []string, output io.Writer) (*Process, error) {
	path, err := filepath.Abs(executable)
	if err != nil {
		return nil, fmt.Errorf("runtimeapi: %w", err)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("runtimeapi: no executable at %s: run make build first", executable)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("runtimeapi: %w", err)
	}
	p := &Process{
		platform: platform,
		name:     filepath.Base(filepath.Dir(path)),
		pending:  make(chan invocation),
		exited:   make(chan struct{}),
		answers:  map[string]chan result{},
	}
	mux := http.NewServeMux()
	// Everybody on this machine reaches the address, and whoever asks for an
	// event has it: only the executable knows the path.
	secret := "/" + rand.Text()
	prefix := secret + platform.prefix()
	mux.HandleFunc("GET "+prefix+"/invocation/next", p.next)
	mux.HandleFunc("POST "+prefix+"/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) { p.answer(w, r, false) })
	mux.HandleFunc("POST "+prefix+"/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) { p.answer(w, r, true) })
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = p.server.Serve(listener) }()

	p.cmd = exec.Command(path)
	p.cmd.Env = append(environment[:len(environment):len(environment)], platform.variable()+"="+listener.Addr().String()+secret)
	p.cmd.Dir = filepath.Dir(path)
	p.cmd.Stdout, p.cmd.Stderr = output, output
	p.started = time.Now()
	if err := p.cmd.Start(); err != nil {
		_ = p.server.Close()
		return nil, fmt.Errorf("runtimeapi: starting %s: %w", executable, err)
	}
	go func() {
		p.exitErr = p.cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// Started returns the time just before the process was started.
func (p *Process) Started() time.Time { return p.started }

// Invoke hands payload to the function and returns its answer. A failure that
// the function reported is a [*FunctionError]. It fails when the process ends
// or the context is done before there is an answer.
func (p *Process) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(defaultTimeout)
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline)
		defer cancel()
	}
	p.mu.Lock()
	p.sequence++
	id := "local-" + strconv.Itoa(p.sequence)
	answer := make(chan result, 1)
	p.answers[id] = answer
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.answers, id)
		p.mu.Unlock()
	}()

	select {
	case p.pending <- invocation{id, payload, deadline, repeatsOf(ctx)}:
	case <-p.exited:
		return nil, p.exitError()
	case <-ctx.Done():
		return nil, fmt.Errorf("runtimeapi: %s did not ask for the event in time: %w", p.name, ctx.Err())
	}
	select {
	case r := <-answer:
		if !r.failed {
			return r.body, nil
		}
		var failure FunctionError
		if err := exactjson.Unmarshal(r.body, &failure); err != nil {
			return nil, fmt.Errorf("runtimeapi: %s reported an error that is not JSON", p.name)
		}
		return nil, &failure
	case <-p.exited:
		return nil, p.exitError()
	case <-ctx.Done():
		return nil, fmt.Errorf("runtimeapi: %s did not answer in time: %w", p.name, ctx.Err())
	}
}

func (p *Process) exitError() error {
	if p.exitErr != nil {
		return fmt.Errorf("runtimeapi: %s ended before it answered: %w", p.name, p.exitErr)
	}
	return fmt.Errorf("runtimeapi: %s ended before it answered", p.name)
}

func (p *Process) running() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// Close ends the process and the server. It is safe to call more than once.
func (p *Process) Close() error {
	// The process goes first: without its server, the SDK of Function Compute
	// asks again and again without a pause.
	err := p.cmd.Process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	<-p.exited
	return errors.Join(err, p.server.Close())
}

func (p *Process) next(w http.ResponseWriter, r *http.Request) {
	select {
	case in := <-p.pending:
		p.platform.describe(w.Header(), p.name, in)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.Copy(w, bytes.NewReader(in.payload))
	case <-p.exited:
	case <-r.Context().Done():
	}
}

func (p *Process) answer(w http.ResponseWriter, r *http.Request, failed bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, answerLimit))
	if err != nil {
		http.Error(w, `{"errorMessage":"the answer cannot be read"}`, http.StatusRequestEntityTooLarge)
		return
	}
	p.mu.Lock()
	waiting, ok := p.answers[r.PathValue("id")]
	p.mu.Unlock()
	w.WriteHeader(p.platform.accepted())
	if !ok {
		return // the caller no longer waits
	}
	// The SDK may not read what follows the status; the answer counts now.
	select {
	case waiting <- result{bytes.TrimSpace(body), failed}:
	default:
	}
}

// Environment returns this process's environment without the variables that
// would make an executable take another platform for its own.
func Environment() []string {
	var env []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		switch {
		case strings.HasPrefix(name, "FC_"), strings.HasPrefix(name, "AWS_LAMBDA_"), name == "_LAMBDA_SERVER_PORT":
		default:
			env = append(env, pair)
		}
	}
	return env
}
