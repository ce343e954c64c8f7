package rule

import (
	"math/rand/v2"
	"testing"
)

func TestGeneratedPatternsAreDecidedLikeTheNaiveMatcher(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 200)
	for i := range 50000 {
		for k := range data {
			data[k] = byte(random.Uint32())
		}
		g := &generator{dialect: Dialect(i&1 + 1), data: data}
		checkAgainstNaive(t, g.dialect, g.pattern(), g.event())
		if t.Failed() {
			return
		}
	}
}
