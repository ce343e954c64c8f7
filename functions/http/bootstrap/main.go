// Command bootstrap is the function that delivers to http targets.
package main

import (
	"github.com/pai-notify/pai-notify/functions/http"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/function"
)

func main() { function.Start(deliver.Handler(http.Spec, nil)) }
