// Command bootstrap is the function that delivers to wecom targets.
package main

import (
	"github.com/pai-notify/pai-notify/functions/wecom"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/function"
	"github.com/pai-notify/pai-notify/shared/ledger/linked"
	"github.com/pai-notify/pai-notify/shared/secretstore"
)

func main() { function.Start(deliver.Handler(wecom.Spec, secretstore.Here(), linked.Here)) }
