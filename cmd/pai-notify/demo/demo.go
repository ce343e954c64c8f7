// Package demo is the workspace document that the program uses when you name none.
package demo

import (
	_ "embed"
	"os"
	"strings"

	"github.com/pai-notify/pai-notify/shared/webhook"
)

// Workspace is the document.
//
//go:embed workspace.yaml
var Workspace []byte

// InboxHost stands in documents for the inbox, wherever it listens.
const InboxHost = "inbox.local"

// Allow adds receivers to those that may be reached.
func Allow(receivers ...string) error {
	if others := os.Getenv(webhook.AllowVariable); others != "" {
		receivers = append(receivers, others)
	}
	return os.Setenv(webhook.AllowVariable, strings.Join(receivers, ","))
}
