package rule

import (
	"fmt"
	"strings"
)

// String says what was seen and, where it was not enough, what was wanted.
func (c Condition) String() string {
	if c.Holds {
		return fmt.Sprintf("%s is %s", c.Path, c.Seen)
	}
	return fmt.Sprintf("%s is %s, wanted %s", c.Path, c.Seen, c.Want)
}

// Refusal says why an event satisfies none of the patterns: the first condition
// that failed, attributes before data, in the pattern in which most conditions
// hold. It is "" when the event satisfies one of them. The errors are those of
// Match.
func Refusal(event []byte, patterns ...*Pattern) (string, error) {
	why, most := "there is no pattern to match", -1
	for _, p := range patterns {
		conditions, err := p.Explain(event)
		if err != nil {
			return "", err
		}
		var first *Condition
		held := 0
		for i, c := range conditions {
			switch {
			case c.Holds:
				held++
			case first == nil, inData(*first) && !inData(c):
				first = &conditions[i]
			}
		}
		if first == nil {
			return "", nil
		}
		if held > most {
			why, most = first.String(), held
		}
	}
	return why, nil
}

// inData tells whether a condition is about the data of a CloudEvent, which on
// AWS is the detail of an envelope.
func inData(c Condition) bool {
	path := strings.TrimPrefix(c.Path, "detail.")
	return path == "data" || strings.HasPrefix(path, "data.")
}
