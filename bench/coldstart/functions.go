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
	// limits of the median ratios, and of the size.
	plain, tls, size float64
}

// functionsMeasured lists the functions with the limits they are held to.
func functionsMeasured() []measured {
	const (
		job   = "events/dlc-job-failed.json"
		model = "events/model-version-approved.json"
		keys  = `"access_key_id":"id","access_key_secret":"key","endpoint":"{url}","contact":{"name":"a","phone":"+8613800138000"}`
	)
	return []measured{
		{"dingtalk", job, `{"webhook":"{url}/robot/send?access_token=bench","signing_key":"SECbench"}`, 1.4, 2.65, 1.6},
		{"email", job, `{"server":"{smtp}","from":"alerts@example.com","contact":{"name":"a","email":"a@example.com"}}`, 1.4, 2.65, 0},
		{"http", model, `{"url":"{url}/receive/bench","secret":"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}`, 1.4, 2.65, 1.6},
		{"lark", job, `{"webhook":"{url}/open-apis/bot/v2/hook/bench","signing_key":"bench"}`, 1.4, 2.65, 0},
		{"provision", "", `{"url":"{url}"}`, 1.6, 0, 0},
		{"sms", job, `{"sign_name":"PAI","template_code":"SMS_1",` + keys + `}`, 1.5, 0, 0},
		{"voice", job, `{"tts_code":"TTS_1",` + keys + `}`, 1.5, 0, 0},
		{"wecom", job, `{"webhook":"{url}/cgi-bin/webhook/send?key=bench"}`, 1.4, 2.65, 0},
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
	return `{"rule":"bench","target":{"type":"` + m.name + `","name":"bench","parameters":` + parameters + `},"event":` + string(text) + `}`
}
