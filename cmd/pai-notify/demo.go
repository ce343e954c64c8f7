package main

import (
	_ "embed"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

//go:embed demo/workspace.yaml
var demoWorkspace []byte

// The credentials of the inbox. They are worth nothing anywhere else.
const (
	demoToken      = "inbox"
	demoSigningKey = "SECinbox000000000000000000000000000000000000000000000000000000001"
	demoModelName  = "registry"
	demoSecret     = "whsec_aW5ib3gtc3RhbmQtaW4tc2VjcmV0LTAwMDAwMDAwMDAx"
)

// demo is the inbox with its server: what receives the messages when no real
// receiver is configured.
type demo struct {
	inbox  *inbox.Inbox
	mux    *http.ServeMux
	server *http.Server
	url    string
	// real tells that the user's own DingTalk robot is used.
	real bool
}

// startDemo serves an inbox on address and sets, for this process and those it
// starts, the environment variables that the demo workspace refers to, where
// the user has not set them.
func startDemo(address string) (*demo, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w: choose another address with --listen", address, err)
	}
	d := &demo{
		inbox: inbox.New(inbox.Options{}),
		mux:   http.NewServeMux(),
		url:   "http://" + listener.Addr().String(),
		real:  os.Getenv("DINGTALK_WEBHOOK") != "",
	}
	if _, err := d.inbox.AddHTTP(demoModelName, demoSecret); err != nil {
		return nil, err
	}
	if !d.real {
		d.inbox.AddDingtalk(demoToken, demoSigningKey)
	}
	for name, value := range map[string]string{
		"DINGTALK_WEBHOOK":     d.url + "/robot/send?access_token=" + demoToken,
		"DINGTALK_SIGNING_KEY": demoSigningKey,
		"MODEL_WEBHOOK_URL":    d.url + "/receive/" + demoModelName,
		"MODEL_WEBHOOK_SECRET": demoSecret,
	} {
		if d.real && strings.HasPrefix(name, "DINGTALK_") {
			continue
		}
		if os.Getenv(name) == "" {
			if err := os.Setenv(name, value); err != nil {
				return nil, err
			}
		}
	}
	allowed := listener.Addr().String()
	if others := os.Getenv(webhook.AllowVariable); others != "" {
		allowed = others + "," + allowed
	}
	if err := os.Setenv(webhook.AllowVariable, allowed); err != nil {
		return nil, err
	}
	d.mux.Handle("/", d.inbox)
	d.server = &http.Server{Handler: http.NewCrossOriginProtection().Handler(d.mux), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = d.server.Serve(listener) }()
	return d, nil
}

func (d *demo) close() { _ = d.server.Close() }

// receiver is one of the inbox's receivers.
type receiver struct{ platform, name string }

// receivers lists those that stand in for real ones.
func (d *demo) receivers() []receiver {
	if d.real {
		return []receiver{{"http", demoModelName}}
	}
	return []receiver{{"dingtalk", demoToken}, {"http", demoModelName}}
}
