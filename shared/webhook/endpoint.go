package webhook

import (
	"fmt"
	"net/url"
	"os"
	"strings"
)

// Endpoint checks the address of a platform's API: https and a host under one
// of the platform's own domains, without a port; or a host that the operator
// listed by itself in [AllowVariable]. It has no path and no query. Before a
// name without a scheme https:// is put.
func Endpoint(raw string, domains ...string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	if raw != "" && !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	if err := CheckURL(raw); err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("endpoint: is not a URL")
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, fmt.Errorf("endpoint: must be a host alone, such as https://host, without a path or query")
	}
	allow, err := parseAllow(os.Getenv(AllowVariable))
	if err != nil {
		return nil, err
	}
	if allow.namesHost(u.Hostname(), portOf(u)) {
		return u, nil
	}
	if u.Scheme != "https" {
		return nil, fmt.Errorf("endpoint: must start with https://")
	}
	for _, d := range domains {
		if strings.HasSuffix(canonical(u.Host), "."+d) {
			return u, nil
		}
	}
	return nil, fmt.Errorf("endpoint: host must be under %s, without a port; an operator can list others in %s", strings.Join(domains, " or "), AllowVariable)
}
