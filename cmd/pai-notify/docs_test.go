package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/rule"
)

const root = "../../"

// documents are those that tell people what to type.
var documents = []string{"README.md", "docs/deploy-aliyun.md", "docs/deploy-aws.md", "docs/deploy-by-hand.md", "docs/guide.md", "docs/install.md", "docs/run-on-one-machine.md"}

func TestDocumentsNameCommandsThatExist(t *testing.T) {
	parser, err := kong.New(&commands{}, kong.Writers(io.Discard, io.Discard))
	require.NoError(t, err)
	commands := map[string]bool{}
	for _, c := range parser.Model.Children {
		commands[c.Name] = true
	}
	typed := 0
	for _, name := range append(documents, "s.yaml") {
		text := read(t, name)
		lines := shellLines(text)
		if name == "s.yaml" {
			// Serverless Devs fills in its variables.
			text = regexp.MustCompile(`\$\{env\('\w+', '([^']*)'\)\}`).ReplaceAllString(text, "$1")
			for _, name := range []string{"rules", "bus"} {
				_, arguments, _ := strings.Cut(text, "\n  "+name+": ")
				arguments, _, _ = strings.Cut(arguments, "\n")
				text = strings.ReplaceAll(text, "${vars."+name+"}", arguments)
			}
			lines = strings.Split(text, "\n")
		}
		for _, line := range lines {
			before := regexp.MustCompile(`(build|\.)/pai-notify `).FindStringIndex(line)
			if before == nil || strings.HasPrefix(line, "#") || strings.Contains(line, "install ") {
				continue
			}
			call := line[before[1]:]
			if call == "--version" { // it ends the program
				continue
			}
			typed++
			call = regexp.MustCompile(`( [<>|]|\)).*| --from secrets.env`).ReplaceAllString(call, "") // the reader's file
			_, err := parser.Parse(strings.Fields(call))
			assert.NoError(t, err, "%s: %s", name, line)
		}
		for _, m := range regexp.MustCompile("`(?:build/)?pai-notify ([a-z]+)[^`]*`").FindAllStringSubmatch(text, -1) {
			assert.True(t, commands[m[1]], "%s: %s", name, m[0])
		}
	}
	assert.Greater(t, typed, 20, "the commands are found")
}

func TestDocumentsNameFilesAndSettingsThatExist(t *testing.T) {
	makefile, serverless, template := read(t, "Makefile"), read(t, "s.yaml"), read(t, "template.yaml")
	for _, name := range documents {
		text := read(t, name)
		for _, m := range regexp.MustCompile(`\]\(([^)#:]+)?(#[a-z0-9-]+)?\)`).FindAllStringSubmatch(text, -1) {
			file := name
			if m[1] != "" {
				file = filepath.Join(filepath.Dir(name), m[1])
			}
			if assert.FileExists(t, root+file, "%s: %s", name, m[0]) && m[2] != "" {
				assert.Contains(t, anchors(read(t, file)), m[2], "%s: %s", name, m[0])
			}
		}
		for _, line := range shellLines(text) {
			for _, m := range regexp.MustCompile(`(?:^|[\s"'=(@])(?:\.\./)*((?:docs|events|cmd|functions|shared)/[\w./-]+)`).FindAllStringSubmatch(line, -1) {
				assert.FileExists(t, root+m[1], "%s: %s", name, line)
			}
			if m := regexp.MustCompile(`^make ([a-z]+)`).FindStringSubmatch(line); m != nil {
				assert.Regexp(t, `(?m)^`+m[1]+`:`, makefile, "%s: %s", name, line)
			}
			for _, m := range regexp.MustCompile(`^(?:echo )?((?:FC|PAI_NOTIFY)_[A-Z_]+)=`).FindAllStringSubmatch(line, -1) {
				assert.Contains(t, serverless, "'"+m[1]+"'", "%s: %s", name, line)
			}
			for _, m := range regexp.MustCompile(`OutputKey=='(\w+)'`).FindAllStringSubmatch(line, -1) {
				assert.Regexp(t, `(?s)\nOutputs:.*\n  `+m[1]+`:`, template, "%s: %s", name, line)
			}
		}
	}
	_, parameters, _ := strings.Cut(read(t, "docs/deploy-aws.md"), "| parameter | value |")
	parameters, _, _ = strings.Cut(parameters, "\n\n")
	named := regexp.MustCompile("`([A-Z][A-Za-z]+)`[,|… ]").FindAllStringSubmatch(parameters, -1)
	assert.Greater(t, len(named), 8, "the pattern finds the parameters")
	for _, m := range named {
		assert.Regexp(t, `(?s)\nParameters:.*\n  `+m[1]+`:.*\nConditions:`, template, "deploy-aws.md names the parameter %s", m[1])
	}
}

// A promise of the security page that no test keeps is worth nothing.
func TestTheSecurityPageNamesTestsThatExist(t *testing.T) {
	defined := map[string]bool{}
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != root:
			return filepath.SkipDir
		case strings.HasSuffix(path, "_test.go"):
			text, err := os.ReadFile(path)
			for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllStringSubmatch(string(text), -1) {
				defined[m[1]] = true
			}
			return err
		}
		return nil
	}))
	_, kept, found := strings.Cut(read(t, "docs/security.md"), "## Which tests show it")
	require.True(t, found)
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(kept, -1)
	assert.NotEmpty(t, named)
	for _, m := range named {
		assert.True(t, defined[m[1]], m[1])
	}
}

func TestTheDocumentOfTheReadmeMatchesItsSample(t *testing.T) {
	document := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(read(t, "README.md"))
	require.NotNil(t, document)
	file := filepath.Join(t.TempDir(), "workspace.yaml")
	require.NoError(t, os.WriteFile(file, []byte(document[1]), 0o600))
	r := command(t, nil, "", "match", "-w", file, "events/dlc-job-failed.json")
	assert.Equal(t, 0, r.code, r.out+r.err)
}

// Pages copy the document to the top of the tree.
func TestTheCopiedDocumentFindsItsSchema(t *testing.T) {
	first, _, _ := strings.Cut(read(t, "docs/workspace.yaml"), "\n")
	_, schema, found := strings.Cut(first, "# yaml-language-server: $schema=")
	require.True(t, found, first)
	assert.FileExists(t, root+schema)
}

func TestPatternsToPasteTakeEveryEvent(t *testing.T) {
	patterns := regexp.MustCompile("(?s)```json\n(.*?)\n```").FindAllStringSubmatch(read(t, "docs/deploy-by-hand.md"), -1)
	require.Len(t, patterns, 2)
	alibaba, err := rule.Compile(rule.Alibaba, []byte(patterns[0][1]))
	require.NoError(t, err)
	aws, err := rule.Compile(rule.AWS, []byte(patterns[1][1]))
	require.NoError(t, err)
	samples, err := events.Files.ReadDir(".")
	require.NoError(t, err)
	for _, sample := range samples {
		if filepath.Ext(sample.Name()) != ".json" {
			continue
		}
		event := []byte(read(t, "events/"+sample.Name()))
		matched, err := alibaba.Match(event)
		assert.True(t, matched && err == nil, "%s on Alibaba Cloud: %v", sample.Name(), err)
	}
	matched, err := aws.Match([]byte(read(t, "events/aws/dlc-job-failed.eventbridge.json")))
	assert.True(t, matched && err == nil, "on AWS: %v", err)
}

func read(t *testing.T, name string) string {
	text, err := os.ReadFile(root + name)
	require.NoError(t, err)
	return string(text)
}

// shellLines are the lines of a document that are typed into a shell, without
// comments.
func shellLines(text string) []string {
	var lines []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// anchors are what links to the headings of a document end with.
func anchors(text string) []string {
	var list []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		slug := strings.ReplaceAll(strings.ToLower(m[1]), " ", "-")
		list = append(list, "#"+regexp.MustCompile(`[^a-z0-9-]`).ReplaceAllString(slug, ""))
	}
	return list
}
