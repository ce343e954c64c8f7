package running

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/semaphore"
)

func TestBodiesWaitForRoomAndAreRefusedWithoutIt(t *testing.T) {
	const most = 4 << 20
	large := strings.Repeat("x", smallBody+1)
	room := semaphore.NewWeighted(most)
	reading, release := make(chan struct{}), make(chan struct{})
	held := bounded(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		reading <- struct{}{}
		<-release
	}), room)
	reach := func(body io.Reader, length int64) (status int, read int) {
		r := httptest.NewRequest(http.MethodPost, "/eventbuses/b/events", body)
		r.ContentLength = length
		w := httptest.NewRecorder()
		w.Code = 0
		bounded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			read = len(text)
			w.WriteHeader(http.StatusAccepted)
		}), room).ServeHTTP(w, r)
		return w.Code, read
	}
	// Two requests that do not say how long they are take all the room there is.
	for range 2 {
		go func() {
			r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
			r.ContentLength = -1
			held.ServeHTTP(httptest.NewRecorder(), r)
		}()
		<-reading
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(large))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	bounded(http.NotFoundHandler(), room).ServeHTTP(w, r.WithContext(ctx))
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, "1", w.Header().Get("Retry-After"))
	assert.Contains(t, w.Body.String(), "nothing was taken")
	status, _ := reach(http.NoBody, 0)
	assert.Equal(t, http.StatusAccepted, status, "what brings nothing needs no room")
	status, read := reach(strings.NewReader("x"), 1)
	assert.Equal(t, http.StatusAccepted, status, "commands and most events are small")
	assert.Equal(t, 1, read)
	close(release)
	require.Eventually(t, func() bool { return room.TryAcquire(most) }, 5e9, 1e6, "the room is given back")
	room.Release(most)
	status, read = reach(strings.NewReader(strings.Repeat("x", 5<<20)), -1)
	assert.Equal(t, http.StatusAccepted, status)
	assert.Equal(t, maxBody, read, "no door takes more")
}

func TestAQueryOfEndlessParametersIsNotTakenApart(t *testing.T) {
	w := httptest.NewRecorder()
	bounded(http.NotFoundHandler(), semaphore.NewWeighted(1)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/?"+strings.Repeat("a&", 2000), nil))
	assert.Equal(t, http.StatusBadRequest, w.Code)
}

func TestAServerTakesNoHeadersWithoutEnd(t *testing.T) {
	s, err := Listen("127.0.0.1:0")
	require.NoError(t, err)
	s.Serve(http.NotFoundHandler())
	t.Cleanup(func() { s.Close(t.Context()) })
	for size, want := range map[int]int{128 << 10: http.StatusNotFound, 300 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		r, err := http.NewRequest(http.MethodGet, s.URL, nil)
		require.NoError(t, err)
		r.Header.Set("X-A", strings.Repeat("a", size))
		res, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, want, res.StatusCode, size)
	}
}
