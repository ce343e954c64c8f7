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
	do       func(ctx context.Context, v values) (any, error)
}

// table holds every action with the permission it needs. Targets are written
// under the name of a permission that is not the action's, also where they come
// with a new rule: who may not write targets gets none that way. Which one
// TestEventPattern needs is not published, and it shows nothing of an account:
// it needs none here.
func (h *Handler) table() map[string]action {
	return map[string]action{
		"CreateEventBus": {permission: "CreateEventBus", resource: ofBus, do: h.createEventBus},
		"GetEventBus":    {permission: "GetEventBus", resource: ofBus, do: h.getEventBus},
		"ListEventBuses": {permission: "ListEventBuses", resource: ofBuses, do: h.listEventBuses},
		"UpdateEventBus": {permission: "UpdateEventBus", resource: ofBus, do: h.updateEventBus},
		"DeleteEventBus": {permission: "DeleteEventBus", resource: ofBus, do: h.deleteEventBus},

		"CreateRule":  {permission: "CreateRule", also: ofTargets, resource: ofRule, do: h.createRule},
		"GetRule":     {permission: "GetRule", resource: ofRule, do: h.getRule},
		"UpdateRule":  {permission: "UpdateRule", resource: ofRule, do: h.updateRule},
		"EnableRule":  {permission: "EnableRule", resource: ofRule, do: h.enableRule},
		"DisableRule": {permission: "DisableRule", resource: ofRule, do: h.disableRule},
		"DeleteRule":  {permission: "DeleteRule", resource: ofRule, do: h.deleteRule},
		"ListRules":   {permission: "ListRules", resource: ofBus, do: h.listRules},

		"PutTargets":    {permission: "UpdateTargets", resource: ofRule, do: h.putTargets},
		"DeleteTargets": {permission: "DeleteTargets", resource: ofRule, do: h.deleteTargets},
		"ListTargets":   {permission: "ListTargets", resource: ofRule, do: h.listTargets},

		"QueryTracedEvents": {permission: "QueryTracedEvents", resource: ofBus, do: h.queryTracedEvents},
		"QueryEvent":        {permission: "QueryEvent", resource: ofBus, do: h.queryEvent},
		"QueryEventTraces":  {permission: "QueryEventTraces", resource: ofBus, do: h.queryEventTraces},

		"TestEventPattern": {do: testEventPattern},
	}
}

func ofTargets(v values) string {
	if v.Has("EventTargets") {
		return "UpdateTargets"
	}
	return ""
}

// The resources of permissions (RAM authorisation of EventBridge): a bus, a rule
// on it, or all buses.

func ofBus(v values) string { return "eventbus/" + v.Get("EventBusName") }

func ofRule(v values) string {
	return "eventbus/" + v.Get("EventBusName") + "/rule/" + v.Get("RuleName")
}

func ofBuses(values) string { return "eventbus/*" }

// arn names a resource in full.
func (h *Handler) arn(resource string) string {
	return "acs:eventbridge:" + h.account.RegionID() + ":" + h.account.Number() + ":" + resource
}
