// Command bootstrap is the function that delivers to dingtalk targets.
package main

import (
	"github.com/pai-notify/pai-notify/functions/dingtalk"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/function"
	"github.com/pai-notify/pai-notify/shared/ledger/linked"
	"github.com/pai-notify/pai-notify/shared/secretstore"
)

func main() { function.Start(deliver.Handler(dingtalk.Spec, secretstore.Here(), linked.Here)) }
