package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// completing is the first argument when a script asks what may come next.
const completing = "__complete"

// scripts have each shell ask this program for the words that may come next.
// Where it knows none, such as for a file, the shell completes by itself.
var scripts = map[string]string{
	"bash": `_pai_notify() {
  local IFS=$'\n'
  COMPREPLY=($("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _pai_notify pai-notify
`,
	"zsh": `#compdef pai-notify
_pai_notify() {
  local -a found
  found=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -- $found; else _files; fi
}
compdef _pai_notify pai-notify
`,
	"fish": `complete -c pai-notify -a '(set -l words (commandline -opc); $words[1] __complete $words[2..] (commandline -ct) 2>/dev/null)'
`,
}

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"Shell: bash, zsh or fish."`
}

// Run prints the script of a shell.
func (c *completionCommand) Run(s streams) error {
	_, err := fmt.Fprint(s.out, scripts[c.Shell])
	return err
}

// completions are the words that the last word of a line may become: commands,
// flags, or the values of a flag that has a list of them. Bash has "--bus=aws" as
// three words.
func completions(node *kong.Node, line []string) (words []string) {
	if len(line) == 0 {
		return nil
	}
	var pending *kong.Flag // whose value comes next
	for _, word := range line[:len(line)-1] {
		flag := flagOf(node, word)
		switch {
		case pending != nil && word == "=":
		case pending != nil:
			pending = nil
		case flag != nil && !flag.IsBool() && !strings.Contains(word, "="):
			pending = flag
		case !strings.HasPrefix(word, "-"):
			if i := slices.IndexFunc(node.Children, func(c *kong.Node) bool { return c.Name == word }); i >= 0 {
				node = node.Children[i]
			}
		}
	}
	last := line[len(line)-1]
	switch {
	case pending != nil:
		words, last = strings.Split(pending.Enum, ","), strings.TrimPrefix(last, "=")
	case strings.HasPrefix(last, "-"):
		for _, flag := range flagsOf(node) {
			words = append(words, "--"+flag.Name)
		}
	default:
		for _, child := range node.Children {
			words = append(words, child.Name)
		}
		for _, argument := range node.Positional {
			words = append(words, strings.Split(argument.Enum, ",")...)
		}
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" || !strings.HasPrefix(w, last) })
	slices.Sort(words)
	return words
}

// flagOf is the flag that a word names; nil for none.
func flagOf(node *kong.Node, word string) *kong.Flag {
	name, _, _ := strings.Cut(word, "=")
	for _, flag := range flagsOf(node) {
		if name == "--"+flag.Name || flag.Short != 0 && name == "-"+string(flag.Short) {
			return flag
		}
	}
	return nil
}

func flagsOf(node *kong.Node) []*kong.Flag { return slices.Concat(node.AllFlags(true)...) }
