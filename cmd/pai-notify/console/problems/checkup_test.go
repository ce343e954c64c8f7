package problems

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/message"
)

func TestTheCheckUpSpeaksTheReadersLanguage(t *testing.T) {
	for text, want := range map[string]string{
		"1 as wanted": "1 条与文档一致",
		"2 to create, 0 to change, 1 to delete, 3 as wanted, beside 4 that are not this document's": "待创建 2，待修改 0，待删除 1，3 条与文档一致，另有 4 条不属于本文档",
		"lets PAI put events on the bus, and is not there":                                          "允许 PAI 向总线投递事件，但尚不存在",
		"what a cloud says itself": "what a cloud says itself",
	} {
		assert.Equal(t, want, told(message.Chinese, text))
	}
}

func TestTheCheckUpSaysEverySentenceThatIsTranslated(t *testing.T) {
	files, err := filepath.Glob("../../../../shared/provision/*.go")
	require.NoError(t, err)
	var source strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		source.Write(text)
	}
	said := strings.NewReplacer("%d", "{}", `"; or: `, `; or: `, `", "aiworkspace`, "; or: ", `", "sendevent`, "; or: ").Replace(source.String())
	for _, one := range sentences {
		for _, l := range message.Languages() {
			assert.NotEmpty(t, one.In(l), "%s in %s", one.of, l)
			assert.Equal(t, strings.Count(one.of, "{}"), strings.Count(one.In(l), "{"), "%s in %s", one.of, l)
		}
		for part := range strings.SplitSeq(one.of, "{}") {
			assert.Contains(t, said, part, "the check-up no longer says %q", one.of)
		}
	}
}
