package backend

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestADearAnswerIsNeverOldAndNeverKeepsAPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r Remembered[string, int]
		asked, takes, fails := 0, 50*time.Millisecond, error(nil)
		look := func() (int, time.Duration) {
			began := time.Now()
			value, err := r.Ask(t.Context(), "", func(context.Context) (int, error) {
				time.Sleep(takes)
				asked++
				return asked, fails
			})
			require.NoError(t, err)
			return value, time.Since(began)
		}
		sees := func(value int, after time.Duration, why string) {
			t.Helper()
			saw, took := look()
			assert.Equal(t, value, saw, why)
			assert.Equal(t, after, took, why)
		}
		sees(1, takes, "the first page waits")
		sees(1, 0, "the next does not")
		time.Sleep(fresh + time.Second)
		sees(1, 0, "what is some seconds old is shown once more")
		time.Sleep(time.Second)
		sees(2, 0, "and is new for the next page")
		time.Sleep(time.Hour)
		sees(3, takes, "what is an hour old is shown to nobody")

		takes = time.Minute
		time.Sleep(time.Hour)
		sees(3, renewal, "unless asking takes very long")
		time.Sleep(takes)
		sees(4, 0, "and then once")
		takes, fails = 50*time.Millisecond, errors.New("away")
		time.Sleep(time.Hour)
		sees(4, takes, "or fails")
		fails = nil
		sees(6, takes, "which is tried again")
	})
}
