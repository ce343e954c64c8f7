package message_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// mostColumns is how much of a title a lock screen shows for certain.
const mostColumns = 28

func TestTheNameBeginsWhereALockScreenShowsIt(t *testing.T) {
	for _, typ := range event.Builtin().Types {
		for _, l := range message.Languages() {
			e, s, known := sample(t, typ.Name)
			m := message.Render(e, s, known, l, event.Rule{})
			before, _, ok := strings.Cut(message.Mark(m.Severity)+" "+m.Title, m.Name)
			require.True(t, ok)
			assert.Less(t, uniseg.StringWidth(before), mostColumns, "%q", before)
		}
	}
}

// readable asserts what holds of a message whatever its event is.
func readable(t *testing.T, m message.Message) {
	t.Helper()
	assert.NotEmpty(t, m.What)
	assert.True(t, strings.HasPrefix(m.Title, m.What))
	assert.NotEmpty(t, m.Fields)
	assert.NotEmpty(t, m.Brief)
	seen := map[string]bool{}
	texts := []string{m.What, m.Name, m.Title, m.Brief, m.Subject, m.Type, m.Next, m.Link}
	for _, f := range m.Fields {
		assert.False(t, seen[f.Key], "%s twice", f.Key)
		seen[f.Key] = true
		assert.NotEmpty(t, f.Label, f.Key)
		assert.NotEmpty(t, f.Value, f.Key)
		texts = append(texts, f.Label, f.Value)
	}
	for _, text := range texts {
		assert.LessOrEqual(t, len(text), 1300)
		assert.True(t, utf8.ValidString(text))
		assert.Equal(t, -1, strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }), "%q", text)
		assert.NotContains(t, text, "%!", "a form that was filled with the wrong thing")
	}
	assert.LessOrEqual(t, len(m.Name), 256)
	assert.GreaterOrEqual(t, m.Ran, time.Duration(0), "time does not run backwards")
}

func TestAnEventOfNothingButAnIDAndATypeIsReadable(t *testing.T) {
	for _, typ := range append(event.Builtin().Types, event.Type{}) {
		for _, data := range []string{"", `,"data":{}`, `,"data":null`, `,"data":[]`, `,"data":""`} {
			for _, l := range message.Languages() {
				e := parse(t, `{"id":"e-1","source":"acs.x","type":"x:Thing:Happened"`+data+`}`)
				s, _ := event.Builtin().Source(typ.Source())
				m := message.Render(e, s, typ, l, event.Rule{})
				readable(t, m)
				assert.Empty(t, m.Name, "an event's id names nothing")
				assert.Equal(t, m.What, m.Title)
				assert.Equal(t, "e-1", value(m, "event_id"))
				assert.Empty(t, m.Link)
			}
		}
	}
}

func TestNamesOfAnyKindStandInTheTitle(t *testing.T) {
	long := strings.Repeat("很长的名字", 80)
	for outcome, c := range map[string]struct{ name, want string }{
		"400 characters":     {long, string([]rune(long)[:84]) + "…"},
		"400 letters":        {strings.Repeat("n", 400), strings.Repeat("n", 253) + "…"},
		"right to left":      {"مهمة-تدريب", "مهمة-تدريب"},
		"an override":        {"bert\u202egpj.exe", "bertgpj.exe"},
		"colons":             {"视频：生成: v2", "视频：生成: v2"},
		"quotes":             {`the "best" 'job' “ever”`, `the "best" 'job' “ever”`},
		"markdown":           {"# *bert* [x](http://evil) <at id=all></at>", "# *bert* [x](http://evil) <at id=all></at>"},
		"lines":              {"bert\n\n# Status: Succeeded\r\n", "bert # Status: Succeeded"},
		"emoji":              {"👩‍🔬 lab", "👩‍🔬 lab"},
		"a number":           {"", "dlc1"},
		"nothing but blanks": {" \u200b\t", "dlc1"},
	} {
		t.Run(outcome, func(t *testing.T) {
			text, err := json.Marshal(c.name)
			require.NoError(t, err)
			s, _ := event.Builtin().Source("dlc")
			known, _ := event.Builtin().Type("dlc.job-failed")
			e := parse(t, `{"id":"e","source":"acs.paidlc","type":"t","data":{"JobId":"dlc1","DisplayName":`+string(text)+`}}`)
			for _, l := range message.Languages() {
				m := message.Render(e, s, known, l, event.Rule{})
				readable(t, m)
				assert.Equal(t, c.want, m.Name)
				assert.True(t, strings.HasSuffix(m.Title, c.want))
				if cut := strings.HasSuffix(c.want, "…"); cut {
					row := strings.TrimSuffix(value(m, "name"), "…")
					assert.True(t, strings.HasPrefix(c.name, row) && len(row) > 390, "nearly whole in a row, where the title has it not: %q", row)
					assert.Equal(t, "name", m.Fields[0].Key)
				} else {
					assert.Empty(t, value(m, "name"))
				}
			}
		})
	}
}

// put sets what stands at a path in data.
func put(data map[string]any, path string, value any) {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		data[name] = value
		return
	}
	inner, ok := data[name].(map[string]any)
	if !ok {
		inner = map[string]any{}
		data[name] = inner
	}
	put(inner, rest, value)
}

func TestValuesOfAnyTypeAreReadable(t *testing.T) {
	deep := any("bottom")
	for range 100 {
		deep = map[string]any{"Level": []any{deep}}
	}
	many := make([]any, 300)
	for i := range many {
		many[i] = map[string]any{"Name": fmt.Sprintf("n-%d", i)}
	}
	wrong := map[string]any{
		"null": nil, "true": true, "false": false, "zero": 0, "a negative number": -1, "a fraction": 1.5, "a huge number": 1e300,
		"an empty text": "", "a text": "soon", "an empty list": []any{}, "a list": []any{1, "two", nil}, "an empty object": map[string]any{},
		"an object": map[string]any{"Code": "X-1", "Inner": map[string]any{"Message": "boom"}}, "deep": deep, "many": many,
		"a text of many lines": "a\n\u202eb\x00c", "a huge text": strings.Repeat("<b>&\"'", 1000),
	}
	for _, s := range event.Builtin().Sources {
		types := event.Builtin().TypesOf(s.Name)
		worst := types[max(0, slices.IndexFunc(types, func(t event.Type) bool { return t.Severity == event.Critical }))]
		paths := []string{s.ID, s.Title, s.Workspace, "LatestSnapshot", "Message"}
		for _, f := range s.Fields {
			paths = append(paths, f.Path)
		}
		slices.Sort(paths)
		for _, path := range slices.Compact(paths) {
			for kind, v := range wrong {
				data := map[string]any{s.ID: "id-1", s.Title: "bert"}
				put(data, path, v)
				text, err := json.Marshal(map[string]any{"id": "e-1", "source": "s", "type": "t", "data": data})
				require.NoError(t, err)
				e := parse(t, string(text))
				for _, known := range []event.Type{worst, {}} {
					m := message.Render(e, s, known, message.English, event.Rule{})
					what := fmt.Sprintf("%s is %s of %q", path, kind, known.Name)
					readable(t, m)
					for _, f := range append(m.Fields, message.Field{Value: m.Title}, message.Field{Value: m.Brief}) {
						if !strings.Contains(kind, "text") {
							assert.NotContains(t, f.Value, `{`, what)
							assert.NotContains(t, f.Value, `[`, what)
							assert.NotContains(t, f.Value, "null", what)
						}
					}
					if path != s.ID && path != s.Title {
						assert.Contains(t, m.Title, "bert", what)
					}
					assert.NotContains(t, m.Title, "true", what)
					assert.NotContains(t, m.Title, "false", what)
				}
			}
		}
	}
}

func TestAStatusThatNobodyKnowsIsSaid(t *testing.T) {
	for _, known := range append(event.Builtin().Types, event.Type{Name: ""}) {
		for _, l := range message.Languages() {
			s, _ := event.Builtin().Source(known.Source())
			e := parse(t, `{"id":"e","source":"s","type":"t:u:Changed","data":{"JobId":"j","Name":"bert","InstanceName":"bert","ModelName":"bert","DisplayName":"bert","Status":"Quantum","ApprovalStatus":"Quantum"}}`)
			m := message.Render(e, s, known, l, event.Rule{})
			readable(t, m)
			assert.Contains(t, m.Title+value(m, "status"), "Quantum", known.Name)
			assert.NotEqual(t, event.Success, message.Render(e, s, event.Type{}, l, event.Rule{}).Severity, "nobody knows that it went well")
		}
	}
}

func TestListsInThePlaceOfObjectsAreReadable(t *testing.T) {
	for data, want := range map[string]map[string]string{
		`[{"JobId":"dlc1","DisplayName":"bert"}]`:                                                                   {"data": `[{"JobId":"dlc1","DisplayName":"bert"}]`, "event_id": "e"},
		`{"JobId":"dlc1","Pods":{"PodId":"dlc1-worker-0","Status":"Failed"}}`:                                       {"failed_workers": "worker-0"},
		`{"JobId":"dlc1","JobSpecs":{"PodCount":2,"ResourceConfig":{"GPU":8}}}`:                                     {"gpus": "16 (2 × 8)"},
		`{"JobSpecs":{"Worker":{"PodCount":2,"ResourceConfig":{"GPU":8}},"PS":{"PodCount":1}}}`:                     {"gpus": "16 (2 × 8)"},
		`{"JobSpecs":"[{\"PodCount\":2,\"ResourceConfig\":{\"GPU\":8}}]"}`:                                          {"gpus": "16 (2 × 8)"},
		`{"JobSpecs":[{"PodCount":2,"ResourceConfig":{"GPU":"8_0"}}]}`:                                              {"gpus": ""},
		`{"JobSpecs":[{"PodCount":2,"ResourceConfig":{"GPU":"0x1p3"}}]}`:                                            {"gpus": ""},
		`{"JobSpecs":[{"PodCount":1000000,"ResourceConfig":{"GPU":1000000}}]}`:                                      {"gpus": ""},
		`{"JobSpecs":[{"PodCount":3,"ResourceConfig":{"GPU":1}},{"PodCount":2,"EcsSpec":"ecs.gn7i-c8g1.2xlarge"}]}`: {"gpus": ""},
		`{"JobId":"dlc1","Pods":{"a":{"PodId":"dlc1-worker-0","Status":"Failed"},"b":{"Status":"Running"}}}`:        {"failed_workers": "worker-0"},
		`{"JobId":"dlc1","Pods":"[{\"PodId\":\"dlc1-worker-0\",\"Status\":\"Failed\"}]"}`:                           {"failed_workers": "worker-0"},
		`{"Metrics":"{\"auc\":0.871}"}`:                                                                             {"metrics": "auc 0.871"},
		`{"Metrics":"[auc] 0.871"}`:                                                                                 {"metrics": "[auc] 0.871"},
		`{"JobId":"dlc1","JobSpecs":[[{"PodCount":2}]],"Pods":[[1]]}`:                                               {"gpus": "", "failed_workers": ""},
		`{"JobId":["dlc1"],"DisplayName":["bert"],"ReasonMessage":["a","b"],"Duration":[5]}`:                        {"reason": "a, b", "duration": "", "event_id": "e"},
		`{"JobId":"dlc1","ReasonMessage":{"Code":"X","Details":[{"Pod":"w-0","Why":"OOM"}]}}`:                       {"reason": "Code X, Details Pod w-0 Why OOM"},
		`{"JobId":"dlc1","ReasonMessage":{"a":{"b":{"c":{"d":1}}}}}`:                                                {"reason": "a b c …"},
		`{"JobId":"dlc1","ReasonMessage":[1,2,3,4,5,6,7,8,9,10,11,12,13]}`:                                          {"reason": "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 3 more"},
	} {
		s, _ := event.Builtin().Source("dlc")
		known, _ := event.Builtin().Type("dlc.job-failed")
		m := message.Render(parse(t, `{"id":"e","source":"s","type":"t","data":`+data+`}`), s, known, message.English, event.Rule{})
		readable(t, m)
		for key, value := range want {
			assert.Equal(t, value, m.Value(key), "%s of %s", key, data)
		}
	}
}

func TestDataThatIsAllInOneMemberIsReadThere(t *testing.T) {
	const job = `{"JobId":"dlc1","DisplayName":"bert","Status":"Failed","ReasonMessage":"boom"}`
	for _, typ := range []string{"dlc.job-failed", ""} {
		known, _ := event.Builtin().Type(typ)
		source, _ := event.Builtin().Source(known.Source())
		for _, data := range []string{`{"job":` + job + `}`, `{"detail":{"job":` + job + `}}`, `{"detail":` + job + `,"action":"x"}`} {
			m := message.Render(parse(t, `{"id":"e","source":"s","type":"t","data":`+data+`}`), source, known, message.English, event.Rule{})
			readable(t, m)
			assert.Equal(t, event.Critical, m.Severity, data)
			assert.Equal(t, "bert", m.Name, data)
			assert.Equal(t, "dlc1", m.Subject, data)
			assert.Equal(t, "boom", value(m, "reason"), data)
		}
	}
	t.Run("and nowhere else", func(t *testing.T) {
		for _, data := range []string{
			`{"Name":"bert","child":` + job + `}`, `{"Status":"Failed","child":` + job + `}`, `{"parent":{"Status":"Failed"},"child":` + job + `}`,
			`{"Metrics":` + job + `}`, `{"a":{"b":{"c":` + job + `}}}`, `{"child":{"ReasonMessage":"boom"}}`,
		} {
			m := message.Render(parse(t, `{"id":"e","source":"s","type":"t","data":`+data+`}`), event.Source{}, event.Type{}, message.English, event.Rule{})
			assert.Empty(t, m.Value("reason"), "a reason of another thing: %s", data)
			assert.NotEqual(t, "dlc1", m.Subject, data)
		}
	})
	t.Run("a rule's paths and a document's are those of the data as it came", func(t *testing.T) {
		e := parse(t, `{"id":"e","source":"s","type":"t","data":{"job":`+job+`}}`)
		m := message.Render(e, event.Source{}, event.Type{}, message.English, event.Rule{Fields: []event.Fact{{Path: "job.ReasonMessage"}, {Path: "job.*"}}})
		assert.Equal(t, "boom", m.Fields[0].Value)
		m = message.Render(e, event.Source{Title: "job.JobId"}, event.Type{}, message.English, event.Rule{})
		assert.Equal(t, "dlc1", m.Name)
	})
}
