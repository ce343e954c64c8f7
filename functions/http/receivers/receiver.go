// This program receives model events and verifies their signature:
//
//	WEBHOOK_SECRET=whsec_… PORT=8080 go run ./functions/http/receivers
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

type receiver struct {
	hook *standardwebhooks.Webhook
	out  io.Writer

	mu   sync.Mutex
	seen map[string]bool // a store that outlives the program, in earnest
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, 1<<20))
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusRequestEntityTooLarge)
		return
	}
	if err := r.hook.Verify(body, req.Header); err != nil { // the time, too
		http.Error(w, "the signature does not hold", http.StatusUnauthorized)
		return
	}
	var event struct {
		Type string `json:"type"`
		Data struct {
			ModelName, VersionName string
		} `json:"data"`
	}
	into := any(&event)
	if kind, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type")); kind != "application/cloudevents+json" {
		// Binary mode: the body is the data. The headers are not signed.
		event.Type, into = req.Header.Get("Ce-Type"), &event.Data
	}
	if err := json.Unmarshal(body, into); err != nil {
		http.Error(w, "the body is not a CloudEvent", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if id := req.Header.Get("webhook-id"); !r.seen[id] { // else sent again: an answer got lost
		name, _ := url.PathUnescape(event.Type)
		fmt.Fprintln(r.out, name, event.Data.ModelName, event.Data.VersionName)
		r.seen[id] = true
	}
	w.WriteHeader(http.StatusNoContent)
}

func main() {
	hook, err := standardwebhooks.NewWebhook(os.Getenv("WEBHOOK_SECRET"))
	if err != nil {
		log.Fatal("WEBHOOK_SECRET: ", err)
	}
	listener, err := net.Listen("tcp", ":"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{Handler: &receiver{hook: hook, out: os.Stdout, seen: map[string]bool{}}, ReadTimeout: 10 * time.Second}
	log.Fatal(server.Serve(listener))
}
