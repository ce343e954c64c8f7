// Command bootstrap is the function that delivers to email targets.
package main

import (
	"github.com/pai-notify/pai-notify/functions/email"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/function"
)

func main() { function.Start(deliver.Handler(email.Spec, nil)) }
