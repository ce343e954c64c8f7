package secrets

import (
	"slices"
	"strings"
)

// Variables by which somebody who can write a file could steer this process, or
// one that it starts: they are never taken from it. Names of credentials and
// settings are among them, which no target may name.
var (
	steeringPrefixes = []string{
		"LD_", "DYLD_", "GLIBC_", "BASH_", "SSL_CERT_", "XDG_",
		"AWS_", "ALIBABA_CLOUD_", "ALIBABACLOUD_", "ALICLOUD_", "ALIYUN_", "FC_", "LAMBDA_", "_", "PAI_NOTIFY_",
	}
	steeringNames = []string{
		"PATH", "HOME", "SHELL", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TZDIR", "TERM", "TMPDIR", "PWD", "IFS", "ENV", "PS4", "EDITOR", "PAGER",
		"GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GOTRACEBACK", "GORACE", "GOCOVERDIR", "GOROOT", "GOFLAGS",
		"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES", "KUBECONFIG", "NO_COLOR",
		"LC_ALL", "NODE_OPTIONS", "NODE_PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PERL5LIB", "PERL5OPT", "RUBYOPT", "RUBYLIB", "JAVA_TOOL_OPTIONS", "SSH_AUTH_SOCK",
		"ACCESSKEYID", "ACCESSKEYSECRET", "SECURITYTOKEN", "ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN", "SERVERLESS_DEVS_ACCESS",
	}
)

// MayBeSecret tells whether a variable can be one that holds a secret of a target
// and nothing else.
func MayBeSecret(name string) bool {
	upper := strings.ToUpper(name)
	return ValidName(name) && !slices.Contains(steeringNames, upper) &&
		!slices.ContainsFunc(steeringPrefixes, func(prefix string) bool { return strings.HasPrefix(upper, prefix) })
}
