package provision

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// activation is where an account of Alibaba Cloud activates EventBridge, which
// is free and cannot be undone.
const activation = "https://eventbridge.console.aliyun.com"

// Remedy says what to do about an error of a cloud; "" when its text says so
// itself.
func Remedy(err error, c Cloud) string {
	e, ok := errors.AsType[*bus.Error](err)
	if !ok {
		return ""
	}
	switch e.Kind {
	case bus.NotActivated:
		return "the account has not activated EventBridge: open " + activation + ", choose the region" + regionOf(c) + " and activate it (free of charge)"
	case bus.Denied:
		return fmt.Sprintf("the caller lacks the permission %s: add it to the policy of the user or role; pai-notify policy -w FILE --bus %s prints all that are needed", e.Action, policyOf(c))
	case bus.NoCredentials:
		return credentialsOf(c)
	case bus.Quota:
		return "the account has reached a quota of the cloud: delete what is not needed, or have the quota raised"
	case bus.Invalid:
		return invalid(e.Action)
	case bus.NotServed:
		return "what answers there does not know the action " + e.Action + ": leave --endpoint out, or name one that serves it, and look whether a proxy is in between"
	case bus.Throttled:
		return "the cloud takes no more calls for the moment: run it again in a minute"
	case bus.Unavailable:
		return "the cloud did not answer: is the network up, and the region" + regionOf(c) + " right? Run it again; what was done stays"
	}
	return ""
}

// invalid says where a name or a value comes from that a cloud refuses.
func invalid(action string) string {
	switch service, _, _ := strings.Cut(action, ":"); service {
	case "eventbridge", "events":
		return "the cloud refuses a name or a value: change it in the document"
	case "fc", "lambda":
		return "the cloud refuses the name of the function: it begins with --functions PREFIX, or " + PrefixVariable + ", and ends with the target's type"
	}
	return ""
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

func credentialsOf(c Cloud) string {
	if c.Name == AWS {
		return "give credentials of the account: aws configure, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	}
	return "give credentials of the account: aliyun configure, or ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET"
}

// Explained is the text of an error with its remedy.
func Explained(err error, c Cloud) string {
	text := err.Error()
	if remedy := Remedy(err, c); remedy != "" && !strings.Contains(text, remedy) {
		text += "\n  " + remedy
	}
	return text
}
