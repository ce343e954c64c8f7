package http_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// A receiver verifies the signature over the body's bytes as they came, drops
// what it has already seen, and answers 2xx when it has the event safe.
func Example_receiver() {
	secret := "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" // keep it where secrets are kept
	hook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	seen := map[string]bool{} // a store that outlives the program, in earnest

	receive := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
			return
		}
		if err := hook.Verify(body, r.Header); err != nil {
			http.Error(w, "the signature does not hold", http.StatusUnauthorized)
			return
		}
		id := r.Header.Get(standardwebhooks.HeaderWebhookID)
		if seen[id] {
			return // sent again because an earlier answer was lost
		}
		var event struct {
			Type string
			Data struct{ RegisteredModelName, VersionName string }
		}
		if err := json.Unmarshal(body, &event); err != nil {
			http.Error(w, "the body is not a CloudEvent", http.StatusBadRequest)
			return
		}
		seen[id] = true
		fmt.Println(event.Type)
	}

	// What pai-notify sends, twice, and then a forgery.
	body := `{"specversion":"1.0","id":"1","source":"acs.paimodel","type":"approved","data":{}}`
	now := time.Now()
	signature, err := hook.Sign("n1", now, []byte(body))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	for _, signature := range []string{signature, signature, "v1,Zm9yZ2Vk"} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set(standardwebhooks.HeaderWebhookID, "n1")
		r.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
		r.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
		w := httptest.NewRecorder()
		receive(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// approved
	// 200
	// 200
	// 401
}
