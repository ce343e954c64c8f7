package match

import (
	"bufio"
	"encoding/json"
	"fmt"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/rule"
)

// Pattern is the command pattern.
type Pattern struct {
	Dialect rule.Dialect `required:"" help:"Pattern language: aliyun or aws." placeholder:"aliyun|aws"`
	Explain bool         `help:"Add each condition with the value found and whether it holds."`
}

// A line holds a pattern and an event; both clouds carry events of 256 KB, and
// escapes make them longer.
const maxLine = 8 << 20

type patternCase struct {
	ID      string  `json:"id"`
	Pattern *string `json:"pattern"`
	Event   *string `json:"event"`
}

type patternVerdict struct {
	ID         string          `json:"id"`
	Valid      bool            `json:"valid"`
	Match      bool            `json:"match"`
	Error      string          `json:"error"`
	Conditions []conditionSeen `json:"conditions,omitempty"`
}

type conditionSeen struct {
	Path  string `json:"path"`
	Want  string `json:"want"`
	Seen  string `json:"seen"`
	Holds bool   `json:"holds"`
}

// Run answers each line {"id", "pattern", "event"} of standard input, pattern and
// event as JSON text, with one line {"id", "valid", "match", "error"}. It answers
// unreadable lines too, and then fails at the end.
func (c *Pattern) Run(s terminal.Streams) error {
	lines := bufio.NewScanner(s.In)
	lines.Buffer(nil, maxLine)
	out := bufio.NewWriter(s.Out)
	answers := json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	number, unread := 0, 0
	for lines.Scan() {
		number++
		if len(lines.Bytes()) == 0 {
			continue
		}
		verdict, ok := c.judge(lines.Bytes(), number)
		if !ok {
			unread++
		}
		if err := answers.Encode(verdict); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", number+1, err)
	}
	if unread > 0 {
		return fmt.Errorf("%d of %d lines could not be read: give {\"id\", \"pattern\", \"event\"}, pattern and event as JSON text", unread, number)
	}
	return nil
}

func (c *Pattern) judge(line []byte, number int) (verdict patternVerdict, ok bool) {
	var in patternCase
	err := json.Unmarshal(line, &in)
	verdict.ID = in.ID
	switch {
	case err != nil:
		verdict.Error = fmt.Sprintf("line %d: %s", number, err)
		return verdict, false
	case in.Pattern == nil || in.Event == nil:
		verdict.Error = fmt.Sprintf(`line %d: "pattern" or "event" is missing`, number)
		return verdict, false
	}
	p, err := rule.Compile(c.Dialect, []byte(*in.Pattern))
	if err != nil {
		verdict.Error = err.Error()
		return verdict, true
	}
	verdict.Valid = true
	if verdict.Match, err = p.Match([]byte(*in.Event)); err != nil {
		verdict.Error = err.Error()
		return verdict, true
	}
	if c.Explain {
		conditions, err := p.Explain([]byte(*in.Event))
		if err != nil {
			verdict.Error = err.Error()
		}
		for _, condition := range conditions {
			verdict.Conditions = append(verdict.Conditions, conditionSeen(condition))
		}
	}
	return verdict, true
}
