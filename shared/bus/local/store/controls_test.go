package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

func TestControlRowsInMemoryAreKeptWhileTheWriterNeverRests(t *testing.T) {
	s := opened(t, "", nil)
	stop := make(chan struct{})
	var others sync.WaitGroup
	for range 4 {
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				assert.NoError(t, s.Write(t.Context(), func(*store.Tx) error {
					time.Sleep(20 * time.Millisecond)
					return nil
				}))
			}
		})
	}
	for i := range 3 {
		value, err := s.UpdateControl(t.Context(), "row", func(value []byte) ([]byte, bool) { return append(value, 'x'), true })
		assert.NoError(t, err)
		assert.Len(t, value, i+1)
	}
	close(stop)
	others.Wait()
}
