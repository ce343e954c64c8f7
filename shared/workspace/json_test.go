package workspace_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/jsontree"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

const jsonDocument = `{
  "workspace": "w",
  "rules": [
    {"name": "ab", "source": "dlc", "events": ["*"],
     "targets": [{"type": "dingtalk", "webhook": "env:A"}]}
  ]
}
`

// replaced is the document with one change.
func replaced(old, text string) string { return strings.Replace(jsonDocument, old, text, 1) }

func TestParseForRefuses(t *testing.T) {
	const advice = "functions read the JSON form of a document, which pai-notify json -w FILE prints"
	for name, c := range map[string]struct {
		text string
		kind workspace.Kind
		want string
	}{
		"YAML":                        {rule("{type: dingtalk, webhook: env:A}"), workspace.KindSyntax, "w.json:1:1: not JSON: invalid character 'w' looking for beginning of value; " + advice},
		"YAML after its start marker": {"---\n" + rule("{type: dingtalk, webhook: env:A}"), workspace.KindSyntax, advice},
		"YAML in braces":              {"{workspace: w}", workspace.KindSyntax, "w.json:1:2: not JSON: "},
		"a comment":                   {"# rules\n" + jsonDocument, workspace.KindSyntax, "w.json:1:1: not JSON: "},
		"nothing":                     {"", workspace.KindSyntax, "w.json:1:1: the document is empty"},
		"blanks only":                 {" \n\t", workspace.KindSyntax, "w.json:1:1: the document is empty"},
		"a byte order mark only":      {"\ufeff", workspace.KindSyntax, "w.json:1:1: the document is empty"},
		"null":                        {"null", workspace.KindSyntax, "w.json:1:1: the document is empty"},
		"a text for a document":       {`"workspace"`, workspace.KindShape, "w.json:1:1: must be an object (key: value), not a text"},
		"a list for a document":       {"\n [" + jsonDocument + "]", workspace.KindShape, "w.json:2:2: must be an object (key: value), not a list"},
		"a second document":           {jsonDocument + "{}", workspace.KindSyntax, "w.json:8:1: not JSON: invalid character '{' after top-level value"},
		"junk after the end":          {jsonDocument + "\n  }", workspace.KindSyntax, "w.json:9:3: not JSON: invalid character '}' after top-level value"},
		"a missing end":               {strings.TrimSuffix(jsonDocument, "}\n"), workspace.KindSyntax, "not JSON: unexpected end of JSON input"},
		"a missing comma":             {replaced(`"w",`, `"w"`), workspace.KindSyntax, `w.json:3:3: not JSON: invalid character '"' after object key:value pair`},
		"a comma too many in a list":  {replaced(`"*"`, `"*",`), workspace.KindSyntax, "w.json:4:52: not JSON: "},
		"a comma too many in an object": {replaced(`"env:A"`, `"env:A",`), workspace.KindSyntax,
			"w.json:5:58: not JSON: "},
		"an open text":                  {replaced(`"w",`, `"w,`), workspace.KindSyntax, "w.json:2:19: not JSON: "},
		"a tab in a text":               {replaced(`"w"`, "\"w\t\""), workspace.KindSyntax, "w.json:2:18: not JSON: "},
		"an unknown escape":             {replaced(`"w"`, `"\x77"`), workspace.KindSyntax, "w.json:2:18: not JSON: "},
		"half a character":              {replaced(`"w"`, `"\ud83d"`), workspace.KindSyntax, `w.json:2:16: this text has half a character in it: escapes from \ud800 to \udfff come in pairs`},
		"the other half":                {replaced(`"w"`, `"\ufffd\\ufffd\ude00"`), workspace.KindSyntax, "w.json:2:16: this text has half a character"},
		"bytes that are no text":        {replaced(`"w"`, "\"王\xff\""), workspace.KindSyntax, "w.json:2:18: the document is not UTF-8"},
		"endless lists":                 {strings.Repeat("[", 200_000), workspace.KindSyntax, "exceeded max depth"},
		"endless objects":               {strings.Repeat(`{"a":`, 150_000), workspace.KindSyntax, "exceeded max depth"},
		"deep nesting":                  {replaced(`"rules"`, `"catalogue": {"types": [{"name": "dlc.x", "pattern": `+strings.Repeat("[", 9_000)+strings.Repeat("]", 9_000)+`}]}, "rules"`), workspace.KindSyntax, "catalogue: is nested too deeply"},
		"too many values":               {replaced(`"rules"`, `"catalogue": {"types": [{"name": "dlc.x", "pattern": [`+strings.Repeat("1,", 100_000)+`1]}]}, "rules"`), workspace.KindSyntax, "more than 100000 values"},
		"a document beyond the limit":   {jsonDocument + strings.Repeat(" ", workspace.MaxDocumentBytes), workspace.KindSyntax, "more than the 1048576 that are read"},
		"a repeated key":                {replaced(`"workspace": "w",`, `"workspace": "w", "workspace": "v",`), workspace.KindShape, `w.json:2:21: key "workspace" is given twice, first on line 2: keep one`},
		"a repeated key, escaped":       {replaced(`"workspace": "w",`, "\"workspace\": \"w\",\n\"work\\u0073pace\": \"v\","), workspace.KindShape, `w.json:3:1: key "workspace" is given twice, first on line 2`},
		"a repeated parameter":          {replaced(`"env:A"`, `"env:A", "webhook": "env:B"`), workspace.KindShape, `rules[0].targets[0]: key "webhook" is given twice`},
		"an unknown key":                {replaced(`"events"`, `"event"`), workspace.KindShape, `w.json:4:37: rules[0]: unknown key "event": did you mean "events"?`},
		"an unknown key after Chinese":  {replaced(`"name": "ab"`, `"description": "训练失败", "name": "ab", "x": 1`), workspace.KindShape, `w.json:4:43: rules[0]: unknown key "x"`},
		"a place behind a carriage":     {strings.ReplaceAll(replaced(`"events"`, `"event"`), "\n", "\r\n"), workspace.KindShape, "w.json:4:37: "},
		"a place behind an order mark":  {"\ufeff{\"worksapce\": 1}", workspace.KindShape, `w.json:1:2: unknown key "worksapce"`},
		"a missing value":               {replaced(`"w"`, "null"), workspace.KindShape, "w.json:2:16: workspace: has no value"},
		"a number for an id":            {replaced(`"events"`, `"scope": {"created_by": [201457962310948521]}, "events"`), workspace.KindShape, "w.json:4:62: rules[0].scope.created_by[0]: must be a text, not a number: put it in quotes"},
		"a truth in quotes":             {replaced(`"events"`, `"enabled": "true", "events"`), workspace.KindShape, "rules[0].enabled: must be true or false, not a text"},
		"a quota beyond whole numbers":  {replaced(`"rules"`, `"quota": 1e400, "rules"`), workspace.KindShape, "w.json:3:12: quota: must be a whole number in decimal digits, not a number"},
		"a quota above what PAI grants": {replaced(`"rules"`, `"quota": 101, "rules"`), workspace.KindShape, "w.json:3:12: quota: must be a number from 1 to 100"},
	} {
		t.Run(name, func(t *testing.T) {
			ws, err := workspace.ParseFor([]byte(c.text), "w.json", documenttest.DingTalk())
			assert.Nil(t, ws)
			var findings workspace.Findings
			require.ErrorAs(t, err, &findings)
			assert.True(t, slices.ContainsFunc(findings, func(f workspace.Finding) bool {
				return f.Kind == c.kind && strings.Contains(f.Error(), c.want)
			}), "want %s: %s\nhave:\n%s", c.kind, c.want, err)
		})
	}
}

func TestParseForReads(t *testing.T) {
	for name, text := range map[string]string{
		"a document":                      jsonDocument,
		"a document on one line":          strings.Join(strings.Fields(jsonDocument), ""),
		"one behind a byte order mark":    "\ufeff" + jsonDocument,
		"one with carriage returns":       strings.ReplaceAll(jsonDocument, "\n", "\r\n"),
		"escapes":                         replaced(`"dlc"`, `"\u0064lc"`),
		"a character in two escapes":      replaced(`"events"`, `"description": "\ud83d\ude00\ufffd\\ufffd`+"\ufffd"+`", "events"`),
		"a whole number with an exponent": replaced(`"rules"`, `"quota": 1e1, "rules"`),
	} {
		t.Run(name, func(t *testing.T) {
			ws, err := workspace.ParseFor([]byte(text), "w.json", documenttest.DingTalk())
			require.NoError(t, err)
			assert.Equal(t, []string{`dingtalk dingtalk-A en {"webhook":"env:A"}`}, receivers(ws.Rules[0]))
		})
	}
}

func TestParseForKeepsEveryDigitOfANumber(t *testing.T) {
	text := strings.Replace(replaced(`"type": "dingtalk", "webhook"`, `"type": "http", "extra": [201457962310948521, 1.10, -0, 1e400, 12345678901234567890123], "url"`), "dlc", "model", 1)
	ws, err := workspace.ParseFor([]byte(text), "w.json", documenttest.HTTP())
	require.NoError(t, err)
	assert.Equal(t, []string{`http http-A en {"extra":[201457962310948521,1.10,-0,1e400,12345678901234567890123],"url":"env:A"}`}, receivers(ws.Rules[0]))
}

func TestParseForNeverShowsASecret(t *testing.T) {
	const secret = "deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef"
	for name, text := range map[string]string{
		"a bare secret":          secret,
		"a secret in open quote": replaced(`"env:A"`, `"`+secret),
		"a secret out of quotes": replaced(`"env:A"`, secret),
		"a secret for a key":     replaced(`"webhook"`, `"`+secret+`"`),
		"a secret cut in half":   replaced(`"env:A"`, `"`+secret+`\ud83d"`),
	} {
		t.Run(name+" is not repeated", func(t *testing.T) {
			_, err := workspace.ParseFor([]byte(text), "w.json", documenttest.DingTalk())
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "deadbeef")
		})
	}
}

// different finds what JSON and YAML both read, and not alike: line breaks that
// only YAML knows, a byte order mark, numbers beyond what a computer holds.
var different = regexp.MustCompile(`[\x{85}\x{2028}\x{2029}\x{feff}]|[eE][-+]?[0-9]{3}|[0-9]{300}`)

// places lists what findings are about.
func places(t testing.TB, err error) []string {
	if err == nil {
		return nil
	}
	var findings workspace.Findings
	if !errors.As(err, &findings) {
		t.Fatalf("%T: %v", err, err)
	}
	var list []string
	for _, f := range findings {
		list = append(list, string(f.Kind)+" "+f.Path)
	}
	slices.Sort(list)
	return list
}

func FuzzParseFor(f *testing.F) {
	f.Add(jsonDocument)
	f.Add(`{"workspace": "w", "workspace": "v", "rules": [null, 1e3, -0.5, {"targets": [{"type": "http", "extra": {"a": [null]}}]}]}`)
	f.Add(`{"workspace": "w", "contacts": [{"name": "a", "phone": "13800138000"}], "receivers": [{"name": "r", "id": "s", "type": "dingtalk", "webhook": "env:A"},
		{"name": "v", "type": "voice", "contacts": ["a"]}], "rules": [{"name": "ab", "source": "dlc", "events": ["*"], "targets": [{"receiver": "r", "language": "ja"}, {"receiver": "v", "contacts": ["a"]}, {"type": "dingtalk", "name": "t", "webhook": "env:A"}]}]}`)
	for _, text := range []string{documenttest.Full, documenttest.Catalogue} {
		document, _, err := yaml.JSON([]byte(text), "w.yaml", documenttest.Specs()...)
		require.NoError(f, err)
		f.Add(strings.ReplaceAll(string(document), "},", "},\n"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		ws, err := workspace.ParseFor([]byte(text), "w", documenttest.DingTalk())
		if (ws == nil) == (err == nil) {
			t.Fatal("want either a workspace or an error")
		}
		if different.MatchString(text) {
			return
		}
		_, asJSON := workspace.Read([]byte(text), "w", jsontree.Read, documenttest.Specs()...)
		read := places(t, asJSON)
		if slices.Contains(read, "syntax ") {
			return // what is no JSON may be YAML
		}
		_, asYAML := yaml.Parse([]byte(text), "w", documenttest.Specs()...)
		if asYAML != nil && strings.Contains(asYAML.Error(), ": not YAML: ") {
			return // some spellings of JSON, such as \/ or a colon on a line of its own
		}
		assert.Equal(t, places(t, asYAML), read, "%s\n%v\n%v", text, asYAML, asJSON)
		if asYAML == nil {
			assert.NoError(t, err, "what serves all targets serves one")
		}
	})
}
