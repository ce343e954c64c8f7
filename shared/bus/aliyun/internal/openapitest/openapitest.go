// Package openapitest is a server that checks signed requests, so that tests of
// Alibaba Cloud clients see what was really sent.
package openapitest

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the data plane knows no other
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
)

// SignedBy returns the key id that a request names, and whether the signature
// is the one that the secret of that key makes. It recomputes both kinds from
// the documentation, not with the SDK.
func SignedBy(r *http.Request, sent []byte, secrets map[string]string) (id string, ok bool) {
	authorization := r.Header.Get("Authorization")
	if rest, found := strings.CutPrefix(authorization, "ACS3-HMAC-SHA256 "); found {
		return signedACS3(r, rest, sent, secrets)
	}
	parts := strings.Split(authorization, ":")
	if len(parts) != 3 || parts[0] != "acs" {
		return "", false
	}
	var headers []string
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-acs") {
			headers = append(headers, name+":"+r.Header.Get(name)+"\n")
		}
	}
	slices.Sort(headers)
	text := r.Method + "\n\n" + r.Header.Get("Content-Type") + "\n" + r.Header.Get("Date") + "\n" + strings.Join(headers, "") + r.URL.Path
	mac := hmac.New(sha1.New, []byte(secrets[parts[1]]))
	mac.Write([]byte(text))
	return parts[1], parts[2] == base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func signedACS3(r *http.Request, fields string, sent []byte, secrets map[string]string) (string, bool) {
	field := map[string]string{}
	for part := range strings.SplitSeq(fields, ",") {
		name, value, _ := strings.Cut(part, "=")
		field[name] = value
	}
	id, signed := field["Credential"], strings.Split(field["SignedHeaders"], ";")
	for _, must := range []string{"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"} {
		if !slices.Contains(signed, must) {
			return id, false
		}
	}
	hash := sha256.Sum256(sent)
	if r.Header.Get("X-Acs-Content-Sha256") != hex.EncodeToString(hash[:]) {
		return id, false
	}
	lines := []string{r.Method, r.URL.EscapedPath(), strings.ReplaceAll(strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20"), "*", "%2A")}
	var headers strings.Builder
	for _, name := range signed {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		headers.WriteString(name + ":" + value + "\n")
	}
	lines = append(lines, headers.String(), field["SignedHeaders"], hex.EncodeToString(hash[:]))
	request := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	mac := hmac.New(sha256.New, []byte(secrets[id]))
	mac.Write([]byte("ACS3-HMAC-SHA256\n" + hex.EncodeToString(request[:])))
	return id, field["Signature"] == hex.EncodeToString(mac.Sum(nil))
}
