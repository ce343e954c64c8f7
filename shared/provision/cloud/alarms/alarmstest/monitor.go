package alarmstest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// rule is an alert rule of CloudMonitor.
type rule struct {
	id, namespace, metric, contacts string
	statistic, threshold            string
	resources                       []map[string]string
}

// monitors tells whether a call is one of CloudMonitor 1.0.
func monitors(r *http.Request) bool {
	return cmp.Or(r.Header.Get("X-Acs-Version"), r.URL.Query().Get("Version")) == "2019-01-01"
}

// statistics are those of a metric, and dimensions those that its resources may have.
var metrics = map[string]struct{ statistics, dimensions string }{
	"acs_fc/FunctionDestinationErrors": {"Value", "userId region serviceName functionName"},
	"acs_mns_new/ActiveMessages":       {"Maximum Minimum Average", "userId region queue"},
}

// read returns the rule of a call, and what the service would refuse of it.
func read(q url.Values) (r rule, flaw string) {
	for _, name := range []string{"RuleId", "RuleName", "Namespace", "MetricName", "Resources", "ContactGroups"} {
		if q.Get(name) == "" {
			return r, name
		}
	}
	const critical = "Escalations.Critical."
	r = rule{
		id: q.Get("RuleId"), namespace: q.Get("Namespace"), metric: q.Get("MetricName"), contacts: q.Get("ContactGroups"),
		statistic: q.Get(critical + "Statistics"), threshold: q.Get(critical + "Threshold"),
	}
	_, err := strconv.ParseFloat(r.threshold, 64)
	if q.Get(critical+"ComparisonOperator") != "GreaterThanThreshold" || q.Get(critical+"Times") == "" || err != nil {
		return r, "Escalations"
	}
	known, ok := metrics[r.namespace+"/"+r.metric]
	if !ok || !strings.Contains(known.statistics, cmp.Or(r.statistic, "none")) {
		return r, "MetricName or Statistics"
	}
	if json.Unmarshal([]byte(q.Get("Resources")), &r.resources) != nil || len(r.resources) == 0 || len(r.resources) > 100 {
		return r, "Resources"
	}
	for _, resource := range r.resources {
		for dimension := range resource {
			if !strings.Contains(known.dimensions, dimension) {
				return r, "Resources"
			}
		}
	}
	return r, ""
}

// alarms tells whether a rule alarms for a value.
func (r rule) alarms(v Value) bool {
	threshold, _ := strconv.ParseFloat(r.threshold, 64) // it was read before
	if r.namespace != v.Namespace || r.metric != v.Metric || v.Value <= threshold {
		return false
	}
	for _, resource := range r.resources {
		meant := true
		for dimension, value := range resource {
			meant = meant && v.Dimensions[dimension] == value
		}
		if meant {
			return true
		}
	}
	return false
}

// monitor answers a call of CloudMonitor.
func (p *Peer) monitor(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	action := cmp.Or(r.Header.Get("X-Acs-Action"), q.Get("Action"))
	answer := func(status int, code, text string, more map[string]any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		members := map[string]any{"Success": code == "200", "Code": code, "Message": text, "RequestId": "00000000-0000-0000-0000-000000000000"}
		for name, value := range more {
			members[name] = value
		}
		_ = json.NewEncoder(w).Encode(members) // the client may have gone
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.call("cms:" + action) {
		answer(http.StatusForbidden, "403", "the caller is not authorized to do cms:"+action, nil)
		return
	}
	switch action {
	case "PutResourceMetricRule":
		rule, flaw := read(q)
		if flaw != "" {
			answer(http.StatusOK, "400", "invalid "+flaw, nil) // it says so in the body
			return
		}
		p.rules[rule.id] = rule
		answer(http.StatusOK, "200", "", nil)
	case "DescribeMetricRuleList":
		list := []map[string]any{}
		for id := range strings.SplitSeq(q.Get("RuleIds"), ",") {
			if rule, ok := p.rules[id]; ok {
				list = append(list, rule.described())
			}
		}
		answer(http.StatusOK, "200", "", map[string]any{"Total": len(list), "Alarms": map[string]any{"Alarm": list}})
	case "DeleteMetricRules":
		if _, ok := p.rules[q.Get("Id.1")]; !ok {
			answer(http.StatusOK, "404", "there is no rule "+q.Get("Id.1"), nil)
			return
		}
		delete(p.rules, q.Get("Id.1"))
		answer(http.StatusOK, "200", "", nil)
	default:
		answer(http.StatusNotFound, "InvalidAction.NotFound", "no action "+action+" is served here", nil)
	}
}

// described is a rule as it is listed.
func (r rule) described() map[string]any {
	resources, _ := json.Marshal(r.resources) // texts can always be written
	return map[string]any{
		"RuleId": r.id, "RuleName": r.id, "Namespace": r.namespace, "MetricName": r.metric, "ContactGroups": r.contacts, "Resources": string(resources), "EnableState": true, "AlertState": "OK",
		"Escalations": map[string]any{"Critical": map[string]any{"Statistics": r.statistic, "Threshold": r.threshold, "ComparisonOperator": "GreaterThanThreshold", "Times": "1"}, "Warn": map[string]any{}, "Info": map[string]any{}},
	}
}
