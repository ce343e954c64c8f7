package local_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

func TestWhatIsReconsideredIsDecidedAboutAfreshTogether(t *testing.T) {
	bubble(t, func(t *testing.T) {
		evening := time.Now().Add(9 * time.Hour)
		s := sleeper{until: evening, now: time.Now}
		b := withRule(t, ofRobot(local.Options{Invoke: s.invoke}), "f")
		var ids []string
		for id := 1; id <= 3; id++ {
			published(t, b, numbered(t, id))
			synctest.Wait()
			ids = append(ids, waited(t, b, numbered(t, id))[0].ID)
		}
		count, err := b.Reconsider(t.Context(), ids[:2], time.Now().Add(2*time.Second))
		require.NoError(t, err)
		assert.Equal(t, 2, count)
		n := waited(t, b, numbered(t, 1))[0]
		assert.WithinDuration(t, time.Now().Add(2*time.Second), n.Due, time.Second, "the history says it")
		time.Sleep(time.Second)
		synctest.Wait()
		require.Len(t, s.got(), 3)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		assert.Equal(t, []string{"held b [1,2]"}, s.got()[3:], "it is not released: what else holds it does")

		s.mu.Lock()
		s.until = time.Now()
		s.mu.Unlock()
		count, err = b.Reconsider(t.Context(), ids, time.Now())
		require.NoError(t, err)
		assert.Equal(t, 3, count)
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Equal(t, "sent b [1,2,3]", s.got()[4])
		count, err = b.Reconsider(t.Context(), ids, time.Now())
		require.NoError(t, err)
		assert.Zero(t, count, "nothing is held any more")
		_, err = b.Reconsider(t.Context(), []string{"no id"}, time.Now())
		assert.Error(t, err)
	})
}
