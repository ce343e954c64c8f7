package main

import (
	"fmt"
	"os"
)

// functionsMeasured lists the functions with the limits they are held to.
func functionsMeasured() []measured {
	return []measured{
		{
			name: "dingtalk",
			payload: func(receiver string) string {
				return wrap(`{"type":"dingtalk","name":"bench","parameters":{"webhook":"`+receiver+`/robot/send?access_token=bench","signing_key":"SECbench"}}`, "events/dlc-job-failed.json")
			},
			plain: 1.25, tls: 2.5, size: 1.35,
		},
		{
			name: "http",
			payload: func(receiver string) string {
				return wrap(`{"type":"http","name":"bench","parameters":{"url":"`+receiver+`/receive/bench","secret":"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}}`, "events/model-version-approved.json")
			},
			plain: 1.25, tls: 2.5, size: 1.35,
		},
	}
}

func wrap(target, event string) string {
	text, err := os.ReadFile(event)
	if err != nil {
		panic(fmt.Sprintf("run from the top folder of the repository: %v", err))
	}
	return `{"rule":"bench","target":` + target + `,"event":` + string(text) + `}`
}
