package openapi

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// Endpoint is where an API answers.
type Endpoint struct {
	// Scheme is "https", or "http" on this machine.
	Scheme string
	// Host may carry a port.
	Host string
}

// ParseEndpoint reads an address such as "https://sts.aliyuncs.com", with or
// without its scheme. Plain http is for this machine only: requests carry
// credentials.
func ParseEndpoint(raw string) (Endpoint, error) {
	if !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "":
		return Endpoint{}, errors.New("endpoint: is not a host or URL")
	case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return Endpoint{}, errors.New("endpoint: must be a host alone, such as https://host, without a path, query or user")
	case u.Scheme == "http" && !Endpoint{Host: u.Host}.Loopback(), u.Scheme != "http" && u.Scheme != "https":
		return Endpoint{}, errors.New("endpoint: must start with https://, or with http:// on this machine")
	}
	return Endpoint{Scheme: u.Scheme, Host: u.Host}, nil
}

// Loopback tells whether the endpoint is on this machine.
func (e Endpoint) Loopback() bool {
	name := (&url.URL{Host: e.Host}).Hostname()
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}
