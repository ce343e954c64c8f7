package webhook

import (
	"net/url"
	"os"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
)

// Endpoint checks the address of a platform's API: https and one of the hosts
// that the platform gives the service, without a port; or a host that the
// operator listed by itself in [AllowVariable]. It has no path and no query.
// Before a name without a scheme https:// is put.
//
// Any host under the platform's domain will not do: its customers have hosts
// there too, and a request carries credentials.
func Endpoint(raw, service string, domains ...string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	if raw != "" && !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	u, err := parseURL("endpoint", raw)
	if err != nil {
		return nil, err
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, target.Invalid("endpoint", "must be a host alone, such as https://host, without a path or query")
	}
	allow, err := parseAllow(os.Getenv(AllowVariable))
	if err != nil {
		return nil, err
	}
	if allow.namesHost(u.Hostname(), portOf(u)) {
		return u, nil
	}
	if u.Scheme != "https" {
		return nil, target.Invalid("endpoint", "must start with https://")
	}
	for _, d := range domains {
		if name, ok := strings.CutSuffix(canonical(u.Host), "."+d); ok && ofService(name, service) {
			return u, nil
		}
	}
	return nil, target.Invalid("endpoint", "host must be %[1]s.<region>.%[2]s, without a port; an operator can list others in %[3]s", service, strings.Join(domains, " or "), AllowVariable)
}

// ofService tells whether a name before the platform's domain is the service's:
// "service", "service.region", or an endpoint of it inside a network,
// "vpce-….service.region.vpce" on AWS and "service-vpc.region" on Alibaba Cloud.
func ofService(name, service string) bool {
	labels := strings.Split(name, ".")
	if n := len(labels); n == 4 && labels[3] == "vpce" && strings.HasPrefix(labels[0], "vpce-") {
		labels = labels[1:3]
	}
	if labels[0] != service && labels[0] != service+"-vpc" && labels[0] != service+"-fips" {
		return false
	}
	return len(labels) == 1 || len(labels) == 2 && isRegion(labels[1])
}

// isRegion tells of a label that it is a region of either cloud, such as
// "cn-hangzhou" or "us-east-1": names of buckets and the like begin otherwise.
func isRegion(label string) bool {
	area, rest, ok := strings.Cut(label, "-")
	return ok && len(area) == 2 && rest != ""
}
