package targettest

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/target"
)

// connectionsAreAsTheyShould tells whether an answer was not read to its end
// or the client is made anew, where connections are kept; and whether a kept
// one that breaks could double a message, where they are apart.
func connectionsAreAsTheyShould(t T, h Harness) {
	answers := []func(Message) Reply{h.accept, fixed(400, strings.Repeat("no ", 5000)), fixed(503, "later"), h.accept, fixed(h.Success, "{}"), h.accept}
	var next atomic.Int64
	r := h.receive(t, nil, func(m Message) Reply { return answers[min(int(next.Add(1)), len(answers))-1](m) })
	to := h.open(t, r.Base())
	for range answers {
		_ = send(context.Background(), t, to, h.Notification)
	}
	connections := map[string]bool{}
	for _, m := range r.seen() {
		connections[m.Connection] = true
	}
	want := 1
	if h.Apart {
		want = len(answers)
	}
	assert.Len(t, connections, want, "connections for %d messages", len(answers))
}

// addressIsCanonical asks for an address, which is what tells targets apart
// whose rules give them no name.
func addressIsCanonical(t T, h Harness) {
	base := h.nowhere(t)
	to, ok := h.open(t, base).(target.Addressed)
	require.True(t, ok, "the target does not say where its messages go")
	require.NotEmpty(t, to.Address())
	same := []string{base}
	if scheme, rest, found := strings.Cut(base, "://"); found {
		same = append(same, strings.ToUpper(scheme)+"://"+rest)
	}
	for _, base := range same {
		again, ok := h.open(t, base).(target.Addressed)
		assert.True(t, ok && again.Address() == to.Address(), "the address is another when the same one is written another way")
	}
}

func redirectsAreNotFollowed(t T, h Harness) {
	elsewhere := h.receive(t, nil, h.accept)
	for _, status := range []int{301, 302, 303, 307, 308} {
		err := h.answered(t, func(Message) Reply {
			return Reply{Status: status, Header: http.Header{"Location": {elsewhere.Base() + "/elsewhere"}}}
		})
		assert.Equal(t, Permanent, ClassOf(err), "status %d gave %v", status, err)
	}
	assert.Empty(t, elsewhere.seen(), "messages at the address redirected to")
}

func unreachableIsTransient(t T, h Harness) {
	err := send(context.Background(), t, h.open(t, h.nowhere(t)), h.Notification)
	assert.Equal(t, Transient, ClassOf(err), "a refused connection gave %v", err)
}

// whatReachedIsCounted is asked of targets whose platform counts.
func whatReachedIsCounted(t T, h Harness) {
	counted := func(base string) int {
		to := h.open(t, base)
		if _, ok := to.(target.Metered); !ok {
			return -1
		}
		ctx, requests := target.Counting(context.Background())
		_ = send(ctx, t, to, h.Notification)
		return requests.Reached()
	}
	if counted(h.nowhere(t)) < 0 {
		return
	}
	assert.Zero(t, counted(h.nowhere(t)), "a refused connection")
	assert.Zero(t, counted(h.receive(t, h.certificates.expired, h.accept).Base()), "a certificate that does not hold")
	for name, answer := range map[string]func(Message) Reply{"an accepted message": h.accept, "status 503": fixed(503, "later"), "status 400": fixed(400, "no"), "an empty answer": fixed(h.Success, "")} {
		r := h.receive(t, nil, answer)
		assert.Equal(t, counted(r.Base()), len(r.seen()), name)
	}
}

// nowhere returns an address at which nothing listens.
func (h Harness) nowhere(t T) string {
	r := h.receive(t, nil, h.accept)
	defer r.Close()
	return r.Base()
}

func certificatesMustHold(t T, h Harness) {
	for name, certificate := range map[string]*tls.Certificate{
		"an unknown authority": h.certificates.ofUnknownAuthority, "another host": h.certificates.ofAnotherHost, "the past": h.certificates.expired,
	} {
		r := h.receive(t, certificate, h.accept)
		err := send(context.Background(), t, h.open(t, r.Base()), h.Notification)
		assert.Equal(t, Permanent, ClassOf(err), "a certificate of %s gave %v", name, err)
		assert.Empty(t, r.seen(), "messages over a connection with a certificate of %s", name)
	}
	r := h.receive(t, h.certificates.valid, h.accept)
	require.NoError(t, send(context.Background(), t, h.open(t, r.Base()), h.Notification), "a certificate that holds")
	assert.Len(t, r.seen(), 1)
}

// ending is a context that ends when a check tells it, as by a deadline or as
// by a cancellation.
type ending struct {
	context.Context
	done chan struct{}
	as   error
}

func (e ending) Done() <-chan struct{} { return e.done }

func (e ending) Err() error {
	select {
	case <-e.done:
		return e.as
	default:
		return nil
	}
}

func contextIsKept(t T, h Harness) {
	for name, began := range map[string]bool{"a receiver that never answers": false, "an answer that never ends": true} {
		if began && h.ByStatus {
			continue // its verdict is there before the hang
		}
		for _, want := range []error{context.DeadlineExceeded, context.Canceled} {
			ctx := ending{context.Background(), make(chan struct{}), want}
			end := sync.OnceFunc(func() { close(ctx.done) })
			release := make(chan struct{})
			hang := func() {
				end()
				<-release
			}
			r := h.receive(t, nil, func(m Message) Reply {
				if !began {
					hang()
					return h.accept(m)
				}
				return Reply{Status: h.Success, Body: h.Accepted, Begun: func(w io.Writer) bool {
					_, _ = io.WriteString(w, " ")
					hang()
					return true
				}}
			})
			to := h.open(t, r.Base())
			ended := make(chan error, 1)
			go func() { ended <- send(ctx, t, to, h.Notification) }()
			select {
			case <-ctx.done:
			case err := <-ended: // without a message on the wire
				ended <- err
			}
			select {
			case err := <-ended:
				assert.Equal(t, h.Doubt, ClassOf(err), "%s gave %v", name, err)
				assert.ErrorIs(t, err, want, name)
			case <-time.After(h.grace):
				t.Errorf("%s: Send did not return when its context ended", name)
			}
			close(release)
		}
	}
}

func concurrentUseIsSafe(t T, h Harness) {
	const messages = 32
	r := h.receive(t, nil, h.accept)
	to := h.open(t, r.Base())
	var all sync.WaitGroup
	for i := range messages {
		all.Go(func() {
			n, _ := h.numbered(i)
			assert.NoError(t, send(context.Background(), t, to, n))
		})
	}
	all.Wait()
	seen := r.seen()
	assert.Len(t, seen, messages, "messages on the wire")
	for i := range messages {
		_, mark := h.numbered(i)
		found := 0
		for _, m := range seen {
			if strings.Contains(m.Text, mark) {
				found++
			}
		}
		assert.Equal(t, 1, found, "messages that are number %d", i)
	}
}
