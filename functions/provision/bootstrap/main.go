// Command bootstrap is the function that keeps the rules of a workspace on its
// event bus.
package main

import (
	"github.com/pai-notify/pai-notify/functions/provision"
	"github.com/pai-notify/pai-notify/shared/function"
	"github.com/pai-notify/pai-notify/shared/provision/cloud"
)

func main() { function.Start(provision.Handler(cloud.Here)) }
