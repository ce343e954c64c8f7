package provision

import (
	"errors"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/message"
)

// activation is the page on which an Alibaba Cloud account activates EventBridge,
// which is free and cannot be undone.
const activation = "https://eventbridge.console.aliyun.com"

// Remedy says what to do about an error of a cloud; "" when the error says so
// itself.
func (c Cloud) Remedy(err error) string { return c.remedy(err).String() }

func (c Cloud) remedy(err error) message.Statement {
	e, ok := errors.AsType[*bus.Error](err)
	if !ok {
		return message.Statement{}
	}
	switch e.Kind {
	case bus.NotActivated:
		return activate.With("url", activation, "region", regionOf(c))
	case bus.Denied:
		command := "pai-notify policy -w FILE --bus " + policyOf(c)
		if service, _, _ := strings.Cut(e.Action, ":"); service == "dynamodb" || service == "ots" {
			command += " --ledger REF"
		} else if service == "log" || service == "cms" {
			command += " --alarms NAME"
		}
		return grantCall.With("action", e.Action, "command", command)
	case bus.NoCredentials:
		if c.Name == AWS {
			return giveAWS.With()
		}
		return giveAliyun.With()
	case bus.Quota:
		return raiseQuota.With()
	case bus.Invalid:
		return invalid(e.Action)
	case bus.NotServed:
		return changeEndpoint.With("action", e.Action)
	case bus.Throttled:
		return tryInAMinute.With()
	case bus.Unavailable:
		return tryAgain.With("region", regionOf(c))
	}
	return message.Statement{}
}

// invalid says where a name or value that a cloud rejects comes from.
func invalid(action string) message.Statement {
	switch service, _, _ := strings.Cut(action, ":"); service {
	case "eventbridge", "events":
		return changeDocument.With()
	case "fc", "lambda":
		return changeFunction.With("variable", PrefixVariable)
	}
	return message.Statement{}
}

func regionOf(c Cloud) string {
	if c.Region == "" {
		return ""
	}
	return " " + c.Region
}

func policyOf(c Cloud) string {
	if c.Name == AWS {
		return AWS
	}
	return Aliyun
}

// Explained is the text of an error with its remedy.
func (c Cloud) Explained(err error) string {
	text := err.Error()
	if remedy := c.Remedy(err); remedy != "" && !strings.Contains(text, remedy) {
		text += "\n  " + remedy
	}
	return text
}
