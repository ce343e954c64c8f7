package main

import (
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/functions"
)

// atMostOnce tells whether what a function sends must not be doubled, as the
// register says.
func atMostOnce(function string) bool {
	spec, ok := functions.Lookup(strings.TrimPrefix(function, functionPrefix))
	return ok && spec.AtMostOnce()
}

// functionTypes are the target types that there is a function for.
func functionTypes() (types []string) {
	for _, spec := range functions.Register() {
		types = append(types, spec.Type)
	}
	return types
}

// functionPrefix begins the names of the functions on this machine, as it does
// in the clouds.
const functionPrefix = "pai-notify-"

// The deadline of a function on this machine is the timeout that template.yaml
// and s.yaml give the deployed ones.
const functionTimeout = 30 * time.Second
