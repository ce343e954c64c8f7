package handset

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/inbox"
)

// acsTolerance is how far a request's date may be off.
const acsTolerance = 15 * time.Minute

// verify recomputes the ACS3-HMAC-SHA256 signature of a request.
func (h *Phone) verify(r *http.Request, body []byte, m *inbox.Message) (inbox.Answer, bool) {
	if r.Method != http.MethodPost {
		m.Signature = "none"
		return gateway(http.StatusBadRequest, "UnsupportedHTTPMethod", "This http method is not supported."), false
	}
	if h.keys.ID == "" {
		m.Signature = inbox.NotChecked
		return inbox.Answer{}, true
	}
	fields, ok := acsFields(r.Header.Get("Authorization"))
	if !ok {
		m.Signature = "none"
		return gateway(http.StatusBadRequest, "IncompleteSignature", "The request signature does not conform to Aliyun standards."), false
	}
	if fields["Credential"] != h.keys.ID {
		m.Signature = "of an unknown key"
		return gateway(http.StatusNotFound, "InvalidAccessKeyId.NotFound", "Specified access key is not found."), false
	}
	at, err := time.Parse(time.RFC3339, r.Header.Get("X-Acs-Date"))
	if err != nil || m.Time.Sub(at).Abs() > acsTolerance {
		m.Signature = "invalid timestamp"
		return gateway(http.StatusBadRequest, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."), false
	}
	hash := sha256.Sum256(body)
	if r.Header.Get("X-Acs-Content-Sha256") != hex.EncodeToString(hash[:]) || !hmac.Equal([]byte(fields["Signature"]), []byte(acsSignature(r, fields["SignedHeaders"], h.keys.Secret))) {
		m.Signature = "does not match"
		return gateway(http.StatusBadRequest, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation."), false
	}
	nonce := r.Header.Get("X-Acs-Signature-Nonce")
	if nonce == "" || h.nonces[nonce] {
		m.Signature = "used before"
		return gateway(http.StatusBadRequest, "SignatureNonceUsed", "Specified signature nonce was used already."), false
	}
	h.nonces[nonce] = true
	m.Signature = "valid"
	return inbox.Answer{}, true
}

// acsFields takes an Authorization header of Alibaba Cloud apart.
func acsFields(header string) (map[string]string, bool) {
	rest, ok := strings.CutPrefix(header, "ACS3-HMAC-SHA256 ")
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(part, "=")
		fields[strings.TrimSpace(name)] = value
	}
	signed := strings.Split(fields["SignedHeaders"], ";")
	for _, name := range []string{"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"} {
		ok = ok && slices.Contains(signed, name)
	}
	return fields, ok
}

func acsSignature(r *http.Request, signed, key string) string {
	var headers strings.Builder
	for name := range strings.SplitSeq(signed, ";") {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		fmt.Fprintf(&headers, "%s:%s\n", name, strings.TrimSpace(value))
	}
	query := r.URL.Query()
	var pairs []string
	for name, values := range query {
		for _, v := range values {
			pairs = append(pairs, acsEscape(name)+"="+acsEscape(v))
		}
	}
	slices.Sort(pairs)
	canonical := strings.Join([]string{r.Method, "/", strings.Join(pairs, "&"), headers.String(), signed, r.Header.Get("X-Acs-Content-Sha256")}, "\n")
	hash := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("ACS3-HMAC-SHA256\n" + hex.EncodeToString(hash[:])))
	return hex.EncodeToString(mac.Sum(nil))
}

// acsEscape is RFC 3986's percent encoding.
func acsEscape(s string) string {
	return strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(url.QueryEscape(s))
}
