// Command bootstrap is the function that delivers to voice targets.
package main

import (
	"github.com/pai-notify/pai-notify/functions/voice"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/function"
	"github.com/pai-notify/pai-notify/shared/ledger/linked"
	"github.com/pai-notify/pai-notify/shared/secretstore"
)

func main() { function.Start(deliver.Handler(voice.Spec, secretstore.Here(), linked.Here)) }
