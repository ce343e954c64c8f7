package openapi

import (
	"context"
)

// action is one action of the API.
type action struct {
	// permission is the RAM action that a caller needs, without its service;
	// "" for none.
	permission string
	// also returns what a caller needs besides, because of what the call asks for;
	// "" for nothing, which nil means as well.
	also func(v values) string
	// resource names what the permission is needed on.
	resource func(v values) string
	// needs are the parameters without which the action fails, in the order in
	// which a missing one is reported.
	needs []string
	do    func(ctx context.Context, v values) (any, error)
}

// table holds every action with the permission it needs. Targets are written
// under the name of a permission that is not the action's, also where they come
// with a new rule: who may not write targets gets none that way. Which one
// TestEventPattern needs is not published, and it shows nothing of an account:
// it needs none here.
func (h *Handler) table() map[string]action {
	return map[string]action{
		"CreateEventBus": {permission: "CreateEventBus", resource: ofBus, needs: onBus, do: h.createEventBus},
		"GetEventBus":    {permission: "GetEventBus", resource: ofBus, needs: onBus, do: h.getEventBus},
		"ListEventBuses": {permission: "ListEventBuses", resource: ofBuses, do: h.listEventBuses},
		"UpdateEventBus": {permission: "UpdateEventBus", resource: ofBus, needs: onBus, do: h.updateEventBus},
		"DeleteEventBus": {permission: "DeleteEventBus", resource: ofBus, needs: onBus, do: h.deleteEventBus},

		"CreateRule":  {permission: "CreateRule", also: ofTargets, resource: ofRule, needs: onRuleWith("FilterPattern"), do: h.createRule},
		"GetRule":     {permission: "GetRule", resource: ofRule, needs: onRuleWith(), do: h.getRule},
		"UpdateRule":  {permission: "UpdateRule", resource: ofRule, needs: onRuleWith("FilterPattern"), do: h.updateRule},
		"EnableRule":  {permission: "EnableRule", resource: ofRule, needs: onRuleWith(), do: h.setEnabled(true)},
		"DisableRule": {permission: "DisableRule", resource: ofRule, needs: onRuleWith(), do: h.setEnabled(false)},
		"DeleteRule":  {permission: "DeleteRule", resource: ofRule, needs: onRuleWith(), do: h.deleteRule},
		"ListRules":   {permission: "ListRules", resource: ofBus, needs: onBus, do: h.listRules},

		"PutTargets":    {permission: "UpdateTargets", resource: ofRule, needs: onRuleWith("Targets"), do: h.putTargets},
		"DeleteTargets": {permission: "DeleteTargets", resource: ofRule, needs: onRuleWith("TargetIds"), do: h.deleteTargets},
		"ListTargets":   {permission: "ListTargets", resource: ofRule, needs: onRuleWith(), do: h.listTargets},

		"QueryTracedEvents": {permission: "QueryTracedEvents", resource: ofBus, needs: []string{"EventBusName", "StartTime", "EndTime"}, do: h.queryTracedEvents},
		"QueryEvent":        {permission: "QueryEvent", resource: ofBus, needs: []string{"EventBusName", "EventId"}, do: h.queryEvent},
		"QueryEventTraces":  {permission: "QueryEventTraces", resource: ofBus, needs: []string{"EventBusName", "EventId"}, do: h.queryEventTraces},

		"TestEventPattern": {needs: []string{"Event", "EventPattern"}, do: testEventPattern},
	}
}

// onBus is what an action on a bus needs.
var onBus = []string{"EventBusName"}

// onRuleWith is what an action on a rule needs.
func onRuleWith(more ...string) []string {
	return append([]string{"EventBusName", "RuleName"}, more...)
}

func ofTargets(v values) string {
	if v.Has("EventTargets") {
		return "UpdateTargets"
	}
	return ""
}

// The resources of permissions (RAM authorisation of EventBridge): a bus, a rule
// on it, or all buses.

func ofBus(v values) string { return "eventbus/" + v.bus() }

func ofRule(v values) string {
	return "eventbus/" + v.bus() + "/rule/" + v.rule()
}

func ofBuses(values) string { return "eventbus/*" }

// arn names a resource in full.
func (h *Handler) arn(resource string) string {
	return "acs:eventbridge:" + h.account.RegionID() + ":" + h.account.Number() + ":" + resource
}
