package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const acs3 = "ACS3-HMAC-SHA256"

// readACS3 reads the signature of the current SDKs: Authorization names the
// key, the headers that are signed, and the signature over a canonical form of
// the request.
func readACS3(r *http.Request, authorization string) (claim, error) {
	fields := map[string]string{}
	for pair := range strings.SplitSeq(strings.TrimPrefix(authorization, acs3+" "), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		fields[name] = value
	}
	c := claim{keyID: fields["Credential"], nonce: r.Header.Get("X-Acs-Signature-Nonce")}
	signed := strings.Split(fields["SignedHeaders"], ";")
	switch {
	case c.keyID == "" || fields["SignedHeaders"] == "" || fields["Signature"] == "":
		return claim{}, incomplete("The Authorization header must have Credential, SignedHeaders and Signature.")
	case c.nonce == "":
		return claim{}, incomplete("The header x-acs-signature-nonce is mandatory.")
	}
	if missing := unsigned(r.Header, signed); missing != "" {
		return claim{}, incomplete("The header " + missing + " must be signed.")
	}
	for _, name := range signed {
		if len(r.Header.Values(name)) > 1 { // their order is not signed
			return claim{}, incomplete("The header " + name + " comes more than once.")
		}
	}
	var err error
	if c.date, err = time.Parse(time.RFC3339, r.Header.Get("X-Acs-Date")); err != nil {
		return claim{}, &Error{Code: "InvalidTimeStamp.Format", Status: http.StatusBadRequest, Text: "The header x-acs-date must be a time such as 2026-01-02T15:04:05Z."}
	}
	c.hash = strings.ToLower(r.Header.Get("X-Acs-Content-Sha256"))
	if len(c.hash) != hex.EncodedLen(sha256.Size) {
		return claim{}, otherBody
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return claim{}, incomplete("The query cannot be read.")
	}
	canonical := sha256.Sum256([]byte(strings.Join([]string{
		r.Method, canonicalPath(r.URL), canonicalQuery(query), canonicalHeaders(r, signed), strings.Join(signed, ";"), c.hash,
	}, "\n")))
	text := acs3 + "\n" + hex.EncodeToString(canonical[:])
	c.holds = func(secret string) bool {
		h := hmac.New(sha256.New, []byte(secret))
		h.Write([]byte(text))
		got, err := hex.DecodeString(fields["Signature"])
		return err == nil && hmac.Equal(h.Sum(nil), got)
	}
	return c, nil
}

// unsigned returns a header that says what is asked for and is not signed; ""
// when there is none.
func unsigned(header http.Header, signed []string) string {
	must := []string{"host", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}
	for name := range header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-acs-") || name == "content-type" {
			must = append(must, name)
		}
	}
	for _, name := range must {
		if !slices.Contains(signed, name) {
			return name
		}
	}
	return ""
}

func canonicalPath(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		return "/"
	}
	return strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(path)
}

// canonicalQuery sorts by name, and by value below a name.
func canonicalQuery(query url.Values) string {
	var pairs []string
	for name, values := range query {
		for _, value := range values {
			pairs = append(pairs, escape(name)+"="+escape(value))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func canonicalHeaders(r *http.Request, signed []string) string {
	var text strings.Builder
	for _, name := range signed {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		text.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	return text.String()
}
