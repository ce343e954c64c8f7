package aliyun

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the data plane knows no other
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// dataVersion is the API version that the vendor's SDKs name; help pages name
// 2020-04-01.
const dataVersion = "2015-06-06"

// signData signs a request to the data plane, as the package's sentence says.
// The body is not part of what is signed.
func signData(req *http.Request, id, secret, token string, now time.Time, nonce string) {
	h := req.Header
	h.Set("Accept", "application/json")
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	h.Set("X-Acs-Signature-Method", "HMAC-SHA1")
	h.Set("X-Acs-Signature-Nonce", nonce)
	h.Set("X-Acs-Signature-Version", "1.0")
	h.Set("X-Eventbridge-Version", dataVersion)
	if token != "" {
		h.Set("X-Acs-Accesskey-Id", id)
		h.Set("X-Acs-Security-Token", token)
	}
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(toSign(req)))
	h.Set("Authorization", "acs:"+id+":"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

func toSign(req *http.Request) string {
	lines := []string{req.Method, "", req.Header.Get("Content-Type"), req.Header.Get("Date")}
	var signed []string
	for name, values := range req.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-acs") {
			signed = append(signed, name+":"+values[0])
		}
	}
	slices.Sort(signed)
	return strings.Join(append(append(lines, signed...), req.URL.Path), "\n")
}
