package event_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
)

func of(t testing.TB, data string) event.Event {
	t.Helper()
	e, err := event.Parse([]byte(`{"id":"1","source":"s","type":"t","data":` + data + `}`))
	require.NoError(t, err)
	return e
}

func TestLookup(t *testing.T) {
	e := of(t, `{
		"JobId":"dlc1","jobName":"lower","Both":"exact","both":"folded","Count":7,"Big":12345678901234567890,
		"On":true,"Nothing":null,"Inner":{"Deep":{"Er":"found"}},"List":[ 1, "two" ],"empty":"",
		"Pods":[{"PodId":"w-0","Status":"Failed","IPs":["a","b"]},{"PodId":null},{"pod_id":"w-2","ips":["c"]},7],
		"task_status":"DONE","error-message":"boom","_odd_":1,"名称":"中文","*":"star","0":"zero"}`)
	for name, c := range map[string]struct{ path, want string }{
		"a string":                             {"JobId", "dlc1"},
		"a name in the other case":             {"JobName", "lower"},
		"a name in snake_case":                 {"job_id", "dlc1"},
		"a name in capitals":                   {"JOB_ID", "dlc1"},
		"a name that is snake_case":            {"TaskStatus", "DONE"},
		"a name that is kebab-case":            {"ErrorMessage", "boom"},
		"a name with a sign at its ends":       {"Odd", "1"},
		"a name that is not ASCII":             {"名称", "中文"},
		"an exact name before a folded one":    {"both", "folded"},
		"a number as it is written":            {"Big", "12345678901234567890"},
		"a boolean":                            {"On", "true"},
		"null":                                 {"Nothing", ""},
		"a nested value in the other case":     {"inner.deep.er", "found"},
		"an object as JSON":                    {"Inner", `{"Deep":{"Er":"found"}}`},
		"a list as JSON":                       {"List", `[1,"two"]`},
		"a missing name":                       {"Nope", ""},
		"a path through a string":              {"JobId.Nope", ""},
		"no path":                              {"", ""},
		"an empty string":                      {"empty", ""},
		"an ambiguous name in neither's case":  {"BOTH", "exact"},
		"an element of a list":                 {"List.1", "two"},
		"inside an element of a list":          {"Pods.0.PodId", "w-0"},
		"inside an element in another case":    {"pods.2.podId", "w-2"},
		"an element beyond a list":             {"List.2", ""},
		"an element of no digits":              {"List.-1", ""},
		"an element of a number too long":      {"List.00000001", ""},
		"an element of an element":             {"Pods.0.IPs.1", "b"},
		"every element":                        {"List.*", "1, two"},
		"inside every element that has it":     {"Pods.*.PodId", "w-0, w-2"},
		"every element of every element":       {"Pods.*.IPs.*", "a, b, c"},
		"one element of every element":         {"Pods.*.IPs.0", "a, c"},
		"every element of what is none":        {"JobId.*", ""},
		"every element of what is missing":     {"Nope.*", ""},
		"every element of an object":           {"Inner.*", ""},
		"a member that is called so":           {"*", "star"},
		"a member that is called by a number":  {"0", "zero"},
		"a list by a name":                     {"Pods.PodId", ""},
		"an empty part":                        {"Pods..PodId", ""},
		"a path that ends with a dot":          {"Inner.", ""},
		"a name that differs in more than how": {"Job.Id", ""},
	} {
		t.Run(name+" is found", func(t *testing.T) {
			assert.Equal(t, c.want, e.Lookup(c.path))
		})
	}
}

func TestOfNamesAlikeTheSameIsFoundWhateverTheirOrder(t *testing.T) {
	members := []string{`"job_id":"snake"`, `"JOBID":"capitals"`, `"jobid":"small"`, `"job-id":"kebab"`}
	for range members {
		members = append(members[1:], members[0])
		e := of(t, "{"+strings.Join(members, ",")+"}")
		assert.Equal(t, "capitals", e.Lookup("JobId"), "case alone before signs, then the order of bytes")
		assert.Equal(t, "snake", e.Lookup("job_id"))
		assert.Equal(t, "kebab", e.Lookup("Job-Id"))
		assert.Equal(t, "snake", e.Lookup("Job_Id"))
	}
}

func TestLookupInDataThatIsAList(t *testing.T) {
	e := of(t, `[{"Id":"a"},{"id":"b"}]`)
	assert.Equal(t, "b", e.Lookup("1.Id"))
	assert.Equal(t, "a, b", e.Lookup("*.Id"))
	assert.Empty(t, e.Lookup("Id"))
}

func TestValuesOfALongListAreNotAllJoined(t *testing.T) {
	e := of(t, `{"L":[`+strings.TrimSuffix(strings.Repeat("7,", 150), ",")+`]}`)
	text := e.Lookup("L.*")
	assert.Equal(t, 100, strings.Count(text, "7"))
	assert.True(t, strings.HasSuffix(text, ", …"))
	count := 0
	for range e.All("L.*") {
		count++
	}
	assert.Equal(t, 150, count)
}

func TestNamesAreAlikeWhateverTheirCaseAndHowTheirWordsAreJoined(t *testing.T) {
	for _, name := range []string{"JobId", "jobId", "job_id", "JOB_ID", "job-id", "_jobid_"} {
		assert.True(t, event.Alike("JobId", name), name)
		assert.True(t, event.Alike(name, "JobId"), name)
	}
	for _, name := range []string{"", "Job", "JobIds", "Job.Id", "Job Id", "JobI\u0064\u0301"} {
		assert.False(t, event.Alike("JobId", name), name)
		assert.False(t, event.Alike(name, "JobId"), name)
	}
	assert.True(t, event.Alike("ÉTAT", "état"))
	assert.False(t, event.Alike("@", "`"), "signs have no case")
}

func TestLookupInAnEventWithoutData(t *testing.T) {
	e, err := event.Parse([]byte(`{"id":"1","source":"s","type":"t"}`))
	require.NoError(t, err)
	for _, path := range []string{"JobId", "*", "0", "a.*"} {
		assert.Empty(t, e.Lookup(path))
		assert.Empty(t, event.Event{}.Lookup(path))
	}
}

// encoding/json decides the same.
func FuzzLookup(f *testing.F) {
	f.Add(`{"Pods":[{"PodId":"a"},{"podId":2}],"m":{"x":null}}`, "Pods.*.PodId")
	f.Add(`[[1,"2"],[3]]`, "*.0")
	f.Fuzz(func(t *testing.T, data, path string) {
		e, err := event.Parse([]byte(`{"id":"1","source":"s","type":"t","data":` + data + `}`))
		if err != nil || len(path) > 50 {
			return
		}
		_ = e.Lookup(path)
		var whole any
		decoder := json.NewDecoder(strings.NewReader(data))
		decoder.UseNumber()
		if decoder.Decode(&whole) != nil {
			return
		}
		// A path to each scalar, written as it stands.
		var visit func(at string, value any)
		visit = func(at string, value any) {
			switch v := value.(type) {
			case map[string]any:
				for name, inner := range v {
					if name != "" && !strings.ContainsAny(name, ".*") {
						visit(strings.TrimPrefix(at+"."+name, "."), inner)
					}
				}
			case []any:
				for i, inner := range v {
					visit(strings.TrimPrefix(at+"."+strconv.Itoa(i), "."), inner)
				}
			case string, json.Number, bool:
				if at != "" {
					assert.Equal(t, fmt.Sprint(v), e.Lookup(at), "%q", at)
				}
			}
		}
		visit("", whole)
	})
}

func BenchmarkLookup(b *testing.B) {
	e := of(b, `{"JobId":"dlc1","DisplayName":"n","Status":"s","a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"ReasonMessage":"r","Pods":[{"PodId":"w-0"},{"PodId":"w-1"}]}`)
	for _, path := range []string{"ReasonMessage", "reason_message", "Nothing", "Pods.1.PodId", "Pods.*.PodId"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = e.Lookup(path)
			}
		})
	}
}

func TestLargeDataIsReadThroughOnceForEachName(t *testing.T) {
	e, err := event.Parse([]byte(`{"id":"e","source":"s","type":"t","data":{` + strings.Repeat(`"\u0061":1,`, 1000) + `"JobId":"dlc1"}}`))
	require.NoError(t, err)
	require.True(t, e.Wide())
	for name, want := range map[string]string{"JobId": "dlc1", "job_id": "dlc1", "a": "1", "b": ""} {
		assert.Equal(t, want, e.Lookup(name))
		assert.Zero(t, testing.AllocsPerRun(1, func() { _ = e.Lookup(name) }), "each name of the data would be one")
	}
}

func TestAnEventIsReadInsideOfItsData(t *testing.T) {
	e, err := event.Parse([]byte(`{"id":"e","source":"s","type":"t","data":{"job":{"JobId":"dlc1"}}}`))
	require.NoError(t, err)
	inside := e.Inside(e.At("job"))
	assert.Equal(t, "dlc1", inside.Lookup("JobId"))
	assert.Equal(t, "dlc1", e.Lookup("job.JobId"), "the event itself stays what it is")
	assert.Empty(t, e.Lookup("JobId"))
	assert.Equal(t, e.JSON(), inside.JSON())
}
