package history

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
)

func TestAHistoryIsOfOnePlace(t *testing.T) {
	for says, p := range map[string]place{
		"found by --data alone":  {Bus: "local", Workspace: "w.yaml"},
		"leave it out with":      {Bus: "aws", Data: "dir"},
		"no bus has kept":        {Bus: "local", Data: t.TempDir()},
		"name the region, such ": {Bus: "aliyun"},
	} {
		t.Setenv("ALIBABA_CLOUD_REGION_ID", "")
		_, err := p.open(t.Context(), terminal.Streams{})
		assert.ErrorContains(t, err, says)
	}
}
