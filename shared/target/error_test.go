package target_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMarks(t *testing.T) {
	cause := errors.New("no")
	for name, c := range map[string]struct {
		err             error
		permanent, gone bool
		wait            time.Duration
		waits           bool
	}{
		"unmarked":    {err: cause},
		"permanent":   {err: target.Permanent(cause), permanent: true},
		"gone":        {err: target.Gone(cause), permanent: true, gone: true},
		"retry after": {err: target.RetryAfter(time.Minute, cause), wait: time.Minute, waits: true},
		"wrapped":     {err: fmt.Errorf("x: %w", target.Gone(cause)), permanent: true, gone: true},
		"joined":      {err: errors.Join(errors.New("y"), target.RetryAfter(time.Second, cause)), wait: time.Second, waits: true},
	} {
		t.Run(name+" is recognised and keeps its cause", func(t *testing.T) {
			assert.Equal(t, c.permanent, target.IsPermanent(c.err))
			assert.Equal(t, c.gone, target.IsGone(c.err))
			wait, ok := target.Wait(c.err)
			assert.Equal(t, c.waits, ok)
			assert.Equal(t, c.wait, wait)
			assert.ErrorIs(t, c.err, cause)
			assert.Contains(t, c.err.Error(), "no")
		})
	}
	t.Run("nothing stays nothing", func(t *testing.T) {
		assert.NoError(t, target.Permanent(nil))
		assert.NoError(t, target.Gone(nil))
		assert.NoError(t, target.RetryAfter(time.Second, nil))
		assert.False(t, target.IsPermanent(nil))
	})
}

func TestRefusalSaysPlatformCodeAndWords(t *testing.T) {
	for want, r := range map[string]*target.Refusal{
		"dingtalk: 310000 sign not match": {Platform: "dingtalk", Status: 200, Code: "310000", Text: "sign not match", Advice: "x"},
		"http: HTTP 503 busy":             {Platform: "http", Status: 503, Text: "busy"},
		"http: HTTP 503":                  {Platform: "http", Status: 503},
		"http: not public":                {Platform: "http", Text: "not public"},
	} {
		assert.Equal(t, want, r.Error())
		found, ok := errors.AsType[*target.Refusal](target.Permanent(fmt.Errorf("x: %w", r)))
		require.True(t, ok)
		assert.Same(t, r, found)
	}
}
