package account

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapi"
)

// metricsVersion is the API of CloudMonitor 1.0, whose actions, parameters and
// answers are documented.
const metricsVersion = "2019-01-01"

// MetricRule is an alert rule of CloudMonitor: it alarms when a metric of one of the
// resources is above a threshold in one period.
type MetricRule struct {
	// ID is unique in the account; it is the rule's name, too.
	ID string
	// Namespace and Metric name what is measured, Resources by what dimensions, and
	// Statistic how a period's values are put together.
	Namespace, Metric, Statistic string
	Resources                    []map[string]string
	Threshold                    int
	// ContactGroup is who is told.
	ContactGroup string
}

// Same tells whether a rule that CloudMonitor has is this one. It may have resources
// with further dimensions.
func (r MetricRule) Same(have MetricRule) bool {
	return r.ID == have.ID && r.Namespace == have.Namespace && r.Metric == have.Metric && r.Statistic == have.Statistic && r.Threshold == have.Threshold && r.ContactGroup == have.ContactGroup &&
		len(r.Resources) == len(have.Resources) && !slices.ContainsFunc(r.Resources, func(want map[string]string) bool {
		return !slices.ContainsFunc(have.Resources, func(has map[string]string) bool {
			both := maps.Clone(has)
			maps.Copy(both, want)
			return maps.Equal(both, has)
		})
	})
}

// MetricRules returns those of some alert rules of CloudMonitor that are there.
func (c *Client) MetricRules(ctx context.Context, ids []string) ([]MetricRule, error) {
	var body struct {
		said
		Alarms struct {
			Alarm []struct {
				RuleID        string `json:"RuleId"`
				Namespace     string
				MetricName    string
				ContactGroups string
				Resources     string
				Escalations   struct {
					Critical struct{ Statistics, Threshold string }
				}
			}
		}
	}
	list := strings.Join(ids, ",")
	if err := c.metric(ctx, "DescribeMetricRuleList", list, map[string]*string{"RuleIds": &list, "Page": new("1"), "PageSize": new("100")}, &body, &body.said); err != nil {
		return nil, err
	}
	var found []MetricRule
	for _, a := range body.Alarms.Alarm {
		if !slices.Contains(ids, a.RuleID) {
			continue
		}
		r := MetricRule{ID: a.RuleID, Namespace: a.Namespace, Metric: a.MetricName, Statistic: a.Escalations.Critical.Statistics, ContactGroup: a.ContactGroups}
		// What cannot be read differs from what is wanted, and is written anew.
		_ = json.Unmarshal([]byte(a.Resources), &r.Resources)
		r.Threshold, _ = strconv.Atoi(a.Escalations.Critical.Threshold)
		found = append(found, r)
	}
	return found, nil
}

// PutMetricRule makes an alert rule of CloudMonitor, or changes the one that has its
// id.
func (c *Client) PutMetricRule(ctx context.Context, r MetricRule) error {
	resources, err := json.Marshal(r.Resources)
	if err != nil {
		return err
	}
	var body said
	return c.metric(ctx, "PutResourceMetricRule", r.ID, map[string]*string{
		"RuleId": &r.ID, "RuleName": &r.ID, "Namespace": &r.Namespace, "MetricName": &r.Metric, "Resources": new(string(resources)), "ContactGroups": &r.ContactGroup,
		"Escalations.Critical.Statistics": &r.Statistic, "Escalations.Critical.ComparisonOperator": new("GreaterThanThreshold"),
		"Escalations.Critical.Threshold": new(strconv.Itoa(r.Threshold)), "Escalations.Critical.Times": new("1"),
	}, &body, &body)
}

// said is how CloudMonitor says whether a call succeeded: with the status of a
// success it may refuse.
type said struct {
	Success *bool
	Code    json.RawMessage // a text or a number
	Message string
}

func (c *Client) metric(ctx context.Context, action, resource string, query map[string]*string, into any, s *said) error {
	call := openapi.Call{Action: "cms:" + action, Resource: resource, Endpoint: c.metrics}
	answer, err := c.api.RPC(ctx, call, action, metricsVersion, query)
	switch {
	case err != nil:
		return err
	case json.Unmarshal(answer.Body, into) != nil || s.Success == nil:
		return answer.Unreadable()
	case !*s.Success:
		refused := answer.Refused(strings.Trim(string(s.Code), `"`), s.Message)
		if refused.Kind == bus.Other {
			refused.Kind = bus.Invalid
		}
		return refused
	}
	return nil
}
