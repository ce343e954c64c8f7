package account

import (
	"crypto/hmac"
	"net/http"
	"slices"
	"strings"
)

// readDataPlane reads the signature of EventBridge's data plane:
// "acs:<key>:<signature>" over the method, three headers, those that begin with
// x-acs, and the path (EventBridge's own SDKs, version 1).
func readDataPlane(r *http.Request, authorization string) (claim, error) {
	parts := strings.Split(authorization, ":")
	if len(parts) != 3 {
		return claim{}, incomplete("The Authorization header must be acs:<AccessKeyId>:<signature>.")
	}
	c := claim{keyID: parts[1], nonce: r.Header.Get("X-Acs-Signature-Nonce")}
	if c.nonce == "" {
		return claim{}, incomplete("The header x-acs-signature-nonce is mandatory.")
	}
	var err error
	if c.date, err = http.ParseTime(r.Header.Get("Date")); err != nil {
		return claim{}, &Error{Code: "InvalidTimeStamp.Format", Status: http.StatusBadRequest, Text: "The header Date must be a time such as Fri, 02 Jan 2026 15:04:05 GMT."}
	}
	var headers []string
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-acs") {
			headers = append(headers, lower+":"+r.Header.Get(name)+"\n")
		}
	}
	slices.Sort(headers)
	resource := r.URL.Path
	if query := r.URL.Query(); len(query) > 0 {
		var pairs []string
		for name := range query {
			pairs = append(pairs, name+"="+query.Get(name))
		}
		slices.Sort(pairs)
		resource += "?" + strings.Join(pairs, "&")
	}
	text := strings.Join([]string{
		r.Method, r.Header.Get("Content-Md5"), r.Header.Get("Content-Type"), r.Header.Get("Date"), strings.Join(headers, "") + resource,
	}, "\n")
	c.holds = func(secret string) bool {
		return hmac.Equal([]byte(hmacSHA1(secret, text)), []byte(parts[2]))
	}
	return c, nil
}
