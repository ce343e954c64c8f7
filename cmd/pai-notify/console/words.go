package console

import (
	"fmt"

	"github.com/pai-notify/pai-notify/shared/message"
)

// words are what pages say, by key, each in every language.
var words = together(frameWords, homeWords, setupWords, ruleWords, targetWords, historyWords, documentWords)

func together(parts ...map[string]message.Text) map[string]message.Text {
	all := map[string]message.Text{}
	for _, part := range parts {
		for key, text := range part {
			if _, again := all[key]; again {
				panic("console: " + key + " is said twice")
			}
			all[key] = text
		}
	}
	return all
}

// unsaid is what a page shows for a key without words.
var unsaid = func(key string) string { return key }

// say returns what a key says in a language, with arguments put in.
func say(l message.Language, key string, arguments ...any) string {
	text, ok := words[key]
	if !ok {
		return unsaid(key)
	}
	if len(arguments) == 0 {
		return text.In(l)
	}
	return fmt.Sprintf(text.In(l), arguments...)
}
