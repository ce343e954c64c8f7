package running

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// Archive is what a bus remembers of notifications; [local.Bus] is one.
type Archive interface {
	History(ctx context.Context, q local.Query) ([]local.Notification, error)
	Life(ctx context.Context, id string) (local.Notification, []local.Attempt, []byte, error)
	Redrive(ctx context.Context, r local.Redrive) (local.Redriven, error)
	Cancel(ctx context.Context, id string) (local.Notification, error)
	WaitingFor(ctx context.Context, bus string) ([]local.WaitingCount, error)
	Update(ctx context.Context, key string, change func(value []byte) ([]byte, bool)) ([]byte, error)
	Reconsider(ctx context.Context, ids []string, at time.Time) (int, error)
}

// adminPrefix is where a running bus lets commands of this program look at it.
const adminPrefix = "/admin/"

// life is all that is known of a notification.
type life struct {
	Notification local.Notification
	Attempts     []local.Attempt
	Event        json.RawMessage
}

// admin serves an archive, what follows of an apply, and links that let a browser into
// the console.
func admin(a Archive, applied func(ctx context.Context) error, link func() string) http.Handler {
	mux := Linker(link)
	handle(mux, "history", a.History)
	handle(mux, "life", func(ctx context.Context, id string) (life, error) {
		n, attempts, body, err := a.Life(ctx, id)
		return life{n, attempts, body}, err
	})
	handle(mux, "redrive", a.Redrive)
	handle(mux, "cancel", a.Cancel)
	handle(mux, "waiting", a.WaitingFor)
	handle(mux, "control", control(a))
	handle(mux, "reconsider", func(ctx context.Context, q reconsidered) (int, error) { return a.Reconsider(ctx, q.IDs, q.At) })
	handle(mux, "settle", func(ctx context.Context, _ struct{}) (struct{}, error) { return struct{}{}, applied(ctx) })
	return mux
}

// Linker serves the links alone.
func Linker(link func() string) *http.ServeMux {
	mux := http.NewServeMux()
	handle(mux, "link", func(context.Context, any) (string, error) { return link(), nil })
	return mux
}

// Bearing serves those who show a token.
func Bearing(token, refusal string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !access.Bearer(r, token) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, http.StatusUnauthorized, errors.New(refusal))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// handle serves one question: JSON in and out.
func handle[Q, A any](mux *http.ServeMux, name string, answer func(context.Context, Q) (A, error)) {
	mux.HandleFunc("POST "+adminPrefix+name, func(w http.ResponseWriter, r *http.Request) {
		var q Q
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&q); err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
		a, err := answer(r.Context(), q)
		if e, ok := errors.AsType[*local.Error](err); ok {
			refuse(w, e.Status, errors.New(e.Text))
			return
		}
		if err != nil {
			refuse(w, http.StatusInternalServerError, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(a)
	})
}

func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}

// Remote is the archive of a bus that runs in another process.
type Remote struct{ Process }

// History asks for notifications, the newest first.
func (r Remote) History(ctx context.Context, q local.Query) ([]local.Notification, error) {
	return Ask[[]local.Notification](ctx, r.Process, "history", q)
}

// Life asks for all that is known of a notification.
func (r Remote) Life(ctx context.Context, id string) (local.Notification, []local.Attempt, []byte, error) {
	l, err := Ask[life](ctx, r.Process, "life", id)
	return l.Notification, l.Attempts, l.Event, err
}

// Redrive sends a notification again.
func (r Remote) Redrive(ctx context.Context, q local.Redrive) (local.Redriven, error) {
	return Ask[local.Redriven](ctx, r.Process, "redrive", q)
}

// Cancel ends a notification that waits or is a dead letter.
func (r Remote) Cancel(ctx context.Context, id string) (local.Notification, error) {
	return Ask[local.Notification](ctx, r.Process, "cancel", id)
}

// WaitingFor counts what waits on a bus.
func (r Remote) WaitingFor(ctx context.Context, bus string) ([]local.WaitingCount, error) {
	return Ask[[]local.WaitingCount](ctx, r.Process, "waiting", bus)
}

// settle has the bus end what waits for receivers that its rules do not have any
// more.
func (r Process) settle(ctx context.Context) error {
	_, err := Ask[struct{}](ctx, r, "settle", struct{}{})
	return err
}

// Ask puts one question to a running bus.
func Ask[A any](ctx context.Context, r Process, name string, q any) (answer A, err error) {
	text, err := json.Marshal(q)
	if err != nil {
		return answer, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.Endpoint+adminPrefix+name, bytes.NewReader(text))
	if err != nil {
		return answer, err
	}
	request.Header.Set("Authorization", "Bearer "+r.Token)
	res, err := loopbackClient.Do(request)
	if err != nil {
		return answer, fmt.Errorf("the running bus does not answer: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return answer, fmt.Errorf("the running bus does not answer: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		var refused struct{ Error string }
		if json.Unmarshal(body, &refused) != nil || refused.Error == "" {
			refused.Error = "the running bus answered " + res.Status
		}
		return answer, errors.New(refused.Error)
	}
	return answer, json.Unmarshal(body, &answer)
}

var (
	_ Archive = (*local.Bus)(nil)
	_ Archive = Remote{}
)
