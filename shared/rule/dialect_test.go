package rule

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDialectsAreReadByTheirNames(t *testing.T) {
	for _, d := range []Dialect{Alibaba, AWS} {
		var again Dialect
		require.NoError(t, again.UnmarshalText([]byte(d.String())))
		assert.Equal(t, d, again)
	}
	var d Dialect
	assert.EqualError(t, json.Unmarshal([]byte(`"Alibaba"`), &d), `rule: unknown dialect "Alibaba": write aliyun or aws`)
	assert.Equal(t, "Dialect(0)", d.String())
}
