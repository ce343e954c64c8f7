package policy

import "cmp"

// Actions returns the actions of EventBridge that this project calls, as the
// policies of a cloud name them. Those of Alibaba Cloud are the ones PAI documents.
func Actions(cloud string) []string {
	if cloud == aws {
		return []string{
			"events:CreateEventBus", "events:DescribeEventBus", "events:DeleteEventBus", "events:ListEventBuses",
			"events:PutRule", "events:DescribeRule", "events:EnableRule", "events:DisableRule", "events:DeleteRule", "events:ListRules",
			"events:PutEvents", "events:PutTargets", "events:RemoveTargets", "events:ListTargetsByRule",
		}
	}
	return []string{
		"eventbridge:CreateEventBus", "eventbridge:GetEventBus", "eventbridge:DeleteEventBus", "eventbridge:ListEventBuses",
		"eventbridge:CreateRule", "eventbridge:GetRule", "eventbridge:UpdateRule", "eventbridge:EnableRule", "eventbridge:DisableRule", "eventbridge:DeleteRule", "eventbridge:ListRules",
		"eventbridge:PutEvents", "eventbridge:UpdateTargets", "eventbridge:DeleteTargets", "eventbridge:ListTargets",
	}
}

// learnActions returns the actions that reading what passed a bus takes. They
// are not among those of [Actions], and nothing else needs them. Of Alibaba
// Cloud's, the first is documented; whether the second is asked for too is not.
func learnActions(cloud string) []string {
	if cloud == aws {
		return []string{"logs:FilterLogEvents"}
	}
	return []string{"eventbridge:QueryTracedEvents", "eventbridge:QueryEvent"}
}

// Learn returns the policy for reading what passed a bus, or any bus when
// the options name none. It is indented JSON.
func Learn(cloud string, o Options) string {
	on := cmp.Or(o.Bus, "*")
	if cloud == aws {
		group := cmp.Or(o.LogGroup, "/aws/events/"+on)
		return document{Version: "2012-10-17", Statement: []statement{allow(learnActions(cloud), []string{o.ARNs("logs") + "log-group:" + group + ":*"})}}.String()
	}
	buses := "acs:eventbridge:" + cmp.Or(o.Region, "*") + ":" + cmp.Or(o.Account, "*") + ":eventbus/"
	return document{Version: "1", Statement: []statement{allow(learnActions(cloud), []string{buses + on})}}.String()
}
