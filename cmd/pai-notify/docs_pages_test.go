package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	fence       = regexp.MustCompile("^\\s*```(\\w*)$")
	pageMark    = regexp.MustCompile(`^\s*<!-- pages: (\w*) ?(.*?) *(-->)?$`)
	placeholder = regexp.MustCompile(`<[^<>|&;]*[^<>|&; ]>|<…`)
	typedLine   = regexp.MustCompile(`^\s*(\$ |build/|(aliyun|aws|curl|docker|make|npm|pai-notify|s|sam|sudo|systemctl) \S)`)
)

// make pages runs what stands in blocks of sh and console. Here it is cheap to
// see that nothing else looks as if it were to be typed.
func TestCommandsOfPagesAreRunOrSaidNotToBe(t *testing.T) {
	commands := 0
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "functions/*/README.md", "functions/*/*/README.md"} {
		files, err := filepath.Glob(root + pattern)
		require.NoError(t, err)
		for _, file := range files {
			name := strings.TrimPrefix(file, root)
			text := read(t, name)
			assert.Empty(t, unclear(name, text))
			commands += len(shellLines(text))
		}
	}
	assert.Greater(t, commands, 60, "the commands are found")
}

func TestMarksOfPagesThatNobodyHeedsAreNoticed(t *testing.T) {
	for text, want := range map[string]string{
		"```sh\nls\n```\n":                                                  "",
		"```bash\nls\n```\n":                                                "p:1: a block of commands is one of sh",
		"```\nmake test\n```\n":                                             "p:2: a command in a block that is not run",
		"```sh\naws --account <id>\n```\n":                                  "p:2: a placeholder that a shell takes for a redirection",
		"```sh\ncat <<'END' > file\na <b@c>\nEND\n```\n":                    "",
		"<!-- pages: skip -->\n```sh\nls\n```\n":                            "p:1: skip needs a reason",
		"<!-- pages: skip it asks for a password -->\n```sh\nls\n```\n":     "",
		"<!-- pages: leave out -->\n```sh\nls\n```\n":                       "p:1: nobody knows the mark leave",
		"<!-- pages: skip no reason is given -->\n\nText\n\n```sh\nls\n```": "p:1: no block follows the mark",
		"<!-- pages: run\nls\n-->\n":                                        "",
		"<!-- pages: run -->\n":                                             "p:1: run ends on a line of its own",
		"<!--pages: run\nls\n-->\n":                                         "p:1: a mark is written <!-- pages: … -->",
	} {
		assert.Equal(t, want, strings.Join(unclear("p", text), "\n"), text)
	}
}

// unclear are the places of a page that make pages would not take as they are
// meant.
func unclear(name, text string) []string {
	var found []string
	language, open, marked, heredoc := "", false, 0, ""
	for i, line := range strings.Split(text, "\n") {
		note := func(at int, why string) { found = append(found, fmt.Sprintf("%s:%d: %s", name, at, why)) }
		mark, f := pageMark.FindStringSubmatch(line), fence.FindStringSubmatch(line)
		switch {
		case f != nil:
			if !open && slices.Contains([]string{"bash", "shell", "zsh"}, f[1]) {
				note(i+1, "a block of commands is one of sh")
			}
			language, open, marked, heredoc = f[1], !open, 0, ""
		case open && language == "sh":
			if heredoc == "" && placeholder.MatchString(line) {
				note(i+1, "a placeholder that a shell takes for a redirection")
			}
			if m := regexp.MustCompile(`<<-?'?(\w+)'?`).FindStringSubmatch(line); m != nil {
				heredoc = m[1]
			} else if line == heredoc {
				heredoc = ""
			}
		case open && language == "" && typedLine.MatchString(line) && marked == 0:
			note(i+1, "a command in a block that is not run")
		case open:
		case mark != nil:
			switch word, rest := mark[1], mark[2]; {
			case !slices.Contains([]string{"stage", "run", "skip", "exits", "types", "until", "output"}, word):
				note(i+1, "nobody knows the mark "+word)
			case word == "run":
				if mark[3] != "" {
					note(i+1, "run ends on a line of its own")
				}
			case word == "skip" && len(strings.Fields(rest)) < 3:
				note(i+1, "skip needs a reason")
			case word != "stage":
				marked = i + 1
			}
		case strings.Contains(line, "pages:") && strings.Contains(line, "<!--"):
			note(i+1, "a mark is written <!-- pages: … -->")
		case marked != 0:
			note(marked, "no block follows the mark")
			marked = 0
		}
	}
	return found
}
