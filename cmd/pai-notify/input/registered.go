package input

import (
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/functions"
)

// AtMostOnce tells whether what a function sends must not be doubled, as the
// register says.
func AtMostOnce(function string) bool {
	spec, ok := functions.Lookup(strings.TrimPrefix(function, FunctionPrefix))
	return ok && spec.AtMostOnce()
}

// FunctionTypes are the target types that there is a function for.
func FunctionTypes() (types []string) {
	for _, spec := range functions.Register() {
		types = append(types, spec.Type)
	}
	return types
}

// FunctionPrefix begins the names of the functions on this machine, as it does
// in the clouds.
const FunctionPrefix = "pai-notify-"

// FunctionTimeout is the deadline of a function on this machine: the timeout that template.yaml
// and s.yaml give the deployed ones.
const FunctionTimeout = 30 * time.Second
