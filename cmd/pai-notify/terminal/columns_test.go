package terminal

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTextsOfOthersSayNothingToATerminal(t *testing.T) {
	assert.Equal(t, `a\u001b[31mb 张\u202e伟 c\u0007`, OneLine("a\x1b[31mb\r\n\t张\u202e伟\u0085 c\x07"))
}
