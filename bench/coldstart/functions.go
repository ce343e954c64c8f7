package main

import (
	"fmt"
	"os"
	"strings"
)

// measured is one function with the event it is started for.
type measured struct {
	name  string
	event string // "" for a function that serves no event
	// parameters are those of its target; {url} and {smtp} stand for the
	// receiver.
	parameters string
	// plain and tls are the most that the median ratios may be; 0 for no limit.
	plain, tls float64
	// secure tells that it can be led to a receiver with TLS.
	secure bool
}

// The limits of the median ratios: a start that takes longer is felt by who
// waits for a message. Functions with two SDKs pay for both.
const (
	mostPlain = 1.5
	mostTLS   = 2.6
	mostSDKs  = 1.9
	// mostLedger is the most of the ratio to the same function without a ledger, and
	// mostLinked that of one which has a ledger linked and does not use it.
	mostLedger = 1.3
	mostLinked = 1.1
)

// eventNumber stands in a payload for what makes each event another one: a ledger
// skips one that was sent.
const eventNumber = "{number}"

// functionsMeasured lists the functions with the limits they are held to. Nobody
// waits for provision at a cold start, which calls clouds for seconds.
func functionsMeasured() []measured {
	const (
		job   = "events/dlc-job-failed.json"
		model = "events/model-version-approved.json"
		keys  = `"access_key_id":"id","access_key_secret":"key","endpoint":"{url}","contact":{"name":"a","phone":"+8613800138000"}`
	)
	return []measured{
		{"dingtalk", job, `{"webhook":"{url}/robot/send?access_token=bench","signing_key":"SECbench"}`, mostPlain, mostTLS, true},
		{"email", job, `{"server":"{smtp}","from":"alerts@example.com","contact":{"name":"a","email":"a@example.com"}}`, mostPlain, mostTLS, true},
		{"http", model, `{"url":"{url}/receive/bench","secret":"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}`, mostPlain, mostTLS, true},
		{"lark", job, `{"webhook":"{url}/open-apis/bot/v2/hook/bench","signing_key":"bench"}`, mostPlain, mostTLS, true},
		{"provision", "", `{"url":"{url}"}`, 0, 0, false},
		{"sms", job, `{"sign_name":"PAI","template_code":"SMS_1",` + keys + `}`, mostSDKs, 0, false},
		{"voice", job, `{"tts_code":"TTS_1",` + keys + `}`, mostSDKs, 0, false},
		{"wecom", job, `{"webhook":"{url}/cgi-bin/webhook/send?key=bench"}`, mostPlain, mostTLS, true},
	}
}

// payload is what the function is invoked with to send to r.
func (m measured) payload(r receiver) string {
	if m.event == "" {
		// A plan for a bus that is not there: one call of the cloud's API.
		return `{"action":"plan","workspace":{"workspace":"bench","rules":[{"name":"bench","source":"dlc","events":["job-failed"],"targets":[{"type":"dingtalk","webhook":"env:BENCH"}]}]}}`
	}
	text, err := os.ReadFile(m.event)
	if err != nil {
		panic(fmt.Sprintf("run from the top folder of the repository: %v", err))
	}
	parameters := strings.NewReplacer("{url}", r.url, "{smtp}", r.smtp).Replace(m.parameters)
	return `{"rule":"bench","target":{"type":"` + m.name + `","name":"bench","parameters":` + parameters + `},"event":` + strings.Replace(string(text), `"id": "`, `"id": "`+eventNumber, 1) + `}`
}
