package secrets

import (
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/secret"
)

// Variables by which somebody who can write a file could steer this process, or
// one that it starts: they are never taken from it, beside those that no target
// may name.
var (
	steeringPrefixes = []string{
		"LD_", "DYLD_", "GLIBC_", "BASH_", "SSL_CERT_", "XDG_", "_",
	}
	steeringNames = []string{
		"SHELL", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TZDIR", "TERM", "TMPDIR", "PWD", "IFS", "ENV", "PS4", "EDITOR", "PAGER",
		"GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GOTRACEBACK", "GORACE", "GOCOVERDIR", "GOROOT", "GOFLAGS",
		"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES", "NO_COLOR",
		"LC_ALL", "NODE_OPTIONS", "NODE_PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PERL5LIB", "PERL5OPT", "RUBYOPT", "RUBYLIB", "JAVA_TOOL_OPTIONS",
	}
)

// MayBeSecret tells whether a variable can be one that holds a secret of a target
// and nothing else.
func MayBeSecret(name string) bool {
	upper := strings.ToUpper(name)
	return ValidName(name) && !secret.Reserved(name) && !slices.Contains(steeringNames, upper) &&
		!slices.ContainsFunc(steeringPrefixes, func(prefix string) bool { return strings.HasPrefix(upper, prefix) })
}
