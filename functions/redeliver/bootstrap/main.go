// Command bootstrap is the function that sends what waits in the ledger.
package main

import (
	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/functions/redeliver/linked"
	"github.com/pai-notify/pai-notify/shared/function"
	ledger "github.com/pai-notify/pai-notify/shared/ledger/linked"
)

func main() { function.Start(redeliver.Handler(ledger.Here, linked.Here)) }
