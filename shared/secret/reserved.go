package secret

import (
	"errors"
	"slices"
	"strings"
)

// ownPrefixes begin the names of variables that belong to the process itself:
// credentials that a platform hands to a function or a person to a program, and
// settings.
var ownPrefixes = []string{"AWS_", "ALIBABA_CLOUD_", "ALIBABACLOUD_", "ALICLOUD_", "ALIYUN_", "FC_", "LAMBDA_", "_LAMBDA_", "_X_AMZN_", "_AWS_", "PAI_NOTIFY_"}

// ownNames are others of that kind: what Function Compute reserves beside its
// prefix, and what a shell, a loader or an agent of the user has.
var ownNames = []string{
	"ACCESSKEYID", "ACCESSKEYSECRET", "SECURITYTOKEN", "ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN",
	"PATH", "HOME", "LD_PRELOAD", "LD_LIBRARY_PATH", "SSH_AUTH_SOCK", "KUBECONFIG", "SERVERLESS_DEVS_ACCESS",
}

// ErrReserved is matched by the error of a reference to what is [Reserved].
var ErrReserved = errors.New("the credentials and settings of the process itself are not for targets: keep the receiver's secret under a name of its own")

// Reserved tells whether a variable belongs to the process itself, so that no
// target may name it, declared or not.
func Reserved(variable string) bool {
	variable = strings.ToUpper(variable)
	return slices.Contains(ownNames, variable) || slices.ContainsFunc(ownPrefixes, func(prefix string) bool { return strings.HasPrefix(variable, prefix) })
}
