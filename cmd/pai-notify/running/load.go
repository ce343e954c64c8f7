package running

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/pai-notify/pai-notify/shared/bus/local/account"
)

// What callers can make a process hold at once, all of them together. Some doors
// are open to everybody, and behind the others a caller is a stranger until the
// first bytes are read. What that comes to under attack is measured by
// bench/hostile (docs/decisions/api-on-one-machine.md).
const (
	// maxConnections is of one address; see crowd for those beyond.
	maxConnections = 256
	// maxHeaderBytes is more than a call of the API has that puts five targets of
	// 10,240 characters each: its parameters stand in the query.
	maxHeaderBytes = 256 << 10
	// maxBody is a form of the console with a document in it. Most doors take
	// less, and only a payload of a function may be larger.
	maxBody = 2 << 20
	// maxBodies is what all requests under way may bring together, in bytes. A
	// body costs several times its size while it is dealt with.
	maxBodies = 48 << 20
	// smallBody needs no room: one for each connection is little. So commands and
	// most events get through while others keep the room.
	smallBody = 64 << 10
	// maxQuery is how many parameters a query may have: each takes ten times its
	// size when it is taken apart.
	maxQuery = 1000
	// patience is how long a request waits for others before it is refused.
	patience = 2 * time.Second
)

// bound keeps what requests of a server hold within bounds.
func bound(s *http.Server) {
	s.MaxHeaderBytes = maxHeaderBytes
	s.ConnContext = introduce
	s.Handler = welcomed(bounded(s.Handler, semaphore.NewWeighted(maxBodies)))
}

// bounded has a request wait until there is room for its body, and cuts off what
// is longer than any door takes. Where the length is not told, it is the most.
func bounded(next http.Handler, room *semaphore.Weighted) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Count(r.URL.RawQuery, "&") > maxQuery {
			refuse(w, http.StatusBadRequest, errors.New("the query has more parameters than anything here takes"))
			return
		}
		most := int64(maxBody)
		if strings.HasSuffix(r.URL.Path, "/invocations") {
			most = account.MaxPayloadBytes
		}
		size := r.ContentLength
		if size < 0 || size > most {
			size = most
		}
		if size > smallBody {
			ctx, cancel := context.WithTimeout(r.Context(), patience)
			defer cancel()
			if room.Acquire(ctx, size) != nil {
				w.Header().Set("Retry-After", "1")
				refuse(w, http.StatusServiceUnavailable, errors.New("too much is being sent here at once: nothing was taken, try again"))
				return
			}
			defer room.Release(size)
		}
		if size > 0 {
			r.Body = http.MaxBytesReader(w, r.Body, most)
		}
		next.ServeHTTP(w, r)
	})
}
