package event

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBuiltinHasEveryEventTypeOfTheConsole(t *testing.T) {
	want := map[string][]string{
		"dlc":   {"job-queued", "job-bidding", "job-running", "job-succeeded", "job-failed", "job-fault-tolerance", "job-timeout", "job-preempted", "job-stopped"},
		"flow":  {"task-failed", "task-succeeded"},
		"model": {"version-approved", "version-rejected"},
		"dsw":   {"instance-creating", "instance-running", "instance-failed", "image-saving", "image-saved", "image-save-failed", "instance-stopping", "instance-stopped"},
	}
	got := map[string][]string{}
	for _, s := range Builtin().Sources {
		for _, typ := range Builtin().TypesOf(s.Name) {
			got[s.Name] = append(got[s.Name], typ.What())
		}
	}
	assert.Equal(t, want, got)
	assert.Len(t, Builtin().Types, 21)
}

func TestBuiltinPatternsAreExactAndPortable(t *testing.T) {
	values := func(t *testing.T, pattern json.RawMessage, keys ...string) map[string]string {
		var lists map[string][]string
		require.NoError(t, json.Unmarshal(pattern, &lists))
		require.Len(t, lists, len(keys))
		single := map[string]string{}
		for _, key := range keys {
			require.Len(t, lists[key], 1)
			single[key] = lists[key][0]
		}
		return single
	}
	threeParts := regexp.MustCompile(`^pai[a-z]+:[A-Za-z]+:[A-Za-z]+$`)
	seen := map[string]string{}
	for _, typ := range Builtin().Types {
		t.Run(typ.Name, func(t *testing.T) {
			source, ok := Builtin().Source(typ.Source())
			require.True(t, ok)
			pattern := values(t, typ.Pattern, "source", "type")
			assert.Equal(t, values(t, source.Pattern, "source")["source"], pattern["source"])
			assert.Regexp(t, threeParts, pattern["type"])
			assert.Equal(t, "acs."+strings.Split(pattern["type"], ":")[0], pattern["source"])
			// EventBridge takes at most 64 bytes of type and 128 of source.
			assert.LessOrEqual(t, len(pattern["type"]), 64)
			assert.LessOrEqual(t, len(pattern["source"]), 128)
			assert.Empty(t, seen[pattern["type"]], "the same pattern twice")
			seen[pattern["type"]] = typ.Name
		})
	}
}

func TestBuiltinTypesAreAsUrgentAsTheirNamesSay(t *testing.T) {
	for _, typ := range Builtin().Types {
		want := Info
		switch what := typ.What(); {
		case strings.HasSuffix(what, "failed"), what == "job-timeout":
			want = Critical
		case what == "job-fault-tolerance", what == "job-preempted", what == "job-stopped", what == "version-rejected":
			want = Warning
		case strings.HasSuffix(what, "succeeded"), what == "version-approved", what == "instance-running", what == "image-saved":
			want = Success
		}
		assert.Equal(t, want, typ.Severity, typ.Name)
	}
}

func TestBuiltinSourcesSayWhereTheirFactsAre(t *testing.T) {
	for _, s := range Builtin().Sources {
		t.Run(s.Name, func(t *testing.T) {
			for _, path := range []string{s.ID, s.Title, s.CreatedBy, s.Workspace} {
				assert.NotEmpty(t, path)
			}
			assert.Equal(t, s.Name == "flow", s.Flow != "")
			assert.Equal(t, s.Name == "model", s.Model != "")
			assert.True(t, strings.HasPrefix(s.Console, "https://pai.console.aliyun.com/?regionId={region}&workspaceId={workspace}#/"), s.Console)
			paths := map[string]bool{}
			labels := map[string]bool{}
			for _, f := range s.Fields {
				assert.NotEmpty(t, f.Label)
				assert.False(t, paths[f.Path], "%s is shown twice", f.Path)
				paths[f.Path], labels[f.Label] = true, true
			}
			assert.True(t, paths[s.ID] && paths[s.Title], "id and name are shown")
			assert.True(t, labels["status"], "the status is shown")
		})
	}
}

func TestWithChangesOnlyWhatIsGiven(t *testing.T) {
	old, _ := Builtin().Type("dlc.job-failed")
	c, err := Builtin().With(Catalogue{
		Sources: []Source{{Name: "dlc", ID: "jobId", Fields: []Field{{Label: "id", Path: "jobId"}}}},
		Types:   []Type{{Name: "dlc.job-failed", Severity: Warning}, {Name: "dlc.job-timeout", RecoveredBy: []string{"dlc.job-queued"}}},
	})
	require.NoError(t, err)
	timeout, _ := c.Type("dlc.job-timeout")
	assert.Equal(t, []string{"dlc.job-queued"}, timeout.RecoveredBy)
	assert.Equal(t, Critical, timeout.Severity)

	typ, _ := c.Type("dlc.job-failed")
	assert.Equal(t, Type{Name: old.Name, Severity: Warning, Decided: true, Pattern: old.Pattern, RecoveredBy: old.RecoveredBy, Ends: true}, typ)
	source, _ := c.Source("dlc")
	assert.Equal(t, "jobId", source.ID)
	assert.Equal(t, "DisplayName", source.Title)
	assert.Len(t, source.Fields, 1)

	unchanged, _ := Builtin().Source("dlc")
	assert.Equal(t, "JobId", unchanged.ID, "the catalogue it came from stays as it was")
}

func TestWithAddsNewEntries(t *testing.T) {
	c, err := Builtin().With(Catalogue{
		Sources: []Source{{Name: "eas", Pattern: json.RawMessage(`{"source":["acs.paieas"]}`)}},
		Types: []Type{
			{Name: "eas.service-failed", Pattern: json.RawMessage(`{"type":["x"]}`)},
			{Name: "dlc.job-failed", Pattern: json.RawMessage(`{"type":["y"]}`)},
		},
	})
	require.NoError(t, err)
	typ, ok := c.Type("eas.service-failed")
	require.True(t, ok)
	assert.Empty(t, typ.Severity, "each event's own status decides")
	assert.False(t, typ.Decided)
	changed, _ := c.Type("dlc.job-failed")
	assert.JSONEq(t, `{"type":["y"]}`, string(changed.Pattern))
	assert.Len(t, c.TypesOf("eas"), 1)
}

func TestWithRefusesBrokenEntries(t *testing.T) {
	pattern := json.RawMessage(`{}`)
	for outcome, change := range map[string]Catalogue{
		"a source needs a name":         {Sources: []Source{{Pattern: pattern}}},
		"a source's name has no dot":    {Sources: []Source{{Name: "a.b", Pattern: pattern}}},
		"a new source needs a pattern":  {Sources: []Source{{Name: "eas"}}},
		"a type's name has two parts":   {Types: []Type{{Name: "dlc", Pattern: pattern}}},
		"a type's source must be known": {Types: []Type{{Name: "eas.up", Pattern: pattern}}},
		"a new type needs a pattern":    {Types: []Type{{Name: "dlc.new"}}},
		"a severity must be known":      {Types: []Type{{Name: "dlc.job-failed", Severity: "fatal"}}},
	} {
		t.Run(outcome, func(t *testing.T) {
			_, err := Builtin().With(change)
			assert.ErrorContains(t, err, "event: catalogue: ")
		})
	}
}

func TestUnknownNamesAreNotFound(t *testing.T) {
	_, ok := Builtin().Type("dlc.nothing")
	assert.False(t, ok)
	_, ok = Builtin().Source("nothing")
	assert.False(t, ok)
}
