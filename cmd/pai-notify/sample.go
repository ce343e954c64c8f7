package main

import (
	_ "embed"
	"os"
	"strings"

	"github.com/pai-notify/pai-notify/shared/webhook"
)

//go:embed demo/workspace.yaml
var demoWorkspace []byte

// inboxHost stands in documents for the inbox, wherever it listens.
const inboxHost = "inbox.local"

// allow adds receivers to those that may be reached.
func allow(receivers ...string) error {
	if others := os.Getenv(webhook.AllowVariable); others != "" {
		receivers = append(receivers, others)
	}
	return os.Setenv(webhook.AllowVariable, strings.Join(receivers, ","))
}
