package provision

import (
	"cmp"
	"fmt"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// LearnActions returns the actions that reading what passed a bus takes. They
// are not among those of [Actions], and nothing else needs them. Of Alibaba
// Cloud's, the first is documented; whether the second is asked for too is not.
func LearnActions(cloud string) []string {
	if cloud == AWS {
		return []string{"logs:FilterLogEvents"}
	}
	return []string{"eventbridge:QueryTracedEvents", "eventbridge:QueryEvent"}
}

// LearnPolicy returns the policy for reading what passed a bus, or any bus when
// the options name none. It is indented JSON.
func LearnPolicy(cloud string, o PolicyOptions) string {
	on := cmp.Or(o.Bus, "*")
	if cloud == AWS {
		group := cmp.Or(o.LogGroup, "/aws/events/"+on)
		return policy{Version: "2012-10-17", Statement: []statement{allow(LearnActions(cloud), []string{o.arns("logs") + "log-group:" + group + ":*"})}}.String()
	}
	buses := "acs:eventbridge:" + cmp.Or(o.Region, "*") + ":" + cmp.Or(o.Account, "*") + ":eventbus/"
	return policy{Version: "1", Statement: []statement{allow(LearnActions(cloud), []string{buses + on})}}.String()
}

// Unlearned says why what passed a bus could not be read, and what to do; "" when
// the error says so itself. file is the document's, as commands name it, and
// group the log group that was read on AWS; "" for the bus's own.
func Unlearned(err error, c Cloud, file, onBus, group string) string {
	switch {
	case bus.KindOf(err) == bus.Denied:
		return fmt.Sprintf("the caller may not read what passed the bus: pai-notify policy --learn -w %s --bus %s prints the policy for it, which is not part of the one for plan and apply", file, policyOf(c))
	case bus.KindOf(err) == bus.NotFound && c.Name == AWS:
		return "EventBridge remembers no events, and archives can be replayed but not read. " + LogCommands(c, onBus, group)
	case bus.KindOf(err) == bus.NotFound:
		return "the bus is not there: is the region right, and the workspace's name? pai-notify apply makes the bus, and so does PAI when its event notifications are turned on"
	}
	return Remedy(err, c)
}

// Silent says what to look at when nothing passed a bus.
func Silent(c Cloud, onBus, group string) string {
	switch c.Name {
	case AWS:
		return "Nothing is in the log group of the bus. Put an event on the bus (pai-notify publish) and read again; when still nothing is there, no rule writes to the group. " + LogCommands(c, onBus, group)
	case Local:
		return "Nothing was put on the bus of this machine in this time, or it has left the history: pai-notify publish puts events there."
	}
	return "Either nothing was put on the bus, or the service keeps no traces of it. Start a job in the workspace, or put an event there (pai-notify publish), and read again in a minute. When that one is not seen either, look at the bus's page Event Tracking in the EventBridge console, which shows what it keeps."
}

// LogCommands say how a rule writes all events of a bus to a log group
// (CloudWatch Logs and EventBridge, user guides).
func LogCommands(c Cloud, onBus, group string) string {
	group = cmp.Or(group, "/aws/events/"+onBus)
	logs := PolicyOptions{Region: c.Region, Account: c.Account}.arns("logs") + "log-group:" + group
	return fmt.Sprintf(`These commands have a rule write every event to the log group, where CloudWatch Logs bills what it keeps:
    aws logs create-log-group --region %[1]s --log-group-name %[2]s
    aws logs put-resource-policy --region %[1]s --policy-name pai-notify-events --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["events.amazonaws.com","delivery.logs.amazonaws.com"]},"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"%[3]s:*"}]}'
    aws events put-rule --region %[1]s --event-bus-name %[4]s --name pai-notify-learn --event-pattern '{"source":[{"prefix":""}]}'
    aws events put-targets --region %[1]s --event-bus-name %[4]s --rule pai-notify-learn --targets Id=logs,Arn=%[3]s`, c.Region, group, logs, onBus)
}
