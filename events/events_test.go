package events_test

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
)

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := events.Files.ReadFile(name)
	require.NoError(t, err)
	return text
}

func parse(t *testing.T, name string) event.Event {
	t.Helper()
	e, err := event.Parse(read(t, name))
	require.NoError(t, err)
	return e
}

func TestThereIsOneSampleForEachEventType(t *testing.T) {
	var want []string
	for _, typ := range event.Builtin().Types {
		want = append(want, strings.ReplaceAll(typ.Name, ".", "-")+".json")
	}
	files, err := fs.Glob(events.Files, "*.json")
	require.NoError(t, err)

	assert.ElementsMatch(t, want, files)
	assert.ElementsMatch(t, want, events.Story())
}

func TestEachSampleIsOfItsEventType(t *testing.T) {
	for _, typ := range event.Builtin().Types {
		t.Run(typ.Name, func(t *testing.T) {
			e := parse(t, strings.ReplaceAll(typ.Name, ".", "-")+".json")
			var pattern struct{ Source, Type []string }
			require.NoError(t, json.Unmarshal(typ.Pattern, &pattern))
			assert.Equal(t, []string{e.Source()}, pattern.Source)
			assert.Equal(t, []string{e.Type()}, pattern.Type)
		})
	}
}

func TestEachSampleHasWhatItsSourcePromises(t *testing.T) {
	for _, name := range events.Story() {
		t.Run(name, func(t *testing.T) {
			e := parse(t, name)
			source, _, _ := strings.Cut(name, "-")
			s, ok := event.Builtin().Source(source)
			require.True(t, ok)
			for _, path := range []string{s.ID, s.Title, s.CreatedBy, s.Workspace} {
				assert.NotEmpty(t, e.Lookup(path), path)
			}
			for _, path := range []string{s.Flow, s.Model} {
				if path != "" {
					assert.NotEmpty(t, e.Lookup(path), path)
				}
			}
			for _, extension := range []string{"aliyunaccountid", "aliyunpublishtime", "aliyunregionid", "aliyunpublishaddr"} {
				assert.NotEmpty(t, e.Extension(extension), extension)
			}
			assert.Contains(t, e.Extension("aliyuneventbusname"), "pai-system-")
			assert.Contains(t, e.Subject(), e.Lookup(s.ID))
		})
	}
}

func TestEveryFieldOfTheCatalogueIsInSomeSample(t *testing.T) {
	// These stand in for a name that all samples have.
	fallbacks := []string{"dlc ResourceId", "dlc ResourceName", "dlc UserId", "dsw UserId", "flow WorkspaceName"}
	for _, s := range event.Builtin().Sources {
		for _, f := range s.Fields {
			seen := slices.ContainsFunc(events.Story(), func(name string) bool {
				return strings.HasPrefix(name, s.Name+"-") && parse(t, name).Lookup(f.Path) != ""
			})
			if !seen && !slices.Contains(fallbacks, s.Name+" "+f.Path) {
				t.Errorf("no sample of %s has %s", s.Name, f.Path)
			}
		}
	}
}

func TestTheStoryIsToldInOrderAndNoIDTwice(t *testing.T) {
	var last event.Event
	ids := map[string]bool{}
	for _, name := range events.Story() {
		e := parse(t, name)
		require.False(t, e.Time().IsZero(), name)
		assert.Equal(t, 2026, e.Time().Year(), name)
		assert.False(t, ids[e.ID()], "%s repeats an id", name)
		ids[e.ID()] = true
		if last.ID() != "" {
			assert.True(t, last.Time().Before(e.Time()), "%s happens before the one listed ahead of it", name)
		}
		last = e
	}
}

func TestOneJobIsFollowedFromQueueToFailure(t *testing.T) {
	for _, what := range []string{"running", "fault-tolerance", "failed"} {
		assert.Equal(t, parse(t, "dlc-job-queued.json").Lookup("JobId"), parse(t, "dlc-job-"+what+".json").Lookup("JobId"), what)
	}
}

func TestFormsOfAWSCarryTheSameEvents(t *testing.T) {
	t.Run("EventBridge envelope", func(t *testing.T) {
		p, err := event.Decode(read(t, "aws/dlc-job-failed.eventbridge.json"))
		require.NoError(t, err)
		require.Len(t, p.Items, 1)
		assert.JSONEq(t, string(read(t, "dlc-job-failed.json")), string(p.Items[0].Event.JSON()))
	})
	t.Run("SQS batch", func(t *testing.T) {
		const file = "aws/model-version-approved.sqs.json"
		p, err := event.Decode(read(t, file))
		require.NoError(t, err)
		require.Len(t, p.Items, 2)
		assert.True(t, p.Queue)
		want := parse(t, "model-version-approved.json")
		for _, item := range p.Items {
			require.NoError(t, item.Err)
			assert.NotEmpty(t, item.MessageID)
			assert.Equal(t, want.Source(), item.Event.Source())
			assert.Equal(t, want.Type(), item.Event.Type())
			assert.Equal(t, want.Subject(), item.Event.Subject())
			assert.JSONEq(t, string(want.Data()), string(item.Event.Data()))
		}
		assert.Equal(t, "model-approvals", p.Items[1].Rule.Name)
		assert.Contains(t, string(p.Items[1].Target.Parameters), "env:")
	})
	t.Run("SQS sums are those of the bodies", func(t *testing.T) {
		var batch struct {
			Records []struct {
				Body      string
				MD5OfBody string
			}
		}
		require.NoError(t, json.Unmarshal(read(t, "aws/model-version-approved.sqs.json"), &batch))
		require.Len(t, batch.Records, 2)
		for _, r := range batch.Records {
			sum := md5.Sum([]byte(r.Body))
			assert.Equal(t, hex.EncodeToString(sum[:]), r.MD5OfBody)
		}
	})
}
