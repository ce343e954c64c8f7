package traffic

import (
	"cmp"
	"fmt"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

// unreadable says why what passed a bus could not be read, and what to do; "" when
// the error says so itself. file is the document's, as commands name it, and
// group the log group that was read on AWS; "" for the bus's own.
func unreadable(err error, c provision.Cloud, file, onBus, group string) string {
	switch {
	case bus.KindOf(err) == bus.Denied:
		return fmt.Sprintf("the caller may not read what passed the bus: pai-notify policy --learn -w %s --bus %s prints the policy for it, which is not part of the one for plan and apply", file, cloudOf(c))
	case bus.KindOf(err) == bus.NotFound && c.Name == provision.AWS:
		return "EventBridge remembers no events, and archives can be replayed but not read. " + logCommands(c, onBus, group)
	case bus.KindOf(err) == bus.NotFound:
		return "the bus is not there: is the region right, and the workspace's name? pai-notify apply makes the bus, and so does PAI when its event notifications are turned on"
	}
	return c.Remedy(err)
}

// cloudOf names the cloud as commands do that know no bus of this machine.
func cloudOf(c provision.Cloud) string {
	if c.Name == provision.AWS {
		return provision.AWS
	}
	return provision.Aliyun
}

// quiet says what to look at when nothing passed a bus.
func quiet(c provision.Cloud, onBus, group string) string {
	switch c.Name {
	case provision.AWS:
		return "Nothing is in the log group of the bus. Put an event on the bus (pai-notify publish) and read again; when still nothing is there, no rule writes to the group. " + logCommands(c, onBus, group)
	case provision.Local:
		return "Nothing was put on the bus of this machine in this time, or it has left the history: pai-notify publish puts events there."
	}
	return "Either nothing was put on the bus, or the service keeps no traces of it. Start a job in the workspace, or put an event there (pai-notify publish), and read again in a minute. When that one is not seen either, look at the bus's page Event Tracking in the EventBridge console, which shows what it keeps."
}

// logCommands say how a rule writes all events of a bus to a log group
// (CloudWatch Logs and EventBridge, user guides).
func logCommands(c provision.Cloud, onBus, group string) string {
	group = cmp.Or(group, "/aws/events/"+onBus)
	logs := policy.Options{Region: c.Region, Account: c.Account}.ARNs("logs") + "log-group:" + group
	return fmt.Sprintf(`These commands have a rule write every event to the log group, where CloudWatch Logs bills what it keeps:
    aws logs create-log-group --region %[1]s --log-group-name %[2]s
    aws logs put-resource-policy --region %[1]s --policy-name pai-notify-events --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["events.amazonaws.com","delivery.logs.amazonaws.com"]},"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"%[3]s:*"}]}'
    aws events put-rule --region %[1]s --event-bus-name %[4]s --name pai-notify-learn --event-pattern '{"source":[{"prefix":""}]}'
    aws events put-targets --region %[1]s --event-bus-name %[4]s --rule pai-notify-learn --targets Id=logs,Arn=%[3]s`, c.Region, group, logs, onBus)
}
