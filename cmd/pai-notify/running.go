package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// runningFile is what a running bus leaves in its data directory, so that
// commands find it.
const runningFile = "local.json"

// running is a bus of this machine that runs.
type running struct {
	// Endpoint is the address of the API, such as "http://127.0.0.1:8080".
	Endpoint        string `json:"endpoint"`
	Region          string `json:"region"`
	AccountID       string `json:"account_id"`
	AccessKeyID     string `json:"access_key_id"`
	AccessKeySecret string `json:"access_key_secret"`
	// Token opens what lies below /admin.
	Token string `json:"token"`
	PID   int    `json:"pid"`
	// RulesPerBus is the quota that it was started with; 0 for none.
	RulesPerBus int `json:"rules_per_bus,omitempty"`
}

// write puts r into a directory, for this user alone.
func (r running) write(directory string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(directory, runningFile+"-*") // for this user alone
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), filepath.Join(directory, runningFile))
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// remove takes away what r has written, unless another one has come since.
func (r running) remove(directory string) {
	if now, err := readRunning(directory); err == nil && now.Token == r.Token {
		_ = os.Remove(filepath.Join(directory, runningFile))
	}
}

// errStopped tells that no bus runs on a directory.
var errStopped = errors.New("no bus runs there: start one with pai-notify up")

func readRunning(directory string) (running, error) {
	var r running
	text, err := os.ReadFile(filepath.Join(directory, runningFile))
	if errors.Is(err, os.ErrNotExist) {
		return r, fmt.Errorf("%s: %w", directory, errStopped)
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w: remove it and start the bus again", filepath.Join(directory, runningFile), err)
	}
	return r, nil
}

// findRunning returns the bus that runs on a directory. The file of one that was
// killed is still there; it fails with [errStopped] then, too.
func findRunning(ctx context.Context, directory string) (running, error) {
	r, err := readRunning(directory)
	if err != nil {
		return r, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.Endpoint+adminPrefix, nil)
	if err != nil {
		return r, err
	}
	request.Header.Set("Authorization", "Bearer "+r.Token)
	res, err := loopbackClient.Do(request)
	if err != nil {
		return r, fmt.Errorf("%s: %w", directory, errStopped)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent { // another program has its port
		return r, fmt.Errorf("%s: %w", directory, errStopped)
	}
	return r, nil
}

// loopbackClient talks to this machine alone, so that no proxy learns a token.
var loopbackClient = &http.Client{Transport: &http.Transport{}}
