// Package running is the HTTP API of a bus or console that runs on this machine:
// it serves the API, and lets commands find and call it.
package running

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/files"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/secrets"
)

// What a running program leaves in its data directory, so that commands find it:
// a bus of this machine, or the console over one in a cloud.
const (
	BusFile     = "local.json"
	ConsoleFile = "console.json"
)

// Process is a bus of this machine that runs, or a console, which has no keys.
type Process struct {
	// Endpoint is the address of the API, such as "http://127.0.0.1:8080".
	Endpoint        string `json:"endpoint"`
	Region          string `json:"region,omitempty"`
	AccountID       string `json:"account_id,omitempty"`
	AccessKeyID     string `json:"access_key_id,omitempty"`
	AccessKeySecret string `json:"access_key_secret,omitempty"`
	// Token opens what lies below /admin.
	Token string `json:"token"`
	PID   int    `json:"pid"`
	// RulesPerBus is the quota that it was started with; 0 for none.
	RulesPerBus int `json:"rules_per_bus,omitempty"`
}

// Write puts r into a directory under a name, for this user alone.
func (r Process) Write(directory, name string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := secrets.Directory(directory); err != nil {
		return err
	}
	return files.ReplacePrivate(filepath.Join(directory, name), append(text, '\n'))
}

// Remove takes away what r has written, unless another one has come since.
func (r Process) Remove(directory, name string) {
	if now, err := Read(directory, name); err == nil && now.Token == r.Token {
		_ = os.Remove(filepath.Join(directory, name))
	}
}

// What does not run on a directory.
var (
	errStopped   = errors.New("no bus runs there: start one with pai-notify up")
	errNoConsole = errors.New("no console runs there: start one with pai-notify console")
)

// Read returns what stands in a directory, whether or not it still runs.
func Read(directory, name string) (Process, error) {
	var r Process
	path := filepath.Join(directory, name)
	text, err := secrets.ReadAsRoot(path)
	if errors.Is(err, os.ErrNotExist) {
		return r, fmt.Errorf("%s: %w", directory, stopped(name))
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w: remove it and start the program again", path, err)
	}
	return r, nil
}

func stopped(name string) error {
	if name == ConsoleFile {
		return errNoConsole
	}
	return errStopped
}

// Find returns what runs on a directory. The file of one that was killed
// is still there, and its port may be another user's by now: what answers has to
// know the token before it hears it.
func Find(ctx context.Context, directory, name string) (Process, error) {
	r, err := Read(directory, name)
	if err != nil {
		return r, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	nonce := rand.Text()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.Endpoint+adminPrefix+"?nonce="+nonce, nil)
	if err != nil {
		return r, err
	}
	res, err := loopbackClient.Do(request)
	if ctx.Err() != nil {
		return r, fmt.Errorf("%s: what runs there, process %d at %s, does not answer: try again, or stop it", directory, r.PID, r.Endpoint)
	}
	if err != nil {
		return r, fmt.Errorf("%s: %w", directory, stopped(name))
	}
	defer res.Body.Close()
	proof, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if err != nil || !hmac.Equal(proof, r.proof(nonce)) {
		return r, fmt.Errorf("%s: %w", directory, stopped(name))
	}
	return r, nil
}

// proof is what only those can say who know the token.
func (r Process) proof(nonce string) []byte {
	mac := hmac.New(sha256.New, []byte(r.Token))
	mac.Write([]byte(nonce))
	return []byte(hex.EncodeToString(mac.Sum(nil)))
}

// Only serves those who show the token, and proves to others that it is known.
func (r Process) Only(next http.Handler) http.Handler {
	next = Bearing(r.Token, "the token of "+BusFile+" is needed here", next)
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method == http.MethodGet && q.URL.Path == adminPrefix {
			_, _ = w.Write(r.proof(q.URL.Query().Get("nonce")))
			return
		}
		next.ServeHTTP(w, q)
	})
}

// loopbackClient talks to this machine alone, so that no proxy learns a token.
var loopbackClient = &http.Client{Transport: &http.Transport{}}
