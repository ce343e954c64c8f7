package local

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// /metrics is open to everybody, and a receiver chooses what it answers.
func TestAPlatformsTextIsNoCode(t *testing.T) {
	m := newMetrics()
	for _, c := range []string{"job qwen3 failed", "张伟", "a/b?access_token=c", strings.Repeat("1", 65)} {
		assert.Equal(t, "other", m.codes.known(c))
	}
	for i := range mostCodes {
		assert.Equal(t, strconv.Itoa(i), m.codes.known(strconv.Itoa(i)))
	}
	assert.Equal(t, "other", m.codes.known("isv.LATE"))
	assert.Equal(t, "7", m.codes.known("7"))
}
