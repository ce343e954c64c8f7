package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
)

func TestMatchJudgesAsTheBusDoes(t *testing.T) {
	doc := document(t, `
workspace: lab
rules:
  - name: mine
    source: dlc
    events: [mine]
    scope: {created_by: ["2014"]}
    targets: [{type: wecom, webhook: env:W}]
catalogue:
  types:
    - {name: dlc.mine, severity: critical, pattern: {source: [acs.paidlc], data: {Pods: {Status: [Failed]}}}}
`)
	const warnsAWS, warnsAliyun = "warning: mine: on AWS this event ", "warning: mine: on Alibaba Cloud and on this machine this event "
	event := func(data string) string {
		return `{"specversion":"1.0","id":"1","source":"acs.paidlc","type":"t","data":` + data + `}`
	}
	for name, c := range map[string]struct {
		event       string
		aliyun, aws bool
		why         string // on AWS
	}{
		"the same on both":                 {event(`{"UserId":"2014","Pods":{"Status":"Failed"}}`), true, true, ""},
		"neither":                          {event(`{"UserId":"2014","Pods":{"Status":"Running"}}`), false, false, `detail.data.Pods.Status is "Running", wanted "Failed"`},
		"a number for a text":              {event(`{"UserId":2014,"Pods":{"Status":"Failed"}}`), true, false, `detail.data.UserId is 2014, wanted`},
		"a list of objects":                {event(`{"UserId":"2014","Pods":[{"Status":"Running"},{"Status":"Failed"}]}`), false, true, ""},
		"an envelope whose detail is data": {`{"version":"0","id":"1","source":"acs.paidlc","detail-type":"t","account":"1","time":"2026-01-01T00:00:00Z","region":"r","resources":[],"detail":{"UserId":"2014","Pods":{"Status":"Failed"}}}`, true, false, "detail.source is missing"},
		"an envelope with the event":       {`{"version":"0","id":"1","source":"x","detail-type":"t","detail":` + event(`{"UserId":"2014","Pods":{"Status":"Failed"}}`) + `}`, true, true, ""},
	} {
		for _, bus := range []string{"", "aliyun", "local", "aws"} {
			t.Run(name+" "+bus, func(t *testing.T) {
				arguments := []string{"match", "-w", doc, "-"}
				if bus != "" {
					arguments = append(arguments, "--bus", bus)
				}
				want, other, warning := c.aliyun, c.aws, warnsAWS
				if bus == "aws" {
					want, other, warning = c.aws, c.aliyun, warnsAliyun
				}
				var out, problems bytes.Buffer
				code := run(t.Context(), arguments, terminal.Streams{In: strings.NewReader(c.event), Out: &out, Err: &problems})
				assert.Equal(t, want, code == exitOK, out.String()+problems.String())
				assert.NotEqual(t, exitTrying, code, problems.String())
				if bus == "aws" {
					assert.Contains(t, out.String(), c.why)
				}
				if want == other {
					assert.NotContains(t, problems.String(), "warning: mine")
					return
				}
				assert.Contains(t, problems.String(), warning)
				assert.Equal(t, !other, strings.Contains(problems.String(), "does not match: "), problems.String())
			})
		}
	}
}

func TestMatchSaysWhetherTheCreatorIsReached(t *testing.T) {
	doc := document(t, `
workspace: lab
contacts: [{name: alice, email: alice@example.com, uid: "2001"}]
rules:
  - name: mine
    source: dlc
    events: [job-failed]
    targets: [{type: email, contacts: [creator], server: "smtp.example.com:465", from: a@example.com, password: "env:P"}]
`)
	for user, want := range map[string]string{
		`"2001"`: "mine → email/email-creator-alice-2001\n",
		`"2009"`: "mine → not the creator: created by 2009, who is no contact with a uid\n",
		`null`:   "mine → not the creator: the event has no data.UserId, so nobody knows its creator\n",
	} {
		var out, problems bytes.Buffer
		e := `{"specversion":"1.0","id":"1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"UserId":` + user + `}}`
		code := run(t.Context(), []string{"match", "-w", doc, "-"}, terminal.Streams{In: strings.NewReader(e), Out: &out, Err: &problems})
		assert.Contains(t, out.String(), want, problems.String())
		assert.Equal(t, user == `"2001"`, code == exitOK)
	}
}
