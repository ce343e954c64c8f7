package targettest

import (
	"fmt"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// HardMessages returns variants of m, by what is hard about them, that people
// have to be able to read on every platform: each of them has the name of a rule.
func HardMessages(m message.Message) map[string]message.Message {
	m.Rule, m.About = "job-needs-help", "Somebody has to look at these."
	fields := func(more ...message.Field) []message.Field { return append(more, m.Fields...) }
	all := map[string]message.Message{"nothing": m}

	long := m
	long.Name = strings.Repeat("qwen3-moe-预训练-", 30)[:400]
	long.Name = strings.ToValidUTF8(long.Name, "")
	long.Title = long.What + ": " + long.Name
	long.Rule, long.About = strings.Repeat("a-rule-规则-", 40), strings.Repeat("What it is for. ", 40)
	all["names of 400 characters"] = long

	workers := m
	var names []string
	for i := range 64 {
		names = append(names, fmt.Sprintf("dlc1x9qk7e2w5mzt-worker-%d", i))
	}
	workers.Fields = fields(message.Field{Key: "failed_workers", Label: "Failed workers", Value: strings.Join(names, ", ")})
	all["64 failed workers"] = workers

	right := m
	right.Title = m.What + ": \u202eمهمة التدريب\u202c שלום"
	right.Fields = fields(message.Field{Key: "reason", Label: "Reason", Value: "فشل \u2067العامل\u2069 12"})
	all["texts from right to left"] = right

	marked := m
	marked.Rule = "**a** [b](https://evil.example) <@all>"
	marked.About = "# Call [us](https://evil.example/login) <at id=all></at> `now` &lt;@all&gt; *or* ~never~"
	all["a rule described in markdown"] = marked

	all["20 events"] = Twenty(m)
	return all
}

// Twenty is the message of twenty events that came together, as long as such a
// message gets, each with a link of its own. The five most urgent come first.
func Twenty(m message.Message) message.Message {
	m.Type, m.Next, m.Link, m.LinkText, m.Fields = "digest", "", "", "", nil
	m.Time = time.Time{}
	for i := range 20 {
		severity := event.Critical
		if i >= 5 {
			severity = event.Info
		}
		m.Fields = append(m.Fields, message.Field{
			Key:   "event",
			Label: string(severity),
			Value: fmt.Sprintf("DLC job failed: qwen3-moe-pretrain-%d · Worker dlc1x9qk7e2w5mzt-worker-12 exited with code 1: NCCL communicator was aborted on rank %d. · 2026-11-20 03:12:45 +08:00", i, i),
			Link:  fmt.Sprintf("https://pai.console.aliyun.com/?regionId=cn-wulanchabu&workspaceId=86995#/job/detail?jobId=dlc%012d", i),
		})
	}
	return m
}
