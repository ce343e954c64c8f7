package policy

import (
	"cmp"
	"strings"
)

// The clouds, as package provision names them.
const (
	aliyun = "aliyun"
	aws    = "aws"
)

// DefaultPrefix is the prefix of the functions' names unless another is given.
const DefaultPrefix = "pai-notify-"

// The service-linked roles that Alibaba Cloud needs for PAI to put events on a
// bus, and for EventBridge to invoke functions.
const (
	WorkspaceRole = "AliyunServiceRoleForPAIWorkspace"
	SendRole      = "AliyunServiceRoleForEventBridgeSendToFC"
)

// FunctionName returns the name of the function for a target type, or for a
// part of the installation such as "provision".
func FunctionName(prefix, typ string) string { return cmp.Or(prefix, DefaultPrefix) + typ }

// SecretName returns what a deployment calls its secret when nothing else is
// said: template.yaml after the stack, whose name with a "-" is the prefix.
func SecretName(cloud, prefix string) string {
	if cloud == aws {
		return "pai-notify/" + strings.TrimSuffix(cmp.Or(prefix, DefaultPrefix), "-")
	}
	return "pai-notify"
}
