package alarms

import "github.com/pai-notify/pai-notify/shared/bus/aliyun/account"

// How lines of the log are found. In a search, words in quotation marks are looked
// for each by itself, so that "overdue":0 would be found where something else is 0;
// a phrase, which # begins, is not (Simple Log Service, Phrase search). A phrase goes
// with no other, so that each has an alarm of its own.
//
// Not documented: that a quotation mark in a phrase is written as in a string.
const (
	phraseDead       = `#"notification given up"`
	phraseUnknown    = `#"\"class\":\"unknown\""`
	phraseUnguarded  = `#"\"unguarded\":true"`
	phraseUnrecorded = `#"notification sent but not recorded"`
	// redeliver writes it each minute, and no other line has it.
	phrasePunctual = `#"\"overdue\":0"`
)

// inLog are the alarms about lines of the log.
func (a *onAliyun) inLog(project, store string, withLedger bool) []account.LogAlert {
	const page = "; see docs/deploy-aliyun.md."
	list := []account.LogAlert{
		{Name: "dead", Query: phraseDead, Text: "A notification is dead: nobody will try to send it again. Ask pai-notify dead list which" + page},
		{Name: "unknown", Query: phraseUnknown, Text: "The outcome of an SMS or a call is unknown, and it is not repeated. Ask pai-notify history which" + page},
	}
	if withLedger {
		list = append(list,
			account.LogAlert{Name: "unguarded", Query: phraseUnguarded, Text: "The ledger did not answer, so a message may arrive twice. Run pai-notify status" + page},
			account.LogAlert{Name: "unrecorded", Query: phraseUnrecorded, Text: "A message was sent that the ledger does not know of, so it may arrive twice. Run pai-notify status" + page},
			account.LogAlert{Name: "overdue", Query: phrasePunctual, Absent: true, Text: "Notifications wait that should have been sent, or redeliver does not run. Run pai-notify status" + page},
		)
	}
	for i := range list {
		list[i].Name = a.prefix + list[i].Name
		list[i].Title, list[i].Project, list[i].Store, list[i].Policy = list[i].Name, project, store, a.to
	}
	return list
}

// Metrics of CloudMonitor. Those of Function Compute are documented with their
// dimensions, and the namespace of queues is; not so the statistics of both and the
// metric of queues.
const (
	namespaceFC, namespaceMNS     = "acs_fc", "acs_mns_new"
	metricLost, metricUndelivered = "FunctionDestinationErrors", "ActiveMessages"
	statisticFC, statisticMNS     = "Value", "Maximum"
)

// ofMetrics are the alarms about what is in no log: records that Function Compute
// could put nowhere, and those that nobody could take.
func (a *onAliyun) ofMetrics() []account.MetricRule {
	lost := account.MetricRule{ID: a.prefix + "lost", Namespace: namespaceFC, Metric: metricLost, Statistic: statisticFC, ContactGroup: a.to}
	for _, f := range a.functions {
		lost.Resources = append(lost.Resources, map[string]string{"region": a.region, "functionName": f})
	}
	list := []account.MetricRule{lost}
	if a.queue != "" {
		list = append(list, account.MetricRule{
			ID: a.prefix + "undelivered", Namespace: namespaceMNS, Metric: metricUndelivered, Statistic: statisticMNS, ContactGroup: a.to,
			Resources: []map[string]string{{"region": a.region, "queue": a.queue}},
		})
	}
	return list
}
